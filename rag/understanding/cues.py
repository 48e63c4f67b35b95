"""The words by which a question asks for items of the collection, and for what is to be done with them."""

from __future__ import annotations

import re

from rag.understanding.dates import Dated
from rag.understanding.request import Task

_KINDS = "item|article|report|piece|post|feature|headline|publication|release"
ITEM = (
    rf"(?:(?:news|press)\s+)?(?:(?:{_KINDS})s?|stor(?:y|ies)|entr(?:y|ies))|news"
    r"|(?:(?:union|special)\s+)?(?:profile|report|interview)s?"
)
_ITEMS = (
    rf"(?:(?:news|press)\s+)?(?:(?:{_KINDS})s|stories|entries)|news(?!\s+(?:items?|stor|listing|page|site))"
    r"|(?:(?:union|special)\s+)?(?:profiles|reports|interviews)"
)
EVENT = (
    "meeting|workshop|event|training|conference|seminar|webinar|roundtable|gathering|course|congress|session|assembly"
)
_EVENTS = (
    r"meetings|workshops|events|trainings|training\s+courses|conferences|seminars|webinars|roundtables|gatherings|courses"
    r"|congresses|sessions|assemblies"
)
DOCUMENTS = r"documents|files|texts|sources"
# Up to four words may stand between "which" and its noun ("which other union profiles"), but none that ends the phrase.
_ENDS_PHRASE = "of|in|on|at|to|for|from|with|by|about|is|are|was|were|do|does|did|the|a|an|that|which|and|or"
_ADJECTIVES = rf"(?:(?!(?:{_ENDS_PHRASE})\b)[\w'’&-]+\s+){{0,4}}?"
_OPENING = r"(?:^|(?<=[.?!;:,]\s)|(?<=\s[-–—]\s))(?:(?:and|so|please|also|ok|okay|hello|hi|now|then)[,\s]+)*"
_POLITE = r"(?:(?:can|could|would|will)\s+you\s+(?:please\s+)?|i(?:\s+would|['’]d)\s+like\s+(?:you\s+)?to\s+)?"
_GIVE = (
    r"(?:list|name|show|give|find|tell|enumerate|get|collect|bring|summari[sz]e|see|have|read|sum\s+up)"
    r"(?:\s+(?:me|us|out|up))*(?:\s+(?:about|a\s+list\s+of|an\s+overview\s+of))?"
    r"(?:\s+(?:the\s+)?(?:titles?|headlines?|dates?|names?)(?:\s+and\s+(?:titles?|dates?))?\s+of)?"
)
_PLURAL = rf"(?P<noun>(?:{_ITEMS}|{_EVENTS}|{DOCUMENTS})(?:\s*(?:,|and|or|&)\s*(?:{_ITEMS}|{_EVENTS}))*)\b"
_SINGLE = rf"(?P<one>{ITEM}|{EVENT})\b"
_HELD = r"(?:held|hosted|organi[sz]ed|staged|convened)"
_PUBLISHED = (
    r"(?:published|posted|reported|released|put\s+online|printed|issued|written|in\s+the\s+news"
    r"|on\s+the\s+(?:site|news\s+pages?))"
)

_COUNTED = re.compile(
    rf"{_OPENING}how\s+many\s+(?:of\s+)?(?:the\s+|your\s+|these\s+)?{_ADJECTIVES}{_PLURAL}", re.IGNORECASE
)
_LISTED = tuple(
    re.compile(_OPENING + pattern, re.IGNORECASE)
    for pattern in (
        r"(?:(?:in|from|by|of)\s+)?(?:which|what)\s+(?:of\s+)?(?:(?:are|were)\s+)?(?:the\s+(?:titles|headlines|dates)\s+of\s+)?(?:all\s+)?(?:the\s+)?"
        rf"{_ADJECTIVES}{_PLURAL}",
        rf"{_POLITE}{_GIVE}\s+(?:all|every|each|any|both)?\s*(?:of\s+)?(?:the\s+|your\s+)?{_ADJECTIVES}{_PLURAL}",
        rf"{_POLITE}{_GIVE}\s+(?:every|each)\s+(?:single\s+)?{_ADJECTIVES}{_SINGLE}",
        rf"(?:are|were|is)\s+there\s+(?:any|some|other|more|no)?\s*{_ADJECTIVES}{_PLURAL}",
        r"(?:do|does|did)\s+(?:you|the\s+\w+)\s+(?:have|hold|know(?:\s+of)?|keep|contain)\s+(?:any|some|all)?\s*(?:the\s+)?"
        rf"{_ADJECTIVES}{_PLURAL}",
        r"(?:i(?:['’]m|\s+am)?\s+)?(?:want|need|looking\s+for|would\s+like|['’]d\s+like)\s+(?:to\s+(?:see|read)\s+)?"
        rf"(?:all|every|any)\s+(?:the\s+)?{_ADJECTIVES}{_PLURAL}",
        rf"(?:all|any|every)\s+(?:the\s+|your\s+)?{_ADJECTIVES}{_PLURAL}",
        r"(?:who|what)(?:\s+or\s+(?:who|what))?\s+(?:do|did|are)\s+(?:these|those|the|your|all(?:\s+the)?)\s+"
        rf"{_ADJECTIVES}{_PLURAL}\s+(?:portray|cover|deal|describe|report|present|about|treat|tell)",
        rf"what\s+(?:all\s+|else\s+)?(?:was|were|has\s+been|have\s+been|got)\s+(?:all\s+)?(?P<held>{_HELD})\s+"
        r"(?:in|at|online|virtually)\b",
        rf"{_POLITE}{_GIVE}\s+(?:everything|all|what)\s+(?:that\s+|which\s+)?(?:was\s+|were\s+|has\s+been\s+)?"
        rf"{_PUBLISHED}\b",
        r"(?:the\s+)?(?P<noun>news(?:\s+items)?|stories|reports|articles)\s+(?:from|about|on|since|dated|between|before"
        r"|after|that|which|where|with|in\s+which|mentioning|naming|containing|featuring)\b",
        rf"(?:have\s+you\s+(?:got\s+)?|(?:is|was)\s+there\s+)?(?:any|some)\s+{_ADJECTIVES}{_SINGLE}(?=\s*[?.!]*$"
        r"|\s+(?:on|about|from|of|in|at|by|dated|that|which|with|mentioning)\b)",
        r"what\s+(?P<held>took\s+place|went\s+on)\s+(?:in|at|online)\b",
    )
)
# One date and nothing else: "What was published on 7 May 2021?"
_OUT_THEN = re.compile(
    rf"{_OPENING}what(?:['’]s|\s+(?:is|was|were|has\s+been|had\s+been|else\s+was|all\s+was|got|came|went|appeared))?\s*"
    rf"(?:there\s+)?(?:{_PUBLISHED}|out|online|up|there|new|news)?\s*(?:in\s+the\s+news\s*)?"
    r"(?:on|in|during|from|for|at|around|over|since|by)?\s*(?:the\s+)?$",
    re.IGNORECASE,
)
# The one item of a time: "Which story appeared on 18 November 2020?"
_ONE_OUT = re.compile(
    rf"{_OPENING}(?:which|what)\s+{_ADJECTIVES}(?:{ITEM})\s+(?:(?:is|was|were|has|been|came|come|out|appeared|dated|dates"
    r"|date|published|posted|from|on|in|went|online|carries|bears|the|reported|released)\s+)*$",
    re.IGNORECASE,
)
# Items that a sentence speaks of, with a question about each of them behind it.
_SPOKEN_OF = re.compile(rf"\b(?P<noun>{ITEM})\b", re.IGNORECASE)
_ABOUT_IT = re.compile(
    r"(?:^|[.?!,;]\s+)(?:and\s+)?what\s+(?:(?:do|does|did|is|was|were|are)\s+)?"
    r"(?:it|they|each(?:\s+of\s+(?:them|these|those))?|both|that|this|these|those|the\s+two|"
    rf"(?:the|that|this)\s+(?:{ITEM}))(?:\s+(?:is|was|are|were))?\s*"
    r"(?:all\s+|each\s+)?(?:about|report|say|deal\s+with|cover|tell(?:\s+us)?|describe|treat|concern|discuss|on)?"
    r"(?:\s+(?:on|about))?\s*[?.!]*$",
    re.IGNORECASE,
)
_NEWEST = r"(?:newest|latest|most\s+recent(?:ly\s+(?:published|posted|dated))?|last\s+(?:published|posted)|freshest)"
_OLDEST = r"(?:oldest|earliest|first\s+published|least\s+recent)"
_SUPERLATIVE = re.compile(
    rf"\b(?:(?P<newest>{_NEWEST})|(?P<oldest>{_OLDEST}))\s+(?:(?P<count>two|three|four|five|six|\d)\s+)?"
    r"(?:of\s+(?:all\s+)?)?(?:the\s+|your\s+)?"
    rf"(?:{_ADJECTIVES}(?P<noun>{ITEM})\b(?:\s+(?:item|story|article|report)s?\b)?|(?P<on>(?=on\b|about\b|from\b)))",
    re.IGNORECASE,
)
# The first or last item of a time: "the very first report dated in 2023".
_FIRST_OF = re.compile(
    r"\b(?:(?P<newest>last|final)|(?P<oldest>first))\s+(?:(?P<count>two|three|four|five|six|\d)\s+)?"
    rf"{_ADJECTIVES}(?P<noun>{ITEM})\b",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    rf"\b(?:which|what)\s+(?:one\s+)?(?:of|among)\s+(?:all\s+)?(?:the|your|these)\s+{_ADJECTIVES}(?P<noun>{ITEM})\b[^?.]*\b"
    rf"(?:(?P<newest>{_NEWEST})|(?P<oldest>{_OLDEST}))\b(?!\s+\w+ing)",
    re.IGNORECASE,
)
_DETAIL = re.compile(r"\b(?:who|whom|whose|where|why|how)\b", re.IGNORECASE)  # of the newest item; the model reads it


def asked_task(question: str, dated: Dated | None) -> tuple[Task, str, int]:
    """(what to do, the noun of what it is done with, how many of it); ANSWER when the question asks for no items."""
    detailed = _DETAIL.search(question)
    found = None if detailed else _SUPERLATIVE.search(question) or _OF_THEM.search(question)
    if dated and not detailed:
        found = found or _FIRST_OF.search(question)
    if found:
        groups = found.groupdict()
        many = groups.get("count") or (
            "3" if groups.get("on") is not None or re.search("(?:s|news)$", groups["noun"] or "") else "1"
        )
        if found.re is _OF_THEM or re.search(r"\bof\b", found.group()):
            many = "1"
        count = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}.get(many.lower()) or int(many)
        return Task.LATEST if groups["newest"] else Task.EARLIEST, groups["noun"] or "news", count
    if found := _COUNTED.search(question):
        return Task.COUNT, found["noun"], 0
    for pattern in _LISTED:
        if found := pattern.search(question):
            groups = found.groupdict()
            return Task.LIST, _noun(groups), 0
    if dated and _OUT_THEN.search(question[: dated.start]) and re.fullmatch(r"\W*", question[dated.end :]):
        return Task.LIST, "news", 0
    behind = question[dated.end :] if dated else ""
    if (
        dated
        and _ONE_OUT.search(question[: dated.start])
        and (not re.search(r"\w", behind) or _ABOUT_IT.search(behind))
    ):
        return Task.LIST, "news", 0
    spoken = _SPOKEN_OF.search(question)
    if dated and spoken and _ABOUT_IT.search(question):
        return Task.LIST, spoken["noun"], 0
    return Task.ANSWER, "", 0


def _noun(found: dict[str, str | None]) -> str:
    return "events" if found.get("held") else found.get("noun") or found.get("one") or "news"
