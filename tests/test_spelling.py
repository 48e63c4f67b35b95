"""Misspelt words of a question are mended by the words of the collection; what is only rare stays."""

from __future__ import annotations

import pytest

from rag.embedding import is_word
from rag.spelling import Speller

TEXT = "Cement unions in Asia Pacific commit to organizing more workers at all levels, in their doing."


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller([TEXT], is_word)


def test_several_misspelt_words_are_mended(speller: Speller) -> None:
    assert speller.mend("wich cemet unoins in asia pacfic") == "wich cement unions in asia pacific"


@pytest.mark.parametrize(
    "question",
    [
        "Who supported the meeting in Manila?",  # words that the collection lacks but English has
        "By dodging their responsibility, whom do they hurt?",  # near to "doing"
        "What does SEA2PAC want from ArabTUC?",  # names
        "",
        "¿Qué?",
    ],
)
def test_what_is_no_mistake_stays(speller: Speller, question: str) -> None:
    assert speller.mend(question) == question


def test_a_single_strange_word_needs_a_nearer_one(speller: Speller) -> None:
    assert speller.mend("Which levles matter?") == "Which levles matter?"
    assert speller.mend("Which cemment unions matter?") == "Which cement unions matter?"


def test_words_with_endings_are_words() -> None:
    assert is_word("fostered")
    assert not is_word("pacfic")
