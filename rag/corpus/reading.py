"""The reading text of a document, written piece by piece so that every offset is right by construction."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BROKEN_AT_HYPHEN = re.compile(r"(?<=\w)-[ \t]*\n[ \t]*(?=\w)")
_STRAY_APOSTROPHE_SPACE = re.compile(r"(?<=\w)\s+(?=[’']s\b)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk before it belongs to a document; offsets count in the reading text."""

    start: int
    end: int
    locator: str
    kind: str
    headings: tuple[str, ...] = ()
    date: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a parser makes of a file: the canonical text, its pieces in order, and counts about the document."""

    text: str
    pieces: tuple[Piece, ...]
    notes: dict[str, int] = field(default_factory=dict)


class TextBuilder:
    """Collects a reading text; `add` says where the added words came to lie."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def add(self, text: str) -> tuple[int, int]:
        """Append `text`; returns its (start, end)."""
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start, self._length

    @property
    def text(self) -> str:
        """All that was added."""
        return "".join(self._parts)


def unified(raw: str) -> str:
    """The text of a file without byte order mark; each line ends in one newline, and so does each page."""
    return raw.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")


def one_line(raw: str) -> str:
    """Join hard-wrapped lines into one, in which only single plain spaces separate words.

    A word broken at its hyphen ("climate-" / "caused") is joined with the hyphen kept: in hand-set documents such
    breaks fall on compounds. "It ’s" loses its stray space.
    """
    joined = " ".join(_BROKEN_AT_HYPHEN.sub("-", raw).split())  # str.split also splits at non-breaking spaces
    return _STRAY_APOSTROPHE_SPACE.sub("", joined)


def blocks(raw: str) -> list[str]:
    """The runs of lines between blank lines, untouched inside."""
    return [block for block in re.split(r"\n\s*\n", raw.strip()) if block.strip()]
