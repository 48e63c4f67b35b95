"""Paragraphs and points that a question names by number: "the last two points of ¶54", "paragraphs 3 to 7"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from text_to_num import alpha2digit

from rag.understanding.dates import MONTH

_N = r"\d{1,3}(?:st|nd|rd|th)?(?![\w%]|[.,]\d)"
_AND = r"\s*(?:,|-|–|—|&|\band\b|\bto\b|\bthrough\b|\buntil\b|\bor\b|,\s*and\b)\s*"
_MANY = rf"{_N}(?:{_AND}(?:¶|para(?:graph)?s?\.?\s*)?{_N})*"
_OF = (
    r"(?:,?\s*(?:(?:listed|named|given|found|made|set\s+out|standing|hanging|coming)\s+)?"
    r"(?:of|in|under|underneath|beneath|from|at|below|to|within)\s+(?:the\s+)?(?:list\s+(?:of|in|under)\s+)?)"
)
_WORD = r"(?:para(?:graph)?s?\b\.?|par\.)\s*(?:n(?:umber|o\.?|r\.?)\s*)?"
_SIGN = r"¶+\s*"
_TEXT = r"(?:the\s+)?(?:[\w'’]+\s+)?(?:resolution|document|text|article|declaration|statement)"
_PARAGRAPH = (
    rf"(?:(?:{_WORD}|{_SIGN})(?P<numbers>{_MANY})|(?:the\s+)?"
    r"(?P<nth>\d{1,3}(?:st|nd|rd|th)|last|final|closing|opening)\s+paragraph\b)"
)
_POINT = r"(?:bullet(?:\s+point)?|point|pledge|commitment|promise|dash|entry|item)s?"
_VERB = "is|was|has|does|says|deals|wants|concerns|calls|asks|reads|speaks|states|talks|means|covers|mentions"
# A number alone is a paragraph's, unless it counts something: "the first point of 5 demands".
_BARE = (
    r"(?:no\.?\s*|nr\.?\s*|number\s+)?(?P<bare>\d{1,3})(?![\w%]|[.,]\d)"
    rf"(?!\s+(?!(?:{_VERB})\b)(?:\w+s|people|women|men|per|{MONTH})\b)"
)
_ORDINAL = (
    r"(?:(?:2nd|second)[ -](?:to|from)[ -](?:the[ -])?last|penultimate|\d{1,2}(?:st|nd|rd|th)|last|final|closing"
    r"|opening)"
)

_PARAGRAPHS = re.compile(_PARAGRAPH, re.IGNORECASE)
_NUMBERED = re.compile(rf"\b(?:no\.?|nr\.?|number)\s*(?P<numbers>{_MANY})\s*{_OF}{_TEXT}\b", re.IGNORECASE)
_POINTS = (
    # the last two points of ..., the third point of paragraph 63, the final point under 44
    re.compile(
        rf"\b(?P<ordinals>{_ORDINAL}(?:\s*(?:,|and|&)\s*(?:the\s+)?{_ORDINAL})*)\s+(?:(?P<count>\d{{1,2}})\s+)?"
        rf"(?:of\s+(?:all\s+)?(?:the|its|those)\s+)?(?:\w+\s+)?{_POINT}\b{_OF}(?:{_PARAGRAPH}|{_BARE})",
        re.IGNORECASE,
    ),
    # point 7 under paragraph 32, points 2 and 3 of ¶54
    re.compile(
        rf"\b{_POINT}\s+(?:no\.?\s*|number\s+)?(?P<ordinals>{_MANY})\s*{_OF}(?:{_PARAGRAPH}|{_BARE})", re.IGNORECASE
    ),
    # ¶63, third point; paragraph 54's 2nd point
    re.compile(
        rf"{_PARAGRAPH}(?:['’]s)?\s*(?:,|:|-|–)?\s*(?:(?:what\s+(?:is|does|says?)|and)\s+)?(?:the\s+|its\s+)?"
        rf"(?P<ordinals>{_ORDINAL}(?:\s*(?:,|and|&)\s*(?:the\s+)?{_ORDINAL})*)\s+(?:(?P<count>\d{{1,2}})\s+)?{_POINT}\b",
        re.IGNORECASE,
    ),
    # 32, third bullet
    re.compile(
        rf"(?:^|[\s(])(?P<numbers>\d{{1,3}})\s*(?:,|:|-|–)\s*(?:the\s+)?"
        rf"(?P<ordinals>{_ORDINAL}(?:\s*(?:,|and|&)\s*(?:the\s+)?{_ORDINAL})*)\s+{_POINT}\b",
        re.IGNORECASE,
    ),
    # does 32 have a ninth point
    re.compile(
        rf"\b(?P<numbers>\d{{1,3}})\s+(?:has|have|contains?|lists?)\s+(?:an?\s+|the\s+|any\s+)?(?P<ordinals>{_ORDINAL})\s+{_POINT}\b",
        re.IGNORECASE,
    ),
    # paragraph 63, point 3; ¶63(3)
    re.compile(
        rf"{_PARAGRAPH}\s*(?:,|:|-|–)?\s*(?:{_POINT}\s+(?P<ordinals>{_MANY})|\((?P<bracket>\d{{1,2}})\))", re.IGNORECASE
    ),
)
# A number alone beside the word for a point: "54: how many bullets?", "how many points has 63", "the pledges under 44".
_ALONE = re.compile(rf"\b(?:nos?\.?|nr\.?|numbers?)\s*(?P<numbers>{_MANY})", re.IGNORECASE)
_BESIDE = (
    re.compile(rf"^\W*(?:no\.?\s*)?(?P<numbers>\d{{1,3}})\s*(?::|,|-|–|—)\s+(?=.*\b{_POINT}\b)", re.IGNORECASE),
    re.compile(
        rf"\b{_POINT}\b(?:\s+(?:are|there|stand|hang|come|do\s+you\s+find|that))*\s+(?:of|in|under|underneath|beneath|below)\s+{_BARE}",
        re.IGNORECASE,
    ),
    re.compile(rf"\bhow\s+many\s+{_POINT}\s+(?:does|do|has|have)\s+{_BARE}", re.IGNORECASE),
)
_CLOSE = r"(?:(?:right|directly|immediately|just|straight|next|one)\s+)*"
_COMES = r"(?:(?:that|which|the\s+one|what|comes?|stands?|is|printed|found)\s+)*"
# The neighbour of a paragraph: "the one right after paragraph 36", "the paragraph before 20", "what follows ¶12".
_SIDE = r"(?P<side>after|following|follows|before|preceding|precedes)"
_NEIGHBOUR = (
    re.compile(
        rf"(?:\b(?P<away>\d)\s+(?:paragraphs?\s+)?)?\b{_COMES}{_CLOSE}{_SIDE}\s+(?:the\s+)?(?:{_WORD}|{_SIGN})(?P<n>\d{{1,3}})(?![\w%])",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:\b(?P<away>\d)\s+)?\bparagraphs?\s+{_COMES}{_CLOSE}{_SIDE}\s+{_BARE.replace('<bare>', '<n>')}",
        re.IGNORECASE,
    ),
)
_BETWEEN = re.compile(
    rf"\bbetween\s+(?:the\s+)?(?:{_WORD}|{_SIGN})(?P<a>\d{{1,3}})\s+and\s+(?:{_WORD}|{_SIGN})?(?P<b>\d{{1,3}})(?![\w%])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """Numbers in a question and where they stand in it. A point counts from 1, or backwards from -1, the last."""

    paragraphs: tuple[int, ...]  # -1 is the last
    points: tuple[int, ...]  # () = all of the paragraph
    rest: str  # the question, in digits, without the words that name them


def numbers_in(question: str) -> Named | None:
    """The paragraphs that a question names by number, and the points of a paragraph; None when it names none."""
    text = in_digits(question)
    for pattern in _POINTS:
        if match := pattern.search(text):
            found = match.groupdict()
            numbers = found.get("numbers") or found.get("nth") or found.get("bare") or ""
            points = _points(found.get("ordinals") or found.get("bracket") or "", found.get("count"))
            return Named(_listed(numbers), points, _without(text, match))
    if neighbour := _neighbour(text):
        return neighbour
    match = _PARAGRAPHS.search(text) or _NUMBERED.search(text)
    if match is None:
        return _beside_a_point(text)
    numbers = [m.groupdict()["numbers"] or m.groupdict().get("nth") for m in _PARAGRAPHS.finditer(text)]
    named = [n for words in (numbers or [match["numbers"]]) for n in _listed(words or "")]
    rest = _PARAGRAPHS.sub(" ", text) if numbers else _without(text, match)
    return Named(tuple(dict.fromkeys(named)), (), " ".join(rest.split()))


def number_alone(question: str) -> Named | None:
    """Such as "no. 17", which is a paragraph's number if a question has little else in it."""
    text = in_digits(question)
    match = _ALONE.search(text)
    return Named(_listed(match["numbers"]), (), _without(text, match)) if match else None


def _neighbour(text: str) -> Named | None:
    """The paragraph before or after one that is named, or between two."""
    if match := _BETWEEN.search(text):
        first, last = int(match["a"]), int(match["b"])
        if last - first == 2:
            return Named((first + 1,), (), _without(text, match))
    for pattern in _NEIGHBOUR:
        if match := pattern.search(text):
            step = int(match["away"] or 1) * (1 if match["side"].lower() in ("after", "following", "follows") else -1)
            return Named((max(int(match["n"]) + step, 0),), (), _without(text, match))
    return None


def _beside_a_point(text: str) -> Named | None:
    """The paragraph whose number stands alone beside the word for a point."""
    for pattern in _BESIDE:
        if match := pattern.search(text):
            found = match.groupdict()
            return Named(_listed(found.get("numbers") or found["bare"]), (), _without(text, match))
    return None


def in_digits(text: str) -> str:
    """Number words in digits: "the third point of paragraph sixty-three" is "the 3rd point of paragraph 63"."""
    return str(alpha2digit(text, "en", threshold=0))


def _without(text: str, match: re.Match[str]) -> str:
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split())


def _listed(words: str) -> tuple[int, ...]:
    """Such as "3-7" -> 3, 4, 5, 6, 7; "3, 5 and 8" -> those."""
    if re.match("last|final|closing", words, re.IGNORECASE):
        return (-1,)
    if re.match("opening", words, re.IGNORECASE):
        return (1,)
    found: list[int] = []
    for joint, digits in re.findall(
        r"(-|–|—|\bto\b|\bthrough\b|\buntil\b|)\s*(?:¶|para(?:graph)?s?\.?)?\s*(\d+)", words
    ):
        number = int(digits)
        found.extend(range(found[-1] + 1, number + 1) if joint and found else [number])
    return tuple(dict.fromkeys(found))


def _points(words: str, count: str | None) -> tuple[int, ...]:
    """Such as "third" -> 3; "last" with count 2 -> -2, -1; "first" with count 2 -> 1, 2."""
    text = words.lower()
    if count:
        many = int(count)
        return tuple(range(-many, 0)) if re.search("last|final|closing", text) else tuple(range(1, many + 1))
    if re.search(r"penultimate|(?:2nd|second).*last", text):
        return (-2,)
    ends = (-1,) if re.search("last|final|closing", text) else ()
    numbers = re.sub(r"last|final|closing|(?<=\d)(?:st|nd|rd|th)", "", text).replace("opening", "1")
    return (*_listed(numbers), *ends)
