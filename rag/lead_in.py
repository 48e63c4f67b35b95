"""What stands over the points of a list ("Therefore, IndustriALL will:"), which is no passage of its own."""

from __future__ import annotations

from dataclasses import replace

from rag.types import Chunk, Document


def lead_in_of(chunk: Chunk, document: Document) -> Chunk | None:
    """The lead-in of a point as the document has it, the nearest such words before it; None for other passages.

    It has the id of its point, of which it is part, and the locator of the paragraph that both are in.
    """
    if chunk.kind != "point" or not chunk.headings:
        return None
    words = chunk.headings[-1]
    start = document.text.rindex(words, 0, chunk.start)
    locator = chunk.group.removeprefix(f"{chunk.doc_id} ")
    return replace(
        chunk, start=start, end=start + len(words), text=words, locator=locator, headings=chunk.headings[:-1]
    )
