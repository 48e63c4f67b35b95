"""Questions that ask several things: where they part, and what each part leans on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.understanding.parts import asks_of_two, parts_of

ONE = [
    "When did they meet?",
    "Who met and when?",  # "when?" alone says nothing
    "What do unions in Asia and the Pacific demand?",
    "Which unions met and agreed on a plan?",
    "",
    "Unions and climate",
]


@pytest.mark.parametrize("question", ONE)
def test_one_question_stays_as_it_is(question: str) -> None:
    assert parts_of(question) == (question,)


def test_two_questions_in_a_sentence_part_at_the_conjunction() -> None:
    assert parts_of(
        "When did the youth congress of the federation meet, and who paid for the strike fund of the dockers?"
    ) == (
        "When did the youth congress of the federation meet?",
        "Who paid for the strike fund of the dockers?",
    )


def test_two_sentences_that_ask_part() -> None:
    first, second = parts_of(
        "Where did the youth congress of the federation meet? Who paid for the strike fund of the dockers?"
    )
    assert first == "Where did the youth congress of the federation meet?"
    assert second == "Who paid for the strike fund of the dockers?"


def test_a_part_that_leans_on_the_one_before_carries_it_along() -> None:
    first, second = parts_of("Which union went on strike in Dhaka, and how long did it strike there?")
    assert first == "Which union went on strike in Dhaka?"
    assert second == "Which union went on strike in Dhaka? How long did it strike there?"


def test_what_is_told_before_is_said_with_a_part_that_leans_on_it() -> None:
    told = "I read about a strike in Dhaka."
    for part in parts_of(f"{told} How long did they strike, and who supported them in it?"):
        assert part.startswith(told)


def test_more_than_three_questions_are_left_whole() -> None:
    question = " ".join(f"Who met in the city number {n}?" for n in range(4))
    assert parts_of(question) == (question,)
    assert len(parts_of(" ".join(f"Who met in the city number {n}?" for n in range(3)))) == 3


@pytest.mark.parametrize(
    ("question", "two"),
    [
        ("What happens to migrant workers, in each of the two texts?", True),
        ("What do both documents say of wages?", True),
        ("What is said of wages in each document?", True),
        ("What do both unions demand?", False),
        ("What does each union demand?", False),
        ("When did they meet, and who paid?", False),
        ("", False),
    ],
)
def test_what_is_asked_of_two_texts_is_seen(question: str, two: bool) -> None:
    assert asks_of_two(question) is two


WORDS = ["who", "what", "and", "but", "met", "unions", "they", "?", ".", ",", "When", "in Manila", "it"]


@given(words=st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_question_has_one_to_three_parts_in_its_own_words(words: list[str]) -> None:
    question = " ".join(words)
    parts = parts_of(question)
    assert 1 <= len(parts) <= 3
    for part in parts:
        assert {word.strip("?.,;").lower() for word in part.split()} <= {
            word.strip("?.,;").lower() for word in question.split()
        } | {""}
