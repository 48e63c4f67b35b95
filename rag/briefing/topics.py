"""Topics that the documents really cover, to choose from: phrases of their own that several passages speak of."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import log2
from pathlib import Path

import numpy as np

from rag.briefing.organisations import organisations_of
from rag.briefing.phrases import Phrase, phrases_of
from rag.config import Settings
from rag.embedding import Embedder, Vectors
from rag.geography import places_in
from rag.index import Index
from rag.retrieval import Retriever
from rag.types import Hit
from rag.words import content_stems

FILE = "topics.json"
_RULES = 1  # goes up when what is chosen changes, so that a file of older rules is not read
_MOST = 14
_MOST_CANDIDATES = 200  # phrases that are looked up, the commonest
_PASSAGES = 8  # that a topic has at least
_SHOWN = 25  # of its passages, at most
_LEAST = 0.28  # retrieval score from which a passage speaks of a topic
_OF_ALL = 0.33  # median score from which it is no topic but what all of it is about: "workers' rights"
_ALIKE = 0.5  # mean of cosine and share of common passages from which two topics are one
_MEANING = Settings.model_fields["vector_weight"].default


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that the documents speak of in several passages."""

    heading: str  # as they write it most often
    passages: tuple[str, ...]  # chunk ids, nearest first


@dataclass(frozen=True, slots=True)
class _Candidate:
    phrase: Phrase
    vector: Vectors
    hits: tuple[Hit, ...]  # of all passages
    worth: float

    @property
    def nearest(self) -> frozenset[str]:
        return frozenset(hit.chunk.id for hit in self.hits[:_PASSAGES])

    def repeats(self, other: _Candidate) -> bool:
        """Whether it is the same topic in other words: "labour migration" beside "migrant workers"."""
        shared = len(self.nearest & other.nearest) / _PASSAGES
        return (float(self.vector @ other.vector) + shared) / 2 >= _ALIKE


class _Embedded:
    """An embedder that has some texts ready: one batch is quicker than one text after another."""

    def __init__(self, embedder: Embedder, ready: dict[str, Vectors]) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self.embed_passages = embedder.embed_passages
        self._ready = ready

    def embed_query(self, text: str) -> Vectors:
        return self._ready[text]


def topics(index: Index, embedder: Embedder) -> tuple[Topic, ...]:
    """At most 14 topics, the most telling first; fewer, or none, where few passages share a phrase.

    A topic is a phrase that stands in two passages or more, has at least eight that retrieval finds near, and is much
    nearer to those than to the rest. The same index and embedder give the same topics.
    """
    chosen: list[_Candidate] = []
    for candidate in sorted(_candidates(index, embedder), key=lambda one: (-one.worth, one.phrase.text)):
        if len(chosen) < _MOST and not any(candidate.repeats(other) for other in chosen):
            chosen.append(candidate)
    return tuple(
        Topic(one.phrase.text, tuple(hit.chunk.id for hit in one.hits[:_SHOWN] if hit.score >= _LEAST))
        for one in chosen
    )


def kept_topics(index: Index, embedder: Embedder) -> tuple[Topic, ...]:
    """As `topics`, worked out once for an index and kept in its folder; where that cannot be written, not kept.

    Args:
        index: the documents.
        embedder: that it was made with.
    """
    made_of = [_RULES, index.manifest.model, index.manifest.fingerprint]
    if (kept := _read(index.folder / FILE, made_of)) is not None:
        return kept
    found = topics(index, embedder)
    _write(index.folder / FILE, made_of, found)
    return found


def _candidates(index: Index, embedder: Embedder) -> list[_Candidate]:
    texts = [chunk.text for chunk in index.store.chunks().values()]
    common = sorted(phrases_of(texts), key=lambda phrase: -len(phrase.rows))[:_MOST_CANDIDATES]
    phrases = [phrase for phrase in common if not _named(phrase, texts, index)]
    if not phrases:
        return []
    vectors = embedder.embed_passages([phrase.text for phrase in phrases])
    cosines = vectors @ index.chunk_vectors(range(len(index))).T
    known = _Embedded(embedder, {phrase.text: vector for phrase, vector in zip(phrases, vectors, strict=True)})
    retriever = Retriever(index, known, _MEANING)
    found = []
    for phrase, vector, row in zip(phrases, vectors, cosines, strict=True):
        hits = retriever.retrieve(phrase.text, len(index))
        enough = len(hits) >= _PASSAGES and hits[_PASSAGES - 1].score >= _LEAST
        if enough and np.median([hit.score for hit in hits]) < _OF_ALL:
            found.append(_Candidate(phrase, vector, hits, _contrast(row) * log2(len(phrase.rows))))
    return found


def _contrast(cosines: Vectors) -> float:
    """How much nearer the nearest passages are than the one in the middle."""
    return float(np.sort(cosines)[-_PASSAGES:].mean() - np.median(cosines))


def _named(phrase: Phrase, texts: Sequence[str], index: Index) -> bool:
    """Whether it is a place, an organisation or a part of one's name, which are no topics."""
    stems = content_stems(phrase.text)
    publishers = (content_stems(document.publisher) for document in index.store.documents.values())
    first = texts[phrase.rows[0]]
    return (
        bool(places_in(phrase.text))
        or any(stems <= publisher for publisher in publishers)
        or (not phrase.text.islower() and any(phrase.text in name.text for name in organisations_of(first)))
    )


def _read(file: Path, made_of: Sequence[object]) -> tuple[Topic, ...] | None:
    """What a file keeps; None when there is none, or it is of other documents, another model or not whole."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["made_of"] != list(made_of):
            return None
        return tuple(Topic(str(one["heading"]), tuple(map(str, one["passages"]))) for one in kept["topics"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, made_of: Sequence[object], found: Sequence[Topic]) -> None:
    """Keep topics; a reader sees the whole file or none."""
    unfinished = file.with_name(f".{FILE}-{os.getpid()}")
    try:
        words = json.dumps({"made_of": list(made_of), "topics": list(map(asdict, found))}, ensure_ascii=False, indent=1)
        unfinished.write_text(words + "\n", encoding="utf-8")
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)  # a folder that is only to be read: worked out again next time
