"""The resolution: its paragraphs, points and headings, and numbers that do not fit."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from documents import RESOLUTION, chunks_of, document_of

from rag.corpus import Corpus
from rag.corpus.resolution import ordinal, parse_resolution
from rag.errors import CorpusError
from rag.types import Chunk


@pytest.fixture(scope="module")
def resolution(corpus: Corpus) -> dict[str, Chunk]:
    """The chunks of the resolution by locator."""
    return {chunk.locator: chunk for chunk in chunks_of(corpus, RESOLUTION)}


def test_the_resolution_has_63_paragraphs_of_which_four_lead_into_points(corpus: Corpus) -> None:
    document = document_of(corpus, RESOLUTION)
    assert document.notes == {"paragraphs": 63, "lead_ins": 4, "points": 25}
    assert [int(n) for n in re.findall(r"^(\d+)\. ", document.text, re.MULTILINE)] == list(range(1, 64))


def test_every_paragraph_but_the_lead_ins_is_a_chunk_that_begins_after_its_number(
    corpus: Corpus, resolution: dict[str, Chunk]
) -> None:
    numbers = [n for n in range(1, 64) if n not in (32, 44, 54, 63)]
    assert [locator for locator, c in resolution.items() if c.kind == "paragraph"] == [f"¶{n}" for n in numbers]
    text = document_of(corpus, RESOLUTION).text
    for n in numbers:
        assert text[: resolution[f"¶{n}"].start].endswith(f"\n{n}. " if n > 1 else "1. ")


@pytest.mark.parametrize(("number", "points"), [(32, 8), (44, 5), (54, 5), (63, 7)])
def test_a_lead_in_is_a_heading_of_its_points_and_they_are_one_group(
    resolution: dict[str, Chunk], number: int, points: int
) -> None:
    found = [chunk for locator, chunk in resolution.items() if locator.startswith(f"¶{number},")]
    ordinals = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"][:points]
    assert [chunk.locator for chunk in found] == [f"¶{number}, {nth} point" for nth in ordinals]
    assert {chunk.kind for chunk in found} == {"point"}
    assert {chunk.headings[-1] for chunk in found} == {"Therefore, IndustriALL will:"}
    assert {chunk.group for chunk in found} == {f"{found[0].doc_id} ¶{number}"}


def test_only_points_belong_to_a_group(resolution: dict[str, Chunk]) -> None:
    assert len({chunk.group for chunk in resolution.values()} - {""}) == 4
    assert {chunk.group for chunk in resolution.values() if chunk.kind == "paragraph"} == {""}


PART_I = (
    "I IndustriALL Global Union’s analysis and perspectives for the current political, economic, social and labour "
    "situation in the world"
)
PART_II = "II Strategic objectives and actions"


@pytest.mark.parametrize(
    ("first", "last", "headings"),
    [
        (1, 11, ()),
        (12, 22, (PART_I,)),
        (23, 32, (PART_II, "A Fighting for equality and workers’ rights")),
        (33, 44, (PART_II, "B Building trade union power")),
        (45, 54, (PART_II, "C Holding capital accountable")),
        (55, 63, (PART_II, "D Shaping our future through Just Transition")),
    ],
    ids=["opening", "I", "A", "B", "C", "D"],
)
def test_a_paragraph_stands_in_its_section(
    resolution: dict[str, Chunk], first: int, last: int, headings: tuple[str, ...]
) -> None:
    here = [c for locator, c in resolution.items() if first <= int(re.findall(r"\d+", locator)[0]) <= last]
    assert {chunk.headings[:2] for chunk in here} == {headings}


def test_running_heads_stand_before_what_they_head_and_nowhere_else(corpus: Corpus) -> None:
    text = document_of(corpus, RESOLUTION).text
    assert f"working conditions.\n\n{PART_I}\n\n12. These transformations" in text
    # printed between ¶30 and ¶31, though section A begins with ¶23
    assert f"{PART_II}\n\nA Fighting for equality and workers’ rights\n\n23. The growing" in text
    assert "transitioning industries.\n\n31. Health and safety is" in text
    assert text.count(PART_I) == text.count(PART_II) == 1


def test_running_heads_are_in_no_paragraph(resolution: dict[str, Chunk]) -> None:
    assert resolution["¶11"].text.endswith("improving living and working conditions.")
    assert resolution["¶30"].text.endswith("tailored to the needs of transitioning industries.")
    assert resolution["¶31"].text.startswith("Health and safety is a fundamental principle and right at work.")


def test_the_slogan_can_be_read_but_is_no_chunk_nor_part_of_one(corpus: Corpus, resolution: dict[str, Chunk]) -> None:
    slogan = "Organizing for a just future!"
    text = document_of(corpus, RESOLUTION).text
    assert f"like-minded organizations.\n\n{slogan}\n\n{PART_II}" in text
    assert not any(slogan in chunk.text for chunk in resolution.values())
    assert resolution["¶22"].text.endswith("social movements and other like-minded organizations.")


@pytest.mark.parametrize(
    ("locator", "begins", "ends"),
    [
        ("¶1", "At its 4th Congress, IndustriALL reaffirms", "another world is possible and necessary."),
        ("¶24", "Massive inequality affects negatively", "can change this narrative."),  # "24. <tab>Massive"
        ("¶37", "Weak legislation and weak", "on a regular basis in many countries."),  # no blank line before ¶38
        ("¶38", "Organizing puts the workers", "affiliates in this endeavour."),
        ("¶32, 8th point", "Ensure actions to defend", "support their specific advocacy."),  # before "B - Building"
        ("¶44, 5th point", "Address the obstacles", "leadership in trade unions."),  # before " C - Holding"
        ("¶54, 5th point", "Continue to lead", "in the entire supply chain."),  # before " D - Shaping"
        ("¶54, 4th point", "Invest and campaign", "Invest and campaign in strategic sectors."),
        ("¶63, 7th point", "Recognize the gendered impact", "will have on gender equality."),
    ],
)
def test_a_unit_ends_where_the_next_one_begins(
    resolution: dict[str, Chunk], locator: str, begins: str, ends: str
) -> None:
    assert resolution[locator].text.startswith(begins)
    assert resolution[locator].text.endswith(ends)


def test_a_point_without_a_blank_line_before_it_is_a_point(resolution: dict[str, Chunk]) -> None:
    assert resolution["¶63, 2nd point"].text.endswith("around re-skilling and re-qualification matters;")
    assert resolution["¶63, 3rd point"].text.startswith("Advance a just and job-rich transition to the circular")


def test_a_page_break_inside_a_paragraph_does_not_cut_it(resolution: dict[str, Chunk]) -> None:
    # printed: "influence of states or \n\ngovernments in union busting"
    assert "role and influence of states or governments in union busting must be considered." in resolution["¶50"].text
    assert resolution["¶50"].text.endswith("when workers want to join or form a union.")


@pytest.mark.parametrize(
    ("locator", "joined"),
    [
        ("¶59", "capacity to mitigate climate-caused damages."),
        ("¶14", "young and older workers, white-collar workers, migrants"),
        ("¶32, 4th point", "in regional, sectoral and cross-sectoral areas;"),
        ("¶63, 4th point", "training programmes to re-skill and upskill workers"),
    ],
)
def test_a_word_broken_at_its_hyphen_is_one_word(resolution: dict[str, Chunk], locator: str, joined: str) -> None:
    assert joined in resolution[locator].text


def test_a_dash_at_the_end_of_a_line_is_not_taken_for_a_broken_word(resolution: dict[str, Chunk]) -> None:
    point = resolution["¶44, 5th point"].text
    assert "representation in unions-- including organizing" in point
    assert "budget allocation-- and promote" in point
    assert "wage negotiations—to the worker." in resolution["¶17"].text


@pytest.mark.parametrize("locator", ["¶48", "¶52"])
def test_the_stray_space_in_its_is_gone(resolution: dict[str, Chunk], locator: str) -> None:
    assert "It’s important to" in resolution[locator].text


def test_what_is_misspelt_in_print_stays_misspelt(resolution: dict[str, Chunk]) -> None:
    assert resolution["¶27"].text.startswith("Adressing gender inequalities in the world of work is essential.")
    assert "from occuring in the first place" in resolution["¶50"].text


@pytest.mark.parametrize(
    ("raw", "missing"),
    [("1.\tOne.\n\n3.\tThree.\n\n6.\tSix.\n", 2), ("2.\tTwo.\n", 1), ("No numbers at all.\n", 1)],
)
def test_a_resolution_with_a_gap_in_its_numbers_is_refused(raw: str, missing: int) -> None:
    with pytest.raises(CorpusError, match=rf"do not run from 1 without a gap \(no ¶{missing} in its place\)"):
        parse_resolution(raw)


def test_a_resolution_with_a_number_twice_is_refused() -> None:
    with pytest.raises(CorpusError, match="do not run from 1 without a gap"):
        parse_resolution("1.\tOne.\n\n2.\tTwo.\n\n2.\tTwo again.\n")


def test_a_huge_paragraph_number_costs_no_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(CorpusError, match="no ¶2 in its place"):
            parse_resolution("1.\tOne.\n\n300000.\tA number with a tab after it.\n")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000  # bytes; 300,000 integers in a set are 25 MB
    finally:
        tracemalloc.stop()


def test_a_tabbed_line_is_a_point_only_below_a_lead_in() -> None:
    reading = parse_resolution("1.\tWe will:\n\n\tAct\n\tand rest;\n\n2.\tWe rest.\n\n\tForward!\n")
    assert [(p.locator, p.kind, reading.text[p.start : p.end]) for p in reading.pieces] == [
        ("¶1, 1st point", "point", "Act"),
        ("¶1, 2nd point", "point", "and rest;"),
        ("¶2", "paragraph", "We rest."),
    ]
    assert reading.text == "1. We will:\n\n• Act\n\n• and rest;\n\n2. We rest.\n\nForward!\n\n"
    assert reading.notes == {"paragraphs": 2, "lead_ins": 1, "points": 2}


@pytest.mark.parametrize("raw", ["1.\tOne.\n\n2.\t\n\n3.\tThree.\n", "1.\tWe will:\n\n\t\n\n\tAct.\n"])
def test_a_number_or_bullet_without_words_is_no_chunk(raw: str) -> None:
    try:
        reading = parse_resolution(raw)
    except CorpusError:
        return
    assert "" not in [reading.text[p.start : p.end] for p in reading.pieces]


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22, 101, 111, 112)] == [
        "1st", "2nd", "3rd", "4th", "10th", "11th", "12th", "13th", "20th", "21st", "22nd", "101st", "111th", "112th",
    ]  # fmt: skip
