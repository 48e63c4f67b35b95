"""Documents: what becomes of the five real ones, of any other text, and of files that cannot be read."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from conftest import SEEDS, WriteSeeds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.corpus import Corpus, fingerprint, read_corpus
from rag.corpus.article import parse_article
from rag.corpus.listing import parse_listing
from rag.corpus.plain import parse_markdown, parse_text
from rag.corpus.reading import Reading, one_line
from rag.corpus.resolution import ordinal, parse_resolution
from rag.embedding import count_tokens
from rag.errors import CorpusError
from rag.types import Chunk, Document

SOUTH_EAST_ASIA = "000_4e2d5463c5b0dd2b.txt"
ASIA_PACIFIC = "001_95531750c1bde8ed.txt"
FEATURES = "002_55abcc0bfeca7e0f.txt"
RESOLUTION = "003_4732059dd3fa2655.txt"
ARTICLE = "004_cfa2a909a0d81c24.txt"
SHA256 = {
    SOUTH_EAST_ASIA: "de8ada728e52f9eb35648c460cf47fc5ffe10415a5748ce0dd590adce1a9a291",
    ASIA_PACIFIC: "3694481007de5a4e6870cacbf8cbdb2d137b6d50044f8b17003f2afc858ad0e4",
    FEATURES: "76072e999ddab3769d1b50bd1652facadf510ade835fd12f773a6f3254bfd43d",
    RESOLUTION: "aa4ed82955d473cb46a4bc16facee692b1a9b26980a4f5e6276164e13a47cdf7",
    ARTICLE: "e6a2fe423c06051e9844b790d06037087c33b84e1bfad631ed40f554d8f14564",
}
MODEL_TOKENS = 256  # what the embedding model reads of a text


def document_of(corpus: Corpus, file: str) -> Document:
    return next(d for d in corpus.documents if d.file == file)


def chunks_of(corpus: Corpus, file: str) -> list[Chunk]:
    doc_id = document_of(corpus, file).id
    return [chunk for chunk in corpus.chunks if chunk.doc_id == doc_id]


@pytest.fixture(scope="module")
def news(corpus: Corpus) -> list[Chunk]:
    """The items of the three listings, in their order."""
    return [chunk for chunk in corpus.chunks if chunk.kind == "news"]


@pytest.fixture(scope="module")
def resolution(corpus: Corpus) -> dict[str, Chunk]:
    """The chunks of the resolution by locator."""
    return {chunk.locator: chunk for chunk in chunks_of(corpus, RESOLUTION)}


# --- the five documents as a whole -----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SHA256)
def test_a_seed_file_is_byte_for_byte_what_was_given(seeds: Path, file: str) -> None:
    assert hashlib.sha256((seeds / file).read_bytes()).hexdigest() == SHA256[file]


def test_there_are_121_chunks(corpus: Corpus) -> None:
    assert corpus.problems == ()
    assert Counter(chunk.kind for chunk in corpus.chunks if chunk.doc_id != document_of(corpus, ARTICLE).id) == {
        "news": 30,
        "paragraph": 59,
        "point": 25,
    }
    assert [chunk.kind for chunk in chunks_of(corpus, ARTICLE)] == ["paragraph"] * 7
    assert len(corpus.chunks) == 30 + 59 + 25 + 7


def test_documents_carry_what_the_catalog_says_and_the_hash_of_their_file(corpus: Corpus) -> None:
    assert {d.file: d.sha256 for d in corpus.documents} == SHA256
    assert [(d.kind, d.title, d.date) for d in corpus.documents] == [
        ("listing", "IndustriALL news: South East Asia and Japan", "2022-06-24/2024-10-25"),
        ("listing", "IndustriALL news: Asia Pacific", "2023-05-23/2024-09-25"),
        ("listing", "IndustriALL features: profiles and reports", "2015-05-19/2022-07-07"),
        (
            "resolution",
            "IndustriALL 4th Congress resolution: Organizing for a just future",
            "4th Congress; the text bears no date",
        ),
        ("article", "Trade unions and labour migration: training in Kathmandu, May 2018", "2018-05"),
    ]
    assert {d.language for d in corpus.documents} == {"en"}
    assert [d.publisher for d in corpus.documents] == ["IndustriALL Global Union"] * 4 + ["not stated in the document"]


def test_every_chunk_is_a_slice_of_its_document_and_none_overlap(corpus: Corpus) -> None:
    texts = {d.id: d.text for d in corpus.documents}
    end = dict.fromkeys(texts, 0)
    for chunk in corpus.chunks:
        assert texts[chunk.doc_id][chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
        assert chunk.start >= end[chunk.doc_id]
        end[chunk.doc_id] = chunk.end


def test_ids_are_unique_and_the_same_when_read_again(corpus: Corpus, seeds: Path) -> None:
    assert len({chunk.id for chunk in corpus.chunks}) == 121
    assert len({d.id for d in corpus.documents}) == 5
    assert read_corpus(seeds, count_tokens) == corpus


def test_an_id_stays_when_only_the_file_name_changes(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."})
    before = read_corpus(folder, count_tokens)
    (folder / "a.txt").rename(folder / "b.txt")
    after = read_corpus(folder, count_tokens)
    assert after.chunks == before.chunks
    assert after.documents[0].id == before.documents[0].id


def test_no_chunk_is_longer_than_the_embedding_model_reads(corpus: Corpus) -> None:
    assert max(count_tokens(chunk.text) for chunk in corpus.chunks) == 161  # ¶41


def test_reading_texts_hold_only_plain_spaces_and_no_hard_wraps(corpus: Corpus) -> None:
    for document in corpus.documents:
        assert not re.search(r"[\t\r\u00a0]|  | \n", document.text), document.file


def test_reading_does_not_load_torch() -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from rag.corpus import read_corpus; from rag.embedding import count_tokens;"
        "read_corpus(Path(sys.argv[1]), count_tokens); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(SEEDS)], capture_output=True, text=True, cwd=SEEDS.parent)
    assert done.stdout == "False\n"


# --- the listings ----------------------------------------------------------------------------------------------------


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


# --- the resolution --------------------------------------------------------------------------------------------------


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


# --- the article -----------------------------------------------------------------------------------------------------


def test_the_article_has_seven_paragraphs_and_no_captions(corpus: Corpus) -> None:
    document, chunks = document_of(corpus, ARTICLE), chunks_of(corpus, ARTICLE)
    assert document.notes == {"paragraphs": 7}
    assert [chunk.locator for chunk in chunks] == [f"paragraph {n}" for n in range(1, 8)]
    assert [chunk.text.split()[0] for chunk in chunks] == ["Unions", "Unions", "At", "The", "Other", "The", "Eighteen"]
    # two pictures side by side have their captions in one line: "group panoramaASEAN and Jordan working group"
    assert "group photo" not in document.text
    assert "panorama" not in document.text
    assert "Jordan working group" not in document.text


# --- synthetic listings, resolutions and articles ---------------------------------------------------------------------

LISTING = "Showing 1-2 of 9 results\n\nFirst title\n\n1 May, 2024A teaser.\n\nSecond title\n\n2 May, 2024Another one.\n"
SMALL = {
    "listing": LISTING,
    "resolution": "1.\tWe met.\n\n2.\tWe agreed.\n",
    "article": "Unions of eleven countries met in Kathmandu.\n\nThey agreed on a plan.\n",
    "plain": "We met.\n\nWe agreed.\n",
}


def read_one(write_seeds: WriteSeeds, kind: str, raw: str) -> tuple[str, list[tuple[str, str, tuple[str, ...]]]]:
    """The reading text of one document of a kind, and its chunks."""
    found = read_corpus(write_seeds({"a.txt": raw}, f'["a.txt"]\nkind = "{kind}"\n'), count_tokens)
    return found.documents[0].text, [(c.locator, c.text, c.headings) for c in found.chunks]


@pytest.mark.parametrize("line_end", ["\r\n", "\r"], ids=["Windows", "old Mac"])
@pytest.mark.parametrize(
    ("kind", "file"),
    [("listing", FEATURES), ("resolution", RESOLUTION), ("article", ARTICLE), ("plain", ARTICLE)],
)
def test_line_ends_make_no_difference(write_seeds: WriteSeeds, kind: str, file: str, line_end: str) -> None:
    raw = (SEEDS / file).read_text(encoding="utf-8")
    assert read_one(write_seeds, kind, raw.replace("\n", line_end)) == read_one(write_seeds, kind, raw)


@pytest.mark.parametrize("kind", SMALL)
def test_a_byte_order_mark_makes_no_difference(write_seeds: WriteSeeds, kind: str) -> None:
    assert read_one(write_seeds, kind, "\ufeff" + SMALL[kind]) == read_one(write_seeds, kind, SMALL[kind])


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


def test_an_article_of_captions_only_is_refused() -> None:
    with pytest.raises(CorpusError, match="no paragraph was found, only captions"):
        parse_article("group photo\n\nthe president\n")


@pytest.mark.parametrize("short", ["They won.", "“They won.”", "Who won?", "They won (twice).)", "They won…"])
def test_a_short_paragraph_with_the_end_of_a_sentence_is_no_caption(short: str) -> None:
    assert parse_article(f"{short}\n").text == f"{short}\n\n"


def test_a_long_paragraph_without_a_full_stop_is_no_caption() -> None:
    assert [p.locator for p in parse_article("one " * 12 + "\n\n" + "one " * 13).pieces] == ["paragraph 1"]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("climate- \n caused", "climate-caused"),
        ("climate -\ncaused", "climate - caused"),
        ("it ’s and it's", "it’s and it's"),
        ("the ‘s’ in unions", "the ‘s’ in unions"),
        ("a\u00a0 \t\nb", "a b"),
        ("", ""),
    ],
)
def test_one_line(raw: str, clean: str) -> None:
    assert one_line(raw) == clean


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22, 101, 111, 112)] == [
        "1st", "2nd", "3rd", "4th", "10th", "11th", "12th", "13th", "20th", "21st", "22nd", "101st", "111th", "112th",
    ]  # fmt: skip


# --- plain text and Markdown -----------------------------------------------------------------------------------------


def parts(reading: Reading) -> list[str]:
    return [reading.text[p.start : p.end] for p in reading.pieces]


def headings(markdown: str) -> dict[str, tuple[str, ...]]:
    reading = parse_markdown(markdown, count_tokens)
    return {reading.text[p.start : p.end]: p.headings for p in reading.pieces}


def test_a_plain_text_falls_into_its_paragraphs(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"my_notes.txt": "\ufeffOne line\r\nand another.\r\n\r\n  \r\n---\r\n\r\n  Second.  \r\n"})
    found = read_corpus(folder, count_tokens)
    assert [(c.locator, c.kind, c.text) for c in found.chunks] == [
        ("paragraph 1", "paragraph", "One line\nand another."),
        ("paragraph 2", "paragraph", "Second."),
    ]
    (document,) = found.documents
    assert (document.title, document.kind, document.language, document.date) == ("my notes", "plain", "und", "")
    assert document.notes == {"paragraphs": 2}


def test_suffixes_count_in_capitals_too(write_seeds: WriteSeeds) -> None:
    found = read_corpus(write_seeds({"A.TXT": "Unions.", "B.Md": "# Head\n\nWorkers."}), count_tokens)
    assert [c.headings for c in found.chunks] == [(), ("Head",)]


def test_a_file_that_the_catalog_does_not_name_is_read_beside_one_that_it_names(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": LISTING, "b.txt": LISTING + "\n"}, '["a.txt"]\nkind = "listing"\ntitle = "News"\n')
    found = read_corpus(folder, count_tokens)
    assert [(d.title, d.kind) for d in found.documents] == [("News", "listing"), ("b", "plain")]


def test_headings_nest_and_a_higher_one_closes_the_lower() -> None:
    assert headings("intro\n\n# A\n\na\n\n## B\n\nb\n\n### C\n\nc\n\n## D\n\nd\n\n# E\n\ne\n\n### F\n\nf\n") == {
        "intro": (),
        "a": ("A",),
        "b": ("A", "B"),
        "c": ("A", "B", "C"),
        "d": ("A", "D"),
        "e": ("E",),
        "f": ("E", "F"),
    }


def test_underlined_headings_count() -> None:
    assert headings("Title\n=====\n\na\n\nSection\n---\nb\n") == {"a": ("Title",), "b": ("Title", "Section")}


def test_a_hash_in_a_code_fence_is_no_heading() -> None:
    fence = "```sh\n# a comment\n\nrag index\n```"
    assert headings(f"# A\n\n{fence}\n\ntext\n\n    # indented\n") == {
        fence: ("A",),
        "text": ("A",),
        "# indented": ("A",),
    }


def test_lists_quotes_and_tables_are_one_block_each() -> None:
    blocks = ["- one\n- two\n\n  more", "> said\n> so", "| a | b |\n|---|---|\n| 1 | 2 |"]
    assert list(headings("\n\n".join(blocks) + "\n\n***\n\n<!-- a comment -->\n")) == blocks


@pytest.mark.parametrize("inner", ["> # B\n> quoted", "- # B\n  item"], ids=["quotation", "list"])
def test_a_heading_inside_a_quotation_or_list_does_not_head_what_follows(inner: str) -> None:
    assert headings(f"# A\n\n{inner}\n\nafter\n")["after"] == ("A",)


def test_an_empty_heading_is_none() -> None:
    assert headings("# A\n\n##\n\ntext\n") == {"text": ("A",)}


SENTENCES = [f"Number {n} of the unions met in Manila and agreed on the plan for the coming year." for n in range(60)]


def test_a_long_paragraph_is_split_at_sentence_ends_near_200_tokens() -> None:
    reading = parse_text(" ".join(SENTENCES), count_tokens)
    found = parts(reading)
    tokens = [count_tokens(part) for part in found]
    assert all(re.fullmatch(r"Number .* year\.", part) for part in found)
    assert 200 - count_tokens(SENTENCES[0]) <= min(tokens[:-1])
    assert max(tokens) <= 200
    assert " ".join(found) == reading.text
    of = len(found)
    assert [p.locator for p in reading.pieces] == [f"paragraph 1, part {n} of {of}" for n in range(1, of + 1)]


def test_hard_wraps_do_not_decide_where_a_long_paragraph_is_split() -> None:
    wrapped = " ".join(SENTENCES).replace(" and ", "\nand ")
    assert all(re.fullmatch(r"Number .* year\.", part, re.DOTALL) for part in parts(parse_text(wrapped, count_tokens)))


def test_a_paragraph_after_a_split_one_keeps_its_number() -> None:
    reading = parse_text(" ".join(SENTENCES) + "\n\nShort.", count_tokens)
    assert reading.pieces[-1].locator == "paragraph 2"
    assert reading.notes == {"paragraphs": 2}


def test_a_sentence_that_is_too_long_is_split_between_words() -> None:
    found = parts(parse_text("workers " * 500, count_tokens))
    assert [count_tokens(part) for part in found] == [200, 200, 100]


def test_the_same_sentence_again_and_again_is_split_exactly() -> None:
    reading = parse_text("Unite now. " * 300, count_tokens)
    assert [p.start for p in reading.pieces[1:]] == [p.end + 1 for p in reading.pieces[:-1]]


def test_scripts_in_which_a_character_is_several_tokens_are_split_too() -> None:
    korean = "각 " * 100  # 200 characters, 300 tokens: a syllable is written out in its letters
    assert count_tokens(korean) == 300
    assert max(count_tokens(part) for part in parts(parse_text(korean, count_tokens))) <= MODEL_TOKENS


SCRAPS = st.sampled_from([
    "\n", "\n\n", "\r\n", " ", "\t", "\u00a0", "\ufeff", "\u2028", "\x1c", "# ", "## ", "---\n", "```\n", "> ", "- ",
    "1. ", "1.\t", "2.\t", "\t", "I\n", "A - ", "We will:", "Showing 1-1 of 3 results\n\n", "Title\n\n", "3 May, 2024",
    "workers ", "Unions met. ", "re-\n", "it ’s", "é", "労働者。", "สหภาพ", "🌍", "|", "<b>", "\\", "&amp;",
    "[a]: b\n", "x" * 90,
])  # fmt: skip
ANY_TEXT = st.one_of(st.text(max_size=400), st.lists(SCRAPS, max_size=60).map("".join))


def assert_exact(reading: Reading) -> None:
    """Pieces lie inside the text, in order, without overlap, and have no blank ends."""
    end = 0
    for piece in reading.pieces:
        assert end <= piece.start < piece.end <= len(reading.text)
        words = reading.text[piece.start : piece.end]
        assert words == words.strip()
        end = piece.end


@pytest.mark.parametrize("parse", [parse_text, parse_markdown], ids=["text", "Markdown"])
@given(raw=ANY_TEXT)
@settings(max_examples=150)
def test_any_text_is_read_exactly_or_refused(parse, raw: str) -> None:
    try:
        reading = parse(raw, count_tokens)
    except CorpusError:
        return
    assert reading.pieces
    assert_exact(reading)


@pytest.mark.parametrize("parse", [parse_listing, parse_resolution, parse_article])
@given(raw=ANY_TEXT)
@settings(max_examples=100)
def test_any_text_in_the_wrong_kind_is_read_exactly_or_refused(parse, raw: str) -> None:
    try:
        reading = parse(raw)
    except CorpusError:
        return
    assert_exact(reading)


@given(raw=ANY_TEXT)
@settings(max_examples=100)
def test_no_word_of_a_plain_text_is_lost(raw: str) -> None:
    try:
        found = parts(parse_text(raw, count_tokens))
    except CorpusError:
        assert not re.search(r"\w", raw)
        return
    assert re.findall(r"\w", "".join(found)) == re.findall(r"\w", raw)


WORDS = st.sampled_from(
    [
        "workers ",
        "unions met. ",
        "“Yes!” ",
        "Who? ",
        "(see 4.2) ",
        "due; ",
        "re-\n",
        "\n",
        "労働者。",
        "10,000 ",
        "e.g. ",
    ]
)


@given(paragraph=st.lists(WORDS, min_size=150, max_size=400).map("".join))
@settings(max_examples=25)
def test_no_chunk_is_longer_than_the_model_reads_and_nothing_lies_between_parts(paragraph: str) -> None:
    paragraph = re.sub(r"\s*\n\s*", "\n", paragraph).strip()
    reading = parse_text(paragraph, count_tokens)
    assert_exact(reading)
    assert max(count_tokens(part) for part in parts(reading)) <= MODEL_TOKENS
    assert "".join("".join(parts(reading)).split()) == "".join(paragraph.split())


@given(content=st.binary(max_size=200))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_document_or_one_problem(write_seeds: WriteSeeds, content: bytes) -> None:
    folder = write_seeds({"good.txt": "Unions met in Manila.", "odd.txt": content, "odd.md": content + b" "})
    found = read_corpus(folder, count_tokens)
    assert len(found.documents) + len(found.problems) == 3


# --- files that cannot be read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("b.txt", b"", "is empty. Left out."),
        ("b.txt", b"\xef\xbb\xbf \r\n\t\f\n", "is empty. Left out."),
        ("b.txt", b"\x89PNG\0\0\r\n", "is binary, not text; save its text as UTF-8. Left out."),
        ("b.txt", "Café".encode("latin-1"), "is not UTF-8 text (byte 0xe9 at 3); save it as UTF-8. Left out."),
        ("b.txt", "Unions".encode("utf-16"), "is binary, not text; save its text as UTF-8. Left out."),
        ("b.txt", b"--- *** ---", "holds no words. Left out."),
        ("b.md", b"***\n\n---\n", "holds no words. Left out."),
        ("b.md", b"[ILO]: https://www.ilo.org\n", "holds no words. Left out."),
        ("b.pdf", b"%PDF-1.7", "is not a .txt or .md file; save its text as one. Left out."),
        ("b", b"Unions.", "is not a .txt or .md file; save its text as one. Left out."),
        ("b.txt", b"Unions met in Manila.", "has the same text as a.txt. Left out."),
    ],
    ids=["empty", "blank", "binary", "latin-1", "utf-16", "dashes", "rules", "links", "pdf", "bare", "twin"],
)
def test_a_bad_file_is_one_line_and_the_rest_is_read(
    write_seeds: WriteSeeds, name: str, content: bytes, said: str
) -> None:
    folder = write_seeds({"a.txt": "Unions met in Manila.", name: content, "c.txt": "They agreed."})
    found = read_corpus(folder, count_tokens)
    assert found.problems == (f"{folder / name}: {said}",)
    assert [d.file for d in found.documents] == ["a.txt", "c.txt"]
    assert [c.text for c in found.chunks] == ["Unions met in Manila.", "They agreed."]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("listing", "no line 'Showing"), ("resolution", "without a gap"), ("article", "captions")],
)
def test_a_file_that_is_not_of_its_kind_is_one_line(write_seeds: WriteSeeds, kind: str, said: str) -> None:
    folder = write_seeds({"a.txt": "Unions met", "b.txt": "They agreed."}, f'["a.txt"]\nkind = "{kind}"\n')
    found = read_corpus(folder, count_tokens)
    (problem,) = found.problems
    assert problem.startswith(f"{folder / 'a.txt'}: ")
    assert said in problem
    assert "\n" not in problem
    assert [d.file for d in found.documents] == ["b.txt"]


def test_a_file_that_cannot_be_opened_is_one_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."})
    (folder / "b.txt").symlink_to(folder / "gone.txt")
    found = read_corpus(folder, count_tokens)
    assert found.problems == (f"{folder / 'b.txt'}: cannot be opened (No such file or directory). Left out.",)
    assert len(found.documents) == 1


def test_a_file_name_that_is_not_unicode_does_not_stop_the_rest(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."})
    try:
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text("They agreed.")  # as old zip files bring them
    except OSError:
        pytest.skip("this file system has only Unicode names")
    found = read_corpus(folder, count_tokens)
    assert "a.txt" in [d.file for d in found.documents]
    for problem in found.problems:
        problem.encode()  # can be printed and saved
    assert len(fingerprint(folder)) == 64


def test_hidden_files_and_folders_are_passed_over(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met.", ".DS_Store": b"\0\1"})
    (folder / "more.txt").mkdir()
    found = read_corpus(folder, count_tokens)
    assert (len(found.documents), found.problems) == (1, ())


def test_a_file_that_is_in_the_catalog_but_not_there_is_one_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."}, '["gone.txt"]\ntitle = "Gone"\n')
    found = read_corpus(folder, count_tokens)
    assert found.problems == (f"{folder / 'gone.txt'}: named in catalog.toml but not there",)
    assert len(found.documents) == 1


@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        ('["a.txt"\ntitle = "A"\n', r"cannot be read: .*line 1"),
        ('["a.txt"]\ntitel = "A"\n', r"titel: Extra inputs are not permitted"),
        ('["a.txt"]\nkind = "poem"\n', r"kind: Input should be 'listing', 'resolution', 'article' or 'plain'"),
        ('["a.txt"]\ntitle = 3\n', r"title: Input should be a valid string"),
        ('"a.txt" = "A"\n', r"Input should be a valid dictionary"),
    ],
    ids=["not TOML", "unknown key", "unknown kind", "wrong type", "no table"],
)
def test_a_malformed_catalog_is_one_line_that_says_where(write_seeds: WriteSeeds, catalog: str, said: str) -> None:
    folder = write_seeds({"a.txt": "Unions met."}, catalog)
    path = re.escape(str(folder / "catalog.toml"))
    with pytest.raises(CorpusError, match=rf"^{path}.*{said}.*Mend it, then run: rag index$"):
        read_corpus(folder, count_tokens)


def test_a_malformed_catalog_names_the_entry(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met."}, '["a.txt"]\ntitle = "A"\n["b.txt"]\nkind = "poem"\n')
    with pytest.raises(CorpusError, match=r"catalog\.toml.*b\.txt"):
        read_corpus(folder, count_tokens)


def test_a_catalog_that_is_not_utf8_is_one_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.txt": "Unions met.", "catalog.toml": '["a.txt"]\ntitle = "Café"\n'.encode("latin-1")})
    with pytest.raises(CorpusError, match=r"catalog\.toml cannot be read: .*Mend it, then run: rag index$"):
        read_corpus(folder, count_tokens)


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"^There is no folder .*nowhere here\. Run the command in .*RAG_SEEDS\.$"):
        read_corpus(tmp_path / "nowhere", count_tokens)


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    said = r"^No document to index in .*\. Put \.txt or \.md files there and run: rag index$"
    with pytest.raises(CorpusError, match=said):
        read_corpus(tmp_path, count_tokens)


def test_a_folder_of_bad_files_gives_the_first_reason_in_one_clean_line(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"a.pdf": b"%PDF", "b.txt": b""})
    with pytest.raises(
        CorpusError, match=r"^[^\n]*a\.pdf: is not a \.txt or \.md file; [^.\n]*\. Left out\. Put [^\n]*$"
    ):
        read_corpus(folder, count_tokens)


# --- has anything changed? -------------------------------------------------------------------------------------------


def test_the_fingerprint_changes_with_whatever_is_read_and_with_nothing_else(write_seeds: WriteSeeds) -> None:
    seen = [fingerprint(write_seeds({"a.txt": "Unions met."}))]
    folder = write_seeds({".hidden": "x"})
    os.utime(folder / "a.txt", (0, 0))
    assert fingerprint(folder) == seen[0]
    changes = [("a.txt", "Unions met!"), ("b.txt", "New."), ("catalog.toml", ""), ("b.txt", "New"), ("c.pdf", "%PDF")]
    for name, content in changes:
        seen.append(fingerprint(write_seeds({name: content})))
    (folder / "b.txt").rename(folder / "d.txt")
    seen.append(fingerprint(folder))
    assert len(set(seen)) == len(seen)
