"""The news items over time: what is held, selected, and where nothing is."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import opened_index, text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.store import Store
from rag.timeline import Gap, Item, gaps, items, selected, shares, years


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened_index(tmp_path_factory.mktemp("index") / "index") as index:
        yield index.store


def item(date: str, text: str = "Title\nTeaser", places: tuple[str, ...] = ()) -> Item:
    document = text_document(text)
    return Item(text_chunk(document, kind="news", date=date), document, places)


def test_items_are_the_news_newest_first(store: Store) -> None:
    found = items(store)
    assert len(found) == 30
    assert [found[0].date, found[-1].date] == [dt.date(2024, 10, 25), dt.date(2015, 5, 19)]
    assert all(a.date >= b.date for a, b in itertools.pairwise(found))
    assert found[0].title == "Energy sector unions in Southeast Asia drive forward Just Transition strategies"
    assert found[0].places == ("South East Asia", "Philippines")
    assert {i.chunk_id for i in found} == {c.id for c in store.chunks().values() if c.kind == "news"}
    assert all(i.doc_id == i.chunk.doc_id for i in found)


def test_items_are_selected_by_year_place_and_listing(store: Store) -> None:
    found = items(store)
    ids = list(store.documents)[:3]
    assert selected(found) == found
    assert len(selected(found, year=2024)) == 10
    assert [i.date.year for i in selected(found, place="Japan")] == [2024, 2023, 2023, 2022, 2022]
    assert [len(selected(found, listing=doc_id)) for doc_id in ids] == [10, 10, 10]
    assert [i.title for i in selected(found, year=2024, place="Cambodia", listing=ids[1])] == [
        "Human rights and responsible business conduct in Asia Pacific’s textile sector",
        "Cambodian and Philippine youth fight against precarious work",
    ]
    assert selected(found, year=1999) == selected(found, place="Atlantis") == selected(found, listing="x") == ()


def test_the_gap_in_the_documents_is_2017(store: Store) -> None:
    assert gaps(items(store)) == (Gap(2017, 2017),)


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        ([], ()),
        (["2020-01-01"], ()),
        (["2020-12-31", "2021-01-01"], ()),
        (["2021-01-01", "2018-05-05", "2018-06-06"], (Gap(2019, 2020),)),
        (["2010-01-01", "2012-01-01", "2016-01-01"], (Gap(2011, 2011), Gap(2013, 2015))),
    ],
)
def test_gaps_are_runs_of_empty_years(dates: list[str], found: tuple[Gap, ...]) -> None:
    assert gaps([item(date) for date in dates]) == found


@given(st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), min_size=1, max_size=8))
def test_every_year_has_an_item_or_lies_in_a_gap(dates: list[dt.date]) -> None:
    made = [item(date.isoformat()) for date in dates]
    empty = [year for gap in gaps(made) for year in range(gap.first, gap.last + 1)]
    assert sorted(empty + list({date.year for date in dates})) == list(years(made))


def test_what_is_held_of_each_listing(store: Store) -> None:
    assert [(s.held, s.advertised, s.first, s.last) for s in shares(store)] == [
        (10, 43, 1, 10),
        (10, 394, 1, 10),
        (10, 144, 131, 140),
    ]
    assert shares(store)[0].document.title == "IndustriALL news: South East Asia and Japan"


def test_a_collection_without_news_has_no_items(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("Unions met in Manila on 3 May 2024.", encoding="utf-8")
    with opened_index(tmp_path / "index", seeds) as index:
        assert items(index.store) == shares(index.store) == ()
    assert list(years(())) == []


def test_a_title_is_the_first_line() -> None:
    assert item("2024-05-03", "Only a title").title == "Only a title"
    assert item("2024-05-03", "A\nB\nC").title == "A"
