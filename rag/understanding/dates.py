"""The dates that a text speaks of: days, months, years and their parts, and ranges between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from rag.understanding import periods
from rag.understanding.periods import ALWAYS, Period, hull

MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?:19|20)\d\d(?![\d%]|[.,]\d)"
_DAY = r"(?:the\s+)?(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d)"
_JOIN = r"\s*(?:-|–|—|/|\bto\b|\band\b|\buntil\b|\btill\b|\bthrough\b|&)\s*"
_PART = (
    r"(?:(?:the\s+)?(?P<part>early|mid|middle|late|beginning|start|end)(?:\s+(?:part\s+)?of|-|\s)\s*"
    r"(?:in\s+)?(?:the\s+year\s+)?)"
)
_OF = r"(?:,?\s+(?:of|in|de|del)\b|,)?\s+"
_NTH = r"(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th)"
# Days of the year that go by a name.
_FEASTS = {
    "new year": "1 January",
    "new year's day": "1 January",
    "women's day": "8 March",
    "workers' memorial day": "28 April",
    "may day": "1 May",
    "labour day": "1 May",
    "human rights day": "10 December",
    "christmas": "25 December",
    "christmas day": "25 December",
    "new year's eve": "31 December",
}
FEASTS = "|".join(
    sorted((re.escape(n).replace("'", "['’]").replace("\\ ", r"\s+") for n in _FEASTS), key=len, reverse=True)
)
_ITEMS = r"(?:news|items?|stor(?:y|ies)|reports?|articles?|pieces?|posts?|publications?|headlines?|entr(?:y|ies))"
# What may follow a number that is no year.
_COUNTED = r"(?!\s+(?:workers|people|members|participants|delegates|jobs|unions|euros|dollars|women|men|words)\b)"

_ATOM = re.compile(
    rf"""(?<![\w/.¶§])(?<![^\W\d]-)(?:
      (?P<iso>{_YEAR}-\d\d-\d\d)(?!\w)
    | (?P<numeric>\d\d?[./]\d\d?[./]{_YEAR})
    | (?P<days>{_DAY})(?:{_JOIN}(?P<till>{_DAY}))?(?:\s+of)?\s+(?P<month>{MONTH})(?:,?\s+(?:of\s+)?(?P<year>{_YEAR}))?
    | (?P<month2>{MONTH})\s+(?P<days2>{_DAY})(?:{_JOIN}(?P<till2>{_DAY}))?(?:,?\s+(?P<year2>{_YEAR}))?(?!\s*%)
    | (?P<feast>{FEASTS}),?\s+(?:of\s+)?(?P<feastyear>{_YEAR})
    | (?P<foreign>(?:\d\d?\s+(?:de\s+)?[^\W\d_]{{3,12}}|[^\W\d_]{{3,12}}(?=\s+de))\s+(?:de\s+)?{_YEAR})
    | (?:the\s+)?{_NTH}\s+(?P<span>quarter|half){_OF}(?P<year3>{_YEAR})
    | (?P<letter>[QH])(?P<n>[1-4]){_OF}(?P<year4>{_YEAR})
    | (?:the\s+)?(?P<season>spring|summer|autumn|fall|winter){_OF}
      (?P<year5>(?:19|20)\d\d)(?P<turn>[/–-]\d\d(?:\d\d)?)?(?!\d)
    | (?:the\s+)?(?P<edge>first|last|1st)\s+(?:(?P<many>[1-9]\d?|two|three|seven|ten)\s+)?
      (?P<unit>day|week)s?\s+(?:of|in)\s+(?P<month10>{MONTH}){_OF}(?P<year10>{_YEAR})
    | (?P<month9>{MONTH}){_JOIN}(?P<till9>{MONTH}){_OF}(?P<year9>{_YEAR})
    | {_PART}?(?P<month6>{MONTH}){_OF}(?P<year6>{_YEAR})
    | {_PART.replace("<part>", "<part7>")}?(?P<year7>{_YEAR}){_COUNTED}
    | (?:(?<=\bin\s)|(?<=\bfrom\s)|(?<=\bsince\s)|(?<=\bbetween\s)|(?<=\bduring\s)|(?<=\buntil\s))
      (?P<month8>{MONTH})(?!\s*\d)(?!\w)
    | (?P<month11>{MONTH})(?=\s+{_ITEMS}\b)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(?:the\s+)?(?P<which>last|past|previous|this)\s+(?:(?P<count>\d+|few|two|three|four|five|six|twelve)\s+)?"
    r"(?P<unit>week|month|year)s?\b",
    re.IGNORECASE,
)
_COUNTS = {"few": 3, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "twelve": 12}
# What stands before a date, and after it, and makes a range of it.
_BETWEEN = re.compile(r"\b(?:between|from)\s+(?:the\s+)?$", re.IGNORECASE)
_TO = re.compile(r"^\s*(?:-|–|—|to|until|till|through|up to)\s*(?:the\s+)?$", re.IGNORECASE)
_AND = re.compile(r"^\s*(?:and|&)\s*(?:the\s+)?$", re.IGNORECASE)
_SINCE = re.compile(
    r"\b(?:since|(?:starting|beginning|as)\s+(?:in|from|with|of)|(?:not|no)\s+(?:earlier\s+than|before)|from)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_ONWARDS = re.compile(r"^\s*(?:on(?=\W*$|\s*[?.,;!])|onwards?|and later|or later)\b", re.IGNORECASE)
_AFTER = re.compile(
    r"\b(?<!not\s)(?<!no\s)(?:after|(?:later|newer|younger|fresher|more\s+recent)\s+than|following|past|beyond|postdating)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?<!not\s)(?<!no\s)(?:before|(?:earlier|older)\s+than|prior\s+to|preceding|ahead\s+of|predating)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"\b(?:until|till|(?:not|no)\s+later\s+than|up\s+(?:to|until)(?:\s+and\s+including)?)\s+(?:the\s+)?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text: `text[start:end]` names it, with the words that make a range of it."""

    start: int
    end: int
    periods: tuple[Period, ...]  # more than one where the year is not named
    words: str
    relative: bool = False  # "last year": counted from the newest item


@lru_cache(maxsize=16384)
def dates_in(text: str, years: tuple[int, ...] = ()) -> tuple[Dated, ...]:
    """The dates in a text, in order, ranges as one.

    Args:
        text: a question or a passage. "may" without a day or year is no month, nor is 14 a day without a month.
        years: for days and months without a year; each makes a period. Without them such dates are left out.
    """
    atoms = [atom for match in _ATOM.finditer(text) if (atom := _atom(match, years))]
    return tuple(_ranges(text, atoms))


def relative_dates_in(text: str, today: date | None) -> tuple[Dated, ...]:
    """Such as "last year", counted from a day; none without one."""
    if today is None:
        return ()
    return tuple(
        Dated(m.start(), m.end(), (_counted_back(m, today),), m.group(), relative=True)
        for m in _RELATIVE.finditer(text)
    )


def days_in(text: str, published: date) -> tuple[Period, ...]:
    """The days that an item speaks of; where it names no year, the last such day before it was published."""
    found = []
    for dated in dates_in(text, (published.year - 1, published.year)):
        past = [period for period in dated.periods if period.first <= published and period.last != ALWAYS.last]
        found.extend(past[-1:])
    return tuple(found)


def _atom(match: re.Match[str], years: tuple[int, ...]) -> Dated | None:
    made = _period_of(match, years)
    return Dated(match.start(), match.end(), tuple(made), match.group().strip(" ,")) if made else None


def _period_of(match: re.Match[str], years: tuple[int, ...]) -> list[Period]:
    found = match.groupdict()
    try:
        if words := found["iso"] or found["numeric"] or found["foreign"]:
            return _listed(periods.read(words))
        if found["feast"]:
            day = _FEASTS[" ".join(found["feast"].lower().replace("’", "'").split())]
            return _listed(periods.read(f"{day} {found['feastyear']}"))
        if found["days"] or found["days2"]:
            return _days(found, years)
        if found["year3"] or found["year4"] or found["year5"]:
            return [_part_of_year(found)]
        if found["year6"] or found["year9"] or found["year10"]:
            return _months(found)
        if found["year7"]:
            year = periods.of_year(int(found["year7"]))
            return [periods.part_of(year, found["part7"]) if found["part7"] else year]
        month = found["month8"] or found["month11"]
        if month and month[0].isupper():
            return [p for year in years for p in _listed(periods.read(f"{month} {year}"))]
    except ValueError:  # 31 June, a fourth half
        return []
    return []


def _days(found: dict[str, str], years: tuple[int, ...]) -> list[Period]:
    one = "" if found["days"] else "2"
    first, last, month = found[f"days{one}"], found[f"till{one}"], found["month" if not one else "month2"]
    made = []
    for year in [found[f"year{one}"]] if found[f"year{one}"] else map(str, years):
        ends = [periods.read(f"{re.sub('the', '', day)} {month} {year}") for day in filter(None, (first, last))]
        if ends and all(ends):
            made.append(hull(end for end in ends if end))
    return made


def _part_of_year(found: dict[str, str]) -> Period:
    """A quarter, a half or a season of a year."""
    if found["season"]:
        year = int(found["year5"])
        return periods.of_months(year, 12, 3) if found["turn"] else periods.of_season(found["season"], year)
    quarter = (found["span"] or found["letter"]).lower()[0] == "q"
    make: Callable[[str, int], Period] = periods.of_quarter if quarter else periods.of_half
    return make(found["nth"] or found["n"], int(found["year3"] or found["year4"]))


def _months(found: dict[str, str]) -> list[Period]:
    """A month of a year, its first days, a part of it, or several months from one on."""
    if found["edge"]:
        return [_edge(month, found) for month in _listed(periods.read(f"{found['month10']} {found['year10']}"))]
    if found["month9"]:
        ends = [periods.read(f"{found[name]} {found['year9']}") for name in ("month9", "till9")]
        if ends[0] and ends[1] and ends[0].first > ends[1].first:  # "December to January 2024" begins in 2023
            ends[0] = ends[0].moved(months=-12)
        return [hull(end for end in ends if end)] if all(ends) else []
    month = _listed(periods.read(f"{found['month6']} {found['year6']}"))
    return [periods.part_of(p, found["part"]) for p in month] if found["part"] else month


def _edge(month: Period, found: dict[str, str]) -> Period:
    """The first or last days or weeks of a month."""
    words = (found["many"] or "1").lower()
    length = (_COUNTS.get(words) or int(words)) * (7 if found["unit"].lower() == "week" else 1)
    if found["edge"].lower() == "last":
        return Period(Period(month.last, month.last).moved(days=1 - length).first, month.last)
    return Period(month.first, Period(month.first, month.first).moved(days=length - 1).last)


def _listed(period: Period | None) -> list[Period]:
    return [] if period is None else [period]


def _ranges(text: str, atoms: list[Dated]) -> list[Dated]:
    """Join what belongs together: "between May 2019 and June 2020", "since 2021", "before 7 May 2021"."""
    found: list[Dated] = []
    at = 0
    while at < len(atoms):
        atom = atoms[at]
        before, behind = text[: atom.start], text[atom.end :]
        following = atoms[at + 1] if at + 1 < len(atoms) else None
        begins = _BETWEEN.search(before)
        gap = text[atom.end : following.start] if following else "."
        if following and (_TO.match(gap) or (begins and _AND.match(gap))):
            start = begins.start() if begins else atom.start
            end = hull(following.periods)
            # "from 5 May to 7 June 2024": the year is named once, at the end.
            start_in = [p for p in atom.periods if p.first <= end.last] if len(following.periods) == 1 else atom.periods
            both = hull([*start_in[-1:], end]) if len(following.periods) == 1 else hull([*atom.periods, end])
            found.append(Dated(start, following.end, (both,), text[start : following.end]))
            at += 2
            continue
        found.append(_half_open(text, atom, before, behind))
        at += 1
    return found


def _half_open(text: str, atom: Dated, before: str, behind: str) -> Dated:
    period = hull(atom.periods)
    onwards = _ONWARDS.match(behind)
    for pattern, made in (
        (_SINCE, replace(period, last=ALWAYS.last)),
        (_AFTER, Period(period.moved(days=1).last, ALWAYS.last)),
        (_BEFORE, Period(ALWAYS.first, period.moved(days=-1).first)),
        (_UNTIL, replace(period, first=ALWAYS.first)),
    ):
        opens = pattern.search(before)
        if opens and (pattern is not _SINCE or onwards or not re.match("from", opens.group(), re.IGNORECASE)):
            end = atom.end + (onwards.end() if onwards and pattern is _SINCE else 0)
            return Dated(opens.start(), end, (made,), text[opens.start() : end].strip())
    return atom


def _counted_back(match: re.Match[str], today: date) -> Period:
    unit, count = match["unit"].lower(), match["count"]
    this = match["which"].lower() == "this"
    if count:
        number = _COUNTS.get(count.lower()) or int(count)
        back = Period(today, today).moved(days=-7 * number) if unit == "week" else None
        back = back or Period(today, today).moved(months=-number * (12 if unit == "year" else 1))
        return Period(back.first, today)
    if unit == "year":
        return periods.of_year(today.year - (not this))
    if unit == "month":
        month = periods.of_months(today.year, today.month, 1)
        return month if this else periods.of_months(today.year, today.month - 1, 1)
    monday = Period(today, today).moved(days=-today.weekday() - (0 if this else 7))
    return Period(monday.first, monday.moved(days=6).last)
