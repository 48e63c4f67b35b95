"""The five real documents as a whole, and what any kind of document has in common."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from conftest import SEEDS, WriteSeeds
from documents import ARTICLE, ASIA_PACIFIC, FEATURES, LISTING, RESOLUTION, SOUTH_EAST_ASIA, chunks_of, document_of

from rag.corpus import Corpus, read_corpus
from rag.embedding import count_tokens

SHA256 = {
    SOUTH_EAST_ASIA: "de8ada728e52f9eb35648c460cf47fc5ffe10415a5748ce0dd590adce1a9a291",
    ASIA_PACIFIC: "3694481007de5a4e6870cacbf8cbdb2d137b6d50044f8b17003f2afc858ad0e4",
    FEATURES: "76072e999ddab3769d1b50bd1652facadf510ade835fd12f773a6f3254bfd43d",
    RESOLUTION: "aa4ed82955d473cb46a4bc16facee692b1a9b26980a4f5e6276164e13a47cdf7",
    ARTICLE: "e6a2fe423c06051e9844b790d06037087c33b84e1bfad631ed40f554d8f14564",
}


@pytest.mark.parametrize("file", SHA256)
def test_a_seed_file_is_byte_for_byte_what_was_given(seeds: Path, file: str) -> None:
    assert hashlib.sha256((seeds / file).read_bytes()).hexdigest() == SHA256[file]


def test_there_are_121_chunks(corpus: Corpus) -> None:
    assert corpus.problems == ()
    assert Counter(chunk.kind for chunk in corpus.chunks if chunk.doc_id != document_of(corpus, ARTICLE).id) == {
        "news": 30,
        "paragraph": 59,
        "point": 25,
    }
    assert [chunk.kind for chunk in chunks_of(corpus, ARTICLE)] == ["paragraph"] * 7
    assert len(corpus.chunks) == 30 + 59 + 25 + 7


def test_documents_carry_what_the_catalog_says_and_the_hash_of_their_file(corpus: Corpus) -> None:
    assert {d.file: d.sha256 for d in corpus.documents} == SHA256
    assert [(d.kind, d.title, d.date) for d in corpus.documents] == [
        ("listing", "IndustriALL news: South East Asia and Japan", "2022-06-24/2024-10-25"),
        ("listing", "IndustriALL news: Asia Pacific", "2023-05-23/2024-09-25"),
        ("listing", "IndustriALL features: profiles and reports", "2015-05-19/2022-07-07"),
        (
            "resolution",
            "IndustriALL 4th Congress resolution: Organizing for a just future",
            "4th Congress; the text bears no date",
        ),
        ("article", "Trade unions and labour migration: training in Kathmandu, May 2018", "2018-05"),
    ]
    assert {d.language for d in corpus.documents} == {"en"}
    assert [d.publisher for d in corpus.documents] == ["IndustriALL Global Union"] * 4 + ["not stated in the document"]


def test_every_chunk_is_a_slice_of_its_document_and_none_overlap(corpus: Corpus) -> None:
    texts = {d.id: d.text for d in corpus.documents}
    end = dict.fromkeys(texts, 0)
    for chunk in corpus.chunks:
        assert texts[chunk.doc_id][chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
        assert chunk.start >= end[chunk.doc_id]
        end[chunk.doc_id] = chunk.end


def test_ids_are_unique_and_the_same_when_read_again(corpus: Corpus, seeds: Path) -> None:
    assert len({chunk.id for chunk in corpus.chunks}) == 121
    assert len({d.id for d in corpus.documents}) == 5
    assert read_corpus(seeds, count_tokens) == corpus


def test_an_id_stays_when_only_the_file_name_changes(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."})
    before = read_corpus(folder, count_tokens)
    (folder / "a.txt").rename(folder / "b.txt")
    after = read_corpus(folder, count_tokens)
    assert after.chunks == before.chunks
    assert after.documents[0].id == before.documents[0].id


def test_no_chunk_is_longer_than_the_embedding_model_reads(corpus: Corpus) -> None:
    assert max(count_tokens(chunk.text) for chunk in corpus.chunks) == 161  # ¶41


def test_reading_texts_hold_only_plain_spaces_and_no_hard_wraps(corpus: Corpus) -> None:
    for document in corpus.documents:
        assert not re.search(r"[\t\r\u00a0]|  | \n", document.text), document.file


def test_reading_does_not_load_torch() -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from rag.corpus import read_corpus; from rag.embedding import count_tokens;"
        "read_corpus(Path(sys.argv[1]), count_tokens); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(SEEDS)], capture_output=True, text=True, cwd=SEEDS.parent)
    assert done.stdout == "False\n"


SMALL = {
    "listing": LISTING,
    "resolution": "1.\tWe met.\n\n2.\tWe agreed.\n",
    "article": "Unions of eleven countries met in Kathmandu.\n\nThey agreed on a plan.\n",
    "plain": "We met.\n\nWe agreed.\n",
}


def read_one(write_seeds: WriteSeeds, kind: str, raw: str) -> tuple[str, list[tuple[str, str, tuple[str, ...]]]]:
    """The reading text of one document of a kind, and its chunks."""
    found = read_corpus(write_seeds({"a.txt": raw}, f'["a.txt"]\nkind = "{kind}"\n'), count_tokens)
    return found.documents[0].text, [(c.locator, c.text, c.headings) for c in found.chunks]


@pytest.mark.parametrize("line_end", ["\r\n", "\r"], ids=["Windows", "old Mac"])
@pytest.mark.parametrize(
    ("kind", "file"),
    [("listing", FEATURES), ("resolution", RESOLUTION), ("article", ARTICLE), ("plain", ARTICLE)],
)
def test_line_ends_make_no_difference(write_seeds: WriteSeeds, kind: str, file: str, line_end: str) -> None:
    raw = (SEEDS / file).read_text(encoding="utf-8")
    assert read_one(write_seeds, kind, raw.replace("\n", line_end)) == read_one(write_seeds, kind, raw)


@pytest.mark.parametrize("kind", SMALL)
def test_a_byte_order_mark_makes_no_difference(write_seeds: WriteSeeds, kind: str) -> None:
    assert read_one(write_seeds, kind, "\ufeff" + SMALL[kind]) == read_one(write_seeds, kind, SMALL[kind])
