"""What a question asks for whose words no rule knows, by the intent that its meaning has."""

from __future__ import annotations

import re

from rag.understanding.general import documents_named
from rag.understanding.intent import Intent
from rag.understanding.items import meant_of_items
from rag.understanding.numbers import numbers_in
from rag.understanding.outline import Outline
from rag.understanding.request import Request, Task
from rag.understanding.sections import meant_of_a_section, paragraphs_of

_OF_ITEMS = {
    Intent.ITEMS: Task.LIST,
    Intent.COUNT_ITEMS: Task.COUNT,
    Intent.NEWEST: Task.LATEST,
    Intent.OLDEST: Task.EARLIEST,
}
_OF_SECTIONS = {Intent.POINTS: Task.LIST, Intent.COUNT_POINTS: Task.COUNT}

_PLACE = re.compile(
    r"\b(?:where|para\w*|points?|sections?|headings?|headed|chapters?|parts?|bullets?|pages?)\b|¶", re.IGNORECASE
)
_PARAGRAPHS = re.compile(r"\bparagraphs\b|\bparagraph numbers?\b", re.IGNORECASE)


def meant(question: str, intent: Intent, outline: Outline) -> Request | None:
    """What is to be done for a question of an intent; None where an answer has to be found in the passages."""
    if intent in _OF_ITEMS:
        return meant_of_items(question, _OF_ITEMS[intent], outline)
    if intent is Intent.COUNT_POINTS and _PARAGRAPHS.search(question):
        return paragraphs_of(question, outline)
    if intent in _OF_SECTIONS:
        return meant_of_a_section(question, _OF_SECTIONS[intent], outline)
    if intent is Intent.LOCATE and _PLACE.search(question) and not numbers_in(question):
        named = documents_named(question, outline)
        rows = [row for row, c in enumerate(outline.chunks) if c.kind != "news" and (not named or c.doc_id in named)]
        return Request(question, question, Task.LOCATE, tuple(rows), asked_for="passage")
    return None
