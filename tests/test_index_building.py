"""Building: as little as possible is done again, and where it cannot be done nothing is lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from fakes import HashEmbedder
from small import NEW, Small, assert_whole, ids_of, snapshot, texts_of

from rag.config import Settings
from rag.errors import CorpusError, IndexFault
from rag.indexing import BuildResult, build_index
from rag.store import Store


def test_a_second_build_embeds_nothing_and_writes_nothing(built: Small) -> None:
    before, embedder = snapshot(built.settings.index), HashEmbedder()
    assert built.build(embedder) == BuildResult(False, 3, 5, 0, ())
    assert embedder.embedded == 0
    assert snapshot(built.settings.index) == before


def test_a_changed_paragraph_alone_is_embedded_and_other_documents_keep_their_ids(built: Small) -> None:
    before = ids_of(built.open())
    built.write({"a.txt": NEW["a.txt"]})
    embedder = HashEmbedder()
    assert built.build(embedder) == BuildResult(True, 3, 5, 1, ())
    assert embedder.passages == ["a\nThey did not agree.", "They did not agree."]  # the chunk, then its sentence
    after = ids_of(built.open())
    kept = ["Young workers call for a quota.", "Training comes first.", "Cement workers organize."]
    assert {text: after[text] for text in kept} == {text: before[text] for text in kept}
    assert after["Unions met in Manila."] != before["Unions met in Manila."]  # its document is another one
    assert_whole(built.open())


def test_a_changed_title_embeds_its_document_anew_and_keeps_all_ids(built: Small) -> None:
    before = ids_of(built.open())
    built.write({}, catalog='["b.md"]\ntitle = "Youth demands"\n')
    embedder = HashEmbedder()
    assert built.build(embedder) == BuildResult(True, 3, 5, 2, ())
    # The sentences bear no title: they keep their vectors.
    assert [text.split("\n")[0] for text in embedder.passages] == ["Youth demands"] * 2
    assert ids_of(built.open()) == before
    assert "Youth demands" in [d.title for d in built.open().store.documents.values()]
    assert_whole(built.open())


def test_a_changed_publisher_embeds_nothing_but_is_taken_in(built: Small) -> None:
    built.write({}, catalog='["b.md"]\npublisher = "A federation"\n')
    assert built.build() == BuildResult(True, 3, 5, 0, ())
    assert [d.publisher for d in built.open().store.documents.values()] == ["", "A federation", ""]


def test_a_removed_document_is_gone(built: Small) -> None:
    (built.seeds / "a.txt").unlink()
    assert built.build() == BuildResult(True, 2, 3, 0, ())
    index = built.open()
    assert texts_of(index) == ["Young workers call for a quota.", "Training comes first.", "Cement workers organize."]
    assert index.store.search("Manila", 5) == []
    assert_whole(index)


def test_an_added_document_comes_in_its_place(built: Small) -> None:
    built.write({"aa.txt": "Miners strike."})
    assert built.build() == BuildResult(True, 4, 6, 1, ())
    assert texts_of(built.open())[2] == "Miners strike."
    assert_whole(built.open())


def test_a_rebuild_embeds_everything(built: Small) -> None:
    embedder = HashEmbedder()
    assert built.build(embedder, rebuild=True) == BuildResult(True, 3, 5, 5, ())
    assert embedder.embedded == 5 + 5  # each chunk is one sentence
    assert built.builds == ["build-000002"]


def test_another_model_embeds_everything(built: Small) -> None:
    embedder = HashEmbedder(dimension=32)
    assert built.build(embedder) == BuildResult(True, 3, 5, 5, ())
    assert built.open(embedder).vectors.d == 32


def test_problems_are_told_again_though_nothing_changed(small: Small) -> None:
    small.write({"d.pdf": b"%PDF"})
    problem = f"{small.seeds / 'd.pdf'}: is not a .txt or .md file; save its text as one. Left out."
    assert small.build() == BuildResult(True, 3, 5, 5, (problem,))
    assert small.build() == BuildResult(False, 3, 5, 0, (problem,))


def test_progress_counts_up_to_what_there_is_to_do(settings: Settings) -> None:
    told: list[tuple[int, int]] = []
    build_index(settings, HashEmbedder(), report=lambda done, of: told.append((done, of)))
    total = told[0][1]
    assert total > 2 * 121  # a passage has a sentence at least
    assert {of for _, of in told} == {total}
    done = [n for n, _ in told]
    assert done == sorted(set(done))
    assert done[:4] == [32, 64, 96, 121]  # the passages first
    assert done[-1] == total


def test_a_sentence_that_moved_keeps_its_vector(built: Small) -> None:
    (built.seeds / "c.txt").unlink()
    built.write({"a.txt": "Unions met in Manila. Cement workers organize.\n\nThey agreed on a plan."})
    embedder = HashEmbedder()
    assert built.build(embedder).embedded == 1
    assert embedder.passages == ["a\nUnions met in Manila. Cement workers organize."]
    assert_whole(built.open())


def test_a_sentence_that_stands_twice_is_embedded_once(small: Small) -> None:
    small.write({"a.txt": "Unions met.\n\nUnions met. Youth met.", "b.md": "Youth met.", "c.txt": "Youth met. So."})
    embedder = HashEmbedder()
    small.build(embedder)
    sentences = [text for text in embedder.passages if "\n" not in text]
    assert sorted(sentences) == ["So.", "Unions met.", "Youth met."]
    assert_whole(small.open())


def test_an_index_of_the_format_before_is_built_anew(built: Small) -> None:
    path = built.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"format": 1}), encoding="utf-8")
    with pytest.raises(IndexFault, match="has format 1"):
        built.open()
    assert built.build() == BuildResult(True, 3, 5, 5, ())
    assert_whole(built.open())


def test_an_index_knows_whether_the_documents_have_changed(built: Small) -> None:
    index = built.open()
    assert index.is_current(built.seeds)
    built.write({"d.txt": "Energy."})
    assert not index.is_current(built.seeds)
    built.build()
    assert not index.is_current(built.seeds)
    assert built.open().is_current(built.seeds)


def test_an_index_that_is_open_serves_on_while_it_is_replaced(built: Small) -> None:
    index = built.open()
    built.write(NEW)
    built.build()
    assert texts_of(index) == [
        "Unions met in Manila.",
        "They agreed on a plan.",
        "Young workers call for a quota.",
        "Training comes first.",
        "Cement workers organize.",
    ]
    assert_whole(index)


def test_a_file_where_the_folder_should_be_is_one_line(small: Small) -> None:
    small.settings.index.write_text("mine")
    with pytest.raises(IndexFault, match=r"^The index cannot be written to .*index \(File exists\)\..*RAG_INDEX\.$"):
        small.build()
    assert small.settings.index.read_text() == "mine"


def test_a_folder_below_a_file_is_one_line(small: Small, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(seeds=small.seeds, index=tmp_path / "file" / "index")
    with pytest.raises(IndexFault, match=r"^The index cannot be written to .* \(Not a directory\)\."):
        build_index(settings, HashEmbedder())


@pytest.mark.parametrize("name", [".new-1", f".new-{os.getpid()}"])
def test_what_a_killed_build_left_over_vanishes(built: Small, name: str) -> None:
    (built.settings.index / name).mkdir()
    (built.settings.index / name / "store.sqlite").write_bytes(b"half")
    built.write(NEW)
    built.build()
    assert built.builds == ["build-000002"]


def test_a_file_name_that_is_not_unicode_does_not_stop_a_build(small: Small) -> None:
    try:
        (small.seeds / os.fsdecode(b"caf\xe9.txt")).write_text("They agreed.")  # as old zip files bring them
    except OSError:
        pytest.skip("this file system has only Unicode names")
    assert small.build().chunks >= 5
    assert len(small.open()) >= 5


def test_a_build_without_documents_leaves_the_old_index(built: Small) -> None:
    for path in built.seeds.iterdir():
        path.unlink()
    with pytest.raises(CorpusError, match="No document to index"):
        built.build()
    assert len(built.open()) == 5


def test_an_embedder_that_fails_leaves_the_old_index_and_no_lock(built: Small) -> None:
    class Failing(HashEmbedder):
        def embed_passages(self, texts: Sequence[str], report: Callable[[int], None] | None = None) -> np.ndarray:
            raise RuntimeError("out of memory")

    built.write(NEW)
    with pytest.raises(RuntimeError, match="out of memory"):
        built.build(Failing())
    assert built.builds == ["build-000001"]
    assert len(built.open()) == 5
    assert built.build().embedded == 2


def test_an_index_can_be_opened_at_the_very_moment_it_is_replaced(built: Small) -> None:
    class Meddler:
        """Lets another process publish a build between two steps of opening, one of which asks for the model's name."""

        dimension = 64
        replaced = False

        @property
        def name(self) -> str:
            if not self.replaced:
                self.replaced = True
                built.build(rebuild=True)
            return "hash"

    meddler = Meddler()
    index = built.open(meddler)
    assert meddler.replaced
    assert_whole(index)


class Connection(sqlite3.Connection):
    """Remembers whether it was closed: if not, Python 3.13 and later warn, and Windows cannot remove the file."""

    made: ClassVar[list[Connection]] = []
    closed = False

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.made.append(self)

    def close(self) -> None:
        super().close()
        self.closed = True


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    """All connections to a store that are made from now on."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Connection))
    monkeypatch.setattr(Connection, "made", [])
    return Connection.made


def test_a_build_closes_what_it_opens(built: Small, connections: list[Connection]) -> None:
    built.build()
    built.write(NEW)
    built.build()
    assert len(connections) >= 2  # the old store to read, the new one to write
    assert all(connection.closed for connection in connections)


def test_an_index_that_cannot_be_opened_is_not_left_open(built: Small, connections: list[Connection]) -> None:
    path = built.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"chunks": 4}), encoding="utf-8")
    with pytest.raises(IndexFault, match="does not fit together"):
        built.open()
    (path.parent / "other").write_bytes(b"not a database" * 100)
    with pytest.raises(IndexFault, match="is no readable store"):
        Store(path.parent / "other")
    assert len(connections) >= 2
    assert all(connection.closed for connection in connections)
