"""Retrieval: meaning and shared words are mixed as said, whatever is asked and however small the collection is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from desk import DIMENSION, opened_index
from fakes import HashEmbedder
from hypothesis import given
from hypothesis import strategies as st

from rag.embedding import Vectors, unit_rows
from rag.index import Index
from rag.retrieval import Retriever

AXES = {"youth": 0, "teenagers": 0, "wages": 1, "safety": 2}
TINY = {"a.txt": "Teenagers meet.", "b.txt": "Youth and wages.", "c.txt": "Safety first."}
YOUTH = "What quota do young unionists call for?"


class MeaningEmbedder(HashEmbedder):
    """Knows what four words mean: youth and teenagers are the same, wages and safety are something else."""

    def _counts(self, texts: list[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, axis in AXES.items():
                row[axis] += text.lower().count(word)
        return rows


@pytest.fixture(scope="module")
def retriever(index: Index) -> Retriever:
    return Retriever(index, HashEmbedder(dimension=DIMENSION), 0.5)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Three passages: (1, 0, 0), (1, 1, 0) / sqrt 2 and (0, 0, 1)."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, text in TINY.items():
        (folder / name).write_text(text, encoding="utf-8")
    with opened_index(folder / "index", folder, MeaningEmbedder(dimension=3)) as index:
        yield index


def scores(index: Index, question: str, vector_weight: float) -> list[tuple[str, float]]:
    """First word and score of each hit."""
    hits = Retriever(index, MeaningEmbedder(dimension=3), vector_weight).retrieve(question, 3)
    return [(hit.chunk.text.split()[0], hit.score) for hit in hits]


# BM25 of a word that stands once in the second passage, as a share of the most it can be: with k1 = 1.2 and b = 0.75,
# and 4 words (the title is one) where the mean is 10 / 3, that is 1 / (1 + 1.2 * (0.25 + 0.75 * 4 / (10 / 3))).
WORD = 1 / 2.38
# "youth" is (1, 0, 0): its cosines are 1, 0.7071 and 0, and only the second passage has the word.
MIXED = [
    (0.5, [("Youth", 0.5 * 0.7071 + 0.5 * WORD), ("Teenagers", 0.5 * 1 + 0.5 * 0), ("Safety", 0.0)]),
    (0.9, [("Teenagers", 0.9 * 1 + 0.1 * 0), ("Youth", 0.9 * 0.7071 + 0.1 * WORD), ("Safety", 0.0)]),
    (1.0, [("Teenagers", 1.0), ("Youth", 0.7071), ("Safety", 0.0)]),
    (0.0, [("Youth", WORD), ("Teenagers", 0.0), ("Safety", 0.0)]),
]


@pytest.mark.parametrize(("vector_weight", "expected"), MIXED)
def test_meaning_and_shared_words_are_mixed(
    tiny: Index, vector_weight: float, expected: list[tuple[str, float]]
) -> None:
    found = scores(tiny, "youth", vector_weight)
    assert [word for word, _ in found] == [word for word, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-4)


def test_scores_do_not_depend_on_what_else_was_found(tiny: Index) -> None:
    # "youth wages" is (1, 1, 0) / sqrt 2: cosines 0.7071, 1 and 0. Both words stand in the second passage only.
    assert scores(tiny, "youth wages", 0.5) == [
        ("Youth", pytest.approx(0.5 * 1 + 0.5 * WORD)),
        ("Teenagers", pytest.approx(0.5 * 0.7071, abs=1e-4)),
        ("Safety", pytest.approx(0.0)),
    ]


def test_what_is_found_by_its_words_alone_has_its_own_nearness(tmp_path: Path) -> None:
    """To "wages zebra" 50 passages are nearer than the one with the zebra, of which neither search by meaning knows."""
    texts = ["Wages."] * 49 + ["Wages and youth.", "Safety.", "Safety for a zebra."]
    for n, text in enumerate(texts):
        (tmp_path / f"{n:02}.txt").write_text(f"{text} {n}.", encoding="utf-8")
    with opened_index(tmp_path / "index", tmp_path, MeaningEmbedder(dimension=3)) as index:
        hits = Retriever(index, MeaningEmbedder(dimension=3), 0.5).retrieve("wages zebra", 50)
    [zebra] = [hit for hit in hits if "zebra" in hit.chunk.text]
    # Its cosine is 0. It has 6 words where the mean is 161 / 52; "wages", in all but two passages, weighs nothing.
    assert zebra.score == pytest.approx(0.5 * 0 + 0.5 / (1 + 1.2 * (0.25 + 0.75 * 6 / (161 / 52))), abs=1e-4)


def test_a_passage_is_as_near_as_the_mean_of_itself_and_its_nearest_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Wages rise. Youth meet. Safety first.", encoding="utf-8")
    with opened_index(tmp_path / "index", tmp_path, MeaningEmbedder(dimension=3)) as index:
        [hit] = Retriever(index, MeaningEmbedder(dimension=3), 1.0).retrieve("youth", 1)
    # The whole is (1, 1, 1) / sqrt 3, its second sentence (1, 0, 0).
    assert hit.score == pytest.approx((0.57735 + 1) / 2, abs=1e-4)


def test_passages_equally_near_keep_the_order_of_the_documents(tiny: Index) -> None:
    # No word is known and none is shared: nothing is near.
    assert scores(tiny, "zebra", 0.5) == [("Teenagers", 0.0), ("Youth", 0.0), ("Safety", 0.0)]


def test_preferred_passages_gain_and_others_stay(tiny: Index) -> None:
    retriever = Retriever(tiny, MeaningEmbedder(dimension=3), 0.5)
    plain, preferred = (
        {h.chunk.text[:1]: h.score for h in retriever.retrieve("youth", 3, rows)} for rows in ((), (2,))
    )
    assert preferred["S"] > plain["S"] == 0
    assert (preferred["T"], preferred["Y"]) == (plain["T"], plain["Y"])


def test_a_preferred_passage_is_found_however_far_it_is(retriever: Retriever) -> None:
    rows = {hit.chunk.id for hit in retriever.retrieve(YOUTH, 121)[:100]}
    far = next(row for row, chunk in retriever._index.store.chunks().items() if chunk.id not in rows)
    [chunk] = retriever._index.store.chunks([far]).values()
    assert chunk in [hit.chunk for hit in retriever.retrieve(YOUTH, 121, (far,))]


@pytest.mark.parametrize(("rows", "k", "found"), [((2, 0), 3, "TS"), ((2, 0), 1, "T"), ((1,), 3, "Y"), ((), 3, "")])
def test_only_the_rows_that_are_asked_about_are_candidates(
    tiny: Index, rows: tuple[int, ...], k: int, found: str
) -> None:
    hits = Retriever(tiny, MeaningEmbedder(dimension=3), 0.5).retrieve("youth", k, rows, only=True)
    assert "".join(hit.chunk.text[0] for hit in hits) == found


def test_what_repeats_a_passage_comes_after_those_that_say_something_else(tmp_path: Path) -> None:
    for name, text in {
        "a": "Youth meet.",
        "b": "Teenagers meet.",
        "c": "Youth and wages.",
        "d": "Safety first.",
    }.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    with opened_index(tmp_path / "index", tmp_path, MeaningEmbedder(dimension=3)) as index:
        hits = Retriever(index, MeaningEmbedder(dimension=3), 1.0).retrieve("youth", 4)
    titles = [index.store.documents[hit.chunk.doc_id].title for hit in hits]
    assert titles == ["a", "c", "d", "b"]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]


def test_scores_can_be_written_as_json(retriever: Retriever) -> None:
    for hit in retriever.retrieve(YOUTH, 10, (3, 5)):
        assert type(hit.score) is float
        assert json.loads(json.dumps(hit.score)) == hit.score


def test_vectors_that_are_no_numbers_break_nothing(index: Index) -> None:
    class Broken(HashEmbedder):
        def embed_query(self, text: str) -> Vectors:
            return np.full(self.dimension, np.nan, dtype=np.float32)

    hits = Retriever(index, Broken(dimension=DIMENSION), 0.5).retrieve(YOUTH, 5)
    assert len(hits) == 5
    assert all(0 <= hit.score <= 1 for hit in hits)


def test_the_right_passage_of_the_real_documents_comes_first(retriever: Retriever) -> None:
    assert "20 percent youth quota" in retriever.retrieve(YOUTH, 3)[0].chunk.text


def test_the_same_question_finds_the_same_hits(index: Index) -> None:
    first, second = (Retriever(index, HashEmbedder(dimension=DIMENSION), 0.5).retrieve(YOUTH, 20) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("question", ["", " ", "\n\t"])
def test_an_empty_question_finds_nothing(retriever: Retriever, question: str) -> None:
    assert retriever.retrieve(question, 5) == ()


@pytest.mark.parametrize(("k", "found"), [(-1, 0), (0, 0), (1, 1), (20, 20), (100, 100)])
def test_as_many_are_found_as_are_asked_for(retriever: Retriever, k: int, found: int) -> None:
    assert len(retriever.retrieve(YOUTH, k)) == found


def test_no_more_are_found_than_there_are(tiny: Index) -> None:
    assert len(Retriever(tiny, MeaningEmbedder(dimension=3), 0.5).retrieve("youth", 1000)) == 3


@given(
    question=st.one_of(
        st.text(), st.lists(st.sampled_from(["youth", "wages", "IndustriALL", "2024", "zebra", "the"])).map(" ".join)
    ),
    k=st.integers(1, 20),
    vector_weight=st.floats(0, 1),
)
def test_hits_of_any_question_are_ranked_by_scores_between_0_and_1(
    index: Index, question: str, k: int, vector_weight: float
) -> None:
    hits = Retriever(index, HashEmbedder(dimension=DIMENSION), vector_weight).retrieve(question, k)
    assert len(hits) == (k if question.strip() else 0)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(0 <= hit.score <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.chunk.id for hit in hits}) == len(hits)


def test_embedded_rows_are_unit_rows_or_zeros() -> None:
    """What the hand-computed cosines above rest on."""
    rows = unit_rows(MeaningEmbedder(dimension=3)._counts(["youth wages", "zebra"]))
    assert rows[0, :3] == pytest.approx([0.7071, 0.7071, 0], abs=1e-4)
    assert not rows[1].any()
