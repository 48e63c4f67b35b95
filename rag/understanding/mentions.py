"""Questions for every passage that speaks of something, in whichever document it stands."""

from __future__ import annotations

import re

from rag.understanding.acronyms import wordings
from rag.understanding.dates import dates_in
from rag.understanding.general import documents_named
from rag.understanding.numbers import numbers_in
from rag.understanding.outline import Outline
from rag.understanding.request import Request, Task
from rag.understanding.vocabulary import GENERIC
from rag.understanding.words import content, has, stem, stems

_TEXTS = r"(?:resolution|congress|document|text|article|collection|news|listing|archive|file|source)s?"
_PASSAGES = r"(?:passages|paragraphs|sentences|bits|bullets|points)"
_PLACES = (
    rf"(?:{_PASSAGES}|(?:place|spot|part|mention|reference|instance|occurrence)s?|passage|paragraph|sentence|line)"
)
_SPEAKS = (
    r"(?:mention(?:s|ed|ing)?|speak(?:s|ing)?|spoken|talk(?:s|ing)?|refer(?:s|ring|red)?|treat(?:s|ing|ed)?"
    r"|discuss(?:es|ing|ed)?|touch(?:es|ing)?|deal(?:s|ing|t)?|concern(?:s|ing|ed)?|contain(?:s|ing)?|cover(?:s|ing)?"
    r"|name(?:s|d)?|occur(?:s|ring)?|appear(?:s|ing)?|cite[sd]?|bring(?:s)?|about|regarding|come(?:s)?|turn(?:s)?)"
)
_WHERE = (
    r"(?:(?:comes?|turns?|crops?|pops?|shows?)\s+up|occurs?|appears?|(?:mentioned|named|spoken\s+of|talked\s+about))"
)
_EVERYWHERE = re.compile(
    r"\b(?:all|every|each|everywhere|anywhere|across|throughout|whole|entire|wherever|both)\b", re.IGNORECASE
)
_ASKED_WHERE = re.compile(
    rf"\bwhere(?:ver)?\b.*\b{_WHERE}\b|\b{_WHERE}\s+where\b|\b(?:mentions|occurrences)\s+of\b"
    r"|\breferences\s+to\b",
    re.IGNORECASE,
)
_ASKED_WHICH = re.compile(
    rf"\b(?:(?:all|every|each|any)\s+(?:of\s+)?(?:the\s+)?(?:other\s+)?{_PLACES}|(?:which|what)\s+(?:other\s+)?{_PASSAGES})\b"
    rf"(?!\s+of\s+(?!(?:the\s+|your\s+|all\s+)*(?:\w+\s+)?{_TEXTS}))[^.?!]*\b{_SPEAKS}\b",
    re.IGNORECASE,
)
_MERELY = frozenset(
    map(
        stem,
        """passage place spot paragraph part bit sentence line mention reference instance occurrence bullet point
        crop pop show turn bring occur appear cite whole entire collection together across throughout
        everywhere anywhere wherever resolution congress numbered term phrase word exact after along
        alongside include including""".split(),  # noqa: SIM905
    )
)


def asked_of_mentions(question: str, outline: Outline) -> Request | None:
    """All passages that hold the words of a topic, if a question asks for them; None if not, or if none holds them."""
    everywhere = _ASKED_WHERE.search(question) and _EVERYWHERE.search(question)
    if not (everywhere or _ASKED_WHICH.search(question)) or numbers_in(question) or dates_in(question, outline.years):
        return None
    topics = _topics(question)
    if not topics:
        return None
    named = documents_named(question, outline)
    numbered = re.search(r"\b(?:paragraph|bullet|point)s?\b", question, re.IGNORECASE)  # which no news item has
    texts = [chunk.text for chunk in outline.chunks]
    alternatives = [wordings(topic, texts) for topic in topics]
    rows = tuple(
        row
        for row, chunk in enumerate(outline.chunks)
        if (chunk.doc_id in named if named else chunk.kind != "news" or not numbered)
        and all(any(has(chunk.text, words) for words in either) for either in alternatives)
    )
    if not rows:
        return None
    words = " and ".join(f"“{topic}”" for topic in topics)
    return Request(question, question, Task.LIST, rows, True, f"passages that mention {words}")


def _topics(question: str) -> list[str]:
    """What the passages shall speak of; words that stand side by side are one topic."""
    wanted = {word for word in content(question) if stem(word) not in GENERIC and stem(word) not in _MERELY}
    found: list[str] = []
    apart = True
    for word in re.findall(r"[^\W_]+(?:['’]\w+)?", question):
        if not set(content(word)) & wanted:
            apart = True
            continue
        found = [*found, word] if apart else [*found[:-1], f"{found[-1]} {word}"]
        apart = False
    return [topic for topic in dict.fromkeys(found) if stems(topic)]
