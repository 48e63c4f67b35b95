"""What kind of thing a question asks for, and whether a text gives one that the question does not already have.

"How many delegates came?" is not answered by a sentence without a number, nor by one that only repeats a number of the
question. This is what a small model overlooks most often when it judges whether a passage states an answer. Pure.
"""

from __future__ import annotations

import re
from enum import StrEnum

from rag.dates import dates_of
from rag.names import holds_name, names_of
from rag.quantities import quantities_of
from rag.words import content_stems


class Kind(StrEnum):
    """The kind of thing that is asked for."""

    NUMBER = "number"
    DATE = "date"
    PLACE = "place"
    NAME = "name"
    OTHER = "other"


# The first of these in a question decides; where two begin at one word, the upper one.
_KINDS = (
    (Kind.NUMBER, r"\bhow (?:many|much|often|old|long)\b|\bwhat (?:share|percentage|number|sum|amount)\b"),
    (Kind.DATE, r"\b(?:what|which|exact) (?:day|date|dates|days|month|year|week)\b|\bwhen\b"),
    (
        Kind.PLACE,
        r"\bwhich (?:\w+ )?(?:city|cities|town|country|countries|places?|venue)\b|\bwhat (?:city|country)\b|\bwhere\b",
    ),
    # "Whom" is mostly answered with a group, "young workers", and so with no name.
    (Kind.NAME, r"\bwhich (?:\w+ )?(?:person|unions?|brands?|compan(?:y|ies)|organi[sz]ations?)\b|\bwho\b"),
    (Kind.OTHER, r"\b(?:what|which|why|how|whose)\b"),
)
_BY_THE_WAY = re.compile(
    r"^(?:when|where) (?!(?:did|do|does|is|are|was|were|has|have|had|will|can|should)\b)[^?]*, ", re.IGNORECASE
)  # "When workers form a union, whom do ..."


def kind_of(question: str) -> Kind:
    """The kind of thing that a question asks for first; OTHER where its words do not tell."""
    asking = _BY_THE_WAY.sub("", question)
    found = [
        (match.start(), n) for n, (_, words) in enumerate(_KINDS) if (match := re.search(words, asking, re.IGNORECASE))
    ]
    return _KINDS[min(found)[1]][0] if found else Kind.OTHER


def gives(kind: Kind, question: str, text: str) -> bool:
    """Whether a text has such a thing that the question does not have itself."""
    if kind is Kind.NUMBER:
        known = {quantity.value for quantity in quantities_of(question)}
        return any(quantity.value not in known for quantity in quantities_of(text))
    if kind is Kind.DATE:
        known_days = {(when.first, when.last) for when in dates_of(question)}
        return any((when.first, when.last) not in known_days for when in dates_of(text))
    if kind in (Kind.PLACE, Kind.NAME):
        return any(not holds_name(name, question) for name in names_of(text))
    return adds(question, text)


def adds(question: str, text: str) -> bool:
    """Whether a text says anything that the question does not: a word of content, a name, a number or a date."""
    if content_stems(text) - content_stems(question):
        return True
    return any(gives(kind, question, text) for kind in (Kind.NUMBER, Kind.DATE, Kind.NAME))


def strangers(question: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The names, numbers and dates of a question that stand in none of some texts: it may assume what is not so."""
    names = [n.text for n in names_of(question) if not any(holds_name(n, text) for text in texts)]
    given = {quantity.value for text in texts for quantity in quantities_of(text)}
    numbers = [q for q in quantities_of(question) if q.value not in given and q.kind != "ordinal"]
    years = {year for text in texts for when in dates_of(text) for year in when.years}
    dates = [when for when in dates_of(question) if when.years and not when.years & years]
    return tuple(dict.fromkeys([*names, *map(str, numbers), *map(str, dates)]))
