"""The coverage line: who asks for all, or finds nothing, learns that a listing is one page of many."""

from __future__ import annotations

import pytest

from rag.corpus import Corpus
from rag.coverage import coverage_line
from rag.types import Document

JAPAN = "I hold 10 of 43 results of “IndustriALL news: South East Asia and Japan” (1–10); other items may exist."
BOTH = (
    "I hold 10 of 43 results of “IndustriALL news: South East Asia and Japan” (1–10) and "
    "10 of 144 results of “IndustriALL features: profiles and reports” (131–140); other items may exist."
)


@pytest.fixture(scope="module")
def documents(corpus: Corpus) -> dict[str, Document]:
    return {document.id: document for document in corpus.documents}


@pytest.fixture(scope="module")
def ids(corpus: Corpus) -> list[str]:
    """Ids in the order of the files: three listings, the resolution, the article."""
    return [document.id for document in corpus.documents]


@pytest.mark.parametrize(
    "question",
    [
        "How many items are there?",
        "WHICH unions met?",
        "What is the latest news?",
        "List the reports.",
        "Was there ever a strike?",
    ],
)
def test_a_question_about_all_items_is_told_what_is_held(
    documents: dict[str, Document], ids: list[str], question: str
) -> None:
    assert coverage_line(question, False, [ids[0]], documents) == JAPAN


@pytest.mark.parametrize(
    "question", ["What quota is asked for?", "Who allied with whom?", "", "everywhere, listed, firsthand"]
)
def test_another_question_is_not(documents: dict[str, Document], ids: list[str], question: str) -> None:
    assert coverage_line(question, False, ids, documents) == ""


def test_a_refusal_is_told_whatever_the_question(documents: dict[str, Document], ids: list[str]) -> None:
    assert coverage_line("What quota is asked for?", True, [ids[0]], documents) == JAPAN


def test_each_listing_is_named_once_in_the_order_of_the_citations(
    documents: dict[str, Document], ids: list[str]
) -> None:
    cited = [ids[3], ids[0], ids[2], ids[0], ids[4]]
    assert coverage_line("How many?", False, cited, documents) == BOTH


def test_whole_documents_need_no_line(documents: dict[str, Document], ids: list[str]) -> None:
    assert coverage_line("How many?", True, [ids[3], ids[4]], documents) == ""
    assert coverage_line("How many?", True, [], documents) == ""


def test_a_list_is_told_what_is_held_however_it_was_asked_for(documents: dict[str, Document], ids: list[str]) -> None:
    assert coverage_line("news from Japan", False, [ids[0]], documents, about_all=True) == JAPAN
    assert coverage_line("Read me paragraph 10", False, [ids[3]], documents, about_all=True) == ""
