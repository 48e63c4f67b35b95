"""Dates in questions and passages: what is one, which days it means, and what only looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from rag.understanding.dates import dates_in, days_in, relative_dates_in
from rag.understanding.periods import Period, dated_as, read

YEARS = (2023, 2024)
TODAY = date(2024, 10, 25)


def spans(text: str) -> list[tuple[str, str]]:
    """First and last day of each period of the dates in a text."""
    return [(str(p.first), str(p.last)) for dated in dates_in(text, YEARS) for p in dated.periods]


PERIODS = [
    ("from January to March 2024", "2024-01-01", "2024-03-31"),
    ("Jan-March 2024", "2024-01-01", "2024-03-31"),
    ("the first seven days of May 2021", "2021-05-01", "2021-05-07"),
    ("the last week of June 2023", "2023-06-24", "2023-06-30"),
    ("from December to January 2024", "2023-12-01", "2024-01-31"),
    ("winter 2022/23", "2022-12-01", "2023-02-28"),
    ("in 2021", "2021-01-01", "2021-12-31"),
    ("in May 2023", "2023-05-01", "2023-05-31"),
    ("Jan 2019", "2019-01-01", "2019-01-31"),
    ("on 7 May 2021", "2021-05-07", "2021-05-07"),
    ("on the 7th of May 2021", "2021-05-07", "2021-05-07"),
    ("May 7, 2021", "2021-05-07", "2021-05-07"),
    ("2024-06-05", "2024-06-05", "2024-06-05"),
    ("5/6/2024", "2024-06-05", "2024-06-05"),
    ("13-17 February 2023", "2023-02-13", "2023-02-17"),
    ("30 and 31 October 2023", "2023-10-30", "2023-10-31"),
    ("October 22-23, 2024", "2024-10-22", "2024-10-23"),
    ("the third quarter of 2023", "2023-07-01", "2023-09-30"),
    ("Q3 2023", "2023-07-01", "2023-09-30"),
    ("the first half of 2024", "2024-01-01", "2024-06-30"),
    ("autumn of 2023", "2023-09-01", "2023-11-30"),
    ("the fall of 2023", "2023-09-01", "2023-11-30"),
    ("winter 2022", "2022-01-01", "2023-02-28"),
    ("late June 2024", "2024-06-21", "2024-06-30"),
    ("between January 2019 and December 2020", "2019-01-01", "2020-12-31"),
    ("from 2019 to 2021", "2019-01-01", "2021-12-31"),
    ("2019-2021", "2019-01-01", "2021-12-31"),
    ("between May and July 2024", "2024-05-01", "2024-07-31"),
    ("from 5 May to 7 June 2024", "2024-05-05", "2024-06-07"),
    ("since May 2023", "2023-05-01", "9999-12-31"),
    ("from 7 May 2021 onwards", "2021-05-07", "9999-12-31"),
    ("after 1 June 2024", "2024-06-02", "9999-12-31"),
    ("before 2016", "0001-01-01", "2015-12-31"),
    ("until 7 May 2021", "0001-01-01", "2021-05-07"),
    ("l'atelier du 19 juin 2024", "2024-06-19", "2024-06-19"),
    ("mayo de 2022", "2022-05-01", "2022-05-31"),
]


@pytest.mark.parametrize(("text", "first", "last"), PERIODS)
def test_a_date_is_a_period(text: str, first: str, last: str) -> None:
    assert spans(text) == [(first, last)]


@pytest.mark.parametrize(
    "text",
    [
        "You may ask what 14 unions did.",
        "They march on Monday with 20 people.",
        "ILO Conventions 100, 111, 183 and 190",
        "2000 workers went on strike",
        "paragraphs 19 and 20",
        "on 30 February 2021",
        "the first 999999999999 unions",
        "COVID-2019",
        "¶2019 of the text",
        "sat down with 12 unions",
        "20 per cent, 2.5 and 1,900.5",
        "",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert spans(text) == []


def test_a_date_without_a_year_may_be_of_any() -> None:
    assert spans("on 14 September") == [("2023-09-14", "2023-09-14"), ("2024-09-14", "2024-09-14")]
    assert spans("in May") == [("2023-05-01", "2023-05-31"), ("2024-05-01", "2024-05-31")]
    assert dates_in("on 14 September") == ()


def test_the_words_of_a_date_can_be_cut_out() -> None:
    text = "Which items appeared since May 2023 on Japan?"
    (dated,) = dates_in(text)
    assert text[: dated.start] + text[dated.end :] == "Which items appeared  on Japan?"


def test_dates_side_by_side_stay_apart() -> None:
    assert spans("June 2023 and August 2023") == [("2023-06-01", "2023-06-30"), ("2023-08-01", "2023-08-31")]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("last year", "2023-01-01", "2023-12-31"),
        ("this year", "2024-01-01", "2024-12-31"),
        ("last month", "2024-09-01", "2024-09-30"),
        ("this month", "2024-10-01", "2024-10-31"),
        ("the past two years", "2022-10-25", "2024-10-25"),
        ("the last 3 months", "2024-07-25", "2024-10-25"),
        ("last week", "2024-10-14", "2024-10-20"),
    ],
)
def test_relative_dates_count_from_the_newest_item(text: str, first: str, last: str) -> None:
    (dated,) = relative_dates_in(text, TODAY)
    assert [(str(p.first), str(p.last)) for p in dated.periods] == [(first, last)]
    assert relative_dates_in(text, None) == ()


@pytest.mark.parametrize(
    ("text", "published", "days"),
    [
        ("met in Manila,14 September, and called", date(2024, 9, 17), ["2024-09-14"]),
        ("held on 19 June with 60", date(2024, 6, 21), ["2024-06-19"]),
        ("In October, the union joined", date(2016, 12, 15), ["2016-10-01"]),
        ("on 28 December", date(2024, 1, 5), ["2023-12-28"]),
        ("the highest since 2020", date(2023, 4, 19), []),
    ],
)
def test_days_that_an_item_speaks_of(text: str, published: date, days: list[str]) -> None:
    assert [str(period.first) for period in days_in(text, published)] == days


def test_a_document_may_be_dated_to_the_year_or_month() -> None:
    assert dated_as("2018-05") == Period(date(2018, 5, 1), date(2018, 5, 31))
    assert dated_as("2018") == Period(date(2018, 1, 1), date(2018, 12, 31))
    assert dated_as("2018-05-14") == Period(date(2018, 5, 14), date(2018, 5, 14))
    assert dated_as("2018-05-14/2019-01-01") is None
    assert dated_as("2018-13") is None
    assert dated_as("4th Congress") is None


def test_what_is_no_date_is_not_read() -> None:
    assert read("Congress 2018") is None
    assert read("14 May") is None


def test_on_opens_a_range_only_at_the_end() -> None:
    assert spans("news from 7 May 2021 on Chile") == [("2021-05-07", "2021-05-07")]
    assert spans("news from 7 May 2021 on?") == [("2021-05-07", "9999-12-31")]


@pytest.mark.parametrize("many", ["0", "999999999999", "99999"])
def test_no_number_of_days_breaks_a_date(many: str) -> None:
    """The month and year stay a date; the number before them is none that days are counted by."""
    assert spans(f"the first {many} days of May 2021") == [("2021-05-01", "2021-05-31")]
