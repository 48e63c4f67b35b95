"""Citations as a person writes them: of each of the five documents, and of odd ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from desk import text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.citing import in_words, news_title, quoted, reference
from rag.corpus import Corpus
from rag.texts import texts_in
from rag.types import Chunk, Document


class Found(NamedTuple):
    """A passage with its document."""

    document: Document
    chunk: Chunk


def passage(corpus: Corpus, file: str, locator: str) -> Found:
    document = next(d for d in corpus.documents if d.file.startswith(file))
    return Found(document, next(c for c in corpus.chunks if c.doc_id == document.id and c.locator == locator))


@pytest.mark.parametrize(
    ("file", "locator", "expected"),
    [
        (
            "000",
            "20 February 2023",
            "IndustriALL Global Union, “Unions in Japan play key role in promoting due diligence”, 20 February 2023.",
        ),
        (
            "001",
            "30 July 2024",
            "IndustriALL Global Union, “Protecting workers’ rights in Southeast Asia amid transformation”, 30 July 2024.",
        ),
        (
            "002",
            "31 May 2022",
            "IndustriALL Global Union, “SPECIAL REPORT: Comprehensive sanctions on Russia: why not Myanmar?”, 31 May 2022.",
        ),
        (
            "003",
            "¶27",
            "IndustriALL Global Union, “IndustriALL 4th Congress resolution: Organizing for a just future”, ¶27.",
        ),
        (
            "003",
            "¶63, 3rd point",
            "IndustriALL Global Union, “IndustriALL 4th Congress resolution: Organizing for a just future”, ¶63, 3rd point.",
        ),
        # The publisher is "not stated in the document", and the title names the month.
        ("004", "paragraph 3", "“Trade unions and labour migration: training in Kathmandu, May 2018”, paragraph 3."),
    ],
)
def test_the_five_documents_are_cited_as_in_a_handout(corpus: Corpus, file: str, locator: str, expected: str) -> None:
    assert reference(*passage(corpus, file, locator)) == expected


def test_every_passage_has_a_reference_of_its_own_but_for_items_of_two_listings(corpus: Corpus) -> None:
    documents: Mapping[str, Document] = {d.id: d for d in corpus.documents}
    written = {c.id: reference(documents[c.doc_id], c) for c in corpus.chunks}
    assert all(line.endswith(".") and "\n" not in line for line in written.values())
    news = {(c.text.split("\n")[0], c.date) for c in corpus.chunks if c.kind == "news"}
    others = [c for c in corpus.chunks if c.kind != "news"]
    # Parts of paragraph 4 of the article bear one locator.
    assert len(set(written.values())) == len(news) + len({(c.doc_id, c.locator) for c in others})


def test_the_date_may_be_in_another_language(corpus: Corpus) -> None:
    assert reference(*passage(corpus, "000", "20 February 2023"), texts_in("en")).endswith(
        f", {texts_in('en').date('2023-02-20')}."
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"publisher": "", "date": ""}, "“A title”, paragraph 1."),
        ({"publisher": "Not stated", "date": ""}, "“A title”, paragraph 1."),
        ({"publisher": "JCM", "date": "2021-03-09"}, "JCM, “A title”, 9 March 2021, paragraph 1."),
        ({"publisher": "JCM", "date": "2021-03"}, "JCM, “A title”, March 2021, paragraph 1."),
        (
            {"publisher": "", "date": "2021-03-09/2022-01-31"},
            "“A title”, 9 March 2021 – 31 January 2022, paragraph 1.",
        ),
        ({"publisher": "", "date": "spring of 2021"}, "“A title”, spring of 2021, paragraph 1."),
        ({"publisher": "", "date": "bears no date"}, "“A title”, paragraph 1."),
        ({"publisher": "", "date": "2021-02-31"}, "“A title”, 2021-02-31, paragraph 1."),
    ],
)
def test_what_a_catalog_leaves_open_is_left_out(fields: dict[str, str], expected: str) -> None:
    document = text_document("Words.", **fields)
    assert reference(document, text_chunk(document)) == expected


def test_quotation_marks_in_a_title_become_single_ones() -> None:
    assert quoted('The "Asia" and “Pacific” plan') == "“The ‘Asia’ and ‘Pacific’ plan”"


def test_a_title_with_line_ends_and_turning_marks_is_plain() -> None:
    document = text_document("Words.", title="One\r\ntwo\u202ethree\x1b[31m\u2066\x00")
    assert reference(document, text_chunk(document)) == "“One twothree[31m”, paragraph 1."


def test_a_news_item_without_words_is_cited_by_its_listing() -> None:
    document = text_document("\n", date="2021-03-09")
    chunk = text_chunk(document, kind="news", date="2021-03-09", locator="9 March 2021")
    assert news_title(chunk) == ""
    assert reference(document, chunk) == "“A title”, 9 March 2021."


@given(st.text(), st.text(), st.text(), st.text())
def test_a_reference_is_one_plain_line(title: str, publisher: str, date: str, locator: str) -> None:
    document = text_document("Words.", title=title, publisher=publisher, date=date)
    line = reference(document, text_chunk(document, locator=locator))
    assert line == " ".join(line.split())
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cs", "Zl", "Zp"}
    line.encode("utf-8")


def test_dates_in_words() -> None:
    assert in_words("2022-06-24/2024-10-25") == "24 June 2022 – 25 October 2024"
    assert in_words("4th Congress; 3/4 present") == "4th Congress; 3/4 present"
    assert in_words("") == ""
