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
from dataclasses import dataclass, field
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
from rag.index import Index, open_index, write_vectors
from rag.manifest import BUILD, FORMAT, SENTENCES, STORE, VECTORS, BuildResult, Manifest, builds, sha256
from rag.sentences import spans_of
from rag.store import embedding_text, write_store

Report = Callable[[int, int], None]


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
    sentences = [
        (row, span)
        for row, chunk in enumerate(found.chunks)
        for span in spans_of(chunk, documents[chunk.doc_id].language)
    ]
    n_new, vectors, sentence_vectors = _vectors(texts, [span.quote for _, span in sentences], old, embedder, report)
    try:
        folder = _new_folder(settings.index)
        write_store(folder / STORE, found.documents, found.chunks, texts, sentences)
        write_vectors(folder / VECTORS, vectors)
        write_vectors(folder / SENTENCES, sentence_vectors)
        _manifest(settings, found, embedder, state, len(sentences), folder).write(folder)
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


def _vectors(
    texts: Sequence[str], sentences: Sequence[str], old: Index | None, embedder: Embedder, report: Report | None
) -> tuple[int, Vectors, Vectors]:
    """How many texts had to be embedded, rows for all texts, rows for all sentences."""
    known, known_sentences = _Known(), _Known()
    if old:
        known = _Known(old.store.embedded(), old.chunk_vectors)
        spans = old.store.sentences()
        known_sentences = _Known({span.quote: row for row, span in spans.items()}, old.sentence_vectors)
    new, new_sentences = (
        [text for text in dict.fromkeys(wanted) if text not in old_rows.rows]
        for wanted, old_rows in ((texts, known), (sentences, known_sentences))
    )
    done, total = 0, len(new) + len(new_sentences)

    def add(n: int) -> None:
        nonlocal done
        done += n
        if report:
            report(done, total)

    def rows_for(wanted: Sequence[str], new: list[str], known: _Known) -> Vectors:
        embedded = embedder.embed_passages(new, add) if new else np.zeros((0, embedder.dimension), dtype=np.float32)
        place = {text: i for i, text in enumerate(new)}
        kept = [i for i, text in enumerate(wanted) if text not in place]
        rows = np.zeros((len(wanted), embedder.dimension), dtype=np.float32)
        for i, text in enumerate(wanted):
            if text in place:
                rows[i] = embedded[place[text]]
        if kept:
            rows[kept] = known.vectors([known.rows[wanted[i]] for i in kept])
        return rows

    return (
        sum(text not in known.rows for text in texts),
        rows_for(texts, new, known),
        rows_for(sentences, new_sentences, known_sentences),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What an old index holds: rows by text, and how to get vectors by row."""

    rows: dict[str, int] = field(default_factory=dict)
    vectors: Callable[[Sequence[int]], Vectors] = lambda rows: np.zeros((0, 0), dtype=np.float32)


def _new_folder(index: Path) -> Path:
    """A folder for a build that is not yet the index; what killed builds have left is removed."""
    for left_over in index.glob(".new-*"):
        shutil.rmtree(left_over)
    folder = index / f".new-{os.getpid()}"
    folder.mkdir()
    return folder


def _manifest(
    settings: Settings, found: Corpus, embedder: Embedder, state: str, n_sentences: int, folder: Path
) -> Manifest:
    return Manifest(
        format=FORMAT,
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        model=embedder.name,
        dimension=embedder.dimension,
        settings={"seeds": settings.seeds.name, "paragraph_tokens": PARAGRAPH_TOKENS},
        fingerprint=state,
        chunks=len(found.chunks),
        sentences=n_sentences,
        documents={d.file: {"id": d.id, "sha256": d.sha256} for d in found.documents},
        problems=list(found.problems),
        files={name: sha256(folder / name) for name in (STORE, VECTORS, SENTENCES)},
    )


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
