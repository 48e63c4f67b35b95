"""Words of a document as they stand there, line breaks and all, with what was searched for marked in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

MOST_QUERY = 500  # characters of a search that are looked at

Match = tuple[int, int]  # start and end in the text searched


def matches(text: str, query: str) -> list[Match]:
    """Where a text holds a query: case does not count, accents do, and a line break is as good as a space."""
    words = query[:MOST_QUERY].split()
    if not words:
        return []
    return [m.span() for m in re.finditer(r"\s+".join(map(re.escape, words)), text, re.IGNORECASE)]


def marked(text: str, found: Sequence[Match] = (), first: int = 1, part: slice = slice(None)) -> str:
    """A text as HTML that, without its tags, is the text.

    Args:
        text: words of others.
        found: what to mark in it, in order and without overlap.
        first: number of the first match; match n gets the id "match-n".
        part: which part of the text to give; a match that reaches into it is marked there, but has its id where
            it begins.
    """
    at, end, _ = part.indices(len(text))
    written = []
    for n, (match_start, match_end) in enumerate(found, start=first):
        start, stop = max(match_start, at), min(match_end, end)
        if start >= stop:
            continue
        name = f' id="match-{n}"' if start == match_start else ""
        written.append(f"{escape(text[at:start])}<mark{name}>{escape(text[start:stop])}</mark>")
        at = stop
    return "".join(written) + escape(text[at:end])
