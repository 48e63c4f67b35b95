"""The language of a question: told by its words, and English in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import Corpus
from rag.languages import IN_ENGLISH, LANGUAGES, UNREADABLE, language_of

ASKED = [
    ("¿Qué cuota de jóvenes piden los sindicalistas?", "es"),
    ("Quel quota de jeunes demandent les syndicalistes ?", "fr"),
    ("Welche Quote fordern junge Gewerkschafter?", "de"),
    ("Quanti giovani sindacalisti si sono incontrati a Manila?", "it"),
    ("青年の割当は何パーセントですか？", "ja"),
    ("청년 할당량은 얼마입니까?", "ko"),
    ("ما هي حصة الشباب؟", "ar"),
    ("Какая квота?", "ru"),
    ("តើកូតាយុវជនប៉ុន្មាន?", "km"),
]
ENGLISH = [
    "What quota do young unionists call for?",
    "Which unions in Bangladesh signed the Accord?",
    "What does IndustriALL say of Kuala Lumpur?",
    "Who met?",
    "Manila youth quota",
    "Youth quota percent?",
]
NAMES = ["Kuala Lumpur?", "Manila", "IndustriALL Jakarta", "ILO C190?"]


@pytest.mark.parametrize(("question", "language"), ASKED)
def test_another_language_is_told_by_its_words(question: str, language: str) -> None:
    assert language_of(question) == language


@pytest.mark.parametrize("question", [*ENGLISH, *NAMES])
def test_english_and_names_alone_are_english(question: str) -> None:
    assert language_of(question) == "en"


@pytest.mark.parametrize("question", ["", " ", "?", "12 + 3", "😀", "\0", "\ud800", "x" * 5_000])
def test_what_tells_nothing_is_english(question: str) -> None:
    assert language_of(question) == "en"


def test_passages_of_the_real_documents_are_english(corpus: Corpus) -> None:
    assert {language_of(chunk.text[:300]) for chunk in corpus.chunks if len(chunk.text) > 60} == {"en"}


@given(question=st.text(max_size=80))
def test_any_question_is_in_a_language_that_is_listed(question: str) -> None:
    assert language_of(question) in LANGUAGES


def test_every_language_but_english_is_translated_with_a_note_or_said_to_be_unreadable() -> None:
    assert IN_ENGLISH.keys() | UNREADABLE == LANGUAGES.keys() - {"en"}
    assert not IN_ENGLISH.keys() & UNREADABLE


@pytest.mark.parametrize(
    "question",
    [
        "Apa yang dikatakan tentang kesehatan dan keselamatan kerja?",
        "Berapa kuota pemuda yang diminta serikat pekerja muda?",
        "Kapan pusat sumber daya migran akan dibuka?",
    ],
)
def test_indonesian_is_known_though_malay_takes_half_of_the_probability(question: str) -> None:
    assert language_of(question) in ("id", "ms")
