"""Questions about a section that they name by its letter or heading, and about the list of points in it."""

from __future__ import annotations

import re

from rag.understanding.general import GENERIC, documents_named, is_general
from rag.understanding.numbers import in_digits
from rag.understanding.outline import Outline, number_of
from rag.understanding.request import Request, Task
from rag.understanding.words import content, has, stem, stems

_POINTS = re.compile(
    r"\b(points|bullets?(?: points)?|pledges|commitments|promises|promised?|pledged?|commits?|vows?|list(?:s|ed)?|"
    r"therefore|undertakes?|(?:will|shall|should|must) (?:it |they |\w+ )?do|it will do|going to do|"
    r"(?:plans?|intends?|wants?) to do)\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(list|all|every|each|everything|walk me through|name|enumerate|"
    r"what (?:exactly )?(?:will|shall|should|must|does|do|are|is|else)|"
    r"which|how many|show|give me|two|three|four|five|several|some)\b",
    re.IGNORECASE,
)
COUNT = re.compile(
    r"\b(?:how many|(?:the )?number of|count(?: of)?|total of)\s+(?:\w+\s+){0,2}?"
    r"(points|paragraphs|bullets|pledges|commitments|promises)\b",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"\b(?:section|part|chapter)\s+(?P<letter>I(?=['’]s\b|\W*$|\s+(?:says?|about|of|deals?|contains?|lists?)\b)|[A-HJ-Z]|[IVX]{2,4}|\d)\b"
)
_QUOTED = re.compile(r"[\"“”'‘]([^\"“”]{4,90}?)[\"“”'’](?=[\s?.,;:!)]|$)")
_HEADED = re.compile(
    r"\b(?:section|part|chapter|heading|headed|under|entitled|titled|pledges?|points|commitments|list|promises)\b",
    re.IGNORECASE,
)
_SECTION_WORD = re.compile(r"\b(?:section|heading|headed|chapter)\b", re.IGNORECASE)
_SECTIONS = re.compile(
    r"\b(?:how many|(?:the )?number of|which|what|list|name|all|give me|show me)\s+(?:are\s+)?(?:all\s+)?(?:of\s+)?"
    r"(?:the\s+)?(?:(?:main|titles|names|headings|section)\s+(?:of\s+)?(?:the\s+)?)*"
    r"(?:sections|headings|chapters|headlines)\b",
    re.IGNORECASE,
)
SECTIONS = "sections"
_MOST_BESIDES = 3  # words of substance
_QUOTE = re.compile(r"(?:^|\s)[\"“‘']\w")


def counted_paragraphs(question: str, outline: Outline) -> Request | None:
    """What "How many paragraphs does the resolution have?" asks."""
    found = COUNT.search(question)
    return paragraphs_of(question, outline) if found and found[1].lower().startswith("para") else None


def paragraphs_of(question: str, outline: Outline) -> Request | None:
    """The number of paragraphs of the document that a question speaks of; None if it speaks of anything else."""
    if not is_general(question) or heading_in(question, outline)[0]:
        return None
    named = [d for d in documents_named(question, outline) if outline.documents[d].kind != "listing"]
    printed = [c.doc_id for c in outline.chunks if c.locator.startswith("¶")]
    doc_id = (named or printed or [""])[0]
    if not doc_id:
        return None
    first: dict[int, int] = {}
    for row in outline.rows_of(doc_id):
        first.setdefault(number_of(outline.chunks[row])[0], row)
    asked_for = f"paragraphs in “{outline.documents[doc_id].title}”"
    return Request(question, question, Task.COUNT, tuple(first.values()), True, asked_for)


def asked_of_a_section(question: str, outline: Outline) -> Request | None:
    """What is asked of a section or of the list in it; None if the question means none."""
    heading, rest, explicit = heading_in(question, outline)
    if not heading:
        return None
    rows = tuple(row for row, c in enumerate(outline.chunks) if heading in c.headings)
    points = tuple(row for row in rows if outline.chunks[row].group)
    counted = COUNT.search(question)
    if re.search(r"\bhow many\b", question, re.IGNORECASE) and not counted:
        return None
    if counted and counted[1].lower().startswith("para") and is_general(rest):
        first = {number_of(outline.chunks[row])[0]: row for row in reversed(rows)}
        return Request(
            question, question, Task.COUNT, tuple(sorted(first.values())), True, f"paragraphs in “{heading}”"
        )
    if points and _POINTS.search(question) and _ALL.search(question):
        if COUNT.search(question):
            return Request(question, question, Task.COUNT, points, True, f"points in “{heading}”")
        if is_general(rest):
            return Request(question, question, Task.LIST, points, True, f"points in “{heading}”")
        topic = [w for w in content(in_digits(rest)) if stem(w) not in GENERIC and not w.isdigit()]
        kept = tuple(row for row in points if set(map(stem, topic)) <= set(stems(outline.chunks[row].text)))
        if kept:
            words = " and ".join(dict.fromkeys(topic))
            return Request(question, question, Task.LIST, kept, True, f"points in “{heading}” on {words}")
    if not explicit:
        return None
    if is_general(rest):
        return Request(question, question, Task.LIST, rows, True, f"passages in “{heading}”")
    return Request(question, question, Task.ANSWER, rows, True, f"“{heading}”")


def asked_of_sections(question: str, outline: Outline) -> Request | None:
    """What is asked of the sections themselves: how many there are, or what they are called."""
    found = _SECTIONS.search(question)
    if found is None or not is_general(_SECTIONS.sub(" ", question)):
        return None
    first = {c.headings[-1]: row for row, c in reversed(list(enumerate(outline.chunks))) if _heads(c.headings)}
    if not first:
        return None
    task = Task.COUNT if re.match(r"how many|(?:the )?number", found.group(), re.IGNORECASE) else Task.LIST
    return Request(question, question, task, tuple(sorted(first.values())), True, SECTIONS)


def _heads(headings: tuple[str, ...]) -> bool:
    """Whether a passage stands right under the heading of a section, not in its list."""
    return bool(headings) and not headings[-1].endswith(":")


def meant_of_a_section(question: str, task: Task, outline: Outline) -> Request | None:
    """The points under the heading that a question speaks of, when it is known to ask for all of them or their number.

    Half of the heading's words must stand in the question, and little besides them.
    """
    headings = list(dict.fromkeys(h for c in outline.chunks for h in c.headings if not h.endswith(":")))
    found = _named_heading(question, headings) or _meant_heading(question, headings, least=0.5)
    if found is None:
        return None
    heading, rest, _ = found
    points = tuple(row for row, c in enumerate(outline.chunks) if heading in c.headings and c.group)
    topic = [w for w in content(in_digits(rest)) if stem(w) not in GENERIC and not w.isdigit()]
    if not points or len(topic) > _MOST_BESIDES:
        return None
    return Request(question, question, task, points, True, f"points in “{heading}”")


def heading_in(question: str, outline: Outline) -> tuple[str, str, bool]:
    """(heading, the question without it, whether it is named as one); "" when none is meant."""
    headings = list(dict.fromkeys(h for c in outline.chunks for h in c.headings if not h.endswith(":")))
    return _named_heading(question, headings) or _meant_heading(question, headings) or ("", question, False)


def _named_heading(question: str, headings: list[str]) -> tuple[str, str, bool] | None:
    """By its letter ("section C"), by all of its words side by side, or by some of them in quotation marks."""
    letter = _SECTION.search(question)
    for heading in headings:
        if letter and heading.split()[0] == letter["letter"]:
            return heading, question.replace(letter.group(), " "), True
    for heading in headings:
        if len(content(heading)) > 2 and has(question, heading.partition(" ")[2]):
            named = bool(_SECTION_WORD.search(question) or _QUOTE.search(question))
            return heading, _without(question, {stem(word) for word in content(heading)}), named
    for quoted in _QUOTED.finditer(question):
        for heading in headings:
            if len(stems(quoted[1])) > 1 and set(stems(quoted[1])) <= set(stems(heading)):
                return heading, question.replace(quoted.group(), " "), True
    return None


def _meant_heading(question: str, headings: list[str], least: float = 0.6) -> tuple[str, str, bool] | None:
    """By most of its words near "section", "under", "pledges"; or by half of them in a question that has no others."""
    asked = {stem(word) for word in content(question)}
    best, most = "", 0.0
    for heading in headings:
        words = {stem(word) for word in content(heading) if len(word) > 1}
        share = len(words & asked) / max(len(words), 1)
        if share > most and len(words & asked) > 1:
            best, most = heading, share
    rest = _without(question, {stem(word) for word in content(best)})
    if (most >= least and (least < 0.6 or _HEADED.search(question))) or (most >= 0.5 and is_general(rest)):
        return best, rest, bool(_SECTION_WORD.search(question))
    return None


def _without(question: str, words: set[str]) -> str:
    return " ".join(word for word in re.findall(r"[\w'’-]+", question) if not set(stems(word)) & words)
