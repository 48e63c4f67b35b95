"""The index: built once, changed as little as possible, never half written, and never trusted when it is damaged."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from conftest import SEEDS, WriteSeeds
from fakes import HashEmbedder

from rag.config import Settings
from rag.corpus import Corpus, fingerprint
from rag.errors import CorpusError, IndexFault, RagError
from rag.index import Index, builds, open_index
from rag.indexing import BuildResult, build_index
from rag.store import Store, embedding_text

Copies = Callable[[int], Path]
FILES = ("store.sqlite", "vectors.faiss", "manifest.json")
OLD = {
    "a.txt": "Unions met in Manila.\n\nThey agreed on a plan.",
    "b.md": "# Youth\n\nYoung workers call for a quota.\n\nTraining comes first.",
    "c.txt": "Cement workers organize.",
}
NEW = {**OLD, "a.txt": "Unions met in Manila.\n\nThey did not agree.", "d.txt": "Energy sector unions join."}


@dataclass(frozen=True)
class Small:
    """A small collection with its index folder."""

    settings: Settings
    write: WriteSeeds
    opened: list[Index] = field(default_factory=list)  # closed after the test

    @property
    def seeds(self) -> Path:
        return self.settings.seeds

    @property
    def builds(self) -> list[str]:
        """Names of what is in the index folder, but for the lock."""
        return sorted(path.name for path in self.settings.index.iterdir() if path.name != ".lock")

    @property
    def folder(self) -> Path:
        """The newest build."""
        return self.settings.index / self.builds[-1]

    def build(self, embedder: HashEmbedder | None = None, *, rebuild: bool = False) -> BuildResult:
        return build_index(self.settings, embedder or HashEmbedder(), rebuild=rebuild)

    def open(self, embedder: HashEmbedder | None = None) -> Index:
        self.opened.append(open_index(self.settings, embedder or HashEmbedder()))
        return self.opened[-1]


@pytest.fixture
def small(clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds) -> Iterator[Small]:
    small = Small(Settings(seeds=write_seeds(OLD), index=tmp_path / "index"), write_seeds)
    yield small
    for index in small.opened:
        index.store.close()


@pytest.fixture
def built(small: Small) -> Small:
    assert small.build() == BuildResult(True, 3, 5, 5, ())
    return small


def texts_of(index: Index) -> list[str]:
    return [chunk.text for chunk in index.store.chunks().values()]


def ids_of(index: Index) -> dict[str, str]:
    """Chunk id by text."""
    return {chunk.text: chunk.id for chunk in index.store.chunks().values()}


def assert_whole(index: Index) -> None:
    """Row i of the vectors is the embedding of chunk i of the store."""
    documents = index.store.documents
    texts = [embedding_text(chunk, documents[chunk.doc_id]) for chunk in index.store.chunks().values()]
    assert len(index) == len(texts)
    rows = index.vectors.reconstruct_n(0, len(texts))
    np.testing.assert_allclose(rows, HashEmbedder().embed_passages(texts), atol=1e-6)


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All files but the lock, with what changes when they are written."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in files}


# --- build, open, search ---------------------------------------------------------------------------------------------


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


# --- as little as possible is done again -----------------------------------------------------------------------------


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
    assert embedder.passages == ["a\nThey did not agree."]
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
    assert embedder.embedded == 5
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
    assert told == [(32, 121), (64, 121), (96, 121), (121, 121)]


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


# --- damage ----------------------------------------------------------------------------------------------------------


def cut_to(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        os.truncate(path, int(path.stat().st_size * share))

    return damage


def flip_at(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int((len(content) - 1) * share)] ^= 0x81
        path.write_bytes(content)

    return damage


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [Path.unlink, cut_to(0), cut_to(0.5), cut_to(0.99), *(flip_at(share) for share in (0, 0.2, 0.5, 0.9, 1))],
    ids=["missing", "empty", "half", "nearly whole", "flip 0%", "flip 20%", "flip 50%", "flip 90%", "flip 100%"],
)
def test_a_damaged_file_is_noticed_and_a_build_mends_it(
    built: Small, name: str, damage: Callable[[Path], None]
) -> None:
    damage(built.folder / name)
    with pytest.raises(IndexFault, match=r"^[^\n]*Run: rag index --rebuild$"):
        built.open()
    assert built.build() == BuildResult(True, 3, 5, 5, ())
    assert built.builds == ["build-000002"]
    assert_whole(built.open())


def test_any_flipped_bit_in_the_manifest_is_noticed_or_does_no_harm(built: Small) -> None:
    path = built.folder / "manifest.json"
    good = path.read_bytes()
    for at in range(0, len(good), 3):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        try:
            index = built.open()
        except IndexFault:
            continue
        assert len(index) == 5
        assert isinstance(index.manifest.built, str)
        assert index.is_current(built.seeds) in (True, False)


@pytest.mark.parametrize("key", ["format", "built", "model", "dimension", "fingerprint", "chunks", "problems", "files"])
def test_a_manifest_without_a_key_is_noticed_and_a_build_mends_it(built: Small, key: str) -> None:
    path = built.folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest[key]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(IndexFault, match=r"^[^\n]*Run: rag index"):
        built.open()
    assert built.build().changed
    assert_whole(built.open())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "The index has format 2, this version reads 1. Run: rag index --rebuild"),
        ({"format": None}, "The index has format None, this version reads 1. Run: rag index --rebuild"),
        ({"chunks": 4}, "'manifest': 4, 'store.sqlite': 5, 'vectors.faiss': 5}). Run: rag index --rebuild"),
        ({"model": "other"}, "was built with other (64 dimensions), the settings ask for hash (64). Run: rag index"),
        ({"dimension": 65}, "was built with hash (65 dimensions), the settings ask for hash (64). Run: rag index"),
    ],
)
def test_a_manifest_of_something_else_is_noticed_and_a_build_mends_it(
    built: Small, change: dict[str, object], said: str
) -> None:
    path = built.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(IndexFault) as fault:
        built.open()
    assert str(fault.value).endswith(said)
    assert built.build() == BuildResult(True, 3, 5, 5, ())
    assert_whole(built.open())


@pytest.mark.parametrize(
    "content", ["", "not JSON", "null", "3", "[]", '{"format": 1}', '{"format": 1, "files": []}', "\ud800"]
)
def test_a_manifest_that_is_none_is_noticed_and_a_build_mends_it(built: Small, content: str) -> None:
    (built.folder / "manifest.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(IndexFault, match=r"^The index in .* is damaged \(.*\)\. Run: rag index --rebuild$"):
        built.open()
    assert built.build() == BuildResult(True, 3, 5, 5, ())


def test_files_of_two_builds_are_not_mixed(built: Small) -> None:
    kept = built.settings.index.parent / "kept.faiss"
    shutil.copy(built.folder / "vectors.faiss", kept)
    built.write(NEW)
    built.build()
    shutil.copy(kept, built.folder / "vectors.faiss")
    with pytest.raises(IndexFault, match=r"vectors\.faiss is damaged: its hash is not the one in manifest\.json"):
        built.open()


@pytest.mark.parametrize("embedder", [HashEmbedder("other"), HashEmbedder(dimension=128)], ids=["name", "dimension"])
def test_an_index_of_another_model_is_refused(built: Small, embedder: HashEmbedder) -> None:
    said = (
        rf"with hash \(64 dimensions\), the settings ask for {embedder.name} \({embedder.dimension}\)\. Run: rag index$"
    )
    with pytest.raises(IndexFault, match=said):
        built.open(embedder)


def test_a_file_in_the_place_of_a_build_is_noticed_and_a_build_mends_it(small: Small) -> None:
    small.settings.index.mkdir()
    (small.settings.index / "build-000001").touch()
    with pytest.raises(IndexFault, match=r"Run: rag index --rebuild$"):
        small.open()
    small.build()
    assert_whole(small.open())


# --- building where it cannot be done --------------------------------------------------------------------------------


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


# --- killed at any moment, in processes of its own -------------------------------------------------------------------


class SlowEmbedder(HashEmbedder):
    """Takes long enough for another process to come in between."""

    def embed_passages(self, texts: Sequence[str], report: Callable[[int], None] | None = None) -> np.ndarray:
        time.sleep(0.15)
        return super().embed_passages(texts, report)


def child(verb: str, seeds: Path, index: Path, values: list[float]) -> Iterator[int]:
    """What runs in a process of its own: per value a build in `index`/i, in a fork; yields the signal that ended it.

    A fork costs a hundredth of a fresh Python with all its imports. Nothing here has started a thread, so it is safe.
    """
    slow = verb in ("kill at time", "two at once")
    embedder = SlowEmbedder() if slow else HashEmbedder(dimension=8192 if verb == "full at size" else 64)
    for i, value in enumerate(values):
        settings = Settings(seeds=seeds, index=index / str(i))
        pids = [fork_and_build(verb, value, settings, embedder) for _ in range(2 if verb == "two at once" else 1)]
        if verb == "kill at time":
            time.sleep(value)
            os.kill(pids[0], signal.SIGKILL)
        yield max(-os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids)


def fork_and_build(verb: str, value: float, settings: Settings, embedder: HashEmbedder) -> int:
    """Start a build in a fork, which writes to stderr what came of it as a line of JSON; returns its process id."""
    if pid := os.fork():
        return pid
    said = ""
    try:
        PREPARE[verb](value)
        said = f"embedded {build_index(settings, embedder).embedded}"
    except RagError as error:
        said = f"{type(error).__name__}: {error}"
    finally:
        os.write(2, json.dumps(said or f"TRACEBACK {sys.exc_info()[1]!r}").encode() + b"\n")
        os._exit(0)


def kill_at_step(n: float) -> None:
    """Let this process kill itself right before the n-th thing that Python does to a file of an index."""
    steps = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event.split(".")[0] in ("open", "os", "shutil", "sqlite3") and any(COPIES in str(a) for a in arguments):
            steps += 1
            if steps == n:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def limit_files(size: float, handler: signal.Handlers) -> None:
    """Let no file grow beyond `size` bytes; the write that would do so is met with what `handler` says."""
    import resource  # not on every system

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    signal.signal(signal.SIGXFSZ, handler)


COPIES = "copies of the old index"
PREPARE: dict[str, Callable[[float], None]] = {
    "kill at step": kill_at_step,
    "kill at time": lambda seconds: None,
    "kill at size": lambda size: limit_files(size, signal.SIG_DFL),  # the kernel kills in the middle of a write
    "full at size": lambda size: limit_files(size, signal.SIG_IGN),  # the write fails, as on a full disk
    "two at once": lambda value: None,
}


def run_child(verb: str, seeds: Path, index: Path, values: Sequence[float]) -> tuple[list[int], list[str]]:
    """The signals that ended the builds (0: none), and what those that came to an end said."""
    command = [sys.executable, __file__, verb, str(seeds), str(index), json.dumps(list(values))]
    environment = {**os.environ, "PYTHONPATH": str(SEEDS.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    return json.loads(done.stdout), [json.loads(line) for line in done.stderr.splitlines()]


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def copies(built: Small, tmp_path: Path) -> Copies:
    """A function that makes n copies of the old index, for documents that are already the new ones."""

    def make(n: int) -> Path:
        built.write(NEW)
        for i in range(n):
            shutil.copytree(built.settings.index, tmp_path / COPIES / str(i))
        return tmp_path / COPIES

    return make


def assert_old_or_new_then_mend(seeds: Path, index: Path) -> str:
    """Which of the two an interrupted build left; a build afterwards makes it the new one and cleans up."""
    settings = Settings(seeds=seeds, index=index)
    found = open_index(settings, HashEmbedder())
    assert_whole(found)
    texts = set(texts_of(found))
    which = {len(found): "?", 5: "old", 6: "new"}[len(found)]
    assert ("They did not agree." in texts, "Energy sector unions join." in texts) == (which == "new", which == "new")
    assert ("They agreed on a plan." in texts) == (which == "old")
    found.store.close()

    assert build_index(settings, HashEmbedder()).embedded == {"old": 2, "new": 0}[which]
    mended = open_index(settings, HashEmbedder())
    assert len(mended) == 6
    assert_whole(mended)
    mended.store.close()
    assert list(index.glob(".new-*")) == []
    return which


@forks
def test_a_build_killed_before_any_of_its_steps_leaves_the_old_index_or_the_new_one(
    small: Small, copies: Copies
) -> None:
    steps = range(1, 51)
    folder = copies(len(steps))
    signals, _ = run_child("kill at step", small.seeds, folder, steps)
    n_killed = signals.count(signal.SIGKILL)
    assert signals == [signal.SIGKILL] * n_killed + [0] * (len(steps) - n_killed)
    assert 15 <= n_killed < len(steps)  # from before the first step to after the last
    left = [assert_old_or_new_then_mend(small.seeds, folder / str(i)) for i in range(len(steps))]
    assert left == ["old"] * left.count("old") + ["new"] * left.count("new")
    assert left.count("old") >= 10
    assert left[n_killed - 1] == "new"  # some kills fall between the publishing of the new and the removal of the old


@forks
def test_a_build_killed_at_any_time_leaves_the_old_index_or_the_new_one(small: Small, copies: Copies) -> None:
    times = np.linspace(0.0, 0.35, 12).tolist()
    folder = copies(len(times))
    run_child("kill at time", small.seeds, folder, times)
    left = {assert_old_or_new_then_mend(small.seeds, folder / str(i)) for i in range(len(times))}
    assert "old" in left


@forks
def test_a_build_killed_in_the_middle_of_a_write_leaves_the_old_index(small: Small, copies: Copies) -> None:
    sizes = [0, 1, 700, 1200, 4096, 10_000, 20_000, 30_000]  # manifest 1 kB, vectors 1.5 kB, store 37 kB
    folder = copies(len(sizes))
    signals, _ = run_child("kill at size", small.seeds, folder, sizes)
    assert signals == [signal.SIGXFSZ] * len(sizes)
    left = [assert_old_or_new_then_mend(small.seeds, folder / str(i)) for i in range(len(sizes))]
    assert left == ["old"] * len(sizes)


@forks
@pytest.mark.parametrize("size", [0, 8192, 100_000], ids=["nothing fits", "no store fits", "no vectors fit"])
def test_a_full_disk_is_one_line_and_leaves_the_old_index(small: Small, copies: Copies, size: int) -> None:
    folder = copies(1)
    _, (said,) = run_child("full at size", small.seeds, folder, [size])
    assert said.startswith("IndexFault: The index cannot be written to")
    assert assert_old_or_new_then_mend(small.seeds, folder / "0") == "old"


@forks
def test_of_two_builds_at_once_the_second_finds_nothing_to_do(small: Small, copies: Copies) -> None:
    folder = copies(1)
    _, said = run_child("two at once", small.seeds, folder, [0])
    assert sorted(said) == ["embedded 0", "embedded 2"]
    assert [path.name for path in (folder / "0").glob("*-*")] == ["build-000002"]
    assert assert_old_or_new_then_mend(small.seeds, folder / "0") == "new"


if __name__ == "__main__":
    verb, seeds_folder, index_folder, numbers = sys.argv[1:]
    print(json.dumps(list(child(verb, Path(seeds_folder), Path(index_folder), json.loads(numbers)))))  # noqa: T201
