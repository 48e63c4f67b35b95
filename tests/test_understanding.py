"""Understanding: whatever is typed becomes one clean line, and what is no question is told why."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.understanding import (
    EMPTY,
    MAX_CHARACTERS,
    Request,
    Turn,
    clean_question,
    outline_of,
    problem_with,
    understand,
)

CLEANED = [
    ("  Who   met?\n", "Who met?"),
    ("Who\tmet\r\nin\u00a0Manila\u2028?", "Who met in Manila ?"),
    ("Who\0met\x07\x1b[31m?", "Who met [31m?"),
    ("cafe\u0301", "caf\u00e9"),
    ("\ud83d youth", "? youth"),
    ("private \ue000 use", "private use"),
    ("ما هي النقابات؟", "ما هي النقابات؟"),
    ("労働組合とは？", "労働組合とは？"),
    ("👩🏽‍🏭 safety", "👩🏽‍🏭 safety"),
    ("", ""),
]


@pytest.mark.parametrize(("raw", "expected"), CLEANED)
def test_a_question_is_cleaned(raw: str, expected: str) -> None:
    assert clean_question(raw) == expected


@given(st.text(st.characters()))  # lone surrogates too
def test_any_question_becomes_one_clean_line(raw: str) -> None:
    clean = clean_question(raw)
    assert clean == clean.strip()
    assert clean == clean_question(clean)
    assert not {unicodedata.category(c) for c in clean} & {"Cc", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize("question", ["", "?!", "…", "👩🏽‍🏭", "\u200b"])
def test_what_has_no_word_is_no_question(question: str) -> None:
    assert problem_with(question) == EMPTY


@pytest.mark.parametrize("question", ["youth", "7", "النقابات", "労働組合", "x" * MAX_CHARACTERS])
def test_what_has_a_word_is_one(question: str) -> None:
    assert problem_with(question) == ""


def test_a_question_that_is_too_long_is_told_by_how_much() -> None:
    assert problem_with("x" * 20_000) == "The question has 20,000 characters; please ask in at most 1,000."


def test_a_question_that_cannot_be_looked_up_says_why() -> None:
    nothing = outline_of((), ())
    assert understand(" ?! ", (), nothing) == Request("?!", "?!", problem=EMPTY)
    assert understand("x" * 1001, (), nothing).problem.startswith("The question has 1,001 characters")


@given(st.text(st.characters(), max_size=200))
def test_whatever_is_typed_is_understood_as_something(raw: str) -> None:
    request = understand(raw, (Turn("Which news items date from 2021?", "Three."),), outline_of((), ()))
    assert request.question == clean_question(raw)
    assert request.rows == ()
