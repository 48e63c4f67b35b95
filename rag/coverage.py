"""What the collection does not hold: a listing is one page of a longer list, and the reader must know it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rag.types import Document

# Questions whose answer depends on items that may stand on pages that are not held.
_ABOUT_ALL = re.compile(
    r"\b(how many|how often|which|list|all|every|latest|newest|last|first|earliest|oldest|recent|never|ever|any)\b",
    re.IGNORECASE,
)


def coverage_line(
    question: str, refused: bool, cited: Iterable[str], documents: Mapping[str, Document], about_all: bool = False
) -> str:
    """One sentence on what is held of the listings concerned, or "".

    Args:
        question: decides with `refused` whether missing pages matter.
        refused: whether nothing was found.
        cited: ids of the documents that the answer cites, or of the nearest passage of a refusal.
        documents: by id.
        about_all: the question was understood to be about all items there are (a list, a count, the newest).
    """
    if not refused and not about_all and not _ABOUT_ALL.search(question):
        return ""
    listings = [documents[doc_id] for doc_id in dict.fromkeys(cited) if documents[doc_id].notes.get("advertised")]
    if not listings:
        return ""
    held = [
        f"{d.notes['held']} of {d.notes['advertised']} results of “{d.title}” ({d.notes['first']}–{d.notes['last']})"
        for d in listings
    ]
    return f"I hold {' and '.join(held)}; other items may exist."
