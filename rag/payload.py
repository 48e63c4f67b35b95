"""Records as JSON: what `rag ask --json` and its sisters print. A contract: changes are announced in CHANGELOG.md."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rag.store import Store
from rag.types import Answer, Chunk, Document, Hit, Span, cited

Json = dict[str, Any]


def answer_json(answer: Answer, documents: Mapping[str, Document], scope: Collection[str] | None = None) -> Json:
    """An answer with its citations and passages; sentences that were withheld are not in it.

    Args:
        answer: what `Assistant.ask` gave.
        documents: all of the collection, by id.
        scope: ids of the documents that counted for the question; None: all of them.
    """
    citations = cited(answer.shown)
    number = {span: n for n, span in enumerate(citations, start=1)}
    chunks = {hit.chunk.id: hit.chunk for hit in answer.hits}
    return {
        "id": answer.id,
        "question": answer.question,
        "answer": answer.text,
        "refused": bool(answer.refused),
        "sentences": [
            {"text": s.text, "support": s.support.value, "citations": [number[span] for span in s.spans]}
            for s in answer.shown
        ],
        "citations": [
            {"n": n, **span_json(span, chunks[span.chunk_id], documents[span.doc_id])}
            for n, span in enumerate(citations, start=1)
        ],
        "passages": [hit_json(hit, documents) for hit in answer.hits],
        "coverage": answer.coverage,
        "scope": None if scope is None else [doc_id for doc_id in documents if doc_id in scope],
        "again": answer.again,
        "timings": {
            "retrieve_s": _seconds(answer.timings.retrieve_s),
            "first_token_s": _seconds(answer.timings.first_token_s),
            "first_sentence_s": _seconds(answer.timings.first_sentence_s),
            "total_s": _seconds(answer.timings.total_s),
        },
        "confidence": None if answer.confidence is None else round(answer.confidence, 4),
        "config_id": answer.config_id,
        "model": answer.model,
    }


def span_json(span: Span, chunk: Chunk, document: Document) -> Json:
    """A span with where it stands; `start` and `end` count characters of the document's reading text."""
    return {
        "document": document.id,
        "title": document.title,
        "kind": document.kind,
        "locator": chunk.locator,
        "date": chunk.date or document.date,
        "quote": span.quote,
        "start": span.start,
        "end": span.end,
        "chunk_id": chunk.id,
        "passage": chunk.text,
    }


def hit_json(hit: Hit, documents: Mapping[str, Document]) -> Json:
    """A whole passage in the form of a citation."""
    chunk = hit.chunk
    return span_json(Span(chunk.doc_id, chunk.id, chunk.start, chunk.end, chunk.text), chunk, documents[chunk.doc_id])


def sources_json(store: Store) -> Json:
    """The documents, and how many chunks there are in all and of each kind."""
    by_document, kinds = store.chunks_by_document(), store.counts_by_kind()
    documents = list(store.documents.values())
    return {
        "documents": [
            {
                "id": d.id,
                "title": d.title,
                "kind": d.kind,
                "language": d.language,
                "date": d.date,
                "chunks": by_document[d.id],
                "held": d.notes.get("held"),
                "advertised": d.notes.get("advertised"),
                "file": d.file,
                "publisher": d.publisher,
                "notes": dict(d.notes),
            }
            for d in documents
        ],
        "chunks": len(store),
        "counts": kinds,
    }


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
