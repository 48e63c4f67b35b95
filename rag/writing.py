"""From near passages to checked sentences.

One passage after another is read until one states the answer; the model writes from it alone, code checks each sentence
and decides whether that is an answer at all.

One passage at a time: a small model judges and copies one passage far better than six, and each passage not read saves
a second.
"""

from __future__ import annotations

import re
from collections.abc import Generator as Steps
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from rag import asked, gate, grounding
from rag.asked import Kind
from rag.config import Settings
from rag.embedding import Embedder
from rag.gate import Signals
from rag.index import Index
from rag.llm import Generator
from rag.prompting import Prompts
from rag.sentences import written_sentences
from rag.types import Document, Hit, Progress, Sentence, Span, Stage

MOST_WRITTEN = 2  # drafts for one question
MOST_READ = 5  # passages; most questions need one, and all of them are read before a refusal
# What a model writes when the passage does not hold the answer, and how it speaks of what it was given.
DENIAL = re.compile(
    r"""
      \b(?:passage|text|document)s?\ (?:does|do|did|is|are)\ not\b
    | \bnot\ (?:mention|specif|stat|provid|nam|giv)\w+\ (?:in|by)\ the
    | \bno\ (?:information|mention|specific)\b
    | \bnot\ (?:explicitly\ |directly\ )?(?:mentioned|specified|stated|provided|named)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
MENTION = re.compile(DENIAL.pattern + r"| \bthe\ (?:given\ |provided\ )?passages?\b", re.IGNORECASE | re.VERBOSE)
_STATED = 0.5  # probability of yes from which no further passage is read
_SPOKEN = 0.3  # probability below which a passage does not answer a part of a question
_TRUST = 0.15  # what the language model's judgement weighs against retrieval in choosing among passages read


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage that was read for a question; with others of the same list where a question names them all."""

    prompts: Prompts
    hit: Hit
    yes: float  # probability that it states the answer, as `Generator.answerable` has it


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written for one question, checked, and how likely it is the answer."""

    sentences: tuple[Sentence, ...]  # all that were written, and the quotation that took their place if none could stay
    confidence: float  # in [0, 1]
    signals: Signals | None  # what it was judged by; None when no passage could be read

    @property
    def stated(self) -> float:
        """Probability that the passage which was read states the answer."""
        return self.signals.yes if self.signals else 0.0


class Writer:
    """Answers a question from passages that were found for it."""

    def __init__(self, settings: Settings, index: Index, embedder: Embedder, generator: Generator) -> None:
        """The parts that are needed; nothing is loaded."""
        self._settings = settings
        self._index = index
        self._embedder = embedder
        self._generator = generator

    def write(self, question: str, hits: Sequence[Hit], *, named: bool = False) -> Steps[Progress, None, Draft]:
        """Read, write and check; a second passage gets its turn when the first gave no convincing answer.

        Yields at each passage that is read and each piece that is written, so that it can be stopped there; returns
        the draft.

        Args:
            question: stands alone, in English.
            hits: best first.
            named: the question names these passages itself ("paragraph 27"), so that they are what is asked about.
        """
        drafts: list[Draft] = []
        unlikely: list[Draft] = []  # were not written: they would be withheld, whatever they say
        left = hits if named else hits[:MOST_READ]
        while left and len(drafts) < MOST_WRITTEN:
            readings = yield from self._read(question, left, named)
            stopped = not named and readings and readings[-1].yes >= _STATED
            left = left[left.index(readings[-1].hit) + 1 :] if stopped else ()
            for reading in sorted(readings, key=_likelihood, reverse=True):
                if len(drafts) == MOST_WRITTEN:
                    break
                if self._generator.probed and not named:
                    likely = gate.likely(reading.yes)
                    if likely < self._settings.gate:
                        unlikely.append(Draft((), likely, None))
                        continue
                draft = yield from self.draft(question, reading, hits, named=named)
                if draft.confidence >= self._settings.gate:
                    return draft
                drafts.append(draft)
        return max((*drafts, *unlikely), key=lambda draft: draft.confidence, default=Draft((), 0.0, None))

    def states(self, question: str, hit: Hit) -> bool:
        """Whether a passage seems to state the answer to a question; a model without a probe always says so."""
        if not self._generator.probed:
            return True
        prompts = Prompts(question, (hit,), self._settings.prompt_tokens, self._generator.count_tokens)
        return bool(prompts.shown) and self._generator.answerable(prompts.gate) >= _SPOKEN

    def _read(self, question: str, hits: Sequence[Hit], named: bool) -> Steps[Progress, None, list[Reading]]:
        """Passages, read until one states the answer; in the order in which they were read."""
        readings: list[Reading] = []
        for hit in hits:
            shown = hits if named else (hit,)
            prompts = Prompts(question, shown, self._settings.prompt_tokens, self._generator.count_tokens)
            if not prompts.shown:
                continue
            yield Progress(Stage.READING, hit.rank)
            readings.append(Reading(prompts, hit, self._generator.answerable(prompts.gate)))
            if named or readings[-1].yes >= _STATED:
                break
        return readings

    def draft(
        self, question: str, reading: Reading, hits: Sequence[Hit], *, named: bool
    ) -> Steps[Progress, None, Draft]:
        """Let the model write from one reading and check it; arguments as for `write`."""
        passages = Passages(reading.prompts.shown, self._index, self._embedder)
        text = ""
        with closing(self._generator.stream(reading.prompts.answer, self._settings.answer_tokens)) as pieces:
            for piece in pieces:
                text += piece
                if piece:  # a server's may be empty
                    yield Progress(Stage.WRITING, reading.hit.rank)
        written = [passages.ground(sentence) for sentence in written_sentences([text])]
        denied = bool(written) and DENIAL.search(written[0].text) is not None
        least = -1.0 if named else grounding.MIN_QUOTE  # of a passage that is asked about, any words will do
        sentences: list[Sentence] = []
        quoted: set[Span] = set()
        for sentence in written:
            sentences.append(sentence)
            if sentence.shown and MENTION.search(sentence.text):
                sentences[-1] = grounding.withheld(sentence)
                continue
            if sentence.shown and not asked.adds(question, sentence.text):  # only says again what was asked
                sentences[-1] = sentence = grounding.withheld(sentence)
            if not sentence.shown:
                quotation = passages.quotation(question, sentence.text, least)
                if quotation and not quoted.intersection(quotation.spans):
                    quoted.update(quotation.spans)
                    sentences.append(quotation)
        if not any(sentence.shown for sentence in sentences) and (
            quotation := passages.quotation(question, least=least)
        ):
            sentences.append(quotation)
        shown = [sentence for sentence in sentences if sentence.shown]
        if not shown:
            return Draft(tuple(sentences), 0.0, None)
        text = " ".join(sentence.text for sentence in shown)
        signals = replace(self._signals(question, reading, hits, text), supported=shown[0] in written, denied=denied)
        return Draft(tuple(sentences), 1.0 if named and not denied else gate.confidence(signals), signals)

    def _signals(self, question: str, reading: Reading, hits: Sequence[Hit], text: str) -> Signals:
        """What is known of a text that would be shown; whether code and model stand by it is added by the caller."""
        kind = asked.kind_of(question)
        gives = asked.gives(kind, question, text)
        probed = self._generator.probed
        others = [hit.score for hit in hits if hit.chunk.id != reading.hit.chunk.id]
        return Signals(
            yes=reading.yes,
            verified=0.5 if probed else self._generator.yes_probability(reading.prompts.verify(text)),
            probed=probed,
            margin=reading.hit.score - max(others, default=0.0),
            lacks_number=kind in (Kind.NUMBER, Kind.DATE) and not gives,
            lacks_name=kind in (Kind.PLACE, Kind.NAME) and not gives,
        )


def _likelihood(reading: Reading) -> float:
    return reading.hit.score + _TRUST * gate.logit(reading.yes)


class Passages:
    """The spans of the passages that the model read, with their vectors from the index."""

    def __init__(self, hits: Sequence[Hit], index: Index, embedder: Embedder) -> None:
        self._embedder = embedder
        documents: Mapping[str, Document] = index.store.documents
        rows = index.store.rows_of([hit.chunk.id for hit in hits])
        found = index.store.sentences(rows)
        self._spans: list[Span] = list(found.values())
        self._vectors = index.sentence_vectors(list(found))
        grounding.prepare(self._spans)
        first = {span.chunk_id: span for span in reversed(self._spans)}
        self._titles = {hit.chunk.id: first[hit.chunk.id] for hit in hits if hit.chunk.kind == "news"}
        self._contexts = {hit.chunk.id: grounding.context_of(hit.chunk, documents[hit.chunk.doc_id]) for hit in hits}

    def ground(self, text: str) -> Sentence:
        """The sentence with the spans that carry it and what the checks found."""
        return grounding.ground(text, self._spans, self._vectors @ self._embedder.embed_query(text), self._contexts)

    def quotation(self, question: str, draft: str = "", least: float = grounding.MIN_QUOTE) -> Sentence | None:
        """The words nearest to the question, and to what was drafted if that could not stand; None if none are near."""
        nearness = self._vectors @ self._embedder.embed_query(question)
        if draft:
            nearness = (nearness + self._vectors @ self._embedder.embed_query(draft)) / 2
        wanted = grounding.told(draft, question)
        return grounding.quote(self._spans, nearness, self._titles, least, draft, wanted)
