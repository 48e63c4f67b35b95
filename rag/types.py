"""The records that pass between the stages.

All are frozen; change one with `dataclasses.replace`. Whatever can be derived is a property, so that a record
cannot contradict itself. Two promises hold for every record that is made anywhere in the package:
`document.text[chunk.start:chunk.end] == chunk.text` and `document.text[span.start:span.end] == span.quote`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain


class Support(StrEnum):
    """How well the cited words carry a sentence, as far as code can tell."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the collection."""

    id: str  # hash of the reading text: an unchanged document keeps it
    file: str  # name of its file in the seeds folder
    title: str
    kind: str  # listing | resolution | article | plain
    publisher: str
    language: str  # ISO 639-1
    date: str  # ISO date, ISO interval, or words where the document bears no date
    text: str  # the reading text: what offsets count in and what quotes are cut from
    sha256: str  # of the file's bytes
    notes: Mapping[str, int] = field(
        default_factory=dict
    )  # held, advertised, first, last, paragraphs, lead_ins, points


@dataclass(frozen=True, slots=True)
class Chunk:
    """One paragraph, list point or news item: the unit that is embedded, found and shown."""

    id: str  # hash of document id and offsets
    doc_id: str
    start: int
    end: int
    text: str  # document.text[start:end]
    headings: tuple[str, ...]  # outermost first
    locator: str  # what a person would say: "¶27", "17 September 2024"
    date: str  # ISO date of a news item, else ""
    kind: str  # news | paragraph | point
    group: str  # id shared by the points of one list, else ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a question. `score`: fused, in [0, 1], higher is better; `rank` counts from 1."""

    chunk: Chunk
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is given: how to behave, and what to do with which words. All are plain text, never markup."""

    system: str
    user: str
    begin: str = ""  # of its answer: it goes on from there, and writes only what follows


@dataclass(frozen=True, slots=True)
class Span:
    """An exact slice of a document's reading text."""

    doc_id: str
    chunk_id: str
    start: int
    end: int
    quote: str  # document.text[start:end]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that code compared between a sentence and its spans."""

    name: str  # wording | numbers | names | negation | speaker | answer
    passed: bool
    reason: str = ""  # for a reader, when it failed


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with the words that carry it."""

    text: str
    spans: tuple[Span, ...]
    support: Support
    checks: tuple[Check, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether the sentence may stand in the answer: what its spans carry in part only may not."""
        return self.support is Support.SUPPORTED


def cited(sentences: Iterable[Sentence]) -> tuple[Span, ...]:
    """Each span of some sentences once, in order of first appearance.

    Citation number n is at n - 1; no number changes when more sentences follow.
    """
    return tuple(dict.fromkeys(chain.from_iterable(sentence.spans for sentence in sentences)))


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds since the question was asked; `first_token_s` is None when no language model wrote anything."""

    retrieve_s: float
    first_token_s: float | None
    total_s: float
    first_sentence_s: float | None = None  # until the first sentence could be shown; None when it was refused


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says, with everything needed to trace it."""

    id: str
    question: str
    sentences: tuple[Sentence, ...]  # all that were written; those not `shown` were withheld
    hits: tuple[Hit, ...]  # the passages that were searched out, best first
    refused: str  # why nothing is answered, in the words shown to the user; "" when answered
    coverage: str  # what the collection does not hold and the reader should know; "" when nothing
    timings: Timings
    config_id: str
    model: str
    confidence: float | None = None  # that the likeliest draft is the answer, in [0, 1]; None when nothing was drafted
    again: bool = False  # whether it was given before and is given again, unchanged

    @property
    def shown(self) -> tuple[Sentence, ...]:
        """The sentences that stand in the answer."""
        return tuple(s for s in self.sentences if s.shown)

    @property
    def text(self) -> str:
        """The answer as plain text, or the refusal."""
        return self.refused or " ".join(s.text for s in self.shown)

    @property
    def citations(self) -> tuple[Span, ...]:
        """Each cited span once, in order of first appearance; citation n is `citations[n - 1]`."""
        return cited(self.shown)


@dataclass(frozen=True, slots=True)
class Found:
    """First event of a streamed answer: the nearest passages, before anything is written."""

    hits: tuple[Hit, ...]


class Stage(StrEnum):
    """What the language model is doing."""

    READING = "reading"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Progress:
    """The language model goes on. Whoever closes the stream now stops it."""

    stage: Stage
    passage: int  # which of the passages found it is about, from 1


# What `Assistant.stream` yields: one Found, then Progress while the model works and each Sentence when it is checked,
# then the Answer.
Event = Found | Progress | Sentence | Answer
