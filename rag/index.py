"""The built index: build it, open it, search its vectors. The only module that loads faiss.

    index/build-000007/store.sqlite     documents, chunks, full-text search; chunk i is row i
                       vectors.faiss    row i is the vector of chunk i
                       manifest.json    what it was built from and with, hashes of the two files

A build is written into a folder of another name and renamed when it is whole, so the highest number is always a whole
index, whatever was killed when. Opening never writes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from filelock import FileLock

from rag import corpus, embedding
from rag.config import Settings
from rag.corpus.plain import PARAGRAPH_TOKENS
from rag.embedding import Embedder, Vectors
from rag.errors import IndexFault
from rag.store import Store, embedding_text, write_store

FORMAT = 1
_BUILD = "build-"
_STORE, _VECTORS, _MANIFEST = "store.sqlite", "vectors.faiss", "manifest.json"

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did: whether anything had to be written, how many chunks there are and were embedded anew."""

    changed: bool
    documents: int
    chunks: int
    embedded: int
    problems: tuple[str, ...]


class Index:
    """An index opened for reading; may be shared by threads."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Open one build and check that it is whole and was made for this embedder.

        Raises:
            IndexFault: a file is missing, damaged or of another build, or the index was built with another model.
        """
        self.manifest = _checked_manifest(folder)
        built_with = self.manifest["model"], self.manifest["dimension"]
        if built_with != (embedder.name, embedder.dimension):
            raise IndexFault(
                f"The index was built with {built_with[0]} ({built_with[1]} dimensions), "
                f"the settings ask for {embedder.name} ({embedder.dimension}). Run: rag index"
            )
        self.store = Store(folder / _STORE)
        self.vectors = faiss.read_index(str(folder / _VECTORS))
        rows = {"manifest": self.manifest["chunks"], _STORE: len(self.store), _VECTORS: self.vectors.ntotal}
        if len(set(rows.values())) != 1:
            raise IndexFault(f"The index does not fit together (rows: {rows}). Run: rag index --rebuild")

    @cached_property
    def built(self) -> str:
        """When it was built, ISO 8601 in UTC."""
        return str(self.manifest["built"])

    def __len__(self) -> int:
        """Number of chunks."""
        return int(self.vectors.ntotal)

    def search_vectors(self, query: Vectors, k: int) -> list[tuple[int, float]]:
        """The k nearest (row, cosine) to a unit vector of shape (dimension,), best first; fewer if there are fewer."""
        k = min(k, len(self))
        if k < 1:
            return []
        cosines, rows = self.vectors.search(query[np.newaxis], k)
        return [(int(row), float(cosine)) for row, cosine in zip(rows[0], cosines[0], strict=True)]

    def is_current(self, seeds: Path) -> bool:
        """Whether the documents are still those that it was built from."""
        return bool(self.manifest["fingerprint"] == corpus.fingerprint(seeds))


def open_index(settings: Settings, embedder: Embedder) -> Index:
    """Open the newest build.

    Raises:
        IndexFault: there is none, or it cannot be used; the message names the command that mends it.
    """
    folder = _newest(settings.index)
    if folder is None:
        raise IndexFault(f"There is no index in {settings.index}. Run: rag index")
    return Index(folder, embedder)


def has_index(settings: Settings) -> bool:
    """Whether any build is there, sound or not."""
    return _newest(settings.index) is not None


def build_index(
    settings: Settings, embedder: Embedder, *, rebuild: bool = False, report: Report | None = None
) -> BuildResult:
    """Bring the index up to date with the documents; the old one serves until the new one is whole.

    Args:
        settings: says where documents and index are.
        embedder: used only for texts that the old index does not hold.
        rebuild: embed everything anew, whatever is there.
        report: told (done, to do) in texts while embedding.

    Raises:
        CorpusError: no document can be read.
        IndexFault: the index folder cannot be written.
    """
    try:
        settings.index.mkdir(parents=True, exist_ok=True)
        with FileLock(settings.index / ".lock"):
            return _build(settings, embedder, rebuild, report)
    except OSError as error:
        raise IndexFault(
            f"The index cannot be written to {settings.index} ({error.strerror or error}). Free space or set RAG_INDEX."
        ) from error


def _build(settings: Settings, embedder: Embedder, rebuild: bool, report: Report | None) -> BuildResult:
    fingerprint = corpus.fingerprint(settings.seeds)
    old = None if rebuild else _old_index(settings, embedder)
    if old and old.manifest["fingerprint"] == fingerprint:
        return BuildResult(False, len(old.store.documents), len(old), 0, tuple(old.manifest["problems"]))

    found = corpus.read_corpus(settings.seeds, embedding.count_tokens)
    documents = {document.id: document for document in found.documents}
    texts = [embedding_text(chunk, documents[chunk.doc_id]) for chunk in found.chunks]
    vectors, n_new = _vectors(texts, old, embedder, report)

    for left_over in settings.index.glob(".new-*"):
        shutil.rmtree(left_over)
    folder = settings.index / f".new-{os.getpid()}"
    folder.mkdir()
    write_store(folder / _STORE, found.documents, found.chunks, texts)
    flat = faiss.IndexFlatIP(embedder.dimension)
    flat.add(vectors)
    faiss.write_index(flat, str(folder / _VECTORS))
    manifest = {
        "format": FORMAT,
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": embedder.name,
        "dimension": embedder.dimension,
        "settings": {"seeds": settings.seeds.name, "paragraph_tokens": PARAGRAPH_TOKENS},
        "fingerprint": fingerprint,
        "chunks": len(texts),
        "documents": {d.file: {"id": d.id, "sha256": d.sha256} for d in found.documents},
        "problems": list(found.problems),
        "files": {name: _sha256(folder / name) for name in (_STORE, _VECTORS)},
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _publish(folder, settings.index)
    return BuildResult(True, len(documents), len(texts), n_new, found.problems)


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
    if old:
        for i, text in enumerate(texts):
            if text in old_rows:
                rows[i] = old.vectors.reconstruct(old_rows[text])
    new = [i for i, text in enumerate(texts) if text not in old_rows]
    done = 0

    def add(n: int) -> None:
        nonlocal done
        done += n
        if report:
            report(done, len(new))

    if new:
        rows[new] = embedder.embed_passages([texts[i] for i in new], add)
    return rows, len(new)


def _publish(folder: Path, index: Path) -> None:
    """Make a whole folder the newest build: flush it to the disk, rename it, then remove what it replaces."""
    for path in folder.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    old = _builds(index)
    number = int(old[-1].name.removeprefix(_BUILD)) + 1 if old else 1
    folder.rename(index / f"{_BUILD}{number:06}")
    for replaced in old:
        shutil.rmtree(replaced, ignore_errors=True)  # on Windows an open one stays until the next build


def _builds(index: Path) -> list[Path]:
    return sorted(path for path in index.glob(f"{_BUILD}*") if path.name.removeprefix(_BUILD).isdigit())


def _newest(index: Path) -> Path | None:
    builds = _builds(index)
    return builds[-1] if builds else None


def _checked_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, after its files were found to be those that it names."""
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise IndexFault(
                f"The index has format {manifest['format']}, this version reads {FORMAT}. Run: rag index --rebuild"
            )
        for name, expected in manifest["files"].items():
            if _sha256(folder / name) != expected:
                raise IndexFault(
                    f"{folder / name} is damaged: its hash is not the one in {_MANIFEST}. Run: rag index --rebuild"
                )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise IndexFault(
            f"The index in {folder} is damaged ({type(error).__name__}: {error}). Run: rag index --rebuild"
        ) from error
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
