"""What a question asks for, by rules that code can check; most questions pass through untouched.

A question for the language model that is taken for a list is worse than a list that is answered by the model, so every
rule wants an explicit cue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.understanding.cleaning import EMPTY, MAX_CHARACTERS, TOO_LONG, clean_question, problem_with
from rag.understanding.dates import Dated, dates_in
from rag.understanding.followups import resolved
from rag.understanding.intent import Intent
from rag.understanding.items import asked_of_items
from rag.understanding.lookup import best_item, passages_in
from rag.understanding.meant import meant
from rag.understanding.numbers import in_digits
from rag.understanding.outline import Outline, day_of, outline_of
from rag.understanding.periods import ALWAYS, Period
from rag.understanding.request import Request, Task, Turn
from rag.understanding.structure import asked_of_a_part

__all__ = [
    "EMPTY",
    "MAX_CHARACTERS",
    "TOO_LONG",
    "Intent",
    "Outline",
    "Request",
    "Task",
    "Turn",
    "clean_question",
    "outline_of",
    "problem_with",
    "understand",
]

_AWAY = re.compile(
    r"\b(?:the\s+)?(?P<count>\d+|an?|the|next)?\s*(?P<unit>day|week|month|fortnight)s?\s+(?P<side>after|later\s+than|before|earlier\s+than)\s+"
    r"(?:the\s+|a\s+|an\s+)?(?:(?:news\s+)?(?:report|story|item|article|piece|news|profile)\s+(?:(?:on|about|of|from|dated)\s+)?(?:the\s+)?)?",
    re.IGNORECASE,
)


def understand(question: str, history: Sequence[Turn], outline: Outline, intent: Intent = Intent.CONTENT) -> Request:
    """What a question asks for.

    Args:
        question: as typed.
        history: the turns before it, oldest first.
        outline: of the collection that is to answer.
        intent: what its meaning says that it wants; decides where no rule knows its words.
    """
    asked = clean_question(question)
    if problem := problem_with(asked):
        return Request(asked, asked, problem=problem)
    text, apart = resolved(asked, history)
    # What merely leans on earlier turns carries their words along, and rules must not read those as this question's.
    request = asked_of_a_part(asked if apart else text, outline)
    if (
        request
        and request.task is Task.ANSWER
        and not request.problem
        and intent in (Intent.POINTS, Intent.COUNT_POINTS)
    ):
        request = meant(in_digits(text), intent, outline) or request
    if request is None and not apart:
        request = _asked_of_items(text, outline) or meant(in_digits(text), intent, outline)
    request = request or _dated(text, outline)
    return replace(request, question=asked, search=request.search if request.task is Task.LOCATE else text)


def _asked_of_items(text: str, outline: Outline) -> Request | None:
    digits = in_digits(text)
    away = _away(digits, outline)
    return asked_of_items(digits, outline, away) if away else asked_of_items(text, outline)


def _dated(text: str, outline: Outline) -> Request:
    """An ordinary question: passages of the time that it names are to be preferred."""
    digits = in_digits(text)
    away = _away(digits, outline)
    dates = dates_in(digits if away else text, outline.years)
    if away:
        dates = (
            away,
            *(dated for dated in dates if dated.end <= away.start or away.end <= dated.start or not _open(dated)),
        )
    return Request(text, text, rows=passages_in(outline, tuple(p for dated in dates for p in dated.periods)))


def _open(dated: Dated) -> bool:
    return any(p.first == ALWAYS.first or p.last == ALWAYS.last for p in dated.periods)


def _away(text: str, outline: Outline) -> Dated | None:
    """The day "1 week after the report on X" or "2 days before 21 June 2024"; None where nothing is so counted."""
    found = _AWAY.search(text)
    if found is None:
        return None
    behind = text[found.end() :]
    dates = dates_in(behind, outline.years)
    if dates and not behind[: dates[0].start].strip():
        anchors, end = dates[0].periods, dates[0].end
    else:
        words = re.split(r"[,.?!;:]|\b(?:what|which|who|another|did|was|were|came|went)\b", behind, maxsplit=1)[0]
        row = best_item(words, outline)
        day = day_of(outline.chunks[row]) if row is not None else None
        if day is None:
            return None
        anchors, end = (Period(day, day),), len(words)
    count = found["count"] or ""
    number = (int(count) if count.isdigit() else 1) * (1 if found["side"][0].lower() in "al" else -1)
    unit = found["unit"].lower()
    moved = tuple(
        p.moved(months=number)
        if unit == "month"
        else p.moved(days=number * {"day": 1, "week": 7, "fortnight": 14}[unit])
        for p in anchors
    )
    words = text[found.start() : found.end() + end].strip()
    if len(moved) == 1 and moved[0].first == moved[0].last:
        words = f"{moved[0].first.day} {moved[0].first:%B %Y}, {words}"
    return Dated(found.start(), found.end() + end, moved, words)
