"""Scope: only the documents that were chosen are called, searched and found."""

from __future__ import annotations

import pytest
from desk import DIMENSION
from documents import ARTICLE, ASIA_PACIFIC, FEATURES, RESOLUTION, SOUTH_EAST_ASIA
from fakes import HashEmbedder, ScriptedGenerator
from hypothesis import given
from hypothesis import strategies as st
from scopes import FILES, YOUTH, ids

from rag.finding import Finder
from rag.index import Index
from rag.retrieval import Retriever
from rag.scope import ScopeError, documents_called, scope_of
from rag.understanding import Outline, outline_of

HELD = dict(zip(FILES, (10, 10, 10, 84, 7), strict=True))  # passages


@pytest.fixture(scope="module")
def outline(index: Index) -> Outline:
    return outline_of(index.store.documents.values(), index.store.chunks().values())


# --- the scope itself ------------------------------------------------------------------------------------------------


def test_no_choice_is_all_documents(outline: Outline) -> None:
    for scope in (scope_of(outline), scope_of(outline, list(outline.documents))):
        assert scope.outline is outline
        assert (scope.chosen, scope.ids, scope.size) == (False, None, "121 passages of 5 documents")


def test_a_scope_holds_the_chosen_documents_in_their_order_and_knows_their_rows(index: Index, outline: Outline) -> None:
    scope = scope_of(outline, ids(index, ARTICLE, ASIA_PACIFIC))
    assert [d.file for d in scope.outline.documents.values()] == [ASIA_PACIFIC, ARTICLE]
    assert scope.size == "17 passages of 2 of 5 documents"
    rows = scope.in_store(range(17))
    assert [outline.chunks[row] for row in rows] == list(scope.outline.chunks)
    assert list(rows) == index.store.rows_in(scope.ids or ())


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (RESOLUTION, RESOLUTION),
        ("4th congress", RESOLUTION),
        (" labour MIGRATION ", ARTICLE),
        ("Asia Pacific", ASIA_PACIFIC),
        ("IndustriALL news: Asia Pacific", ASIA_PACIFIC),
    ],
)
def test_a_document_is_called_by_its_file_or_a_part_of_its_title(index: Index, name: str, file: str) -> None:
    assert documents_called([name], index.store.documents) == tuple(ids(index, file))


def test_documents_are_called_by_id_and_come_in_the_order_of_the_collection(index: Index) -> None:
    documents = list(index.store.documents)
    assert documents_called([documents[3], documents[0], "4th congress"], index.store.documents) == (
        documents[0],
        documents[3],
    )
    assert documents_called([], index.store.documents) == ()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bananas", "There is no document 'bananas'. To see what there is, run: rag sources"),
        ("", "There is no document ''. To see what there is, run: rag sources"),
        (
            "industriall news",
            "'industriall news' may be any of “IndustriALL news: South East Asia and Japan”, "
            "“IndustriALL news: Asia Pacific”. Give more of the title, or an id: rag sources --json",
        ),
    ],
)
def test_a_name_that_fits_none_or_several_is_an_error(index: Index, name: str, says: str) -> None:
    with pytest.raises(ScopeError) as error:
        documents_called([name], index.store.documents)
    assert str(error.value) == says


# --- finding ---------------------------------------------------------------------------------------------------------


@given(
    files=st.sets(st.sampled_from(FILES), min_size=1),
    k=st.integers(1, 130),
    question=st.sampled_from([YOUTH, "shipbreaking", "just transition", "zebra", "migrant workers in Nepal"]),
    weight=st.sampled_from([0.0, 0.65, 1.0]),
)
def test_only_passages_of_the_documents_are_found_and_as_many_as_there_are(
    index: Index, files: set[str], k: int, question: str, weight: float
) -> None:
    documents = ids(index, *files)
    hits = Retriever(index, HashEmbedder(dimension=DIMENSION), weight).retrieve(question, k, documents=documents)
    assert {hit.chunk.doc_id for hit in hits} <= documents
    held = sum(HELD[file] for file in files)
    assert len(hits) == min(k, held) or (len(hits) >= 50 and held > 50)  # further ones may be no candidates
    assert len({hit.chunk.id for hit in hits}) == len(hits)


def test_the_score_of_a_passage_does_not_depend_on_the_scope(index: Index) -> None:
    retriever = Retriever(index, HashEmbedder(dimension=DIMENSION), 0.5)
    everywhere = {hit.chunk.id: hit.score for hit in retriever.retrieve(YOUTH, 30)}
    inside = {hit.chunk.id: hit.score for hit in retriever.retrieve(YOUTH, 30, documents=ids(index, SOUTH_EAST_ASIA))}
    assert len(inside) == 10
    common = everywhere.keys() & inside.keys()
    assert len(common) > 3
    assert all(inside[chunk] == pytest.approx(everywhere[chunk]) for chunk in common)


def test_rows_of_other_documents_are_no_candidates(index: Index) -> None:
    retriever = Retriever(index, HashEmbedder(dimension=DIMENSION), 0.5)
    article = ids(index, ARTICLE)
    assert {h.chunk.doc_id for h in retriever.retrieve(YOUTH, 5, (0, 1, 2), documents=article)} == article
    assert retriever.retrieve(YOUTH, 5, (0, 1, 2), only=True, documents=article) == ()


def test_words_are_searched_in_the_documents_only(index: Index) -> None:
    store = index.store
    everywhere = dict(store.search("workers Kathmandu", 121))
    inside = dict(store.search("workers Kathmandu", 121, ids(index, ARTICLE)))
    assert inside == {row: score for row, score in everywhere.items() if row in store.rows_in(ids(index, ARTICLE))}
    assert 0 < len(inside) <= 7
    assert store.search("workers", 5, ()) == []


def test_sentences_of_documents_are_those_of_their_chunks(index: Index) -> None:
    documents = ids(index, ARTICLE, FEATURES)
    sentences = index.store.sentences()
    assert index.store.sentence_rows_in(documents) == [n for n, s in sentences.items() if s.doc_id in documents]


def test_scopes_are_kept(index: Index) -> None:
    embedder = HashEmbedder(dimension=DIMENSION)
    finder = Finder(index, Retriever(index, embedder, 0.5), embedder, ScriptedGenerator())
    article = list(ids(index, ARTICLE))
    assert finder.scope(article) is finder.scope(set(article))
    assert finder.scope() is finder.scope(None)
