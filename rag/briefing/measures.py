"""Numbers and dates as a text writes them: slices of it, with what they count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rag.dates import When, dates_of
from rag.words import COMMON, plain_text, words_of

_TOKEN = re.compile(r"\w+|[^\w\s]")
_UNIT = re.compile(
    r" ?%| per ?cent\b| (?:hundred|thousand|million|billion)(?: (?:US )?(?:dollars|euros|yen|pounds))?\b"
    r"| (?:US )?(?:dollars|euros|yen|pounds|a\.?m\b\.?|p\.?m\b\.?)|-[^\W\d_]+"
)
_BEFORE = re.compile(r"[A-Za-z]{0,3}[$€£¥]$")  # joined to a number: "US$63"
_LISTED = re.compile(
    r"\b(?:Conventions?|Recommendations?|Articles?|Protocols?|Chapters?)(?: Nos?\.?)? \d+(?:(?:, and | and |, )\d+)*"
)
_NAMED = re.compile(r"(?:^|[\s(])([A-Z][\w-]*) $")  # "Industry 4.0", "Windows 11"
_COUNTED = re.compile(r" ([a-z][\w’'-]*)")
_PLURALS = frozenset("people women men children staff".split())  # noqa: SIM905
_DIGITS = re.compile(r"\d[\d,]*")
_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty""".split()  # noqa: SIM905
_VAGUE = re.compile(r"(?:hundred|thousand|million|billion)s?", re.IGNORECASE)  # "millions of workers"
_MOST_COUNTED = 4  # words from a number to what it counts: "60 trade union representatives"
_LAST_YEAR = re.compile(r" (?:of )?last year\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a text; `text[start:end]` is the number with its unit or with what it counts."""

    value: float  # of several in a row, "Conventions 100 and 111", the first
    start: int
    end: int
    first: int  # text[first:last] is the number alone
    last: int


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a text: `text[start:end]`."""

    when: When
    start: int
    end: int


@lru_cache(maxsize=4096)
def dates_in(text: str) -> tuple[Date, ...]:
    """The dates of a text, in order."""
    found = []
    for when in dates_of(text):
        start, end = _located(text, when.start, when.end)
        end = start + len(text[start:end].rstrip(". "))
        later = _LAST_YEAR.match(text, end)
        found.append(Date(when, start, later.end() if later else end))
    return tuple(found)


@lru_cache(maxsize=4096)
def numbers_in(text: str) -> tuple[Number, ...]:
    """The numbers of a text in order, those of dates and of names ("4th Congress", "Industry 4.0") left out."""
    dates = dates_in(text)
    found: list[Number] = []
    for value, first, last in _numerals(text):
        within = any(date.start <= first < date.end for date in dates)
        if within or (found and first < found[-1].end):
            continue
        start, end = _extent(text, first, last)
        if end > start:
            found.append(Number(value, start, end, first, last))
    return tuple(found)


def near(number: Number) -> Iterator[int]:
    """Numbers near one, as round as it is; none for a fraction."""
    value = int(number.value)
    if value != number.value or value < 2:
        return
    if value <= 12:
        yield from (other for other in (value - 2, value - 1, value + 1, value + 2, value + 3) if other > 1)
        return
    step = 10 ** (len(str(value)) - len(str(value).rstrip("0")))
    if step > 1:
        unit = step if value > 2 * step else step // 2
        yield from (other for other in (value - 2 * unit, value - unit, value + unit, value + 2 * unit) if other > 0)
    else:
        yield from (round(value * factor) for factor in (0.6, 0.8, 1.25, 1.5))


def in_form_of(written: str, value: int) -> str:
    """A number in the form of another: "twelve", "8,407", "YEN8,407"; "" where it cannot have that form."""
    if digits := _DIGITS.search(written):
        number = f"{value:,}" if "," in digits.group() else str(value)
        return written[: digits.start()] + number + written[digits.end() :] if "." not in written else ""
    word = _WORDS[value] if value < len(_WORDS) else ""
    return word.capitalize() if written[:1].isupper() else word


def _numerals(text: str) -> Iterator[tuple[float, int, int]]:
    """(value, start, end) of the numbers in digits or words."""
    for word in words_of(text):
        if word.number:
            first, last = _located(text, word.start, word.end)
            if _VAGUE.fullmatch(text, first, last):
                continue
            digits = re.sub(r"[^\d.]", "", re.sub(r",(?=\d{3}(?!\d))", "", word.low).replace(",", "."))
            whole, _, rest = digits.partition(".")
            yield float(f"{whole}.{rest.replace('.', '') or 0}"), first, last


def _extent(text: str, first: int, last: int) -> tuple[int, int]:
    """(start, end) of a number with its unit or what it counts; an empty range where it belongs to a name."""
    if listed := next((m for m in _LISTED.finditer(text) if m.start() < first < m.end()), None):
        return listed.span()
    ordinal = text[first:last][-2:] in ("st", "nd", "rd", "th")
    if ordinal and re.match(r" [A-Z]", text[last:]):
        return first, first
    money = _BEFORE.search(text, 0, first)
    start = money.start() if money else first
    if unit := _UNIT.match(text, last):
        return start, unit.end()
    end = _counted(text, last)
    named = _NAMED.search(text, 0, start)
    if end == last and named and named[1].lower() not in COMMON:
        return first, first
    return start, end


def _counted(text: str, at: int) -> int:
    """Where what a number counts ends; `at` itself where that cannot be told."""
    end = at
    for _ in range(_MOST_COUNTED):
        word = _COUNTED.match(text, end)
        if word is None or word[1] in COMMON:
            return at
        end = word.end()
        if word[1] in _PLURALS or re.search(r"[^s’']s$", word[1]):
            return end
    return at


def _located(text: str, start: int, end: int) -> tuple[int, int]:
    """Where in a text what stands at start:end of `plain_text(text)` is written."""
    written, blocks = _aligned(text)
    first, last = len(text), 0
    for (i1, i2), (j1, j2) in blocks:
        if j1 < end and start < j2:
            first, last = min(first, i1), max(last, i2)
    slice_ = written[first:last]
    return first + len(slice_) - len(slice_.lstrip(" -–—,")), last - (len(slice_) - len(slice_.rstrip(" -–—,")))


@lru_cache(maxsize=1024)
def _aligned(text: str) -> tuple[str, tuple[tuple[tuple[int, int], tuple[int, int]], ...]]:
    """The text, and (start, end) in it for (start, end) in its plain spelling, word by word where they are the same."""
    plain = plain_text(text)
    mine, theirs = (list(_TOKEN.finditer(one)) for one in (text, plain))
    words, others = ([token.group() for token in tokens] for tokens in (mine, theirs))
    blocks = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        if kind == "equal":
            blocks += [(a.span(), b.span()) for a, b in zip(mine[i1:i2], theirs[j1:j2], strict=True)]
        elif kind == "replace":
            blocks.append(((mine[i1].start(), mine[i2 - 1].end()), (theirs[j1].start(), theirs[j2 - 1].end())))
    return text, tuple(blocks)
