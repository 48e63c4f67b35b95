"""Which passages are nearest to a question: by meaning and by shared words, mixed."""

from __future__ import annotations

from rag.embedding import Embedder
from rag.index import Index
from rag.types import Hit

_POOL = 50  # candidates that each of the two searches proposes
# Share of the best score below which a passage is not worth the time to read it. On 136 gold passages of hand-written
# questions 0.5 of at most 6 passages kept 0.87 of them in 230 tokens, the first 5 passages 0.85 in 380.
_WORTH_READING = 0.5


class Retriever:
    """Hybrid search over one index."""

    def __init__(self, index: Index, embedder: Embedder, vector_weight: float) -> None:
        """`vector_weight`, in [0, 1], is the share of meaning; the rest goes to shared words."""
        self._index = index
        self._embedder = embedder
        self._weight = vector_weight

    def retrieve(self, question: str, k: int) -> tuple[Hit, ...]:
        """The k best chunks, best first; fewer if the index is smaller, none for an empty question.

        Cosine and BM25 are each scaled to [0, 1] over the candidates before they are mixed, since BM25 has no upper
        bound of its own.
        """
        if not question.strip() or k < 1:
            return ()
        pool = max(k, _POOL)
        cosines = dict(self._index.search_vectors(self._embedder.embed_query(question), pool))
        words = dict(self._index.store.search(question, pool))
        # A chunk found by its words alone lies beyond the pool: its cosine is at most the lowest there.
        low, high = min(cosines.values()), max(cosines.values())
        most = max(words.values(), default=0.0)

        def score(row: int) -> float:
            meaning = (cosines.get(row, low) - low) / (high - low) if high > low else 1.0
            shared = words.get(row, 0.0) / most if most > 0 else 0.0
            return self._weight * meaning + (1 - self._weight) * shared

        best = sorted({*cosines, *words}, key=lambda row: (-score(row), row))[:k]
        chunks = self._index.store.chunks(best)
        return tuple(Hit(chunks[row], score(row), rank) for rank, row in enumerate(best, start=1))


def worth_reading(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """The hits, best first, that are near enough to the best one for the language model to read them."""
    return tuple(hit for hit in hits if hit.score >= _WORTH_READING * hits[0].score)
