"""Answers that are made by code from the rows that a question selects: lists, counts, the newest and the oldest.

No language model takes part, so nothing can be left out or invented: every item is quoted and cited. Counts are worked
out here and stand in the first sentence, as a sentence of an answer must cite something.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.sentences import spans_of
from rag.types import Check, Chunk, Hit, Sentence, Span, Support
from rag.understanding import Outline, Request, Task
from rag.understanding.sections import SECTIONS
from rag.understanding.words import content, stem

MOST_ITEMS = 12  # shown; how many more there are is said
_WHOLE_TEASERS = 6  # up to so many items are shown with all of their words
_LEAST_NEAR = 0.35  # score of a passage that may be what is looked for
_CHECKS = (Check("wording", True), Check("numbers", True))


def sentences_for(request: Request, outline: Outline, *, chosen: bool = False) -> tuple[Sentence, ...]:
    """The answer to a request of task LIST, COUNT, LATEST or EARLIEST, one sentence for each of at most `MOST_ITEMS`.

    Every sentence cites the words that it quotes; none when the request selects no rows. If the outline is only that of
    documents `chosen` for the question, the answer says so.
    """
    shown = request.rows[:MOST_ITEMS]
    if request.task is Task.COUNT and len(request.rows) > MOST_ITEMS:
        shown = request.rows[:1]  # whoever counts many does not want to read them
    whole = len(shown) <= _WHOLE_TEASERS
    items = [_item(row, request, outline, whole) for row in shown]
    if not items:
        return ()
    words, spans = items[0]
    items[0] = (f"{_opening(request, len(shown), outline, chosen)}{words}", spans)
    return tuple(Sentence(text, spans, Support.SUPPORTED, _CHECKS) for text, spans in items)


def located(hits: Sequence[Hit], outline: Outline) -> tuple[Sentence, ...]:
    """Where the passage stands that is nearest to what a question looks for, and its words; none when none is near."""
    if not hits or hits[0].score < _LEAST_NEAR:
        return ()
    chunk = hits[0].chunk
    document = outline.documents[chunk.doc_id]
    span = _slice(chunk, 0, len(chunk.text))
    section = next((f", in “{h}”" for h in reversed(chunk.headings) if not h.endswith(":")), "")
    text = f"{chunk.locator} of “{document.title}”{section}: “{_one_line(chunk.text)}”"
    return (Sentence(text, (span,), Support.SUPPORTED, _CHECKS),)


def documents_concerned(request: Request, outline: Outline) -> tuple[str, ...]:
    """Ids of the documents whose missing parts would matter: all listings where dated items are asked for."""
    chunks = [outline.chunks[row] for row in request.rows]
    if request.task is not Task.ANSWER and (not chunks or any(chunk.kind == "news" for chunk in chunks)):
        return tuple(dict.fromkeys(chunk.doc_id for chunk in outline.chunks if chunk.kind == "news"))
    return tuple(dict.fromkeys(chunk.doc_id for chunk in chunks))


# --- one item ---------------------------------------------------------------------------------------------------------


def _item(row: int, request: Request, outline: Outline, whole: bool) -> tuple[str, tuple[Span, ...]]:
    chunk = outline.chunks[row]
    if request.asked_for == "documents":
        return _document(chunk, outline)
    if chunk.kind == "news":
        return _news(chunk, request, outline, whole)
    if request.asked_for == SECTIONS:
        first = spans_of(chunk, outline.documents[chunk.doc_id].language)[0]
        return f"“{chunk.headings[-1]}”, which begins with {chunk.locator}: “{_one_line(first.quote)}”", (first,)
    return f"{chunk.locator}: {_one_line(chunk.text)}", (_slice(chunk, 0, len(chunk.text)),)


def _news(chunk: Chunk, request: Request, outline: Outline, whole: bool) -> tuple[str, tuple[Span, ...]]:
    title, printed, _ = (*chunk.text.split("\n", 2), "", "")[:3]
    head = (_slice(chunk, 0, len(title)), _slice(chunk, len(title) + 1, len(title) + 1 + len(printed)))
    teaser = [s for s in spans_of(chunk, outline.documents[chunk.doc_id].language) if s.start >= head[1].end]
    if not whole:
        teaser = _fitting(teaser, title, request)
    said = " ".join(span.quote for span in teaser)
    cited = (*head, *teaser) if printed else (head[0],)
    return f"“{title}” ({chunk.locator}){': ' if said else '.'}{said}", cited


def _fitting(teaser: list[Span], title: str, request: Request) -> list[Span]:
    """The sentence that says what the title does not: with the most words of the question that the title lacks."""
    wanted = _topic(request.asked_for) - _topic(title)
    best = max(teaser, key=lambda span: len(wanted & _topic(span.quote)), default=None)
    return [best] if best and "“" in request.asked_for and wanted & _topic(best.quote) else []


def _topic(text: str) -> set[str]:
    return {stem(word) for word in content(text)}


def _document(chunk: Chunk, outline: Outline) -> tuple[str, tuple[Span, ...]]:
    document = outline.documents[chunk.doc_id]
    first = spans_of(chunk, document.language)[0]
    passages = len(outline.rows_of(document.id))
    held = f"{passages} passage{'s' * (passages != 1)}"
    return f"“{document.title}” ({held}), which begins: “{_one_line(first.quote)}”", (first,)


def _slice(chunk: Chunk, start: int, end: int) -> Span:
    return Span(chunk.doc_id, chunk.id, chunk.start + start, chunk.start + end, chunk.text[start:end])


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- the words before the first item ----------------------------------------------------------------------------------


def _opening(request: Request, shown: int, outline: Outline, chosen: bool) -> str:
    """What was selected and how many: "I hold 3 news items dated 2021, of 30 in all: "."""
    n, what = len(request.rows), request.asked_for
    among = " in the documents chosen" * chosen
    if request.task in (Task.LATEST, Task.EARLIEST):
        end = "newest" if request.task is Task.LATEST else "oldest"
        return f"Of the {what}{among}, the {end if n == 1 else f'{n} {end}'} that I hold {'is' if n == 1 else 'are'} "
    counted = what if n != 1 else _singular(what)
    if what == "documents":
        return f"{'You chose' if chosen else 'I hold'} {n} {counted}{_cut(request, shown)}: "
    if what.startswith("news"):
        held = sum(chunk.kind == "news" for chunk in outline.chunks)
        return f"I hold {n} {counted}{among}{f', of {held} in all' if held > n else ''}{_cut(request, shown)}: "
    if what.startswith(("points", "passages", "paragraphs", "sections")):
        return f"There {'are' if n != 1 else 'is'} {n} {counted}{_cut(request, shown)}: "
    if n > 1 and _is_whole(request, outline):
        return f"{what} lists {n} points: "
    section = next((h for h in reversed(outline.chunks[request.rows[0]].headings) if not h.endswith(":")), "")
    return f"In “{section}”, " if section else ""


def _is_whole(request: Request, outline: Outline) -> bool:
    return tuple(request.rows) in outline.groups().values()


def _cut(request: Request, shown: int) -> str:
    if shown == len(request.rows):
        return ""
    first = "newest" if request.asked_for.startswith("news") else "first"
    return f"; the {first} {shown} of them are" if shown > 1 else f"; the {first} of them is"


def _singular(words: str) -> str:
    """Makes of "news items dated 2021 that mention" "news item dated 2021 that mentions"."""
    one = re.sub(r"^(news item|document|point|passage|paragraph|section)s\b", r"\1", words)
    return one.replace(" that mention ", " that mentions ")
