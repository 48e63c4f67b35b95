"""The store: what goes in comes out unchanged, and words are found whatever the question looks like."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.corpus import Corpus
from rag.errors import IndexFault
from rag.sentences import spans_of
from rag.store import Store, embedding_text, write_store
from rag.types import Chunk, Document, Span

StoreOf = Callable[..., Store]

ODD = [
    "It’s “quoted”, 'quoted' and \"quoted\"; 100% of \\ and _ -- /* no comment */",
    "two\nlines\ttabbed\u00a0unbroken\u2028separated",
    "👩🏽‍🏭 workers, e\u0301 and é, ½, ﬁ, ﷺ",
    "عمال النقابات and עובדים",
    "สหภาพแรงงาน 労働組合 노동조합",
    "{}[]()<b>&amp;</b> NULL '); DROP TABLE chunks; --",
]


def document_of(texts: Sequence[str], title: str = "A title", **changes: object) -> tuple[Document, list[Chunk]]:
    """A document whose chunks are `texts`."""
    whole = "\n\n".join(texts)
    fields = {"kind": "plain", "publisher": "", "language": "und", "date": "", "notes": {}} | changes
    document = Document(id=f"id of {title}", file=f"{title}.txt", title=title, text=whole, sha256="0" * 64, **fields)
    chunks, start = [], 0
    for n, text in enumerate(texts, 1):
        end = start + len(text)
        chunks.append(Chunk(f"{title} {n}", document.id, start, end, text, (), f"paragraph {n}", "", "paragraph", ""))
        start = end + 2
    return document, chunks


def write(path: Path, documents: Sequence[Document], chunks: Sequence[Chunk]) -> Store:
    by_id = {document.id: document for document in documents}
    write_store(path, documents, chunks, [embedding_text(chunk, by_id[chunk.doc_id]) for chunk in chunks])
    return Store(path)


@pytest.fixture
def store_of(tmp_path: Path) -> Iterator[StoreOf]:
    """A function that makes a store of one document from the texts of its chunks."""
    stores: list[Store] = []

    def make(*texts: str, title: str = "A title") -> Store:
        document, chunks = document_of(texts, title)
        stores.append(write(tmp_path / f"{len(stores)}.sqlite", [document], chunks))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture(scope="module")
def real(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The store of the five documents."""
    with closing(write(tmp_path_factory.mktemp("store") / "store.sqlite", corpus.documents, corpus.chunks)) as store:
        yield store


# --- what goes in comes out ------------------------------------------------------------------------------------------


def test_the_real_documents_come_back_as_they_went_in(corpus: Corpus, real: Store) -> None:
    assert tuple(real.documents.values()) == corpus.documents
    assert list(real.chunks().items()) == list(enumerate(corpus.chunks))
    assert len(real) == 121


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


def test_chunks_come_in_the_order_that_was_asked_for(real: Store, corpus: Corpus) -> None:
    assert list(real.chunks([90, 0, 45]).items()) == [(row, corpus.chunks[row]) for row in (90, 0, 45)]
    assert real.chunks([]) == {}


def test_the_counts_are_those_of_the_documents(real: Store, corpus: Corpus) -> None:
    assert real.counts_by_kind() == {"news": 30, "paragraph": 66, "point": 25}
    assert real.chunks_by_document() == dict(zip([d.id for d in corpus.documents], [10, 10, 10, 84, 7], strict=True))


def test_a_text_that_was_embedded_leads_to_its_row(real: Store, corpus: Corpus) -> None:
    rows = real.embedded()
    documents = real.documents
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


# --- full-text search ------------------------------------------------------------------------------------------------


def rows_of(found: list[tuple[int, float]]) -> list[int]:
    return [row for row, _ in found]


def test_words_are_found_by_their_stem(store_of: StoreOf) -> None:
    store = store_of("One union met.", "The organizers agreed.", "Nothing here.")
    assert rows_of(store.search("unions", 5)) == [0]
    assert rows_of(store.search("Organizing?", 5)) == [1]
    assert rows_of(store.search("UNION organizer", 5)) == [0, 1]


def test_accents_and_capitals_make_no_difference(store_of: StoreOf) -> None:
    store = store_of("The Café in São Paulo", "Other words")
    assert rows_of(store.search("cafe sao", 5)) == [0]
    assert rows_of(store.search("CAFÉ", 5)) == [0]


def test_titles_and_headings_are_searched_too(real: Store) -> None:
    chunks = real.chunks()
    assert {chunks[row].doc_id for row in rows_of(real.search("Kathmandu", 50))} == {chunks[120].doc_id}
    assert len(real.search("Kathmandu", 50)) == 7
    found = [chunks[row].locator for row in rows_of(real.search("accountable", 50))]
    assert {"¶45", "¶50", "¶54, 4th point"} <= set(found)  # "C Holding capital accountable"


def test_a_chunk_with_more_and_rarer_words_of_the_question_comes_first(store_of: StoreOf) -> None:
    store = store_of("unions met", "unions met in Manila", "unions rest", "unions sing")
    assert rows_of(store.search("unions in Manila", 10)) == [1, 0, 2, 3]


def test_equal_scores_keep_the_reading_order(store_of: StoreOf) -> None:
    assert rows_of(store_of("unions", "unions", "unions").search("unions", 10)) == [0, 1, 2]


def test_scores_are_positive_and_sorted_though_every_chunk_has_the_word(store_of: StoreOf) -> None:
    found = store_of("unions", "unions unions", "unions and more").search("unions", 10)
    scores = [score for _, score in found]
    assert len(scores) == 3
    assert min(scores) > 0
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(("k", "held"), [(2, 2), (4, 4), (1000, 4), (0, 0), (-1, 0)])
def test_at_most_k_are_found(store_of: StoreOf, k: int, held: int) -> None:
    assert len(store_of("unions a", "unions b", "unions c", "unions d").search("unions", k)) == held


@pytest.mark.parametrize("question", ["", " \n\t", "?!… — “”", "*", '"', "___", "🌍", "\0"])
def test_a_question_without_words_finds_nothing(real: Store, question: str) -> None:
    assert real.search(question, 10) == []


def test_a_question_whose_words_are_not_there_finds_nothing(real: Store) -> None:
    assert real.search("xylophone qwertz", 10) == []


@pytest.mark.parametrize(
    "question",
    [
        'NEAR("unions" "Manila", 3)',
        "unions NEAR/2 Manila",
        "union* OR man*",
        '"unions" AND NOT ("Manila"',
        "body:unions context : Manila",
        "^unions + Manila - {",
        "{body context} : unions",
        "unions'); DROP TABLE words; --",
        "unions\0Manila",
        "_unions_ _ Manila",
        "\ud800 unions",
    ],
)
def test_nothing_in_a_question_is_query_syntax(store_of: StoreOf, question: str) -> None:
    store = store_of("unions met", "in Manila", "rest")
    found = rows_of(store.search(question, 10))
    assert 0 in found
    assert 2 not in found
    assert len(store) == 3


@pytest.mark.parametrize("word", ["near", "NEAR", "match", "MATCH", "rank"])
def test_operators_are_words_like_any_other(store_of: StoreOf, word: str) -> None:
    assert rows_of(store_of("unions met", f"and, or, not, near: {word}").search(word, 10)) == [1]


@pytest.mark.parametrize("question", ["and or not", "AND OR NOT", "What was it about?", "Please tell me of them"])
def test_words_that_say_nothing_of_a_topic_find_nothing(store_of: StoreOf, question: str) -> None:
    assert store_of("What was it all about? Please and or not, tell me of them.", "Rest.").search(question, 10) == []


def test_words_that_say_nothing_do_not_change_a_score(store_of: StoreOf) -> None:
    store = store_of("Unions met in Manila.", "Rest.", "More.")
    assert store.search("What did the unions do in Manila?", 3) == store.search("unions Manila", 3)


# --- scores of different questions can be compared -------------------------------------------------------------------


def test_a_score_is_the_share_of_the_highest_that_is_possible(store_of: StoreOf) -> None:
    """Of one word in one of three chunks of equal length: 2.2 / (1 + 1.2) of idf, out of 2.2 of idf."""
    store = store_of("manila one", "rest two", "more three", title="x")
    assert store.search("Manila", 3) == [(0, pytest.approx(1 / 2.2))]


def test_a_chunk_full_of_a_word_comes_near_to_1_and_never_above(store_of: StoreOf) -> None:
    [(row, score)] = store_of("manila " * 500, "rest two", "more three").search("Manila", 3)
    assert row == 0
    assert 0.9 < score <= 1


def test_a_word_that_no_chunk_has_lowers_the_score(store_of: StoreOf) -> None:
    store = store_of("unions meet", "rest two", "more three")
    [(_, alone)], [(_, with_unknown)] = store.search("unions", 3), store.search("unions zebra", 3)
    assert 0 < with_unknown < alone / 2  # the unknown word is the rarer one


def test_a_word_in_every_chunk_counts_for_next_to_nothing(store_of: StoreOf) -> None:
    store = store_of("unions rest", "unions meet", "unions sing")
    assert dict(store.search("unions manila", 3))[0] < 1e-5


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


@pytest.mark.parametrize(
    "question",
    ["unions " * 3000, "x" * 20_000 + " unions", "unions " + "\"('" * 7000],
    ids=["words", "one word", "marks"],
)
def test_a_very_long_question_is_answered(real: Store, question: str) -> None:
    assert len(question) > 20_000
    assert len(real.search(question, 10)) == 10


def test_only_the_first_64_different_words_count(store_of: StoreOf) -> None:
    store = store_of("unions", "workers")
    padding = " ".join(f"w{n}" for n in range(62))
    assert rows_of(store.search(f"unions unions {padding} workers", 10)) == [0, 1]
    assert rows_of(store.search(f"unions {padding} another workers", 10)) == [0]


SYNTAX = st.sampled_from(['"', "unions", " ", "*", "OR", "NEAR(", ")", "-", "'", ":", "_"])


@given(question=st.one_of(st.text(max_size=200), st.lists(SYNTAX).map("".join)))
@settings(max_examples=200)
def test_any_question_finds_only_positive_sorted_scores(real: Store, question: str) -> None:
    found = real.search(question, 7)
    assert len(found) <= 7
    assert len(set(rows_of(found))) == len(found)
    assert all(0 < score <= 1 for _, score in found)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


# --- many threads, many faults ---------------------------------------------------------------------------------------


def test_threads_may_share_a_store(real: Store) -> None:
    questions = ["unions in Manila", "young workers", "Just Transition", "Kathmandu"] * 25
    alone = [(real.search(q, 10), real.chunks(rows_of(real.search(q, 10)))) for q in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda q: (real.search(q, 10), real.chunks(rows_of(real.search(q, 10)))), questions))
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
