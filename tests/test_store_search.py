"""Full-text search: words are found whatever the question looks like, and scores of different questions can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import document_of, rows_of, write

from rag.store import Store

StoreOf = Callable[..., Store]


@pytest.fixture
def store_of(tmp_path: Path) -> Iterator[StoreOf]:
    """A function that makes a store of one document from the texts of its chunks."""
    stores: list[Store] = []

    def make(*texts: str, title: str = "A title") -> Store:
        document, chunks = document_of(texts, title)
        stores.append(write(tmp_path / f"{len(stores)}.sqlite", [document], chunks))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


# --- full-text search ------------------------------------------------------------------------------------------------


def test_words_are_found_by_their_stem(store_of: StoreOf) -> None:
    store = store_of("One union met.", "The organizers agreed.", "Nothing here.")
    assert rows_of(store.search("unions", 5)) == [0]
    assert rows_of(store.search("Organizing?", 5)) == [1]
    assert rows_of(store.search("UNION organizer", 5)) == [0, 1]


def test_accents_and_capitals_make_no_difference(store_of: StoreOf) -> None:
    store = store_of("The Café in São Paulo", "Other words")
    assert rows_of(store.search("cafe sao", 5)) == [0]
    assert rows_of(store.search("CAFÉ", 5)) == [0]


def test_titles_and_headings_are_searched_too(real_store: Store) -> None:
    chunks = real_store.chunks()
    assert {chunks[row].doc_id for row in rows_of(real_store.search("Kathmandu", 50))} == {chunks[120].doc_id}
    assert len(real_store.search("Kathmandu", 50)) == 7
    found = [chunks[row].locator for row in rows_of(real_store.search("accountable", 50))]
    assert {"¶45", "¶50", "¶54, 4th point"} <= set(found)  # "C Holding capital accountable"


def test_a_chunk_with_more_and_rarer_words_of_the_question_comes_first(store_of: StoreOf) -> None:
    store = store_of("unions met", "unions met in Manila", "unions rest", "unions sing")
    assert rows_of(store.search("unions in Manila", 10)) == [1, 0, 2, 3]


def test_equal_scores_keep_the_reading_order(store_of: StoreOf) -> None:
    assert rows_of(store_of("unions", "unions", "unions").search("unions", 10)) == [0, 1, 2]


def test_scores_are_positive_and_sorted_though_every_chunk_has_the_word(store_of: StoreOf) -> None:
    found = store_of("unions", "unions unions", "unions and more").search("unions", 10)
    scores = [score for _, score in found]
    assert len(scores) == 3
    assert min(scores) > 0
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(("k", "held"), [(2, 2), (4, 4), (1000, 4), (0, 0), (-1, 0)])
def test_at_most_k_are_found(store_of: StoreOf, k: int, held: int) -> None:
    assert len(store_of("unions a", "unions b", "unions c", "unions d").search("unions", k)) == held


@pytest.mark.parametrize("question", ["", " \n\t", "?!… — “”", "*", '"', "___", "🌍", "\0"])
def test_a_question_without_words_finds_nothing(real_store: Store, question: str) -> None:
    assert real_store.search(question, 10) == []


def test_a_question_whose_words_are_not_there_finds_nothing(real_store: Store) -> None:
    assert real_store.search("xylophone qwertz", 10) == []


@pytest.mark.parametrize(
    "question",
    [
        'NEAR("unions" "Manila", 3)',
        "unions NEAR/2 Manila",
        "union* OR man*",
        '"unions" AND NOT ("Manila"',
        "body:unions context : Manila",
        "^unions + Manila - {",
        "{body context} : unions",
        "unions'); DROP TABLE words; --",
        "unions\0Manila",
        "_unions_ _ Manila",
        "\ud800 unions",
    ],
)
def test_nothing_in_a_question_is_query_syntax(store_of: StoreOf, question: str) -> None:
    store = store_of("unions met", "in Manila", "rest")
    found = rows_of(store.search(question, 10))
    assert 0 in found
    assert 2 not in found
    assert len(store) == 3


@pytest.mark.parametrize("word", ["near", "NEAR", "match", "MATCH", "rank"])
def test_operators_are_words_like_any_other(store_of: StoreOf, word: str) -> None:
    assert rows_of(store_of("unions met", f"and, or, not, near: {word}").search(word, 10)) == [1]


@pytest.mark.parametrize("question", ["and or not", "AND OR NOT", "What was it about?", "Please tell me of them"])
def test_words_that_say_nothing_of_a_topic_find_nothing(store_of: StoreOf, question: str) -> None:
    assert store_of("What was it all about? Please and or not, tell me of them.", "Rest.").search(question, 10) == []


def test_words_that_say_nothing_do_not_change_a_score(store_of: StoreOf) -> None:
    store = store_of("Unions met in Manila.", "Rest.", "More.")
    assert store.search("What did the unions do in Manila?", 3) == store.search("unions Manila", 3)


# --- scores of different questions can be compared -------------------------------------------------------------------


def test_a_score_is_the_share_of_the_highest_that_is_possible(store_of: StoreOf) -> None:
    """Of one word in one of three chunks of equal length: 2.2 / (1 + 1.2) of idf, out of 2.2 of idf."""
    store = store_of("manila one", "rest two", "more three", title="x")
    assert store.search("Manila", 3) == [(0, pytest.approx(1 / 2.2))]


def test_a_chunk_full_of_a_word_comes_near_to_1_and_never_above(store_of: StoreOf) -> None:
    [(row, score)] = store_of("manila " * 500, "rest two", "more three").search("Manila", 3)
    assert row == 0
    assert 0.9 < score <= 1


def test_a_word_that_no_chunk_has_lowers_the_score(store_of: StoreOf) -> None:
    store = store_of("unions meet", "rest two", "more three")
    [(_, alone)], [(_, with_unknown)] = store.search("unions", 3), store.search("unions zebra", 3)
    assert 0 < with_unknown < alone / 2  # the unknown word is the rarer one


def test_a_word_in_every_chunk_counts_for_next_to_nothing(store_of: StoreOf) -> None:
    store = store_of("unions rest", "unions meet", "unions sing")
    assert dict(store.search("unions manila", 3))[0] < 1e-5


# --- any question -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    ["unions " * 3000, "x" * 20_000 + " unions", "unions " + "\"('" * 7000],
    ids=["words", "one word", "marks"],
)
def test_a_very_long_question_is_answered(real_store: Store, question: str) -> None:
    assert len(question) > 20_000
    assert len(real_store.search(question, 10)) == 10


def test_only_the_first_64_different_words_count(store_of: StoreOf) -> None:
    store = store_of("unions", "workers")
    padding = " ".join(f"w{n}" for n in range(62))
    assert rows_of(store.search(f"unions unions {padding} workers", 10)) == [0, 1]
    assert rows_of(store.search(f"unions {padding} another workers", 10)) == [0]


SYNTAX = st.sampled_from(['"', "unions", " ", "*", "OR", "NEAR(", ")", "-", "'", ":", "_"])


@given(question=st.one_of(st.text(max_size=200), st.lists(SYNTAX).map("".join)))
@settings(max_examples=200)
def test_any_question_finds_only_positive_sorted_scores(real_store: Store, question: str) -> None:
    found = real_store.search(question, 7)
    assert len(found) <= 7
    assert len(set(rows_of(found))) == len(found)
    assert all(0 < score <= 1 for _, score in found)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
