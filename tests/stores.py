"""Small documents, and stores of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.store import Store, embedding_text, write_store
from rag.types import Chunk, Document


def document_of(texts: Sequence[str], title: str = "A title", **changes: object) -> tuple[Document, list[Chunk]]:
    """A document whose chunks are `texts`."""
    whole = "\n\n".join(texts)
    fields = {"kind": "plain", "publisher": "", "language": "und", "date": "", "notes": {}} | changes
    document = Document(id=f"id of {title}", file=f"{title}.txt", title=title, text=whole, sha256="0" * 64, **fields)
    chunks, start = [], 0
    for n, text in enumerate(texts, 1):
        end = start + len(text)
        chunks.append(Chunk(f"{title} {n}", document.id, start, end, text, (), f"paragraph {n}", "", "paragraph", ""))
        start = end + 2
    return document, chunks


def write(path: Path, documents: Sequence[Document], chunks: Sequence[Chunk]) -> Store:
    by_id = {document.id: document for document in documents}
    write_store(path, documents, chunks, [embedding_text(chunk, by_id[chunk.doc_id]) for chunk in chunks])
    return Store(path)


def rows_of(found: list[tuple[int, float]]) -> list[int]:
    return [row for row, _ in found]
