"""A passage with what stands before and after it in its document."""

from __future__ import annotations

from dataclasses import dataclass

from rag.errors import RagError
from rag.store import Store
from rag.types import Chunk


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A passage with its neighbours in reading order; None where the document begins or ends."""

    before: Chunk | None
    chunk: Chunk
    after: Chunk | None


def surroundings(store: Store, chunk_id: str) -> Surroundings:
    """The passages around one.

    Raises:
        RagError: there is no such passage; the documents may have changed since it was shown.
    """
    rows = store.rows_of([chunk_id])
    if not rows:
        raise RagError(f"There is no passage {chunk_id!r} in the index; the documents may have changed. Ask again.")
    row = rows[0]
    near = store.chunks([n for n in (row - 1, row, row + 1) if 0 <= n < len(store)])
    chunk = near[row]
    before, after = (
        found if found is not None and found.doc_id == chunk.doc_id else None
        for found in (near.get(row - 1), near.get(row + 1))
    )
    return Surroundings(before, chunk, after)
