"""A small collection with its index folder, and what tests of an index look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from fakes import HashEmbedder

from rag.config import Settings
from rag.index import Index, open_index
from rag.indexing import BuildResult, build_index
from rag.store import embedding_text

if TYPE_CHECKING:
    from conftest import WriteSeeds

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


def texts_of(index: Index) -> list[str]:
    """The text of each chunk."""
    return [chunk.text for chunk in index.store.chunks().values()]


def ids_of(index: Index) -> dict[str, str]:
    """Chunk id by text."""
    return {chunk.text: chunk.id for chunk in index.store.chunks().values()}


def assert_whole(index: Index) -> None:
    """Row i of the vectors is the embedding of chunk i of the store, and so it is with sentences."""
    documents = index.store.documents
    texts = [embedding_text(chunk, documents[chunk.doc_id]) for chunk in index.store.chunks().values()]
    assert len(index) == len(texts)
    rows = index.vectors.reconstruct_n(0, len(texts))
    np.testing.assert_allclose(rows, HashEmbedder().embed_passages(texts), atol=1e-6)
    quotes = [span.quote for span in index.store.sentences().values()]
    assert index.sentences.ntotal == len(quotes) >= len(texts)
    rows = index.sentence_vectors(range(len(quotes)))
    np.testing.assert_allclose(rows, HashEmbedder().embed_passages(quotes), atol=1e-6)


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All files but the lock, with what changes when they are written."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in files}
