"""Which passages are nearest to a question: by meaning, of the whole and of its best sentence, and by shared words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from rag.embedding import Embedder, Vectors
from rag.index import Index
from rag.types import Hit

_POOL = 50  # candidates that each of the searches proposes
_ALIKE = 0.97  # cosine from which a passage says no more than one that is ranked above it
_PREFERRED = 0.15  # what a passage gains that the question points to, by a date for example


class Retriever:
    """Hybrid search over one index."""

    def __init__(self, index: Index, embedder: Embedder, vector_weight: float) -> None:
        """`vector_weight`, in [0, 1], is the share of meaning; the rest goes to shared words."""
        self._index = index
        self._embedder = embedder
        self._weight = vector_weight

    def retrieve(
        self,
        question: str,
        k: int,
        rows: Sequence[int] = (),
        *,
        only: bool = False,
        documents: Collection[str] | None = None,
    ) -> tuple[Hit, ...]:
        """The k best chunks, best first; fewer if the index is smaller, none for an empty question.

        The score of a chunk mixes the cosine of the whole with that of its nearest sentence, half and half, and BM25 as
        a share of what it can be at most. All three mean the same for every question, so that scores of different
        questions can be compared.

        Args:
            question: what to look for.
            k: how many.
            rows: chunks that the question points to; they are preferred.
            only: no other chunks are candidates.
            documents: ids of those whose chunks are candidates; None: all of them.
        """
        if not question.strip() or k < 1:
            return ()
        query = self._embedder.embed_query(question)
        words = dict(self._index.store.search(question, max(k, _POOL), documents))
        near = set(rows) if only else self._candidates(query, max(k, _POOL), documents) | set(words) | set(rows)
        candidates = sorted(near if documents is None else near.intersection(self._index.store.rows_in(documents)))
        meaning = self._meaning(query, candidates)
        scores = {
            row: self._weight * float(cosine) + (1 - self._weight) * words.get(row, 0.0) + _PREFERRED * (row in rows)
            for row, cosine in zip(candidates, meaning, strict=True)
        }
        best = self._without_repeats(sorted(candidates, key=lambda row: (-scores[row], row)), k)
        chunks = self._index.store.chunks(best)
        return tuple(Hit(chunks[row], min(1.0, max(0.0, scores[row])), rank) for rank, row in enumerate(best, start=1))

    def _candidates(self, query: Vectors, pool: int, documents: Collection[str] | None) -> set[int]:
        store, chunks, sentences = self._index.store, None, None
        if documents is not None:
            chunks, sentences = store.rows_in(documents), store.sentence_rows_in(documents)
        by_sentence = [row for row, _ in self._index.search_sentences(query, 2 * pool, sentences)]
        near = store.chunks_of_sentences(by_sentence).values()
        return {row for row, _ in self._index.search_vectors(query, pool, chunks)} | set(near)

    def _meaning(self, query: Vectors, rows: Sequence[int]) -> Vectors:
        """Mean of the cosine of each chunk and of its nearest sentence, shape (len(rows),), in [0, 1]."""
        whole = self._index.chunk_vectors(rows) @ query
        owner = self._index.store.sentences_by_chunk(rows)
        sentences = [sentence for row in rows for sentence in owner.get(row, ())]
        cosine = dict(zip(sentences, self._index.sentence_vectors(sentences) @ query, strict=True))
        nearest = [max((cosine[s] for s in owner.get(row, ())), default=whole[i]) for i, row in enumerate(rows)]
        return np.clip((whole + np.asarray(nearest, dtype=np.float32)) / 2, 0, 1)

    def _without_repeats(self, ranked: Sequence[int], k: int) -> list[int]:
        """The first k; a passage that repeats one above it comes after those that say something else."""
        head = list(ranked[: 2 * k])
        vectors = self._index.chunk_vectors(head)
        alike = vectors @ vectors.T >= _ALIKE
        repeats = {row for i, row in enumerate(head) if alike[i, :i].any()}
        return sorted(head, key=lambda row: row in repeats)[:k]
