"""The dated items of a briefing over the years, as a small picture that is read without colours.

Each item is a dot with its number in the list below the picture. Years of which nothing is held are grey. The same
items make the same bytes. The only module with matplotlib.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rag.briefing.records import Dated

if TYPE_CHECKING:
    from rag.texts import Texts

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"  # DejaVu, which comes with matplotlib

_WIDTH = 6.4  # inches: of an A4 page between its margins
_ROW = 0.27  # inches from a dot to the one above it
_AXIS = 0.32  # inches below the lowest dot: the line and its years
_DOT = 0.22  # inches across
_LINE = _WIDTH - 2 * _DOT  # inches: a dot at either end is whole
_DPI = 200
_INK, _QUIET, _EMPTY = "#1c1c1c", "#555555", "#e6e6e6"
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "svg.hashsalt": "solidarity-desk",
    "svg.fonttype": "path",
    "path.simplify": False,
}
_SPARSE = 0.45  # inches: what the name of a year needs


def timeline_png(dated: Sequence[Dated], t: Texts) -> bytes:
    """The picture as PNG, 200 dots an inch.

    Args:
        dated: at least one, oldest first; number n is `dated[n - 1]`.
        t: the words in it.
    """
    return _drawn(dated, t, "png", {"Software": None})


def timeline_svg(dated: Sequence[Dated], t: Texts) -> bytes:
    """The picture as SVG, its letters as outlines; arguments as for `timeline_png`."""
    return _drawn(dated, t, "svg", {"Date": None, "Creator": None})


def timeline_in_words(dated: Sequence[Dated], t: Texts) -> str:
    """What the picture shows, for those who do not see it."""
    held = Counter(_day(item).year for item in dated)
    years = range(min(held), max(held) + 1) if held else range(0)
    said = [
        f"{_period(list(run), t)}"
        if empty
        else "; ".join(t("briefing.handout.chart_year", year=str(y), n=held[y]) for y in run)
        for empty, run in groupby(years, key=lambda year: not held[year])
    ]
    return t("briefing.handout.chart", years="; ".join(said))


def _period(years: Sequence[int], t: Texts) -> str:
    name = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
    return f"{name}: {t('briefing.handout.chart_gap')}"


def _drawn(dated: Sequence[Dated], t: Texts, form: str, metadata: dict[str, str | None]) -> bytes:
    days = [_day(item) for item in dated]
    first, last = min(days).year, max(days).year
    years = last - first + 1
    a_year = _LINE / years
    places = [(_fraction(day) - first) * a_year for day in days]  # inches from the left
    rows = _rows(places)
    height = _AXIS + _ROW * (max(rows) + 1)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, height), dpi=_DPI)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(-_DOT, _WIDTH - _DOT), ylim=(-_AXIS, height - _AXIS))
        axes.set_axis_off()
        _draw_years(axes, range(first, last + 1), {day.year for day in days}, t)
        for n, (x, row) in enumerate(zip(places, rows, strict=True), start=1):
            y = _ROW * (row + 0.5)
            axes.plot([x], [y], "o", markersize=72 * _DOT, color=_INK, markeredgecolor="white", markeredgewidth=0.8)
            axes.text(x, y, str(n), color="white", fontsize=7.5, fontweight="bold", ha="center", va="center_baseline")
        file = io.BytesIO()
        figure.savefig(file, format=form, metadata=metadata)
    return file.getvalue()


def _draw_years(axes: mpl.axes.Axes, years: range, held: set[int], t: Texts) -> None:
    """The line of time with its years, and a grey band for each run of them of which nothing is held."""
    a_year = _LINE / len(years)
    top = axes.get_ylim()[1]
    step = next(
        step for step in (1, 2, 5, 10, 25, 50, 100, len(years)) if step * a_year >= _SPARSE or step >= len(years)
    )
    for empty, run in groupby(years, key=lambda year: year not in held):
        span = list(run)
        left, width = (span[0] - years[0]) * a_year, len(span) * a_year
        words = t("briefing.handout.chart_gap")
        if empty:
            axes.fill_between([left, left + width], 0, top, color=_EMPTY, linewidth=0)
        if empty and width > 0.075 * len(words):
            axes.text(
                left + width / 2, top / 2, words, color=_QUIET, fontsize=7.5, style="italic", ha="center", va="center"
            )
    axes.plot([0, _LINE], [0, 0], color=_INK, linewidth=1)
    for n, year in enumerate(years):
        axes.plot([n * a_year] * 2, [0, -0.05], color=_INK, linewidth=1)
        if n % step == 0:
            axes.text(
                (n + 0.5 * min(step, len(years) - n)) * a_year if step == 1 else n * a_year + 0.02,
                -0.1,
                str(year),
                color=_INK,
                fontsize=8,
                ha="center" if step == 1 else "left",
                va="top",
            )


def _rows(places: Sequence[float]) -> list[int]:
    """The row of each dot, the lowest in which it touches no other."""
    ends: list[float] = []  # where the last dot of each row ends
    rows: list[int] = []
    for x in places:
        row = next((row for row, end in enumerate(ends) if end <= x), len(ends))
        ends[row : row + 1] = [x + _DOT + 0.02]
        rows.append(row)
    return rows


def _day(dated: Dated) -> dt.date:
    return dt.date.fromisoformat(f"{dated.date}-01-01"[:10])  # of a month or year the first day


def _fraction(day: dt.date) -> float:
    """Years since the year 0, such as 2024.5 for the middle of 2024."""
    start = dt.date(day.year, 1, 1)
    return day.year + (day - start).days / 366
