"""The timeline of a briefing: headlines as they stand, oldest first, each once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import WriteSeeds
from desk import opened_index

from rag.briefing.dated import timeline_of
from rag.briefing.records import Point
from rag.index import Index
from rag.types import Chunk


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index of the real documents, made with the stand-in for the embedding model."""
    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index


def chunks_with(index: Index, *words: str) -> list[Chunk]:
    """The first passage with each of these words."""
    chunks = index.store.chunks().values()
    return [next(chunk for chunk in chunks if some in chunk.text) for some in words]


def test_items_stand_under_their_own_headlines_oldest_first(index: Index) -> None:
    found = chunks_with(index, "youth quota", "Welcome to Global Worker", "due diligence in Japanese")
    timeline = timeline_of([Point(found[0], "", "", ())], found[1:], index.store)
    assert [(dated.date, dated.title.quote) for dated in timeline] == [
        ("2015-05-19", "JYRKI RAINA: Welcome to Global Worker"),
        ("2022-10-18", "Human rights due diligence in Japanese supply chains"),
        ("2024-09-17", "South East Asia youth calls for integration in union training"),
    ]
    for dated in timeline:
        text = index.store.documents[dated.title.doc_id].text
        assert text[dated.title.start : dated.title.end] == dated.title.quote
        assert dated.title.chunk_id == dated.chunk.id


def test_what_bears_no_day_is_left_out(index: Index) -> None:
    undated = chunks_with(index, "tax havens", "migrant resource centre")  # a resolution; an article of May 2018
    assert timeline_of([], undated, index.store) == ()
    assert timeline_of([], (), index.store) == ()


def test_a_passage_that_comes_twice_is_told_once(index: Index) -> None:
    chunk = chunks_with(index, "youth quota")[0]
    points = [Point(chunk, "", "", ()), Point(chunk, "", "", ())]
    assert [dated.chunk for dated in timeline_of(points, [chunk], index.store)] == [chunk]


ENTRY = '["{file}"]\ntitle = "{title}"\nkind = "{kind}"\npublisher = "A union"\nlanguage = "en"\ndate = "{date}"\n'


def test_an_article_that_bears_a_day_stands_under_its_title(write_seeds: WriteSeeds, tmp_path: Path) -> None:
    entry = ENTRY.format(file="a.txt", title="A day in May", kind="plain", date="2020-05-06")
    text = "A day in May\n\nUnions met in Manila.\n\nThey agreed on a plan."
    with opened_index(tmp_path / "index", write_seeds({"a.txt": text}, entry)) as index:
        timeline = timeline_of([], index.store.chunks().values(), index.store)
    assert [(dated.date, dated.title.quote, dated.title.start) for dated in timeline] == [
        ("2020-05-06", "A day in May", 0)
    ]


def test_a_title_that_its_text_lacks_gives_way_to_the_first_words(write_seeds: WriteSeeds, tmp_path: Path) -> None:
    entry = ENTRY.format(file="a.txt", title="Another title", kind="plain", date="2020-05-06")
    with opened_index(tmp_path / "index", write_seeds({"a.txt": "Unions met. They agreed."}, entry)) as index:
        timeline = timeline_of([], index.store.chunks().values(), index.store)
    assert [dated.title.quote for dated in timeline] == ["Unions met."]


def test_an_item_of_two_listings_is_told_once(seeds: Path, write_seeds: WriteSeeds, tmp_path: Path) -> None:
    listing = (seeds / "000_4e2d5463c5b0dd2b.txt").read_text(encoding="utf-8")
    other = listing.replace("youth quota in routine union training", "youth quota in union training")
    entries = [ENTRY.format(file=f"{n}.txt", title=f"News {n}", kind="listing", date="2024") for n in "ab"]
    with opened_index(tmp_path / "index", write_seeds({"a.txt": listing, "b.txt": other}, "".join(entries))) as index:
        chunks = index.store.chunks().values()
        timeline = timeline_of([], chunks, index.store)
    assert (len(chunks), len(timeline)) == (20, 10)
    assert [dated.date for dated in timeline] == sorted(dated.date for dated in timeline)
