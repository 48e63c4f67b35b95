"""Opening and searching: what a built index holds and finds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import SEEDS
from fakes import HashEmbedder
from small import Small, assert_whole, snapshot

from rag.config import Settings
from rag.corpus import Corpus, fingerprint
from rag.errors import IndexFault
from rag.index import Index, open_index
from rag.indexing import BuildResult, build_index
from rag.manifest import builds
from rag.sentences import spans_of
from rag.store import embedding_text


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The index of the five documents."""
    settings = Settings(seeds=SEEDS, index=tmp_path_factory.mktemp("real") / "a" / "b")
    assert build_index(settings, HashEmbedder()) == BuildResult(True, 5, 121, 121, ())
    index = open_index(settings, HashEmbedder())
    yield index
    index.store.close()


def test_an_index_holds_the_documents(real: Index, corpus: Corpus) -> None:
    assert tuple(real.store.chunks().values()) == corpus.chunks
    assert tuple(real.store.documents.values()) == corpus.documents
    assert len(real) == 121
    assert_whole(real)


def test_a_chunk_is_as_near_to_its_own_text_as_can_be(real: Index) -> None:
    documents = real.store.documents
    for row, chunk in real.store.chunks().items():
        found = real.search_vectors(HashEmbedder().embed_query(embedding_text(chunk, documents[chunk.doc_id])), 121)
        assert found[0][1] == pytest.approx(1.0, abs=1e-5)
        assert dict(found)[row] == pytest.approx(1.0, abs=1e-5)


def test_the_nearest_come_first_and_are_cosines(real: Index) -> None:
    query = HashEmbedder().embed_query("training in Kathmandu")
    found = real.search_vectors(query, 121)
    expected = real.vectors.reconstruct_n(0, 121) @ query
    assert [cosine for _, cosine in found] == sorted((cosine for _, cosine in found), reverse=True)
    assert dict(found) == {row: pytest.approx(cosine, abs=1e-6) for row, cosine in enumerate(expected)}


@pytest.mark.parametrize(("k", "held"), [(1, 1), (121, 121), (122, 121), (100_000, 121), (0, 0), (-5, 0)])
def test_k_is_at_most_what_there_is(real: Index, k: int, held: int) -> None:
    found = real.search_vectors(HashEmbedder().embed_query("unions"), k)
    assert len({row for row, _ in found}) == held


def test_a_question_without_words_gives_no_nan(real: Index) -> None:
    assert {cosine for _, cosine in real.search_vectors(HashEmbedder().embed_query(""), 10)} == {0.0}


def test_vectors_that_are_no_numbers_find_nothing(real: Index) -> None:
    assert real.search_vectors(np.full(64, np.nan, dtype=np.float32), 5) == []
    assert real.search_sentences(np.full(64, np.nan, dtype=np.float32), 5) == []


def test_each_sentence_is_as_near_to_itself_as_can_be(real: Index) -> None:
    spans = real.store.sentences()
    for row in list(spans)[::25]:
        found = real.search_sentences(HashEmbedder().embed_query(spans[row].quote), 5)
        assert found[0][1] == pytest.approx(1.0, abs=1e-5)
        assert spans[found[0][0]].quote.lower().split() == spans[row].quote.lower().split() or len(found) > 1


def test_every_chunk_has_its_sentences(real: Index, corpus: Corpus) -> None:
    documents = {document.id: document for document in corpus.documents}
    expected = [span for c in corpus.chunks for span in spans_of(c, documents[c.doc_id].language)]
    assert list(real.store.sentences().values()) == expected
    assert real.manifest.sentences == real.sentences.ntotal == len(expected)
    assert set(real.store.sentences_by_chunk(range(121))) == set(range(121))


@pytest.mark.parametrize("rows", [[], [0], [3, 1, 3]])
def test_vectors_come_in_the_order_that_was_asked_for(real: Index, rows: list[int]) -> None:
    for stored, found in ((real.vectors, real.chunk_vectors(rows)), (real.sentences, real.sentence_vectors(rows))):
        assert found.shape == (len(rows), 64)
        assert found.dtype == np.float32
        for vector, row in zip(found, rows, strict=True):
            np.testing.assert_array_equal(vector, stored.reconstruct(row))


def test_the_manifest_says_what_it_was_built_from_and_with(real: Index, corpus: Corpus) -> None:
    manifest = real.manifest
    assert (manifest.model, manifest.dimension, manifest.chunks) == ("hash", 64, 121)
    assert manifest.documents == {d.file: {"id": d.id, "sha256": d.sha256} for d in corpus.documents}
    assert manifest.fingerprint == fingerprint(SEEDS)
    assert manifest.built.endswith("+00:00")


def test_threads_may_share_an_index(real: Index) -> None:
    queries = [HashEmbedder().embed_query(text) for text in ("unions", "young workers", "climate", "Japan")] * 10
    alone = [real.search_vectors(query, 5) for query in queries]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda query: real.search_vectors(query, 5), queries)) == alone


def test_opening_writes_nothing(built: Small) -> None:
    before = snapshot(built.settings.index)
    built.open()
    assert snapshot(built.settings.index) == before


def test_without_an_index_there_is_one_line_that_says_so(small: Small) -> None:
    assert not builds(small.settings.index)
    with pytest.raises(IndexFault, match=r"^There is no index in .*index\. Run: rag index$"):
        small.open()
    assert not small.settings.index.exists()
