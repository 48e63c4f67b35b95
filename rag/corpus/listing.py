"""A saved page of a news listing: title, date glued to teaser, and how many results the site advertised."""

from __future__ import annotations

import re
from datetime import date, datetime

from rag.corpus.reading import Piece, Reading, TextBuilder, blocks, one_line
from rag.errors import CorpusError

_DATE = re.compile(
    r"\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December), \d{4}"
)
_SHOWING = re.compile(r"Showing (\d+)-(\d+) of (\d+) results")


def parse_listing(raw: str) -> Reading:
    """Read a listing: each item becomes three lines (title, date, teaser) and one piece over all three.

    Raises:
        CorpusError: no line says which results are shown, or their number is not the number of dated items.
    """
    showing = _SHOWING.search(raw)
    if showing is None:
        raise CorpusError("no line 'Showing 1-10 of 43 results'; is it really a listing? See kind in catalog.toml")
    first, last, advertised = map(int, showing.groups())
    parts = blocks(raw[showing.end() :])
    dated = [i for i, part in enumerate(parts) if _DATE.match(part)]
    if not dated or len(dated) != last - first + 1 or 0 in dated:
        raise CorpusError(f"shows results {first}-{last}, but {len(dated)} items with title and date were found")

    out = TextBuilder()
    out.add(showing.group() + "\n")
    pieces = []
    for at, following in zip(dated, [*dated[1:], len(parts) + 1], strict=True):
        printed = _DATE.match(parts[at]).group()  # type: ignore[union-attr]
        # Blocks after the dated one belong to the teaser, up to the next item's title.
        teaser = one_line("\n".join([parts[at][len(printed) :], *parts[at + 1 : following - 1]]))
        day = _day(printed)
        out.add("\n")
        start, end = out.add("\n".join(filter(None, [one_line(parts[at - 1]), printed, teaser])))
        out.add("\n")
        pieces.append(Piece(start, end, f"{day.day} {day:%B %Y}", "news", date=day.isoformat()))
    notes = {"held": len(pieces), "advertised": advertised, "first": first, "last": last}
    return Reading(out.text, tuple(pieces), notes)


def _day(printed: str) -> date:
    try:
        return datetime.strptime(printed, "%d %B, %Y").date()
    except ValueError as error:
        raise CorpusError(f"there is no such day as {printed!r}") from error
