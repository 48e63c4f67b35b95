"""What texts are read as before they are compared: content words, numbers, dates, names."""

from __future__ import annotations

import pytest

from rag.dates import dates_of
from rag.names import names_of, stray_names
from rag.quantities import quantities_of
from rag.words import content_forms, content_stems


def test_content_words_leave_out_numbers_the_commonest_and_plurals() -> None:
    text = "The unions’ members and the union’s twelve demands"
    assert content_stems(text) == content_forms(text) == {"union", "member", "demand"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from February 13 to February 17, 2023", "13 February 2023 to 17 February 2023"),
        ("on 30 and 31 October, respectively", "30 October and 31 October"),
        ("on 18–19 May, 2023", "18 May 2023 to 19 May 2023"),
        ("on 18-19 May, 2023", "18 May 2023 to 19 May 2023"),
        ("on 18–19 May", "18 May to 19 May"),
        ("30 October to 1 November 2023", "30 October 2023 to 1 November 2023"),
        ("the eighteenth of May", "18 May"),
        ("May 1st", "1 May"),
        ("2024-05-01", "1 May 2024"),
        ("met in Manila,14 September", "14 September"),
        ("They may march.", ""),
        ("in May", "May"),
        ("2,014 workers", ""),
        ("31 of 40 members", ""),
    ],
)
def test_dates_in_their_spellings(text: str, expected: str) -> None:
    assert " | ".join(map(str, dates_of(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("YEN8,407 (US$63)", ["8407 yen", "63 dollar"]),
        ("8,407 yen or 63 US dollars", ["8407 yen", "63 dollar"]),
        ("eighty per cent", ["80%"]),
        ("at 10 a.m. and 14:30", ["10 o'clock", "14.5 o'clock"]),
        ("the 4th Congress", ["4."]),
        ("US$2 million", ["2000000 dollar"]),
        ("a two-day workshop of SEA2PAC-Y on 1 May 2024", ["2"]),
        ("The second is about Peru.", []),
        ("²", []),
        ("twelve unions", ["12"]),
        ("12 unions", ["12"]),
        ("Eighteen (nine women) representatives", ["18", "9"]),
        ("forty years", ["40"]),
        ("three hundred and ninety-four", ["394"]),
        ("Conventions 100, 111, 183 and 190", ["100", "111", "183", "190"]),
        ("¶27", ["27"]),
        ("007", ["7"]),
        ("0", ["0"]),
        ("a rise of 0.5 per cent", ["0.5%"]),
        ("on 18–19 May", []),  # left to the dates
        ("one union, the first of its kind", []),
        ("no number", []),
        ("", []),
    ],
)
def test_numbers_with_what_they_count(text: str, expected: list[str]) -> None:
    assert [str(quantity) for quantity in quantities_of(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Young unionists met. They left.", []),
        ("Thailand was the host.", ["Thailand"]),
        ("The International Labour Organization (ILO) met.", ["International Labour Organization", "ILO"]),
        ("Union to Union pays Rose Omamo.", ["Union Union", "Rose Omamo"]),
        ("On Monday 12 May 2020 unions met.", ["Monday"]),
    ],
)
def test_names_of_a_sentence(text: str, expected: list[str]) -> None:
    assert [name.text for name in names_of(text)] == expected


def test_names_in_other_forms() -> None:
    unit = "Unions in the Philippines, South East Asia and the International Labour Organization met."
    assert stray_names("The ILO met Filipino and Philippine unions of Southeast Asia.", [unit], []) == []
    assert stray_names("The unions of South Asia met.", [unit], []) == ["South Asia"]
    assert stray_names("The unions talked to MNCs.", ["multinational companies"], []) == ["MNCs"]
    nearby = ["Unions talked to multinational companies (MNCs)."]
    assert stray_names("The unions talked to MNCs.", ["multinational companies"], nearby) == []
