"""Numbers of a text with what they count: percentages, money, times, ordinals, counts; and what stands by them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.dates import dates_of
from rag.words import Word, words_of

_CURRENCIES = {
    **dict.fromkeys(("$", "us", "usd", "dollar", "dollars"), "dollar"),
    **dict.fromkeys(("yen", "¥", "jpy"), "yen"),
    **dict.fromkeys(("€", "euro", "euros", "eur"), "euro"),
    **dict.fromkeys(("£", "pound", "pounds", "gbp"), "pound"),
    **dict.fromkeys(("rupee", "rupees", "inr", "rs"), "rupee"),
    **dict.fromkeys(("peso", "pesos", "php"), "peso"),
    **dict.fromkeys(("baht", "thb"), "baht"),
    **dict.fromkeys(("ringgit", "myr"), "ringgit"),
    **dict.fromkeys(("rupiah", "idr"), "rupiah"),
    **dict.fromkeys(("yuan", "renminbi", "rmb"), "yuan"),
}
_SCALES = {"1000": 10**3, "1000000": 10**6, "1000000000": 10**9}  # "US$2 million" is read as 2 and 1000000
_POINTS = ("2nd", "3rd", "4th", "5th", "6th")
_NEAR = 3  # content words on each side that tell what a number counts


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text."""

    kind: str  # count | percent | ordinal | time | the name of a currency
    value: float
    after: tuple[str, ...]  # stems of the next content words, nearest first
    before: tuple[str, ...]  # and of those before it

    def __str__(self) -> str:
        """As a reader would write it."""
        number = f"{self.value:g}" if self.value < 1e5 else f"{self.value:.0f}"
        forms = {"count": number, "percent": number + "%", "ordinal": number + ".", "time": number + " o'clock"}
        return forms.get(self.kind, f"{number} {self.kind}")


@lru_cache(maxsize=8192)
def quantities_of(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text in order; those of dates are left to `rag.dates`."""
    dates = dates_of(text)
    words = [word for word in words_of(text) if not any(when.start <= word.start < when.end for when in dates)]
    return tuple(
        _quantity(words, n)
        for n, word in enumerate(words)
        if word.number and not _enumerates(words, n) and not (n and words[n - 1].number and word.low in _SCALES)
    )


def _quantity(words: Sequence[Word], n: int) -> Quantity:
    word = words[n]
    low = [words[i].low if 0 <= i < len(words) else "" for i in (n - 1, n + 1)]
    digits = re.sub(r"(?:st|nd|rd|th)$", "", word.low)
    ordinal = digits != word.low
    clock = re.fullmatch(r"(\d{1,2}):(\d\d)", digits)
    value = int(clock[1]) + int(clock[2]) / 60 if clock else _value(digits)
    value *= _SCALES.get(low[1], 1)
    kind = "ordinal" if ordinal else "count"
    if clock or low[1] in ("am", "pm"):
        kind, value = "time", value + (12 if low[1] == "pm" and value < 12 else 0)
    elif low[1] == "%":
        kind = "percent"
    elif money := _currency(words, n):
        kind = money
    return Quantity(kind, value, _neighbours(words[n + 1 :]), _neighbours(words[max(n - 12, 0) : n][::-1], False))


def _currency(words: Sequence[Word], n: int) -> str:
    """The currency before a number, joined to it ("YEN8,407"), or after it ("8,407 yen", "63 US dollars")."""
    if n and words[n - 1].end == words[n].start and words[n - 1].low in _CURRENCIES:
        return _CURRENCIES[words[n - 1].low]
    after = [word.low for word in words[n + 1 : n + 4] if word.low not in _SCALES and word.low != "us"]
    if after and after[0] in _CURRENCIES:
        return _CURRENCIES[after[0]]
    return _CURRENCIES[words[n - 1].low] if n and words[n - 1].low in _CURRENCIES else ""


def _value(digits: str) -> float:
    """8,407 and 8.407,50 are rare enough that a comma before three digits is taken to part thousands."""
    digits = re.sub(r",(?=\d{3}(?!\d))", "", digits).replace(",", ".").replace(":", "")
    whole, _, rest = digits.partition(".")
    return float(f"{whole}.{rest.replace('.', '')}" if rest else whole)


def _enumerates(words: Sequence[Word], n: int) -> bool:
    """Whether an ordinal only says which of the answer's own points follows: "The second is ..."."""
    follows = words[n + 1].low if n + 1 < len(words) else ""
    return (
        words[n].low in _POINTS and n < 2 and follows in (",", "is", "are", "was", "concerns", "says", "one", "point")
    )


def _neighbours(words: Sequence[Word], forward: bool = True) -> tuple[str, ...]:
    found: list[str] = []
    depth = 0  # "eighteen (nine women) representatives": what is in brackets is not beside what is before them
    for word in words:
        if word.low in ".!?;" or depth < 0:
            break
        depth += {"(": 1, ")": -1}.get(word.low, 0) * (1 if forward else -1)
        if depth > 0:
            continue
        if word.content and word.low not in _CURRENCIES:
            found.append(word.stem)
        if len(found) == _NEAR:
            break
    return tuple(found)


def misplaced(said: Quantity, given: Sequence[Quantity]) -> Quantity | None:
    """The number of the passage that stands where the sentence has put another number of the same passage.

    "3 organizers" against "20 organizers ... 3-year programme": 3 is in the passage, but it is 20 that counts
    organizers. None when the number stands rightly or too little stands by it to tell.
    """

    def shared(other: Quantity) -> float:
        head = 1.5 * bool(said.after and other.after and said.after[0] == other.after[0])
        return head + len({*said.after, *said.before} & {*other.after, *other.before})

    own = max((shared(q) for q in given if (q.kind, q.value) == (said.kind, said.value)), default=0)
    rival = max((q for q in given if q.kind == said.kind and q.value != said.value), key=shared, default=None)
    if rival and shared(rival) >= own + 1.5:
        return rival
    return None


def lone(text: str, units: Sequence[str]) -> Quantity | None:
    """The number of a passage where a sentence says "one" of the same thing; None when there is none."""
    words = words_of(text)
    for n, word in enumerate(words[:-1]):
        if word.low not in ("one", "single") or not words[n + 1].content:
            continue
        counted = words[n + 1].stem
        if any((a.low, b.stem) == ("one", counted) for u in units for a, b in pairwise(words_of(u))):
            continue
        given = (q for unit in units for q in quantities_of(unit) if q.kind == "count" and q.after[:1] == (counted,))
        return next(given, None)
    return None
