"""The Timeline tab: the plot and the table tell the same, gaps are gaps, nothing of others is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from desk import opened_index, text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.store import Store
from rag.texts import texts_in
from rag.timeline import Item, Share, items, selected, shares
from rag.ui import timeline as ui

T = texts_in("en")
MAY = set(
    "section div h2 p ul ol li svg path span bdi a table caption thead tbody tr th td time button details summary".split()  # noqa: SIM905
)  # every tag that the page uses


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened_index(tmp_path_factory.mktemp("index") / "index") as index:
        yield index.store


def item(date: str, title: str = "Title", listing: str = "A listing") -> Item:
    document = text_document(f"{title}\n{date}\nTeaser", title=listing, kind="listing")
    return Item(text_chunk(document, kind="news", date=date), document, ("Japan",))


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def years_of(html: str) -> list[str]:
    return [plain(found) for found in re.findall(r'<span class="label">.*?</span>', html)]


def test_each_item_is_a_shape_that_leads_to_its_row(store: Store) -> None:
    found = items(store)
    plot, table = ui.plot(found, found, shares(store), T), ui.table(found, found, T)
    targets = re.findall(r'<a class="dot" href="#([^"]+)" aria-label="([^"]+)"', plot)
    assert {target for target, _ in targets} == set(re.findall(r'<tr role="row" id="([^"]+)"', table))
    assert len(targets) == 30
    assert targets[0][1] == f"JYRKI RAINA: Welcome to Global Worker, {T.date('2015-05-19')}"
    assert years_of(plot) == [str(year) for year in range(2015, 2025)]
    assert 'class="plot wide" style="--years:10;--lanes:3"' in plot
    assert "10 of 43 held" in plain(plot)


def test_shapes_differ_by_listing(store: Store) -> None:
    found = items(store)
    plot = ui.plot(found, found, shares(store), T)
    lanes = re.findall(r'<li style="--lane:\d+">.*?</li>', plot)
    assert len(lanes) == 3
    assert len({re.search(r'd="([^"]+)"', lane).group(1) for lane in lanes}) == 3


def test_what_a_filter_leaves_out_stays_as_a_faint_shape_and_is_no_gap(store: Store) -> None:
    found = items(store)
    japan = selected(found, place="Japan")
    plot, table = ui.plot(japan, found, shares(store), T), ui.table(japan, found, T)
    assert (plot.count('<a class="dot"'), plot.count('<span class="dot off" aria-hidden="true">')) == (5, 25)
    assert plot.count('class="nothing"') == 1
    assert "5 of 30 items, newest first" in table
    assert "nothing held" not in table  # 2017 lies before the oldest of them


def test_gaps_stand_where_they_are(store: Store) -> None:
    found = items(store)
    table = ui.table(found, found, T)
    assert plain(table).count("2017: nothing held; other items may exist") == 1
    rows = re.findall(r'class="year"><th[^>]*>(\d+)|class="gap"><td[^>]*>(\d+)', table)
    assert [year or f"-{gap}" for year, gap in rows] == [
        *map(str, range(2024, 2017, -1)), "-2017", "2016", "2015",
    ]  # fmt: skip
    few = [item("2024-05-03"), item("2020-05-03"), item("2018-05-03")]
    assert "2021–2023: nothing held" in plain(ui.table(few, few, T))
    assert years_of(ui.plot(few, few, (), T)) == ["2018", "2019", "2020", "2021–2023", "2024"]
    assert "--column:5;--span:3" in ui.plot(few, few, (), T)
    assert "nothing held" not in ui.table(few[1:2], few, T)


def test_many_years_stand_below_one_another() -> None:
    few = [item("2024-05-03"), item("1990-05-03")]
    plot = ui.plot(few, few, (), T)
    assert 'class="plot"' in plot
    assert years_of(plot) == ["1990", "1991–2023", "2024"]


def test_a_row_tells_date_places_and_listing_and_opens_the_text(store: Store) -> None:
    found = items(store)
    row = re.search(r'<tr role="row" id.*?</tr>', ui.table(found, found, T), re.DOTALL).group()
    chunk = found[0].chunk
    assert f'<time datetime="2024-10-25">{T.date("2024-10-25")}</time>' in row
    assert f'class="read" data-document="{found[0].doc_id}" data-passage="{chunk.id}" lang="en"' in row
    assert "<li>South East Asia</li><li>Philippines</li>" in row
    assert "IndustriALL news: South East Asia and Japan" in row
    text = plain(re.search(r'<div class="words"[^>]*>(.*?)</div>', row, re.DOTALL).group(1))
    assert f"{found[0].title}\n{text}" == chunk.text


def test_choices_count_items_and_give_back_what_selects_them(store: Store) -> None:
    found = items(store)
    assert ui.years(found, T)[:3] == [("All years", ""), ("2024 (10)", "2024"), ("2023 (8)", "2023")]
    places = ui.places(found, T)
    assert places[0] == ("All places", "")
    assert ("Japan (5)", "Japan") in places
    assert [len(selected(found, place=value)) for label, value in places[1:]] == [
        int(re.search(r"\((\d+)\)$", label).group(1)) for label, _ in places[1:]
    ]
    assert ui.listings(found, T)[1] == ("IndustriALL news: South East Asia and Japan (10)", found[0].doc_id)


def test_the_line_of_honesty(store: Store) -> None:
    said = plain(ui.honesty(shares(store), T))
    assert "“IndustriALL news: Asia Pacific”: 10 of 394 results held (1–10)." in said
    assert "10 of 144 results held (131–140)" in said
    assert ui.honesty([Share(text_document("x"), 4, 4, 1, 4)], T) == ui.honesty((), T) == ""


def test_nothing_held_and_nothing_selected_say_so() -> None:
    assert "No dated news item is held." in ui.plot((), (), (), T)
    assert "No dated news item is held." in ui.table((), (), T)
    one = [item("2024-05-03")]
    assert "No item fits." in ui.table((), one, T)
    assert ui.plot((), one, (), T).count("dot off") == 1
    assert "<details>" not in ui.table([bare("2024-05-03")], [*one, bare("2024-05-03")], T)


def bare(date: str) -> Item:
    document = text_document("Only a title", kind="listing")
    return Item(text_chunk(document, kind="news", date=date), document, ())


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.just("<script>alert(1)</script>' onx='\" ony=\"")
)
def test_whatever_an_item_says_is_text(said: str) -> None:
    one = [item("2024-05-03", title=f"T{said}", listing=said)]
    html = ui.plot(one, one, (Share(one[0].document, 1, 2, 1, 1),), T) + ui.table(one, one, T)
    html += ui.honesty([Share(one[0].document, 1, 2, 1, 1)], T)
    used = set(re.findall(r"<([a-z0-9]+)", html))
    assert used <= MAY
    assert not re.search(r"<[^>]*\s(?:on\w+|src)=", re.sub(r'"[^"]*"', '""', html))
    assert said in plain(html)
