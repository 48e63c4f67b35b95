"""What kind of thing is asked for, whether a text gives one, and what a question speaks of that a text does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asked import Kind, gives, kind_of, strangers

KINDS = [
    ("How many delegates came to the congress?", Kind.NUMBER),
    ("How much did the strike fund pay?", Kind.NUMBER),
    ("how old is the union?", Kind.NUMBER),
    ("How long was the strike?", Kind.NUMBER),
    ("What percentage of members are women?", Kind.NUMBER),
    ("In 2023, what number of unions joined?", Kind.NUMBER),
    ("When did the unions meet?", Kind.DATE),
    ("On what day did they meet?", Kind.DATE),
    ("In which year was the museum opened?", Kind.DATE),
    ("Where did the youth congress meet?", Kind.PLACE),
    ("In which city did they meet?", Kind.PLACE),
    ("Which Asian countries took part?", Kind.PLACE),
    ("Who was elected president?", Kind.NAME),
    ("With whom did the union sign?", Kind.OTHER),  # mostly a group, which has no name
    ("Which brands signed the accord?", Kind.NAME),
    ("Which garment unions organized the strike?", Kind.NAME),
    ("What is the just transition?", Kind.OTHER),
    ("Why did they strike?", Kind.OTHER),
    ("Unions and climate", Kind.OTHER),
    ("", Kind.OTHER),
]


@pytest.mark.parametrize(("question", "kind"), KINDS)
def test_the_words_of_a_question_tell_what_it_asks_for(question: str, kind: Kind) -> None:
    assert kind_of(question) is kind


def test_what_is_asked_first_decides() -> None:
    assert kind_of("Who met, and when?") is Kind.NAME
    assert kind_of("When did they meet, and who paid?") is Kind.DATE
    assert kind_of("What became of the strike, and when?") is Kind.OTHER


def test_a_clause_of_time_before_the_question_asks_nothing() -> None:
    assert kind_of("When workers form a union, who tells them so?") is Kind.NAME
    assert kind_of("Where unions are weak, what share of workers is covered?") is Kind.NUMBER


GIVEN = [
    (Kind.NUMBER, "How many delegates came?", "Forty delegates came.", True),
    (Kind.NUMBER, "How many delegates came?", "8,407 delegates came.", True),
    (Kind.NUMBER, "How many delegates came?", "Many delegates came.", False),
    (Kind.NUMBER, "How many of the 40 delegates spoke?", "The 40 delegates spoke.", False),
    (Kind.NUMBER, "How many of the forty delegates spoke?", "Of the 40 delegates 12 spoke.", True),
    (Kind.DATE, "When did they meet?", "They met on 14 September 2024.", True),
    (Kind.DATE, "When did they meet?", "They met in 2023.", True),
    (Kind.DATE, "When did they meet?", "They met in Manila.", False),
    (Kind.DATE, "When in 2023 did they meet?", "They met in 2023.", False),
    (Kind.PLACE, "Where did they meet?", "They met in Manila.", True),
    (Kind.PLACE, "Where did they meet?", "They met at length.", False),
    (Kind.PLACE, "Where in Manila did they meet?", "They met in Manila.", False),
    (Kind.NAME, "Who was elected?", "Marta Lind was elected.", True),
    (Kind.NAME, "Who was elected?", "A president was elected.", False),
    (Kind.OTHER, "Why did they strike?", "They struck for higher wages.", True),
    (Kind.OTHER, "Why did they strike?", "They did strike.", False),
]


@pytest.mark.parametrize(("kind", "question", "text", "given"), GIVEN)
def test_only_what_the_question_does_not_have_is_given(kind: Kind, question: str, text: str, given: bool) -> None:
    assert gives(kind, question, text) is given


@pytest.mark.parametrize("kind", Kind)
def test_a_text_without_words_gives_nothing(kind: Kind) -> None:
    assert not gives(kind, "Who met?", "")
    assert not gives(kind, "Who met?", "...")


@pytest.mark.parametrize("kind", Kind)
def test_a_question_does_not_answer_itself(kind: Kind) -> None:
    question = "How many of the 40 delegates from Manila met Marta Lind on 14 September 2024?"
    assert not gives(kind, question, question)


PASSAGE = "Marta Lind spoke in Porto on 5 June 2021 to forty dockers."


@pytest.mark.parametrize(
    ("question", "n"),
    [
        ("Where did Marta Lind speak?", 0),
        ("How many of the 40 dockers in Porto stayed?", 0),
        ("What happened in June 2021?", 0),
        ("Where did John Smith speak?", 1),
        ("Did Marta Lind speak in Bangkok?", 1),
        ("Did 99 dockers listen?", 1),
        ("What happened in 1975?", 1),
        ("Did John Smith speak to 99 dockers in Bangkok?", 3),
    ],
)
def test_what_a_passage_does_not_speak_of_is_strange_to_it(question: str, n: int) -> None:
    assert len(strangers(question, (PASSAGE,))) == n


def test_a_title_makes_a_name_known() -> None:
    question = "What does IndustriALL say of Porto?"
    assert len(strangers(question, (PASSAGE,))) == 1
    assert strangers(question, (PASSAGE, "IndustriALL news")) == ()


def test_without_a_passage_all_is_strange() -> None:
    assert len(strangers("Did Marta Lind speak in Porto?", ())) == 2
    assert strangers("", ()) == ()


@given(question=st.text(max_size=60), text=st.text(max_size=60))
def test_any_question_and_text_can_be_looked_at(question: str, text: str) -> None:
    kind = kind_of(question)
    assert gives(kind, question, text) in (True, False)
    assert strangers(question, (question,)) == ()
    assert set(strangers(question, (text,))) <= set(strangers(question, ()))
