"""Builds the index from the documents.

A build is written into a folder of another name and renamed when it is whole, so the highest number is always a whole
index, whatever was killed when; the old one serves until then.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock

from rag import embedding
from rag.config import Settings
from rag.corpus import Corpus, fingerprint, read_corpus
from rag.corpus.plain import PARAGRAPH_TOKENS
from rag.embedding import Embedder, Vectors
from rag.errors import IndexFault
from rag.index import BUILD, Index, builds, open_index, write_vectors
from rag.manifest import FORMAT, STORE, VECTORS, Manifest, sha256
from rag.store import embedding_text, write_store

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did: whether anything had to be written, how many chunks there are and were embedded anew."""

    changed: bool
    documents: int
    chunks: int
    embedded: int
    problems: tuple[str, ...]


def build_index(
    settings: Settings, embedder: Embedder, *, rebuild: bool = False, report: Report | None = None
) -> BuildResult:
    """Bring the index up to date with the documents.

    Args:
        settings: says where documents and index are.
        embedder: used only for texts that the old index does not hold.
        rebuild: embed everything anew, whatever is there.
        report: told (done, to do) in texts while embedding.

    Raises:
        CorpusError: no document can be read.
        IndexFault: the index folder cannot be written.
    """
    fingerprint(settings.seeds)  # without documents nothing is made, not even the folder
    try:
        settings.index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.index / ".lock")
        lock.acquire()
    except OSError as error:
        raise _cannot_write(settings.index, error) from error
    with lock:
        old = None if rebuild else _old_index(settings, embedder)
        with closing(old) if old else nullcontext():
            return _build(settings, embedder, old, report)


def _build(settings: Settings, embedder: Embedder, old: Index | None, report: Report | None) -> BuildResult:
    state = fingerprint(settings.seeds)
    if old and old.manifest.fingerprint == state:
        return BuildResult(False, len(old.store.documents), len(old), 0, tuple(old.manifest.problems))
    found = read_corpus(settings.seeds, embedding.count_tokens)
    documents = {document.id: document for document in found.documents}
    texts = [embedding_text(chunk, documents[chunk.doc_id]) for chunk in found.chunks]
    vectors, n_new = _vectors(texts, old, embedder, report)
    try:
        folder = _write(settings, found, texts, vectors, embedder.name, state)
        _publish(folder, settings.index)
    except (OSError, sqlite3.Error) as error:
        raise _cannot_write(settings.index, error) from error
    return BuildResult(True, len(documents), len(texts), n_new, found.problems)


def _cannot_write(folder: Path, error: Exception) -> IndexFault:
    reason = getattr(error, "strerror", None) or error
    return IndexFault(f"The index cannot be written to {folder} ({reason}). Free space or set RAG_INDEX.")


def _old_index(settings: Settings, embedder: Embedder) -> Index | None:
    """The index whose vectors may be kept; None when there is none or it cannot be trusted."""
    try:
        return open_index(settings, embedder)
    except IndexFault:
        return None


def _vectors(texts: Sequence[str], old: Index | None, embedder: Embedder, report: Report | None) -> tuple[Vectors, int]:
    """Rows for all texts, and how many of them had to be embedded."""
    rows = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    old_rows = old.store.embedded() if old else {}
    new = [i for i, text in enumerate(texts) if text not in old_rows]
    if old:
        for i, text in enumerate(texts):
            if text in old_rows:
                rows[i] = old.vector(old_rows[text])
    done = 0

    def add(n: int) -> None:
        nonlocal done
        done += n
        if report:
            report(done, len(new))

    if new:
        rows[new] = embedder.embed_passages([texts[i] for i in new], add)
    return rows, len(new)


def _write(settings: Settings, found: Corpus, texts: Sequence[str], vectors: Vectors, model: str, state: str) -> Path:
    """Write a whole build into a folder that is not yet the index."""
    for left_over in settings.index.glob(".new-*"):
        shutil.rmtree(left_over)
    folder = settings.index / f".new-{os.getpid()}"
    folder.mkdir()
    write_store(folder / STORE, found.documents, found.chunks, texts)
    write_vectors(folder / VECTORS, vectors)
    Manifest(
        format=FORMAT,
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        model=model,
        dimension=vectors.shape[1],
        settings={"seeds": settings.seeds.name, "paragraph_tokens": PARAGRAPH_TOKENS},
        fingerprint=state,
        chunks=len(texts),
        documents={d.file: {"id": d.id, "sha256": d.sha256} for d in found.documents},
        problems=list(found.problems),
        files={STORE: sha256(folder / STORE), VECTORS: sha256(folder / VECTORS)},
    ).write(folder)
    return folder


def _publish(folder: Path, index: Path) -> None:
    """Make a whole folder the newest build: flush it to the disk, rename it, then remove what it replaces."""
    for path in folder.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    old = builds(index)
    number = int(old[-1].name.removeprefix(BUILD)) + 1 if old else 1
    folder.rename(index / f"{BUILD}{number:06}")
    for replaced in old:
        shutil.rmtree(replaced, ignore_errors=True)  # on Windows an open one stays until the next build
