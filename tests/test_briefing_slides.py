"""Slides: one point each, with its quotations and their sources in the notes."""

from __future__ import annotations

import re

import pytest
from briefings import briefing_of, briefing_over, uncovered
from hypothesis import given
from hypothesis import strategies as st
from test_export import NASTY

from rag.briefing.slides import _ROW, _ROWS, _paged, slides_markdown
from rag.corpus import Corpus
from rag.texts import texts_in
from rag.types import cited

T = texts_in("en")


def slides(text: str) -> list[tuple[str, str]]:
    """Title and content of each slide after the first."""
    parts = re.split(r"^## ", text.partition("\n\n[chart]:")[0], flags=re.MULTILINE)[1:]
    return [(title, content.strip()) for title, _, content in (part.partition("\n\n") for part in parts)]


def test_each_point_has_a_slide_and_its_quotations_are_in_the_notes(corpus: Corpus) -> None:
    briefing = briefing_over(corpus)
    said = slides(slides_markdown(briefing, T))
    assert [title for title, _ in said] == [
        "In brief",
        *(point.theme for point in briefing.points),
        "Timeline",
        "Timeline",
        "Timeline",
        "Questions to discuss",
        "What these documents do not cover",
        "Sources",
        "How this was made",
    ]
    assert said[1][1] == (
        "The 4th Congress resolution says that the transition must be economically and socially just and fair for workers and their communities. "
        "Its primary objective should be a new, quality job for every job that is lost.\n\n"
        "*“IndustriALL 4th Congress resolution: Organizing for a just future”, ¶55.*\n\n"
        "::: notes\n\n"
        "IndustriALL Global Union, “IndustriALL 4th Congress resolution: Organizing for a just future”, ¶55.\\\n"
        "“The transition to a cleaner and more sustainable economy must be economically and socially just and fair for workers and their communities.”\n\n"
        "IndustriALL Global Union, “IndustriALL 4th Congress resolution: Organizing for a just future”, ¶55.\\\n"
        "“The primary objective should be the creation of a new, quality job for every job that is lost in the process.”\n\n"
        ":::"
    )
    for point, (_, content) in zip(briefing.points, said[1:], strict=False):
        assert content.count("“" + point.sentences[0].spans[0].quote + "”") >= 1
        assert content.count("\\\n") == len(cited(point.sentences))


def test_the_timeline_is_a_picture_and_a_numbered_list(corpus: Corpus) -> None:
    timeline = [content for title, content in slides(slides_markdown(briefing_over(corpus), T)) if title == "Timeline"]
    assert timeline[0] == "![Dated items by year: 2021: 1; 2022: 2; 2023: 1; 2024: 2.][chart]"
    lines = "\n".join(timeline[1:]).split("\n")
    assert [line.partition(".")[0] for line in lines] == ["1", "2", "3", "4", "5", "6"]
    assert (
        lines[5]
        == "6. 25 October 2024: Energy sector unions in Southeast Asia drive forward Just Transition strategies"
    )


def test_a_topic_that_is_not_covered_is_two_slides(corpus: Corpus) -> None:
    titles = [title for title, _ in slides(slides_markdown(uncovered(corpus), T))]
    assert set(titles) == {"The documents do not cover this topic", "How this was made"}
    assert "legal" not in slides_markdown(uncovered(corpus), T)


def test_a_long_point_is_shortened_on_the_slide_and_whole_in_the_notes() -> None:
    text = "word " * 600
    point = next(
        content for title, content in slides(slides_markdown(briefing_of([text]), T)) if title.startswith("word")
    )
    shown, _, notes = point.partition("::: notes")
    assert len(shown.split("\n")[0]) == 420
    assert text.strip() in notes


@given(st.lists(st.text(alphabet="ab ", max_size=300)))
def test_no_slide_has_more_rows_than_fit_and_no_line_is_lost(lines: list[str]) -> None:
    pages = list(_paged(lines))
    assert [n for page in pages for n in page] == list(range(1, len(lines) + 1))
    for page in pages:
        assert len(page) == 1 or sum(-(-len(lines[n - 1]) // _ROW) for n in page) <= _ROWS


@pytest.mark.parametrize("text", NASTY)
def test_nasty_words_make_no_slide_and_no_block(text: str) -> None:
    plain = slides(slides_markdown(briefing_of(["plain words"]), T))
    nasty = slides(slides_markdown(briefing_of([text]), T))
    assert len(nasty) == len(plain)
    assert [content.count("\n:::") for _, content in nasty] == [content.count("\n:::") for _, content in plain]
