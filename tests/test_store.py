"""The store: what goes in comes out unchanged, also to many at once, and what is no store is said."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import document_of, rows_of, write

from rag.corpus import Corpus
from rag.errors import IndexFault
from rag.sentences import spans_of
from rag.store import Store, embedding_text, write_store
from rag.types import Chunk, Span

ODD = [
    "It’s “quoted”, 'quoted' and \"quoted\"; 100% of \\ and _ -- /* no comment */",
    "two\nlines\ttabbed\u00a0unbroken\u2028separated",
    "👩🏽‍🏭 workers, e\u0301 and é, ½, ﬁ, ﷺ",
    "عمال النقابات and עובדים",
    "สหภาพแรงงาน 労働組合 노동조합",
    "{}[]()<b>&amp;</b> NULL '); DROP TABLE chunks; --",
]


# --- what goes in comes out ------------------------------------------------------------------------------------------


def test_the_real_documents_come_back_as_they_went_in(corpus: Corpus, real_store: Store) -> None:
    assert tuple(real_store.documents.values()) == corpus.documents
    assert list(real_store.chunks().items()) == list(enumerate(corpus.chunks))
    assert len(real_store) == 121


def test_odd_characters_come_back_as_they_went_in(tmp_path: Path) -> None:
    document, chunks = document_of(ODD, title=ODD[0], publisher=ODD[1], language=ODD[2], date=ODD[3], notes={ODD[4]: 7})
    chunks = [
        Chunk(c.id, c.doc_id, c.start, c.end, c.text, (odd, ""), odd, odd, odd, odd)
        for c, odd in zip(chunks, reversed(ODD), strict=True)
    ]
    with closing(write(tmp_path / "an odd näme?#%20.sqlite", [document], chunks)) as store:
        assert list(store.documents.values()) == [document]
        assert list(store.chunks().values()) == chunks


@given(texts=st.lists(st.text(min_size=1, max_size=60).filter(lambda text: "\0" not in text), min_size=1, max_size=5))
@settings(max_examples=25)
def test_any_text_comes_back_as_it_went_in(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    document, chunks = document_of(texts)
    with TemporaryDirectory() as folder, closing(write(Path(folder) / "s", [document], chunks)) as store:
        assert list(store.documents.values()) == [document]
        assert list(store.chunks().values()) == chunks


def test_chunks_come_in_the_order_that_was_asked_for(real_store: Store, corpus: Corpus) -> None:
    assert list(real_store.chunks([90, 0, 45]).items()) == [(row, corpus.chunks[row]) for row in (90, 0, 45)]
    assert real_store.chunks([]) == {}


def test_the_counts_are_those_of_the_documents(real_store: Store, corpus: Corpus) -> None:
    assert real_store.counts_by_kind() == {"news": 30, "paragraph": 66, "point": 25}
    assert real_store.chunks_by_document() == dict(
        zip([d.id for d in corpus.documents], [10, 10, 10, 84, 7], strict=True)
    )


def test_a_text_that_was_embedded_leads_to_its_row(real_store: Store, corpus: Corpus) -> None:
    rows = real_store.embedded()
    documents = real_store.documents
    assert len(rows) == 121
    assert all(rows[embedding_text(c, documents[c.doc_id])] == row for row, c in enumerate(corpus.chunks))


def test_what_is_embedded_says_where_the_words_stand(corpus: Corpus) -> None:
    texts = {c.locator: embedding_text(c, d) for d in corpus.documents for c in corpus.chunks if c.doc_id == d.id}
    assert texts["¶54, 4th point"].split("\n") == [
        "IndustriALL 4th Congress resolution: Organizing for a just future",
        "II Strategic objectives and actions",
        "C Holding capital accountable",
        "Therefore, IndustriALL will:",
        "4th Congress; the text bears no date",
        "Invest and campaign in strategic sectors.",
    ]
    # A news item has its own date among its words: the listing's years would only blur it.
    assert texts["24 June 2022"].startswith("IndustriALL news: South East Asia and Japan\nJapanese metalworkers seek")
    assert texts["paragraph 4"].split("\n")[:2] == [
        "Trade unions and labour migration: training in Kathmandu, May 2018",
        "2018-05",
    ]


# --- sentences -------------------------------------------------------------------------------------------------------


def with_sentences(path: Path) -> tuple[Store, list[Span]]:
    """A store of two chunks of two and one sentences."""
    document, chunks = document_of(["One met. Two met.", "Three met."])
    spans = [span for chunk in chunks for span in spans_of(chunk)]
    rows = [(0, spans[0]), (0, spans[1]), (1, spans[2])]
    write_store(path, [document], chunks, ["a", "b"], rows)
    return Store(path), spans


def test_sentences_come_back_as_exact_spans_by_row(tmp_path: Path) -> None:
    store, spans = with_sentences(tmp_path / "store.sqlite")
    with closing(store):
        assert store.sentences() == dict(enumerate(spans))
        assert [span.quote for span in spans] == ["One met.", "Two met.", "Three met."]
        assert store.sentences([1]) == {2: spans[2]}
        assert store.sentences([]) == {}


def test_a_sentence_leads_to_its_chunk_and_a_chunk_to_its_sentences(tmp_path: Path) -> None:
    store, _ = with_sentences(tmp_path / "store.sqlite")
    with closing(store):
        assert store.chunks_of_sentences([2, 0]) == {0: 0, 2: 1}
        assert store.sentences_by_chunk([1, 0]) == {0: [0, 1], 1: [2]}
        assert store.sentences_by_chunk([]) == store.chunks_of_sentences([]) == {}
        assert store.rows_of(["A title 2", "A title 1", "nowhere"]) == [0, 1]


# --- many threads, many faults ---------------------------------------------------------------------------------------


def test_threads_may_share_a_store(real_store: Store) -> None:
    questions = ["unions in Manila", "young workers", "Just Transition", "Kathmandu"] * 25
    alone = [(real_store.search(q, 10), real_store.chunks(rows_of(real_store.search(q, 10)))) for q in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(
            pool.map(
                lambda q: (real_store.search(q, 10), real_store.chunks(rows_of(real_store.search(q, 10)))), questions
            )
        )
    assert together == alone


def test_closing_waits_until_nobody_reads(tmp_path: Path) -> None:
    """SQLite ends the process where a connection is closed under a query."""
    document, chunks = document_of(["unions"])
    store = write(tmp_path / "store.sqlite", [document], chunks)
    closer = threading.Thread(target=store.close)
    with store._lock:  # as a query holds it
        closer.start()
        closer.join(0.1)
        assert closer.is_alive()
        assert store._connection.execute("SELECT count(*) FROM chunks").fetchall() == [(1,)]
    closer.join(20)
    assert not closer.is_alive()
    with pytest.raises(sqlite3.ProgrammingError):
        len(store)


@pytest.mark.parametrize("content", [None, b"", b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 200])
def test_what_is_no_store_is_one_line_and_is_not_touched(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "store.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IndexFault, match=r"store\.sqlite is no readable store \(.*\)\. Run: rag index --rebuild$"):
        Store(path)
    assert (path.read_bytes() if path.exists() else None) == content
    assert len(list(tmp_path.iterdir())) == (content is not None)


def test_a_database_of_something_else_is_no_store(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as connection:
        connection.execute("CREATE TABLE documents (name TEXT)")
    with pytest.raises(IndexFault, match="is no readable store"):
        Store(tmp_path / "other.sqlite")


def test_opening_a_store_changes_nothing_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    document, chunks = document_of(["unions"])
    with closing(write(tmp_path / "store.sqlite", [document], chunks)):
        before = (tmp_path / "store.sqlite").read_bytes()
        assert [path.name for path in tmp_path.iterdir()] == ["store.sqlite"]
    assert (tmp_path / "store.sqlite").read_bytes() == before


def test_texts_and_chunks_must_be_as_many(tmp_path: Path) -> None:
    document, chunks = document_of(["one", "two"])
    with pytest.raises(ValueError, match="shorter"):
        write_store(tmp_path / "store.sqlite", [document], chunks, ["one"])
