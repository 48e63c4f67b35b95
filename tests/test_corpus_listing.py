"""Listings: the thirty news items of the real ones, and what contradicts itself."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from documents import ASIA_PACIFIC, FEATURES, LISTING, SOUTH_EAST_ASIA, document_of

from rag.corpus import Corpus
from rag.corpus.listing import parse_listing
from rag.errors import CorpusError
from rag.types import Chunk


@pytest.fixture(scope="module")
def news(corpus: Corpus) -> list[Chunk]:
    """The items of the three listings, in their order."""
    return [chunk for chunk in corpus.chunks if chunk.kind == "news"]


@pytest.mark.parametrize(
    ("file", "advertised", "first", "last"),
    [(SOUTH_EAST_ASIA, 43, 1, 10), (ASIA_PACIFIC, 394, 1, 10), (FEATURES, 144, 131, 140)],
)
def test_a_listing_knows_how_little_of_the_list_it_holds(
    corpus: Corpus, file: str, advertised: int, first: int, last: int
) -> None:
    assert document_of(corpus, file).notes == {"held": 10, "advertised": advertised, "first": first, "last": last}
    assert document_of(corpus, file).text.startswith(f"Showing {first}-{last} of {advertised} results\n\n")


def test_all_thirty_dates_are_read_though_they_are_glued_to_the_teasers(news: list[Chunk]) -> None:
    dates = """
        2024-10-25 2024-09-17 2024-06-21 2024-05-22 2023-11-09 2023-10-04 2023-04-19 2023-02-20 2022-10-18 2022-06-24
        2024-09-25 2024-08-23 2024-07-30 2024-06-13 2024-05-29 2024-04-19 2023-11-07 2023-09-19 2023-06-07 2023-05-23
        2016-12-15 2019-01-08 2018-12-06 2015-05-19 2021-05-11 2021-05-03 2021-05-07 2020-11-18 2022-07-07 2022-05-31
    """
    assert [chunk.date for chunk in news] == dates.split()


def test_an_item_is_its_title_its_date_and_its_teaser_on_a_line_each(news: list[Chunk]) -> None:
    assert news[0].text.split("\n") == [
        "Energy sector unions in Southeast Asia drive forward Just Transition strategies",
        "25 October, 2024",
        "On October 22-23, 2024, IndustriALL, supported by Friedrich-Ebert-Stiftung (FES), hosted a meeting in Manila "
        "to discuss the future of energy and Just Transition in Southeast Asia. Delegates from across the region "
        "gathered to strategize on prioritizing workers’ rights and job security amid the shift to sustainable energy.",
    ]
    assert {chunk.text.count("\n") for chunk in news} == {2}


def test_a_teaser_that_begins_with_a_number_does_not_bleed_into_its_year(news: list[Chunk]) -> None:
    # printed: "19 September, 202320 organizers met in Bangkok, Thailand"
    title, date, teaser = news[17].text.split("\n")
    assert title == "Building organizing power in South East Asia"
    assert date == "19 September, 2023"
    assert teaser.startswith("20 organizers met in Bangkok, Thailand to complete their three-year")


def test_a_dates_locator_is_what_a_person_would_say(news: list[Chunk]) -> None:
    assert [news[i].locator for i in (1, 5, 23)] == ["17 September 2024", "4 October 2023", "19 May 2015"]
    assert {(chunk.group, chunk.headings) for chunk in news} == {("", ())}


def test_non_breaking_spaces_become_plain_ones(news: list[Chunk]) -> None:
    assert "leveraging the International Labour Organization’s (ILO)" in news[2].text
    assert news[5].text.endswith("decreasing production and climate change.")  # printed with " \u00a0 " after it
    assert "retailers from 13-17 February. The aim was to highlight" in news[7].text
    assert "met to discuss the impact of Industry 4.0" in news[12].text
    assert "general secretary of the Amalgamated Union of Kenya Metal Workers (AUKMW)" in news[28].text


def test_a_teaser_with_a_stray_line_break_is_one_line(news: list[Chunk]) -> None:
    # printed: "It’s time to make gender equality a priority \nfor the whole trade union movement."
    assert news[22].text == (
        "Gender equality: not just an issue for women\n6 December, 2018\n"
        "It’s time to make gender equality a priority for the whole trade union movement."
    )


def test_quotation_marks_and_apostrophes_stay_as_printed(news: list[Chunk]) -> None:
    assert news[23].text.split("\n")[2].startswith('"The IndustriALL family will continue')
    assert news[23].text.endswith("killed or injured.”")
    assert "Metalworkers' Unions (JCM)" in news[9].text
    assert "Addressing workers' rights amid" in news[15].text


def test_navigation_lines_of_the_web_pages_are_gone(corpus: Corpus) -> None:
    for document in corpus.documents:
        assert not re.search(r"Jump to main content|logotype|^Search$", document.text, re.MULTILINE)


def test_the_features_are_recognised_by_the_words_before_their_colon(news: list[Chunk]) -> None:
    kinds = Counter(chunk.text.partition(":")[0] for chunk in news[20:] if chunk.text.partition(":")[0].isupper())
    assert kinds == {"PROFILE": 3, "REPORT": 1, "UNION PROFILE": 1, "SPECIAL REPORT": 1, "JYRKI RAINA": 1}


def test_a_title_and_a_teaser_with_stray_line_breaks_are_one_line_each() -> None:
    reading = parse_listing(
        "Showing 1-1 of 1 results\n\nUnions \nmeet\n\n1 May, 2024They met \nto agree.\n\nA plan followed.\n"
    )
    assert reading.text == "Showing 1-1 of 1 results\n\nUnions meet\n1 May, 2024\nThey met to agree. A plan followed.\n"
    assert [(p.start, p.end, p.date) for p in reading.pieces] == [(26, 85, "2024-05-01")]


def test_a_teaser_may_be_missing() -> None:
    reading = parse_listing("Showing 1-2 of 2 results\n\nOne\n\n1 May, 2024\n\nTwo\n\n2 May, 2024Words.\n")
    assert [reading.text[p.start : p.end] for p in reading.pieces] == ["One\n1 May, 2024", "Two\n2 May, 2024\nWords."]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("First title\n\n1 May, 2024A teaser.", "no line 'Showing 1-10 of 43 results'"),
        (LISTING.replace("1-2", "1-3"), "shows results 1-3, but 2 items with title and date were found"),
        (LISTING.replace("1-2", "1-1"), "shows results 1-1, but 2 items"),
        (LISTING.replace("1-2", "2-1"), "shows results 2-1, but 2 items"),
        ("Showing 1-1 of 9 results\n\n1 May, 2024No title before it.", "shows results 1-1, but 1 items"),
        (LISTING.replace("1 May", "31 June"), "31 June, 2024"),  # no such day
        ("Showing 1-0 of 0 results\n", "results"),
    ],
    ids=["no header", "too few", "too many", "backwards", "no title", "no such day", "none at all"],
)
def test_a_listing_that_contradicts_itself_is_refused(raw: str, said: str) -> None:
    with pytest.raises(CorpusError, match=re.escape(said)):
        parse_listing(raw)
