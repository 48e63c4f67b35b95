"""How words are filled in, with dates and numbers as a language writes them, and which language a browser gets."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.texts import Texts, languages, preferred, texts_in


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [
        ("en", "17 September 2024", "May 2018"),
        ("es", "17 de septiembre de 2024", "mayo de 2018"),
        ("fr", "17 septembre 2024", "mai 2018"),
        ("id", "17 September 2024", "Mei 2018"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, day: str, month: str) -> None:
    t = texts_in(language)
    assert t.date("2024-09-17") == day
    assert t.date("2018-05") == month
    for other in ("", "2018", "2018-13", "2024-02-30", "soon", "4th Congress; the text bears no date"):
        assert t.date(other) == other


@pytest.mark.parametrize(
    ("language", "one", "many", "seconds"),
    [
        ("en", "1 passage", "1,000,000 passages", "in 12.5 s"),
        ("es", "1 pasaje", "1.000.000 pasajes", "en 12,5\u00a0s"),
        ("fr", "1 passage", "1\u202f000\u202f000 passages", "en 12,5\u00a0s"),
        ("id", "1 bagian", "1.000.000 bagian", "dalam 12,5\u00a0detik"),
    ],
)
def test_numbers_choose_the_form_and_are_written_as_the_language_does(
    language: str, one: str, many: str, seconds: str
) -> None:
    t = texts_in(language)
    assert t("documents.passages", n=1) == one
    assert t("documents.passages", n=1_000_000) == many
    assert seconds in t("ask.answered", seconds=12.5)


def test_french_says_none_in_the_singular() -> None:
    assert texts_in("fr")("documents.passages", n=0) == "0 passage"
    assert texts_in("es")("documents.passages", n=0) == "0 pasajes"


def test_a_form_that_a_language_leaves_out_is_its_other() -> None:
    assert Texts("es", {"a.one": "un pasaje", "a.other": "{n} pasajes"})("a", n=1_000_000) == "1.000.000 pasajes"


def test_what_is_filled_in_is_no_template() -> None:
    said = texts_in("en")("documents.no_matches", query="{n} {query.__class__} }{")
    assert said == "Nothing in this document matches “{n} {query.__class__} }{”."


def test_a_key_or_a_value_that_is_missing_is_a_fault() -> None:
    t = texts_in("fr")
    with pytest.raises(KeyError, match=r"ask\.nothing"):
        t("ask.nothing")
    with pytest.raises(KeyError, match=r"documents\.nothing"):
        t("documents.nothing", n=2)
    with pytest.raises(KeyError, match="seconds"):
        t("ask.answered")


@pytest.mark.parametrize("language", ["de", "", "EN", "en_GB", "../texts/en", "texts/en", "en.toml", "\0"])
def test_a_language_without_words_is_a_fault(language: str) -> None:
    with pytest.raises(KeyError, match=re.escape(repr(language))):
        texts_in(language)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("es-MX,es;q=0.9,en-US;q=0.8,en;q=0.7", "es"),
        ("es-419,es;q=0.9", "es"),
        ("fr-CA;q=0.8,en;q=0.5", "fr"),
        ("en;q=0.5,fr-CA;q=0.8", "fr"),
        ("en; q=0.5, fr-CA; q=0.8", "fr"),
        ("id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7", "id"),
        ("de-DE,de;q=0.9,fr;q=0.8,en;q=0.7", "fr"),
        ("id-ID,en-GB,en", "id"),
        ("en-GB,id", "en"),
        ("ES", "es"),
        ("FR-fr", "fr"),
        ("fr_CA", "fr"),
        ("fr-Latn-CA-x-private", "fr"),
        ("fr;q=0,id", "id"),
        ("fr;q=0", "en"),
        ("fr;q=0.000,es;q=0.001", "es"),
        ("de", "en"),
        ("fry-NL,fil,idx", "en"),
        ("*", "en"),
        ("", "en"),
        (",,;,", "en"),
        ("fr;q=nan,id;q=1e9,es;q=-1", "en"),
        ("¿?<script>\0", "en"),
        ("e" * 10_000, "en"),
        ("fr-" * 3_333 + "x", "fr"),
        ("de," * 3_333 + "id", "id"),
        (";q=" * 3_333, "en"),
        ("fr" + " " * 10_000 + "!", "en"),
    ],
)
def test_the_browser_chooses_the_language(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


@given(st.text(max_size=200) | st.text("efrsid-;q=0.15,* ", max_size=200))
def test_any_header_leads_to_a_language_that_has_words(accepted: str) -> None:
    assert preferred(accepted) in languages()
