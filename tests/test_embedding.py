"""The embedding model's own economy: what was embedded once is not computed again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag import embedding
from rag.embedding import SentenceModel


class Counting:
    """As a sentence-transformers model: says how many texts it was given, and has a vector of its own for each."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def encode(self, texts: list[str], **_: object) -> np.ndarray:
        self.given += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    model = Counting()
    monkeypatch.setattr(embedding, "_model", lambda folder: model)
    return model


def test_a_question_is_embedded_once_for_all_who_need_it(counting: Counting) -> None:
    embedder = SentenceModel("counting", 2, Path("nowhere"))
    first, again = embedder.embed_query("Who met?"), embedder.embed_query("Who met?")
    assert counting.given == ["Who met?"]
    assert first.tolist() == again.tolist() == embedder.embed_passages(["Who met?"])[0].tolist()
    assert embedder.embed_query("Who met in Manila?").tolist() != first.tolist()


def test_nobody_can_spoil_the_vector_of_another(counting: Counting) -> None:
    vector = SentenceModel("counting", 2, Path("nowhere")).embed_query("Who met?")
    with pytest.raises(ValueError, match="read-only"):
        vector *= 0
