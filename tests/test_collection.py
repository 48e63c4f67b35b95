"""Answers made by code: every item is quoted word for word and cited, and counted rightly."""

from __future__ import annotations

import pytest

from rag.collection import MOST_ITEMS, documents_concerned, sentences_for
from rag.corpus import Corpus
from rag.types import Sentence, Support
from rag.understanding import Outline, Request, Task, outline_of, understand


@pytest.fixture(scope="module")
def outline(corpus: Corpus) -> Outline:
    return outline_of(corpus.documents, corpus.chunks)


def answered(question: str, outline: Outline) -> tuple[Sentence, ...]:
    return sentences_for(understand(question, (), outline), outline)


QUESTIONS = [
    "How many of the news items date from 2021?",
    "Which meetings were held in Kuala Lumpur?",
    "What's the newest story you have?",
    "What's the latest on Cambodia?",
    "What is the oldest profile?",
    "Which documents do you hold?",
    "How many paragraphs does the resolution have?",
    "What will IndustriALL do to hold capital accountable?",
    "Read me paragraph 10",
    "Show me everything published in 2024",
    "Which news items are about Asia?",
    "What does section C say?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_sentence_cites_what_it_quotes(outline: Outline, question: str) -> None:
    sentences = answered(question, outline)
    assert sentences
    assert len(sentences) <= MOST_ITEMS
    for sentence in sentences:
        assert sentence.spans
        assert sentence.support is Support.SUPPORTED
        assert all(check.passed for check in sentence.checks)
        for span in sentence.spans:
            assert outline.documents[span.doc_id].text[span.start : span.end] == span.quote
            chunk = next(c for c in outline.chunks if c.id == span.chunk_id)
            assert chunk.start <= span.start < span.end <= chunk.end
        said = [span.quote for span in sentence.spans if span.quote in sentence.text]
        # All but the printed date of a news item, which is shown as its locator.
        assert len(said) >= len(sentence.spans) - 1


def test_the_count_stands_in_the_first_sentence(outline: Outline) -> None:
    first, *others = answered("How many news items date from 2021?", outline)
    assert first.text.startswith("I hold 3 news items dated 2021, of 30 in all: “PROFILE: Industrial Chile")
    assert "(11 May 2021): Industrial Chile-Constramet celebrated 40 years" in first.text
    assert [s.text.split("”")[0] for s in others] == [
        "“REPORT: Latin American unions look for ways to push for reindustrialization",
        "“PROFILE: Shipbreaking workers’ union moves forward in India",
    ]


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("List all stories from 2016", "I hold 1 news item dated 2016, of 30 in all: “Free and"),
        ("What news do you have on shipbreaking?", "I hold 1 news item that mentions “shipbreaking”, of 30 in all: “"),
        ("What's the newest story?", "Of the news items, the newest that I hold is “Energy sector"),
        ("What's the latest on Cambodia?", "Of the news items that mention “Cambodia”, the 3 newest that I hold are “"),
        ("How many news items do you hold?", "I hold 30 news items; the newest of them is: “Energy"),
        (
            "Which news items are about Asia?",
            "I hold 22 news items that mention “Asia”, of 30 in all; the newest 12 of",
        ),
        (
            "Which documents do you hold?",
            "I hold 5 documents: “IndustriALL news: South East Asia and Japan” (10 passages), which",
        ),
        (
            "How many paragraphs does the resolution have?",
            "There are 63 paragraphs in “IndustriALL 4th Congress resolution",
        ),
        ("List all points of ¶54", "¶54 lists 5 points: ¶54, 1st point: Allocate resources"),
        (
            "List every pledge on holding capital accountable",
            "There are 5 points in “C Holding capital accountable”: ¶54, 1st",
        ),
        ("Read me paragraph 10", "¶10: What is needed is an economic system"),
    ],
)
def test_how_an_answer_opens(outline: Outline, question: str, opening: str) -> None:
    assert answered(question, outline)[0].text.startswith(opening)


def test_points_are_quoted_whole_and_in_order(outline: Outline) -> None:
    request = understand("What does ¶32 promise?", (), outline)
    sentences = sentences_for(request, outline)
    assert len(sentences) == 8
    for row, sentence in zip(request.rows, sentences, strict=True):
        assert sentence.text.endswith(outline.chunks[row].text)


def test_of_many_items_only_titles_are_shown(outline: Outline) -> None:
    assert answered("What was published in 2024?", outline)[1].text == (
        "“Unions in Asia-Pacific resolve to strengthen trade union networks” (25 September 2024)."
    )


def test_nothing_selected_is_nothing_said(outline: Outline) -> None:
    assert sentences_for(Request("q", "q", Task.LIST), outline) == ()


def test_missing_pages_of_all_listings_matter_to_a_list_of_items(outline: Outline) -> None:
    listings = tuple(d.id for d in outline.documents.values() if d.kind == "listing")
    for question in ("Which meetings were held in Kuala Lumpur?", "Any news from 2012?", "What's the newest story?"):
        assert documents_concerned(understand(question, (), outline), outline) == listings
    resolution = [d.id for d in outline.documents.values() if d.kind == "resolution"]
    assert list(documents_concerned(understand("Read me paragraph 10", (), outline), outline)) == resolution
