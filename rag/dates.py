"""Dates of a text, also those given in part, and whether one supports another.

A date library would guess at any number; here only what is written out as a date counts, and ranges stay pairs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.words import plain_text, words_of

_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
_M = r"(?P<{}>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
_M += r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
_D = r"(?<!\d)(?P<{}>[0-3]?\d)(?:st|nd|rd|th)?(?![\d%]|[.,]\d| %)"
_Y = r"(?:,? ?(?P<{}>(?:19|20)\d\d)\b)?"
_UNTIL = r" ?(?:-|—|to|until|till|through) ?(?:the )?"
_TO = r" ?(?P<sep>-|—|to|and|&|until|till|through) ?(?:the )?"


def _day_first(n: str) -> str:
    return _D.format("d" + n) + r" ?(?:day )?(?:of )?" + _M.format("m" + n) + _Y.format("y" + n)


def _month_first(n: str) -> str:
    return _M.format("m" + n) + r" (?:the )?" + _D.format("d" + n) + _Y.format("y" + n)


# The longer forms first: each stretch of text is read once.
_FORMS = [
    re.compile(form)
    for form in (
        r"(?P<y0>(?:19|20)\d\d)-(?P<m0>\d\d)-(?P<d0>\d\d)(?!\d)",
        _D.format("d0") + _TO + _day_first("1"),
        _day_first("0") + _UNTIL + _day_first("1"),
        _month_first("0") + _UNTIL + _month_first("1"),
        _M.format("m0") + r" (?:the )?" + _D.format("d0") + _TO + _D.format("d1") + _Y.format("y1"),
        _day_first("0"),
        _month_first("0"),
        _M.format("m0") + r",? (?:of )?(?P<y0>(?:19|20)\d\d)\b",
        r"\b(?P<y0>(?:19|20)\d\d)\b(?![.,]\d| ?%)",
        _M.format("m0"),
    )
]
_LAST_YEAR = re.compile(r",? (?:of )?last year")
_FIRST = re.compile(r"\b(?:the )?first (?:day )?of (?=[A-Z])")
# "May" and "March" are months only beside a day or a year, or after one of these.
_AMBIGUOUS = re.compile(r"\b(?:in|of|since|until|during|early|late|mid|last|next|and|for|by) $", re.IGNORECASE)

Day = tuple[int | None, int | None, int | None]  # year, month, day; None where it is not said


@dataclass(frozen=True, slots=True)
class When:
    """A day, month or year, or from `first` to `last`."""

    first: Day
    last: Day
    start: int  # in plain_text(text)
    end: int
    listed: bool = False  # "30 and 31 October" are two days
    last_year: bool = False  # "December last year"

    @property
    def years(self) -> set[int]:
        """The years it names."""
        return {day[0] for day in (self.first, self.last) if day[0]}

    @property
    def exact(self) -> bool:
        """Whether it names a day of the month."""
        return self.first[2] is not None

    def __str__(self) -> str:
        """As a reader would write it."""
        ends = [_written(day) for day in dict.fromkeys((self.first, self.last))]
        return (" and " if self.listed else " to ").join(ends)

    def supports(self, said: When, years: Collection[int]) -> bool:
        """Whether a sentence may give the date `said` where its passage gives this one.

        Args:
            said: of the sentence.
            years: that the passage names elsewhere, for a date that it gives without a year.
        """

        def agrees(part: Day, whole: Day) -> bool:
            same = all(want is None or want == have for want, have in zip(part[1:], whole[1:], strict=True))
            known = {whole[0]} if whole[0] else {year - 1 for year in years} if self.last_year else years
            return same and (part[0] is None or part[0] in known)

        if said.first == said.last or said.listed:
            ends = (self.first, self.last)
            return all(any(agrees(day, end) for end in ends) for day in (said.first, said.last))
        return agrees(said.first, self.first) and agrees(said.last, self.last)


def _written(day: Day) -> str:
    year, month, number = day
    name = _MONTHS[month - 1].capitalize() if month else ""
    return " ".join(str(part) for part in (number, name, year) if part)


@lru_cache(maxsize=8192)
def dates_of(text: str) -> tuple[When, ...]:
    """The dates of a text, in order."""
    plain = _FIRST.sub(lambda match: "1 of ".rjust(len(match.group())), plain_text(text))
    found: list[When] = []
    for form in _FORMS:
        for match in form.finditer(plain):
            taken = any(when.start < match.end() and match.start() < when.end for when in found)
            when = None if taken else _when(match, plain)
            if when:
                found.append(when)
    return tuple(sorted(found, key=lambda when: when.start))


def _when(match: re.Match[str], plain: str) -> When | None:
    parts = match.groupdict()
    alone = not any(value for key, value in parts.items() if key[0] in "dy")
    if alone and parts.get("m0") in ("May", "March", "Mar", "Jan") and not _AMBIGUOUS.search(plain[: match.start()]):
        return None
    month0, month1 = _month(parts.get("m0")), _month(parts.get("m1"))
    year0, year1 = parts.get("y0"), parts.get("y1")
    month, year = month0 or month1, year0 or year1
    first = (int(year) if year else None, month, int(parts["d0"]) if parts.get("d0") else None)
    last = (int(year1 or year0 or 0) or None, month1 or month0, int(parts["d1"])) if parts.get("d1") else first
    if any(day[2] is not None and not 1 <= day[2] <= 31 for day in (first, last)):
        return None
    if any(day[1] is not None and not 1 <= day[1] <= 12 for day in (first, last)):
        return None
    return When(
        first,
        last,
        match.start(),
        match.end(),
        parts.get("sep") in ("and", "&"),
        _LAST_YEAR.match(plain, match.end()) is not None,
    )


def _month(name: str | None) -> int | None:
    if name is None:
        return None
    if name.isdigit():
        return int(name)
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))


def misdated(said: When, text: str, units: Sequence[str], years: Collection[int]) -> When | None:
    """The date of the passages that stands where the sentence has put another date of theirs.

    "signed in 2014" against "adopted in 2014 ... signed in 2015". None where too little stands by it to tell.
    """
    if len(dates_of(text)) > 1:  # whose is whose cannot be told
        return None
    mine = _around(said, text)
    near = [(when, len(mine & _around(when, unit))) for unit in units for when in dates_of(unit)]
    own = max((n for when, n in near if when.supports(said, years)), default=0)
    others = [(when, n) for when, n in near if not when.supports(said, years) and not said.supports(when, years)]
    rival = max(others, key=lambda pair: pair[1], default=None)
    return rival[0] if rival and rival[1] >= max(3, own + 2) else None


_NEAR = 6  # content words on each side of a date that tell what it is the date of


@lru_cache(maxsize=8192)
def _around(when: When, text: str) -> frozenset[str]:
    words = [word for word in words_of(text) if word.content]
    before = [word.stem for word in words if word.end <= when.start][-_NEAR:]
    after = [word.stem for word in words if word.start >= when.end][:_NEAR]
    return frozenset(before + after)
