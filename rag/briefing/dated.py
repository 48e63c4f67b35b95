"""The timeline of a briefing: the dated items that it stands on, under their own headlines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rag.briefing.records import Dated, Point
from rag.store import Store
from rag.types import Chunk, Span

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def timeline_of(points: Sequence[Point], passages: Iterable[Chunk], store: Store) -> tuple[Dated, ...]:
    """The news items among the passages, and documents that bear a day, oldest first; those of a day as they come.

    Args:
        points: of the briefing.
        passages: more that count, such as those of its outline.
        store: that all of them are from.

    What has the same headline and day, in two listings for example, is told once.
    """
    found: dict[tuple[str, str], Dated] = {}
    for dated in _dated(chain((point.chunk for point in points), passages), store):
        found.setdefault((dated.date, dated.title.quote), dated)
    return tuple(sorted(found.values(), key=lambda dated: dated.date))


def _dated(chunks: Iterable[Chunk], store: Store) -> Iterator[Dated]:
    for chunk in {chunk.id: chunk for chunk in chunks}.values():
        day = chunk.date or store.documents[chunk.doc_id].date
        title = _headline(chunk, store) if chunk.date else _title(chunk, store)
        if title is not None and _DAY.fullmatch(day):
            yield Dated(day, chunk, title)


def _headline(chunk: Chunk, store: Store) -> Span | None:
    """The first sentence of a news item, as the index keeps it."""
    return next(iter(store.sentences(store.rows_of([chunk.id])).values()), None)


def _title(chunk: Chunk, store: Store) -> Span | None:
    """The title of a document where its text has it; else the first sentence of its passage."""
    document = store.documents[chunk.doc_id]
    start = document.text.find(document.title)
    if start < 0:
        return _headline(chunk, store)
    end = start + len(document.title)
    return Span(document.id, chunk.id, start, end, document.text[start:end])
