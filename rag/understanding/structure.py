"""Questions about a part of a document that they name: a paragraph, a point, a section; or that ask where one is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.corpus.resolution import ordinal
from rag.understanding.general import called, documents_named, is_general
from rag.understanding.mentions import asked_of_mentions
from rag.understanding.numbers import Named, in_digits, number_alone, numbers_in
from rag.understanding.outline import Outline, number_of
from rag.understanding.request import Request, Task
from rag.understanding.sections import COUNT, asked_of_a_section, asked_of_sections, counted_paragraphs, heading_in
from rag.understanding.words import content

_LOCATE = re.compile(
    r"(?:^|[.!?;,]\s*)(?:(?:in|under|at|can you tell me|tell me|do you know)\s+)?(?:which|what)"
    r"(?:\s+is\s+the)?\s+(?:numbered\s+)?"
    r"(?:paragraph|para|point|section)(?:\s*(?:numbers?|no\.?))?(?!s)\b(?P<of>(?:\s+(?:of|in|from)\s+(?:the\s+)?(?:[\w'’]+\s+){0,3}?"
    r"(?:resolution|document|text|article|list(?:ing)?))?)\s+"
    r"(?:number\s+)?(?:is|are|does|do|has|have|can|that|which|where|speaks?|says?|mentions?|deals?|talks?|covers?|calls?|"
    r"refers?|discuss(?:es)?|concerns?|contains?|describes?|states?|names?|addresses|addresse?|treats?|demands?|i\s)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b(?:para(?:graph)?|point|section)\s*(?:no\.?|nr\.?|number|#)\s*(?:\?|$)", re.IGNORECASE)
_WHERE = re.compile(
    r"^(?:and\s+)?where\s+(?:exactly\s+)?in\s+the\s+(?:[\w'’]+\s+){0,3}?(?:resolution|document|text|article)\b",
    re.IGNORECASE,
)
_NTH = re.compile(
    r"\b(?P<nth>\d{1,2}(?:st|nd|rd|th)|last|final|closing|opening)\s+(?:numbered\s+)?para(?:graph)?\b", re.IGNORECASE
)
# The section that a paragraph stands in is said before its words.
_HEADING = re.compile(
    r"\b(?:which|what)\s+(?:is\s+the\s+)?(?:section\s+)?(?:section|heading|chapter|headline)s?\b", re.IGNORECASE
)


def asked_of_a_part(question: str, outline: Outline) -> Request | None:
    """What is asked of paragraphs, points or a section that the question names; None if it names none."""
    return (
        _located(question, outline)
        or _nth_of_a_section(question, outline)
        or _numbered(question, outline)
        or counted_paragraphs(question, outline)
        or asked_of_a_section(question, outline)
        or asked_of_sections(question, outline)
        or asked_of_mentions(question, outline)
    )


# --- where does it stand? ---------------------------------------------------------------------------------------------


def _located(question: str, outline: Outline) -> Request | None:
    found = _LOCATE.search(question) or _WHERE.search(question) or _NUMBER.search(question)
    if found is None or numbers_in(question):
        return None
    rest = f"{question[: found.start()]} {question[found.end() :]}".strip(" ?.!")
    rest = re.sub(r"^(?:of|about|with|to|on|that|say|mention|deal with|speak of|talk about|find)\s+", "", rest)
    rest = re.sub(r"^(?:is|are|was|were|does|do|did)\s+|\s+(?:discussed|mentioned|named|spoken of|found)$", "", rest)
    if not content(rest):
        return None
    named = documents_named(question, outline)
    rows = [row for row, c in enumerate(outline.chunks) if c.kind != "news" and (not named or c.doc_id in named)]
    return Request(question, rest, Task.LOCATE, tuple(rows), asked_for="passage")


# --- paragraphs and points by number ----------------------------------------------------------------------------------


def _nth_of_a_section(question: str, outline: Outline) -> Request | None:
    """Such as the last paragraph of section B, counted within that section."""
    found = _NTH.search(in_digits(question))
    heading, rest, _ = heading_in(question, outline) if found else ("", "", False)
    if found is None or not heading:
        return None
    by_number: dict[int, list[int]] = {}
    for row, chunk in enumerate(outline.chunks):
        if heading in chunk.headings and number_of(chunk)[0]:
            by_number.setdefault(number_of(chunk)[0], []).append(row)
    word = found["nth"].lower()
    nth = -1 if word in ("last", "final", "closing") else 1 if word == "opening" else int(re.sub(r"\D", "", word))
    numbers = sorted(by_number)
    if not numbers or nth > len(numbers):
        problem = f"“{heading}” has no {ordinal(nth)} paragraph; it has {len(numbers)}."
        return Request(question, question, problem=problem)
    rows = tuple(by_number[numbers[nth - (nth > 0)]])
    task = Task.LIST if is_general(_NTH.sub(" ", in_digits(rest))) else Task.ANSWER
    return Request(question, question, task, rows, True, _where(rows, outline))


def _numbered(question: str, outline: Outline) -> Request | None:
    named = numbers_in(question)
    if named is None:
        named = number_alone(question)
        if named is None or not is_general(named.rest):
            return None
    doc_id = _document_of(named, question, outline)
    if not doc_id:
        return None
    by_number: dict[int, list[int]] = {}
    for row in outline.rows_of(doc_id):
        by_number.setdefault(number_of(outline.chunks[row])[0], []).append(row)
    rows: list[int] = []
    for number in (max(by_number) if n < 0 else n for n in named.paragraphs):
        if number not in by_number or not number:
            return Request(question, question, problem=_no_paragraph(number, doc_id, outline))
        rows += by_number[number]
    if named.points:
        points = [row for row in rows if outline.chunks[row].group]
        at = [point - 1 if point > 0 else len(points) + point for point in named.points]
        wrong = next((n for n, i in zip(named.points, at, strict=True) if not 0 <= i < len(points)), None)
        if wrong is not None:
            return Request(question, question, problem=_no_point(wrong, rows, len(points), outline))
        rows = [points[i] for i in sorted(set(at))]
    where = _where(rows, outline)
    if COUNT.search(question) and not named.points:
        return Request(question, question, Task.COUNT, tuple(rows), True, f"points in {where}")
    general = (
        is_general(named.rest)
        or bool(_HEADING.search(question))
        or (_asks_for_all(named.rest) and any(outline.chunks[row].group for row in rows))
    )
    return Request(question, question, Task.LIST if general else Task.ANSWER, tuple(rows), True, where)


def _asks_for_all(rest: str) -> bool:
    return bool(
        re.search(r"\b(?:list|name|give|show|what are)\b[^?.]*\b(?:all|every|each|the)\b[^?.]*\bpoints?\b", rest, re.I)
    )


def _where(rows: Sequence[int], outline: Outline) -> str:
    """Such as "¶54", "¶63, 3rd point", "¶3 to ¶7": where some rows stand."""
    locators = list(dict.fromkeys(outline.chunks[row].locator.partition(", part")[0] for row in rows))
    if len(locators) == 1:
        return locators[0]
    places = list(dict.fromkeys(locator.partition(",")[0] for locator in locators))
    return places[0] if len(places) == 1 else f"{places[0]} to {places[-1]}"


def _no_paragraph(number: int, doc_id: str, outline: Outline) -> str:
    numbers = [number_of(outline.chunks[row])[0] for row in outline.rows_of(doc_id)]
    sign = "¶" if outline.chunks[outline.rows_of(doc_id)[0]].locator.startswith("¶") else "paragraph "
    return f"{called(doc_id, outline)} has no {sign}{number}; its paragraphs run from {min(numbers)} to {max(numbers)}."


def _no_point(point: int, rows: Sequence[int], points: int, outline: Outline) -> str:
    where = _where(rows, outline)
    document = called(outline.chunks[rows[0]].doc_id, outline)
    if not points:
        return f"{document} has no list of points in {where}."
    return f"{document} has no {ordinal(abs(point))} point in {where}; it has {points} points there."


def _document_of(named: Named, question: str, outline: Outline) -> str:
    """Whose paragraphs are meant: the document that is named, else one that prints numbers, else one that has them."""
    numbered = {c.doc_id: c.locator.startswith("¶") for c in outline.chunks if number_of(c)[0]}
    chosen = [doc_id for doc_id in documents_named(question, outline) if doc_id in numbered]
    if chosen:
        return chosen[0]
    printed = [doc_id for doc_id, sign in numbered.items() if sign]
    having = {c.doc_id for c in outline.chunks if number_of(c)[0] == max(named.paragraphs, default=0)}
    return next((d for d in printed if d in having), "") or (printed or sorted(having) or list(numbered) or [""])[0]
