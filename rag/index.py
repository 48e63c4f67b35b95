"""The built index, opened for reading. The only module that loads faiss.

    index/build-000007/store.sqlite     documents, chunks, full-text search; chunk i is row i
                       vectors.faiss    row i is the vector of chunk i
                       sentences.faiss  row i is the vector of sentence i
                       manifest.json    what it was built from and with, hashes of the three files

The build with the highest number is the index. Opening never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from rag import corpus
from rag.config import Settings
from rag.embedding import Embedder, Vectors
from rag.errors import IndexFault
from rag.manifest import SENTENCES, STORE, VECTORS, builds, read_manifest
from rag.store import Store


class Index:
    """One build, opened for reading; may be shared by threads."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Open a build and check that it is whole and was made for this embedder.

        Raises:
            IndexFault: a file is missing, damaged or of another build, or the index was built with another model.
        """
        self.folder = folder
        self.manifest = read_manifest(folder)
        built_with, asked = (self.manifest.model, self.manifest.dimension), (embedder.name, embedder.dimension)
        if built_with != asked:
            raise IndexFault(
                f"The index was built with {built_with[0]} ({built_with[1]} dimensions), "
                f"the settings ask for {asked[0]} ({asked[1]}). Run: rag index"
            )
        self.vectors, self.sentences = (_read(folder / name) for name in (VECTORS, SENTENCES))
        self.store = Store(folder / STORE)
        rows = {"manifest": self.manifest.chunks, STORE: len(self.store), VECTORS: self.vectors.ntotal}
        rows_of_sentences = {"manifest": self.manifest.sentences, SENTENCES: self.sentences.ntotal}
        if len(set(rows.values())) != 1 or len(set(rows_of_sentences.values())) != 1:
            self.close()
            raise IndexFault(
                f"The index does not fit together (rows: {rows}, {rows_of_sentences}). Run: rag index --rebuild"
            )

    def close(self) -> None:
        """Release its files."""
        self.store.close()

    def __len__(self) -> int:
        """Number of chunks."""
        return int(self.vectors.ntotal)

    def search_vectors(self, query: Vectors, k: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """The k nearest (row, cosine) to a unit vector of shape (dimension,), best first; fewer if there are fewer.

        With `among`, no other rows are candidates.
        """
        return _nearest(self.vectors, query, k, among)

    def search_sentences(self, query: Vectors, k: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """As `search_vectors`, over the sentences of all chunks."""
        return _nearest(self.sentences, query, k, among)

    def chunk_vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors of some chunks, shape (len(rows), dimension)."""
        return _rows(self.vectors, rows)

    def sentence_vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors of some sentences, shape (len(rows), dimension)."""
        return _rows(self.sentences, rows)

    def is_current(self, seeds: Path) -> bool:
        """Whether the documents are still those that it was built from."""
        return self.manifest.fingerprint == corpus.fingerprint(seeds)


def _read(path: Path) -> faiss.Index:
    try:
        return faiss.read_index(str(path))
    except RuntimeError as error:
        raise IndexFault(f"{path} cannot be read ({error}). Run: rag index --rebuild") from error


def _nearest(vectors: faiss.Index, query: Vectors, k: int, among: Sequence[int] | None) -> list[tuple[int, float]]:
    k = min(k, vectors.ntotal if among is None else len(among))
    if k < 1:
        return []
    chosen = None
    if among is not None:
        selector = faiss.IDSelectorBatch(np.asarray(among, dtype=np.int64))
        chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # faiss adds it when it is imported
    cosines, rows = vectors.search(query[np.newaxis], k, params=chosen)
    # To what is no number, faiss finds row -1.
    return [(int(row), float(cosine)) for row, cosine in zip(rows[0], cosines[0], strict=True) if row >= 0]


def _rows(vectors: faiss.Index, rows: Sequence[int]) -> Vectors:
    found = vectors.reconstruct_batch(np.asarray(rows, dtype=np.int64)) if rows else np.zeros((0, vectors.d))
    return np.asarray(found, dtype=np.float32)


def write_vectors(path: Path, rows: Vectors) -> None:
    """Write unit rows, shape (n, dimension), for exact search by inner product.

    Raises:
        OSError: the file cannot be written.
    """
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    try:
        faiss.write_index(flat, str(path))
    except RuntimeError as error:  # faiss's only error; here it speaks of the file
        raise OSError(f"{path.name}: {error}") from error


def open_index(settings: Settings, embedder: Embedder) -> Index:
    """Open the newest build.

    Raises:
        IndexFault: there is none, or it cannot be used; the message names the command that mends it.
    """
    while found := builds(settings.index):
        try:
            return Index(found[-1], embedder)
        except IndexFault:
            if builds(settings.index)[-1:] == found[-1:]:
                raise  # otherwise it was replaced while it was being opened
    raise IndexFault(f"There is no index in {settings.index}. Run: rag index")
