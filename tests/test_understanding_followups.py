"""Follow-ups: what leans on an earlier turn is worded to stand alone, and what stands alone is kept."""

from __future__ import annotations

import pytest

from rag.corpus import Corpus
from rag.understanding import Outline, Task, Turn, outline_of, understand
from rag.understanding.followups import depends, is_rewording, resolved

WAGES = Turn("What pay rise did the Japanese unions achieve in 2023?", "On average an additional YEN8,407 a month.")


@pytest.fixture(scope="module")
def outline(corpus: Corpus) -> Outline:
    return outline_of(corpus.documents, corpus.chunks)


@pytest.mark.parametrize(
    "question",
    [
        "How much is that in dollars?",
        "Why did they hold them?",
        "And where did it meet in the autumn of that year?",
        "At which levels should they talk?",
        "Who pays for that project?",
        "Anything else?",
        "Why?",
        "And in 2024?",
        "What about Thailand?",
        "Which ones?",
        "Is she a general secretary?",
        "What was on the agenda there?",
        "How long did this take?",
        "Who else?",
        "Does it cover women?",
        "Tell me more.",
    ],
)
def test_what_leans_on_an_earlier_turn(question: str) -> None:
    assert depends(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which foundation supported the meeting in Manila?",
        "Which levels does the resolution name that unions should use?",
        "What does the resolution say about brands and their suppliers?",
        "In his welcome to Global Worker, Jyrki Raina says what?",
        "Which documents are there on migration?",
        "How many delegates were there in Manila?",
        "In the campaign against precarious work that the resolution announces, whom does IndustriALL want to organize?",
        "What is the capital of France?",
        "Which union says that the workers must act?",
    ],
)
def test_what_stands_alone_is_kept(question: str) -> None:
    assert not depends(question)
    assert resolved(question, [WAGES]) == (question, False)


def test_earlier_question_and_answer_come_first(outline: Outline) -> None:
    request = understand("How much is that in dollars?", [WAGES], outline)
    assert request.question == "How much is that in dollars?"
    assert request.search == f"{WAGES.question} {WAGES.answer} How much is that in dollars?"
    assert request.task is Task.ANSWER


def test_without_history_nothing_can_be_resolved(outline: Outline) -> None:
    assert understand("How much is that in dollars?", [], outline).search == "How much is that in dollars?"


def test_that_year_is_named(outline: Outline) -> None:
    turn = Turn("What did the executive committee urge in June 2023?", "To build stronger unions.")
    request = understand("And where did it meet in the autumn of that year?", [turn], outline)
    assert request.search.endswith("Where did it meet in the autumn of 2023?")
    assert not request.exclusive
    assert "2023-11-07" in {outline.chunks[row].date for row in request.rows}


def test_a_chain_goes_back_to_the_question_that_stood_alone() -> None:
    turns = [
        Turn("What have FENAIP and FNTTP agreed on?", "A national council."),
        Turn("Anything else?", "Yes, a project."),
    ]
    assert resolved("Who pays for that project?", turns) == (
        "What have FENAIP and FNTTP agreed on? Yes, a project. Who pays for that project?",
        True,
    )


def test_it_stays_short() -> None:
    turns = [Turn(f"What {'very ' * 60}long thing?", "word " * 200)]
    assert len(resolved("Why is that?", turns)[0].split()) < 64


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ("Which news items date from 2021?", "And in 2016?", "Which news items date from 2016?"),
        (
            "Which meetings were held in Bangkok?",
            "What about in Kuala Lumpur?",
            "Which meetings were held in Kuala Lumpur?",
        ),
        ("What does paragraph 27 say?", "And paragraph 28?", "What does paragraph 28 say?"),
        ("What is paragraph 42 about?", "the next paragraph?", "What is paragraph 43 about?"),
        ("What is ¶42 about?", "And the one before that?", "What is ¶41 about?"),
        ("What was in the news in 2019?", "And the year before?", "What was in the news in 2018?"),
        ("What was in the news in June 2023?", "The following month?", "What was in the news in July 2023?"),
        ("What is the first point under ¶54?", "And the second?", "What is the second point under ¶54?"),
        ("What is the first point under ¶54?", "OK. The one after that?", "What is the 2th point under ¶54?"),
    ],
)
def test_a_fragment_takes_its_place_in_the_earlier_question(
    outline: Outline, earlier: str, question: str, expected: str
) -> None:
    request = understand(question, [Turn(earlier, "...")], outline)
    assert request.search == expected
    assert request.question == question
    assert request.task is Task.LIST
    assert request.rows == understand(expected, [], outline).rows


def test_each_turn_moves_on_from_the_one_before(outline: Outline) -> None:
    turns = [Turn("What is the first point under ¶54?", "..."), Turn("and the second?", "...")]
    request = understand("good. and the one after that", turns, outline)
    assert [outline.chunks[row].locator for row in request.rows] == ["¶54, 3rd point"]


@pytest.mark.parametrize(
    ("said", "whether"),
    [
        ("How much is an additional YEN8,407 a month in dollars?", True),
        ("How much is the pay rise of the Japanese unions in 2023 in dollars?", True),
        ("How much is that in dollars?", False),  # leans as before
        ("What is the capital of France?", False),  # another question
        ("How much is the pay rise at Volkswagen and Toyota in dollars?", False),  # names that nobody said
        ("", False),
        ("in dollars " * 40, False),
    ],
)
def test_a_rewording_adds_nothing_and_leans_on_nothing(said: str, whether: bool) -> None:
    assert is_rewording(said, "How much is that in dollars?", [WAGES]) is whether


@pytest.mark.parametrize(
    ("earlier", "question"),
    [("What is paragraph 1 about?", "the previous one"), ("What is the first point under ¶54?", "And the one before?")],
)
def test_nothing_comes_before_the_first(earlier: str, question: str) -> None:
    assert resolved(question, [Turn(earlier, "...")])[1]
