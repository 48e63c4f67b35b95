"""The news items over time, by code alone: what is held, of what, and where nothing is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.geography import places_in
from rag.store import Store
from rag.types import Chunk, Document


@dataclass(frozen=True, slots=True)
class Item:
    """A dated news item of a listing."""

    chunk: Chunk
    document: Document  # the listing
    places: tuple[str, ...]  # English names of the countries and regions named in it, in order of appearance

    @property
    def chunk_id(self) -> str:
        """Id of its passage."""
        return self.chunk.id

    @property
    def doc_id(self) -> str:
        """Id of its listing."""
        return self.document.id

    @property
    def date(self) -> dt.date:
        """The day it bears."""
        return dt.date.fromisoformat(self.chunk.date)

    @property
    def title(self) -> str:
        """Its headline: the first line of its text."""
        return self.chunk.text.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Gap:
    """Whole years, the first and the last included, of which no item is held."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a longer list one listing holds."""

    document: Document
    held: int
    advertised: int  # by the site; 0 when it is not known
    first: int  # of the results shown, from 1
    last: int


def items(store: Store) -> tuple[Item, ...]:
    """Every news item that is held, newest first; those of a day in the order of the documents."""
    found = [
        Item(chunk, store.documents[chunk.doc_id], places_in(chunk.text))
        for chunk in store.chunks().values()
        if chunk.kind == "news" and chunk.date
    ]
    return tuple(sorted(found, key=lambda item: item.date, reverse=True))


def selected(items: Iterable[Item], year: int | None = None, place: str = "", listing: str = "") -> tuple[Item, ...]:
    """The items of a year, that name a place, of a listing; what is not given selects nothing out.

    Args:
        items: in any order, which is kept.
        year: of the item's date.
        place: one of `Item.places`.
        listing: id of a listing.
    """
    return tuple(
        item
        for item in items
        if (year is None or item.date.year == year)
        and (not place or place in item.places)
        and (not listing or item.doc_id == listing)
    )


def gaps(items: Iterable[Item]) -> tuple[Gap, ...]:
    """The runs of years without any of these items between the oldest and the newest, in order of time."""
    years = sorted({item.date.year for item in items})
    return tuple(Gap(year + 1, following - 1) for year, following in pairwise(years) if following - year > 1)


def shares(store: Store) -> tuple[Share, ...]:
    """What is held of each listing, in the order of the documents."""
    return tuple(
        Share(d, d.notes["held"], d.notes.get("advertised", 0), d.notes.get("first", 0), d.notes.get("last", 0))
        for d in store.documents.values()
        if d.notes.get("held")
    )


def years(items: Sequence[Item]) -> range:
    """From the year of the oldest item to that of the newest, in order of time."""
    found = [item.date.year for item in items]
    return range(min(found), max(found) + 1) if found else range(0)
