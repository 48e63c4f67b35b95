"""The picture of the timeline: the same bytes each time, grey, no dot on another, and in words too."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import pairwise

import matplotlib as mpl
import pytest
from desk import text_chunk, text_document
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rag.briefing.chart import _DOT, _rows, timeline_in_words, timeline_png, timeline_svg
from rag.briefing.records import Dated
from rag.texts import texts_in
from rag.types import Span

T = texts_in("en")
DOCUMENT = text_document("A headline")
CHUNK = text_chunk(DOCUMENT)
TITLE = Span(DOCUMENT.id, CHUNK.id, 0, len(DOCUMENT.text), DOCUMENT.text)


def dated(*dates: str) -> tuple[Dated, ...]:
    return tuple(Dated(date, CHUNK, TITLE) for date in dates)


def grey_columns(png: bytes) -> int:
    """Columns of the picture that begin with the grey of years without items."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(image.getpixel((x, 0)) == (0xE6, 0xE6, 0xE6) for x in range(image.width))


def test_the_same_items_make_the_same_bytes_and_leave_matplotlib_as_it_was() -> None:
    items = dated("2021-05-07", "2022-06-24", "2024-10-25")
    before = dict(mpl.rcParams)
    assert timeline_png(items, T) == timeline_png(items, T)
    assert timeline_svg(items, T) == timeline_svg(items, T)
    assert dict(mpl.rcParams) == before
    assert b"<dc:date>" not in timeline_svg(items, T)


def test_the_picture_fits_the_page_and_is_read_in_grey() -> None:
    image = Image.open(io.BytesIO(timeline_png(dated("2021-05-07", "2024-10-25"), T)))
    assert image.width == 1280  # 6.4 inches of 200 dots
    assert image.height == 118  # (0.32 + one row of 0.27) × 200
    colours = [colour for _, colour in image.convert("RGB").getcolors(maxcolors=100_000) or []]
    assert colours
    assert all(max(colour) - min(colour) <= 1 for colour in colours)


def test_years_of_which_nothing_is_held_are_grey() -> None:
    assert grey_columns(timeline_png(dated("2021-05-07", "2022-06-24"), T)) == 0
    # Two of four years, of 5.96 inches (6.4 without a dot at each end) of 200 dots.
    assert grey_columns(timeline_png(dated("2021-05-07", "2024-10-25"), T)) == pytest.approx(2 / 4 * 5.96 * 200, abs=3)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (["2024-09-17"], "Dated items by year: 2024: 1."),
        (["2023-02-20", "2024-06-13", "2024-10-25"], "Dated items by year: 2023: 1; 2024: 2."),
        (["2015", "2018-05", "2020-01-01"], "Dated items by year: 2015: 1; 2016–2017: nothing held; 2018: 1; 2019: nothing held; 2020: 1."),
    ],
)  # fmt: skip
def test_what_the_picture_shows_in_words(dates: Sequence[str], said: str) -> None:
    assert timeline_in_words(dated(*dates), T) == said
    assert timeline_png(dated(*dates), T).startswith(b"\x89PNG")


def test_letters_are_outlines_and_nothing_is_loaded() -> None:
    svg = timeline_svg(dated("1950", "1991-02-03", "2024-12-31"), T).decode("utf-8")
    assert "<text" not in svg
    assert all(address.startswith("#") for address in re.findall(r'href="([^"]*)"', svg))


@settings(max_examples=50)
@given(st.lists(st.floats(0, 6), min_size=1, max_size=60))
def test_no_dot_lies_on_another(places: list[float]) -> None:
    places.sort()
    rows = _rows(places)
    for row in range(max(rows) + 1):
        line = [place for place, at in zip(places, rows, strict=True) if at == row]
        assert line  # no row is empty
        assert all(right - left > _DOT for left, right in pairwise(line))
