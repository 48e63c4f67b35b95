"""What a briefing is made of. All are frozen; every quotation in them is a verbatim slice of its document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rag.types import Chunk, Document, Hit, Sentence, Span


class Audience(StrEnum):
    """Whom the briefing is for: decides how much is explained and what is asked, never what the documents say."""

    MEMBERS = "members"
    OFFICERS = "officers"
    YOUNG_WORKERS = "young workers"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants a briefing on. The same wishes in another order are the same order."""

    topic: str  # cleaned, one line
    audience: Audience = Audience.MEMBERS
    pages: int = 2  # 1, 2 or 4: how many points there are, not a promise of paper
    documents: tuple[str, ...] = ()  # ids of those that count; all of them if there are none
    since: str = ""  # ISO date: older news items do not count; "" for all
    language: str = "en"  # of headings and fixed words; quotations stay in the language of their documents
    without: tuple[str, ...] = ()  # ids of passages that were unticked in the outline

    def __post_init__(self) -> None:
        for name in ("documents", "without"):  # the page gives them as they were clicked, a terminal as typed
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))


@dataclass(frozen=True, slots=True)
class Planned:
    """A passage that the outline proposes for a point, with its words that are nearest to the topic."""

    hit: Hit
    quote: Span
    speaker: str  # who says it: "The 4th Congress resolution", "IndustriALL, 21 June 2024"
    theme: str  # heading that the point will stand under


@dataclass(frozen=True, slots=True)
class Outline:
    """Which points a briefing will have, before anything is written: by code alone, within a second."""

    order: Order
    planned: tuple[Planned, ...]  # in the order of the briefing: by theme, the nearest theme first
    searched: int  # passages that were searched

    @property
    def covered(self) -> bool:
        """Whether the documents speak of the topic at all."""
        return bool(self.planned)


@dataclass(frozen=True, slots=True)
class Point:
    """What one passage says on the topic: one or two sentences, all supported, that name who is speaking."""

    chunk: Chunk
    speaker: str
    theme: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """A dated item for the timeline; `title` is its headline as it stands in the document."""

    date: str  # ISO
    chunk: Chunk
    title: Span


class FigureKind(StrEnum):
    """What stands in the table of figures and names."""

    NUMBER = "number"
    DATE = "date"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, date or organisation that the briefing uses, as it is written in the document."""

    text: str  # document.text[start:end] of a part of `span`
    kind: FigureKind
    span: Span  # the sentence that it stands in


@dataclass(frozen=True, slots=True)
class QuizItem:
    """A sentence of the documents with a gap, and what might fill it. Only the right answer is the documents'."""

    before: str  # the quotation up to the gap, and after it: before + options[right] + after == span.quote
    after: str
    options: tuple[str, ...]  # 3 or 4, none twice
    right: int  # index of the right one
    span: Span


@dataclass(frozen=True, slots=True)
class Briefing:
    """A whole briefing; `Order.topic` that is not covered has no points and says so."""

    order: Order
    made: str  # ISO day
    documents: tuple[Document, ...]  # that were searched
    brief: tuple[Sentence, ...]  # 3 to 5 sentences for those who read no more
    points: tuple[Point, ...]  # by theme
    timeline: tuple[Dated, ...]  # oldest first
    figures: tuple[Figure, ...]
    discussion: tuple[str, ...]  # questions; the only sentences without a source
    quiz: tuple[QuizItem, ...]
    gaps: tuple[str, ...]  # what these documents do not cover, a line each
    left_out: int  # sentences that failed a check
    searched: int
    config_id: str
    model: str
    index_made: str  # ISO date-time at which the index was built

    @property
    def themes(self) -> tuple[tuple[str, tuple[Point, ...]], ...]:
        """The points under their headings, in order."""
        headings = dict.fromkeys(point.theme for point in self.points)
        return tuple((heading, tuple(p for p in self.points if p.theme == heading)) for heading in headings)

    @property
    def sentences(self) -> Iterator[Sentence]:
        """Every sentence that carries a citation, in the order of the page."""
        yield from self.brief
        for point in self.points:
            yield from point.sentences
