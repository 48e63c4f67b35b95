"""Which passages a briefing on a topic draws on, and whether the documents speak of it at all. By code alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.briefing.records import Order, Outline, Planned
from rag.briefing.speaker import speaker_of, theme_of
from rag.dates import dates_of
from rag.embedding import Embedder, Vectors
from rag.index import Index
from rag.retrieval import Retriever
from rag.types import Chunk, Document, Hit, Span
from rag.words import content_forms, content_stems

POINTS: Mapping[int, int] = {1: 8, 2: 12, 4: 20}  # by pages, as far as the topic carries
MOST_THEMES = 6
# Chosen by looking at the passages of 70 topics, 35 of them not covered. Best scores of those covered were .29 and
# higher but for three; of the others up to .27, and up to .35 where some word of the topic stands in no document
# ("nuclear weapons", "child labour"), while good paraphrases ("workplace accidents") reach .38 in spite of it.
LEAST_BEST = 0.28  # score that the best passage must reach
# Below this it may be another topic's: it was .29 for "tax justice", which is covered, .32 and .34 for "basic income"
# and "nuclear waste", which are not; .39 for "just transition".
DOUBTFUL = 0.36
STRANGE = 0.2  # how much more if no document has any of the topic's words; in between by their share
LEAST = 0.22  # score from which a passage that has a telling word of the topic belongs to it
CLOSE = 0.5  # cosine, of the whole or a sentence, from which one does that has none of its words
_TELLING = 0.25  # share of the passages that have a word, up to which it tells topics apart
_SAME = 0.95  # cosine from which two passages say the same; those of one section are at .9, as headings count
_SAME_QUOTE = 0.85  # and two quotations
_NEARLY = 0.6  # share of what the best sentence is worth, from which another is quoted where the best repeats


@dataclass(frozen=True, slots=True)
class Selection:
    """What was selected: the outline, and the passages that follow if one of it cannot be used, best first."""

    outline: Outline
    spare: tuple[Planned, ...]
    doubtful: bool  # whether each passage is to be read first if it speaks of the topic at all


def outline(order: Order, index: Index, retriever: Retriever, embedder: Embedder) -> Outline:
    """Which points a briefing will have; empty when the documents do not cover its topic.

    Args:
        order: what is wanted; its topic is one clean line.
        index: the documents.
        retriever: over that index.
        embedder: that the index was made with.
    """
    return select(order, index, retriever, embedder).outline


def select(order: Order, index: Index, retriever: Retriever, embedder: Embedder) -> Selection:
    """As `outline`, with what may take the place of a passage; one that was unticked is not replaced."""
    topic = _Topic(order, index, retriever, embedder)
    ranked = topic.distinct() if topic.covered else []
    wanted = POINTS.get(order.pages, POINTS[2])
    kept = [planned for planned in ranked[:wanted] if planned.hit.chunk.id not in order.without]
    spare = [planned for planned in ranked[wanted:] if planned.hit.chunk.id not in order.without]
    return Selection(Outline(order, by_theme(kept), len(topic.chunks)), tuple(spare), topic.doubtful)


def by_theme(planned: Sequence[Planned]) -> tuple[Planned, ...]:
    """Passages that are ranked best first, under their themes; the theme of the best comes first."""
    themes = list(dict.fromkeys(one.theme for one in planned))
    return tuple(sorted(planned, key=lambda one: themes.index(one.theme)))


class _Topic:
    """A topic over the documents that count."""

    def __init__(self, order: Order, index: Index, retriever: Retriever, embedder: Embedder) -> None:
        self._index = index
        self._topic = order.topic
        self._query = embedder.embed_query(order.topic)
        self._documents: Mapping[str, Document] = index.store.documents
        chosen = set(order.documents) or set(self._documents)
        found = index.store.chunks(index.store.rows_in(chosen))
        self.chunks = {row: chunk for row, chunk in found.items() if not chunk.date or chunk.date >= order.since}
        self._rows = {chunk.id: row for row, chunk in self.chunks.items()}
        hits = retriever.retrieve(order.topic, len(index), documents=chosen)
        self._hits = sorted((hit for hit in hits if hit.chunk.id in self._rows), key=lambda hit: -hit.score)
        self._words = content_stems(order.topic)

    @property
    def covered(self) -> bool:
        """Whether the best passage is near enough for as much of the topic as the documents have words of."""
        if not (self._words and self._hits):
            return False
        strange = len(self._words - self._counts.keys()) / len(self._words)
        return self._hits[0].score >= LEAST_BEST + STRANGE * strange

    @property
    def doubtful(self) -> bool:
        """Whether even the best passage is not near, or only words akin to the topic's stand in the documents."""
        if not self._hits or self._hits[0].score < DOUBTFUL:
            return True
        forms = frozenset[str]().union(*(content_forms(_in_context(chunk)) for chunk in self.chunks.values()))
        return not content_forms(self._topic) <= forms

    def distinct(self) -> list[Planned]:
        """The passages that belong to the topic, best first, each thing said once, of the nearest themes."""
        kept: list[Planned] = []
        passages: list[Vectors] = []
        quotes: list[Vectors] = []
        themes: dict[str, None] = {}
        for hit in filter(self._belongs, self._hits):
            passage = self._index.chunk_vectors([self._rows[hit.chunk.id]])[0]
            best = self._best_quote(hit.chunk, quotes)
            if best is None or any(passage @ other >= _SAME for other in passages):
                continue
            span, quote = best
            document = self._documents[hit.chunk.doc_id]
            theme = theme_of(hit.chunk, document)
            if theme not in themes and len(themes) == MOST_THEMES:
                continue
            themes[theme] = None
            passages.append(passage)
            quotes.append(quote)
            kept.append(Planned(replace(hit, rank=len(kept) + 1), span, speaker_of(hit.chunk, document), theme))
        return kept

    def _belongs(self, hit: Hit) -> bool:
        if self._telling & content_stems(_in_context(hit.chunk)):
            return hit.score >= LEAST
        row = self._rows[hit.chunk.id]
        nearest = max((cosine for _, cosine, _ in self._sentences(row)), default=0.0)
        return max(nearest, float(self._index.chunk_vectors([row])[0] @ self._query)) >= CLOSE

    def _best_quote(self, chunk: Chunk, quoted: Sequence[Vectors]) -> tuple[Span, Vectors] | None:
        """The sentence that is nearest to the topic and has most of its words, and its vector.

        Where that one says again what was quoted, one that is nearly as near; None if there is none. A headline only
        if there is nothing else, as it is no statement.
        """
        worth: dict[Span, float] = {}
        vectors: dict[Span, Vectors] = {}
        for span, cosine, vector in self._sentences(self._rows[chunk.id]):
            if not _is_date(span.quote):
                shared = len(self._words & content_stems(span.quote)) / max(len(self._words), 1)
                worth[span], vectors[span] = cosine + shared, vector
        headline = {span for span in worth if chunk.kind == "news" and span.start == chunk.start}
        for spans in (worth.keys() - headline, headline):
            least = _NEARLY * max((worth[span] for span in spans), default=0.0)
            near = sorted((s for s in spans if worth[s] >= least), key=lambda s: (-worth[s], s.start))
            for span in near:
                if not any(vectors[span] @ other >= _SAME_QUOTE for other in quoted):
                    return span, vectors[span]
        return None

    def _sentences(self, row: int) -> Iterator[tuple[Span, float, Vectors]]:
        """(span, cosine to the topic, vector) of each sentence of a passage."""
        spans = self._index.store.sentences([row])
        vectors = self._index.sentence_vectors(list(spans))
        for span, vector in zip(spans.values(), vectors, strict=True):
            yield span, float(vector @ self._query), vector

    @cached_property
    def _counts(self) -> dict[str, int]:
        """In how many passages each word stands."""
        counts: dict[str, int] = {}
        for chunk in self.chunks.values():
            for word in content_stems(_in_context(chunk)):
                counts[word] = counts.get(word, 0) + 1
        return counts

    @cached_property
    def _telling(self) -> frozenset[str]:
        """The topic's words that most passages do not have; all of its words if each is everywhere."""
        telling = {word for word in self._words if self._counts.get(word, 0) <= _TELLING * len(self.chunks)}
        return frozenset(telling) or self._words


def _in_context(chunk: Chunk) -> str:
    return "\n".join((*chunk.headings, chunk.text))


def _is_date(quote: str) -> bool:
    """Whether words are nothing but a date, as the second line of a news item is."""
    dates = dates_of(quote)
    return len(dates) == 1 and dates[0].end - dates[0].start >= len(quote.strip()) - 1
