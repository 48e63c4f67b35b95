"""Selection: which passages belong to a topic, which words of them are quoted, and what is not covered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import SEEDS
from desk import DIMENSION, opened_index, text_chunk, text_document
from fakes import HashEmbedder

from rag.briefing.records import Order
from rag.briefing.selection import MOST_THEMES, POINTS, Selection, by_theme, select
from rag.briefing.speaker import beginning_of, speaker_of, theme_of
from rag.corpus import Corpus
from rag.index import Index
from rag.retrieval import Retriever


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened_index(tmp_path_factory.mktemp("index"), SEEDS) as index:
        yield index


def selected(index: Index, topic: str, **changes: object) -> Selection:
    embedder = HashEmbedder(dimension=DIMENSION)
    return select(Order(topic, **changes), index, Retriever(index, embedder, 0.65), embedder)


@pytest.mark.parametrize("topic", ["gender equality", "due diligence", "just transition", "migrant workers"])
def test_every_quote_is_a_sentence_of_its_passage_that_is_quoted_once(index: Index, topic: str) -> None:
    planned = selected(index, topic).outline.planned
    assert len(planned) >= 5
    for one in planned:
        document = index.store.documents[one.hit.chunk.doc_id]
        assert document.text[one.quote.start : one.quote.end] == one.quote.quote
        assert one.hit.chunk.start <= one.quote.start < one.quote.end <= one.hit.chunk.end
    assert len({one.quote.quote for one in planned}) == len({one.hit.chunk.id for one in planned}) == len(planned)


def test_the_best_theme_comes_first_and_each_theme_stands_together(index: Index) -> None:
    planned = selected(index, "gender equality", pages=4).outline.planned
    themes = list(dict.fromkeys(one.theme for one in planned))
    assert [one.theme for one in planned] == [one.theme for theme in themes for one in planned if one.theme == theme]
    assert planned[0].hit.rank == 1
    assert 1 < len(themes) <= MOST_THEMES
    assert by_theme(sorted(planned, key=lambda one: one.hit.rank)) == planned


def test_a_topic_of_which_only_akin_words_stand_there_is_doubtful(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.briefing.selection.DOUBTFUL", 0.0)  # the small embedder's scores are low
    assert not selected(index, "worker cooperation").doubtful
    assert not selected(index, "organising workers").doubtful  # the documents spell it with a "z"
    assert selected(index, "worker cooperatives").doubtful


@pytest.mark.parametrize("pages", [1, 2, 4])
def test_pages_say_how_many_points_there_are_at_most(index: Index, pages: int) -> None:
    selection = selected(index, "gender equality", pages=pages)
    every = len(selection.outline.planned) + len(selection.spare)
    assert len(selection.outline.planned) == min(POINTS[pages], every)
    assert every == len(selected(index, "gender equality", pages=1).outline.planned) + len(
        selected(index, "gender equality", pages=1).spare
    )


@pytest.mark.parametrize(
    "topic", ["cryptocurrency", "vaccines", "the", "", "  ", "12345", "asdfgh " * 200, "<b>$x</b>"]
)
def test_what_the_documents_do_not_speak_of_is_not_covered(index: Index, topic: str) -> None:
    outline = selected(index, topic).outline
    assert not outline.covered
    assert outline.planned == ()
    assert outline.searched == 121


def test_only_chosen_documents_and_newer_news_count(index: Index) -> None:
    resolution = next(d.id for d in index.store.documents.values() if d.kind == "resolution")
    only = selected(index, "due diligence", documents=(resolution,)).outline
    assert only.covered
    assert {one.hit.chunk.doc_id for one in only.planned} == {resolution}
    assert only.searched == index.store.chunks_by_document()[resolution]
    everything = selected(index, "due diligence").outline
    newer = selected(index, "due diligence", since="2024-01-01").outline
    assert any("" < one.hit.chunk.date < "2024" for one in everything.planned)
    assert all(one.hit.chunk.date == "" or one.hit.chunk.date >= "2024" for one in newer.planned)
    assert newer.searched < everything.searched == 121


def test_what_is_unticked_is_left_out_and_not_replaced(index: Index) -> None:
    outline = selected(index, "gender equality", pages=1).outline
    unticked = outline.planned[0].hit.chunk.id
    without = selected(index, "gender equality", pages=1, without=(unticked,)).outline
    assert {one.hit.chunk.id for one in outline.planned} - {one.hit.chunk.id for one in without.planned} == {unticked}
    assert len(without.planned) == len(outline.planned) - 1


def test_neither_a_date_nor_a_headline_is_quoted_where_there_is_a_statement(index: Index) -> None:
    for topic in ("due diligence", "young workers", "gender equality"):
        for one in selected(index, topic, pages=4).outline.planned:
            if one.hit.chunk.kind == "news":
                assert one.quote.quote not in one.hit.chunk.text.split("\n")[:2]


def test_the_same_order_gives_the_same_outline(index: Index) -> None:
    assert selected(index, "due diligence") == selected(index, "due diligence")


def test_speakers_are_named_as_in_a_handout(corpus: Corpus) -> None:
    documents = {document.id: document for document in corpus.documents}
    found = {chunk.locator: (speaker_of(chunk, documents[chunk.doc_id]), chunk) for chunk in corpus.chunks}
    assert found["¶27"][0] == found["¶63, 2nd point"][0] == "The 4th Congress resolution"
    assert found["21 June 2024"][0] == "IndustriALL Global Union (21 June 2024)"
    assert found["paragraph 2"][0] == "The article on trade unions and labour migration"


def test_themes_are_the_documents_own_headings(corpus: Corpus) -> None:
    documents = {document.id: document for document in corpus.documents}
    themes = {chunk.locator: theme_of(chunk, documents[chunk.doc_id]) for chunk in corpus.chunks}
    assert themes["¶32, 1st point"] == themes["¶27"] == "Fighting for equality and workers’ rights"
    assert themes["¶1"] == "4th Congress resolution: Organizing for a just future"
    assert themes["21 June 2024"] == "News: South East Asia and Japan"
    assert themes["paragraph 2"] == "Trade unions and labour migration: training in Kathmandu, May 2018"


@pytest.mark.parametrize(
    ("title", "changes", "speaker"),
    [
        ("Report", {}, "The document on “Report”"),
        ("Safe work in mines", {}, "The document on safe work in mines"),
        ("ILO training", {"kind": "article"}, "The article on “ILO training”"),
        (
            "Steel Union Congress resolution",
            {"kind": "resolution", "publisher": "Steel Union"},
            "The Congress resolution",
        ),
    ],
)
def test_a_speaker_is_made_from_any_record(title: str, changes: dict[str, str], speaker: str) -> None:
    document = text_document("Words.", title, **changes)
    assert speaker_of(text_chunk(document), document) == speaker
    assert beginning_of(text_chunk(document), document) == f"{speaker} says that"


def test_news_without_a_publisher_speaks_for_itself() -> None:
    document = text_document("Title\n1 May, 2020\nThey met.", kind="listing", publisher="not stated in the document")
    chunk = replace(text_chunk(document), kind="news", date="2020-05-01")
    assert speaker_of(chunk, document) == "The news item of 1 May 2020"
    named = replace(document, publisher="Steel Union")
    assert beginning_of(chunk, named, "They met.") == "On 1 May 2020, Steel Union reported that"
    assert beginning_of(chunk, named, "met.") == "On 1 May 2020, under the headline “Title”, Steel Union reported that"
