"""The passages before and after one, within its document."""

from __future__ import annotations

import pytest
from small import Small

from rag.errors import RagError
from rag.surroundings import Surroundings, surroundings


def test_neighbours_end_with_the_document(built: Small) -> None:
    store = built.open().store
    chunks = list(store.chunks().values())
    texts = [
        "Unions met in Manila.",
        "They agreed on a plan.",
        "Young workers call for a quota.",
        "Training comes first.",
    ]
    assert [chunk.text for chunk in chunks] == [*texts, "Cement workers organize."]
    assert [surroundings(store, chunk.id) for chunk in chunks] == [
        Surroundings(None, chunks[0], chunks[1]),
        Surroundings(chunks[0], chunks[1], None),
        Surroundings(None, chunks[2], chunks[3]),
        Surroundings(chunks[2], chunks[3], None),
        Surroundings(None, chunks[4], None),
    ]


@pytest.mark.parametrize("wrong", ["", "no such id", "' OR 1=1 --", "<script>\0"])
def test_unknown_passage_is_an_error_for_a_reader(built: Small, wrong: str) -> None:
    with pytest.raises(RagError, match=r"There is no passage .* in the index; the documents may have changed"):
        surroundings(built.open().store, wrong)
