"""The collection by its metadata: what rules look things up in. Made once from a store; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from rag.types import Chunk, Document

_LOCATOR = re.compile(r"(?:¶|paragraph )(?P<number>\d+)(?:, (?P<point>\d+)\w\w point)?")
_LABEL = re.compile(r"(?P<label>[A-Z]+(?: [A-Z]+)*):")


@dataclass(frozen=True, slots=True)
class Outline:
    """Documents by id in their order, and chunks by row."""

    documents: Mapping[str, Document]
    chunks: tuple[Chunk, ...]

    @property
    def news(self) -> tuple[int, ...]:
        """Rows of the dated items, in reading order."""
        return tuple(row for row, chunk in enumerate(self.chunks) if chunk.kind == "news" and day_of(chunk))

    @property
    def years(self) -> tuple[int, ...]:
        """Years of the dated items, in order."""
        return tuple(sorted({day.year for row in self.news if (day := day_of(self.chunks[row]))}))

    @property
    def newest(self) -> date | None:
        """Day of the newest item: the collection's "today"."""
        return max((day for row in self.news if (day := day_of(self.chunks[row]))), default=None)

    def rows_of(self, doc_id: str) -> tuple[int, ...]:
        """Rows of a document, in reading order."""
        return tuple(row for row, chunk in enumerate(self.chunks) if chunk.doc_id == doc_id)

    def groups(self) -> dict[str, tuple[int, ...]]:
        """Rows of the points of each list, by its group."""
        found: dict[str, list[int]] = {}
        for row, chunk in enumerate(self.chunks):
            if chunk.group:
                found.setdefault(chunk.group, []).append(row)
        return {group: tuple(rows) for group, rows in found.items()}


def outline_of(documents: Iterable[Document], chunks: Iterable[Chunk]) -> Outline:
    """The outline of a collection; `chunks` come by row, beginning with row 0."""
    return Outline({document.id: document for document in documents}, tuple(chunks))


def day_of(chunk: Chunk) -> date | None:
    """The day that an item is dated, if it is."""
    try:
        return date.fromisoformat(chunk.date)
    except ValueError:
        return None


def number_of(chunk: Chunk) -> tuple[int, int]:
    """(paragraph, point) as its locator numbers it; 0 where it is not numbered."""
    found = _LOCATOR.match(chunk.locator)
    return (int(found["number"]), int(found["point"] or 0)) if found else (0, 0)


def title_of(chunk: Chunk) -> str:
    """The first line of a news item, which is its title."""
    return chunk.text.partition("\n")[0]


def label_of(chunk: Chunk) -> str:
    """What a title is marked as in capitals: "UNION PROFILE" in "UNION PROFILE: Collective action"; else ""."""
    found = _LABEL.match(chunk.text)
    return found["label"] if found and chunk.kind == "news" else ""
