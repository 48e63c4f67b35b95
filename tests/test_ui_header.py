"""The top of the page: what this is, what is held, what is wrong, and what to ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from desk import opened_index, text_chunk, text_document
from markup import HOSTILE, read, stored

from rag.store import Store
from rag.texts import languages, texts_in
from rag.ui.header import EXAMPLES, collection, examples, header, questions

T = texts_in("en")
LANGUAGES = list(languages())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index.store


def test_the_header_says_what_this_is_and_what_is_held(store: Store) -> None:
    page = read(header(store, "", T))
    assert page.inside["h1"] == ["Solidarity Desk"]
    assert page.inside["p.promise"] == [T("page.promise")]
    # 10 + 10 + 10 items held of 43 + 394 + 144
    assert page.inside["p.collection"] == ["5 documents · 30 of 581 listed news items · newest item 25 October 2024"]
    assert page.values("a", "href") == ["#question"]
    assert "p.warning" not in page.inside


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_of_each_language_is_told_the_same(store: Store, language: str) -> None:
    t = texts_in(language)
    page = read(header(store, "No file.", t))
    assert page.inside["p.promise"] == [t("page.promise")]
    assert t.date("2024-10-25") in page.inside["p.collection"][0]
    assert page.inside["p.warning"] == [t("page.no_model", why="No file.")]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_word_becomes_markup(hostile: str) -> None:
    document = text_document("text", hostile, kind=hostile, date=hostile, notes={"held": 1, "advertised": 2})
    with stored(document, [text_chunk(document, date=hostile)]) as store:
        page = read(header(store, hostile, T))
    assert hostile in page.inside["p.warning"][0]
    assert page.inside["p.collection"] == [f"1 document · 1 of 2 listed news items · newest item {hostile}"]


def test_a_collection_without_listings_does_not_speak_of_them() -> None:
    document = text_document("text", "Only one")
    with stored(document, [text_chunk(document)]) as store:
        assert collection(store, T) == "1 document"
    listing = replace(document, notes={"held": 1, "advertised": 1})
    with stored(listing, [text_chunk(listing)]) as store:
        assert collection(store, T) == "1 document · 1 of 1 listed news items"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_of_question_has_examples_to_press(language: str) -> None:
    t = texts_in(language)
    page = read(examples(t))
    assert page.inside["h3"] == [t(f"examples.group.{group}") for group in EXAMPLES]
    asked = [question for group in EXAMPLES for question in questions(group, t)]
    assert page.inside["button.example"] == asked
    assert len(set(asked)) == len(asked) >= 2 * len(EXAMPLES)
    assert all(questions(group, t) for group in EXAMPLES)
    assert set(page.values("button", "type")) == {"button"}
