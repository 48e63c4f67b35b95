"""A stretch of days, and how the words of a date become one. Dateparser reads days and months."""

from __future__ import annotations

import calendar
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateparser.date import DateDataParser

_ENGLISH = DateDataParser(languages=["en"], settings={"DATE_ORDER": "DMY", "REQUIRE_PARTS": ["month", "year"]})
_OTHERS = DateDataParser(
    languages=["es", "fr", "pt", "de", "it", "id", "vi"],
    settings={"DATE_ORDER": "DMY", "REQUIRE_PARTS": ["month", "year"]},
)
_SHORT = 15  # days; of a longer period it is not known on which of them something was
_LOCK = threading.Lock()  # a parser remembers the language it met last
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # first month; the north's, as in print
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 0}


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    first: date
    last: date

    def holds(self, other: Period) -> bool:
        """Whether another period lies within this one."""
        return self.first <= other.first and other.last <= self.last

    def meets(self, event: Period) -> bool:
        """Whether an event falls in this period, at least a part of one of some days."""
        short = (event.last - event.first).days < _SHORT
        return self.holds(event) or (short and self.first <= event.last and event.first <= self.last)

    def moved(self, days: int = 0, months: int = 0) -> Period:
        """The same some days and months later, or earlier; no earlier or later than a calendar reaches."""
        return Period(_moved(self.first, days, months), _moved(self.last, days, months))


ALWAYS = Period(date.min, date.max)


def hull(periods: Iterable[Period]) -> Period:
    """The shortest period that holds all of some."""
    listed = list(periods)
    return Period(min(p.first for p in listed), max(p.last for p in listed))


def of_months(year: int, month: int, months: int) -> Period:
    """Whole months from one on; month 13 is the January after."""
    first = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    return Period(first, _moved(first, 0, months) - timedelta(days=1))


def of_year(year: int) -> Period:
    """A whole year."""
    return Period(date(year, 1, 1), date(year, 12, 31))


def of_quarter(word: str, year: int) -> Period:
    """Such as "third" or "3" -> July to September; "last" is the fourth."""
    number = int(word) if word.isdigit() else _ORDINALS[word.lower()] or 4
    return of_months(year, 3 * number - 2, 3)


def of_half(word: str, year: int) -> Period:
    """Such as "first" or "second" half of a year."""
    number = int(word) if word.isdigit() else _ORDINALS[word.lower()] or 2
    return of_months(year, 6 * number - 5, 6)


def of_season(word: str, year: int) -> Period:
    """Three months; winter runs into the next year, and so does its period, but it holds the year's first months."""
    if word.lower() == "winter":
        return Period(date(year, 1, 1), of_months(year, 12, 3).last)
    return of_months(year, _SEASONS[word.lower()], 3)


def part_of(period: Period, part: str) -> Period:
    """Its early, middle or late third, roughly: what people call so has no border."""
    third = (period.last - period.first).days // 3
    if re.match("mid", part, re.IGNORECASE):
        return Period(period.first + timedelta(days=third), period.last - timedelta(days=third))
    if re.match("late|end", part, re.IGNORECASE):
        return Period(period.last - timedelta(days=third), period.last)
    return Period(period.first, period.first + timedelta(days=third))


@lru_cache(maxsize=4096)
def read(words: str) -> Period | None:
    """A day or a month with its year, as "7 May 2021", "2021-05-07", "May 2021", "19 juin 2024"; None if it is not."""
    words = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b|\bof\b|[,.](?=\s)", " ", words)
    for parser in (_ENGLISH, _OTHERS):
        with _LOCK:
            found = parser.get_date_data(" ".join(words.split()))
        if found.date_obj is None:
            continue
        day = found.date_obj.date()
        if found.period == "month":
            return of_months(day.year, day.month, 1)
        return Period(day, day)
    return None


def dated_as(words: str) -> Period | None:
    """The period of a document's date, as "2018", "2018-05" or "2018-05-14"; None for an interval or other words."""
    if not re.fullmatch(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?", words):
        return None
    year, month, day = (*map(int, words.split("-")), 0, 0)[:3]
    try:
        return (
            Period(date(year, month, day), date(year, month, day))
            if day
            else of_months(year, month or 1, 1 if month else 12)
        )
    except ValueError:
        return None


def _moved(day: date, days: int, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not date.min.year < year < date.max.year:
        return day
    day = date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    return day + timedelta(days=days)
