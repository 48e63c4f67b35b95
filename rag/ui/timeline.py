"""The Timeline tab: the news items over time, as a plot and as a table; no language model has a part in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import groupby

from rag import timeline
from rag.geography import name_in
from rag.texts import Texts
from rag.timeline import Gap, Item, Share
from rag.ui.html import isolated, lang
from rag.ui.verbatim import marked

Choices = list[tuple[str, str]]  # (words, value); the first one, with the value "", chooses nothing out

# One shape for each listing, so that nothing is told by colour alone: paths in a square of 24.
_SHAPES = (
    "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18z",
    "M4 4h16v16H4z",
    "M12 1.5 22.5 12 12 22.5 1.5 12z",
    "M12 2.5 22.5 21h-21z",
    "M8.5 3h7v5.5H21v7h-5.5V21h-7v-5.5H3v-7h5.5z",
    "M7 3h10l5 9-5 9H7l-5-9z",
)
_MOST_COLUMNS = 14  # years that stand side by side where there is room; more stand below one another


def plot(items: Sequence[Item], all_items: Sequence[Item], shares: Sequence[Share], t: Texts) -> str:
    """The items by year and listing, each a shape that leads to it; years of which nothing is held are shaded.

    Args:
        items: the selected ones; the others stay as faint shapes, so that nothing moves when a filter changes.
        all_items: every item that is held.
        shares: what is held of each listing.
        t: the words of the page.
    """
    heading = f"<h2>{escape(t('timeline.heading'))}</h2>"
    if not all_items:
        return f'<section class="reading timeline">{heading}{_note("timeline.empty", t)}</section>'
    lanes = _lanes(all_items)
    years = timeline.years(all_items)
    chosen = {item.chunk_id for item in items}
    gaps = {gap.first: gap for gap in timeline.gaps(all_items)}
    missing = {year for gap in gaps.values() for year in range(gap.first, gap.last + 1)}
    held = {share.document.id: share for share in shares}
    names = "".join(_lane(item, n, held.get(item.doc_id), t) for n, item in _first_of_each(all_items, lanes))
    columns = []
    for column, year in enumerate(years, start=2):
        if year in gaps:
            columns.append(_gap_column(gaps[year], column, t))
        elif year not in missing:
            of_year = [item for item in reversed(all_items) if item.date.year == year]
            columns.append(_year_column(year, column, of_year, lanes, chosen, t))
    wide = " wide" if len(years) <= _MOST_COLUMNS else ""
    return (
        f'<section class="reading timeline">{heading}<p class="quiet">{escape(t("timeline.intro"))}</p>'
        f'<div class="plot{wide}" '
        f'style="--years:{len(years)};--lanes:{len(lanes)}"><ul class="lanes" role="list">{names}</ul>'
        f'<ol class="years" role="list">{"".join(columns)}</ol></div></section>'
    )


def table(items: Sequence[Item], all_items: Sequence[Item], t: Texts) -> str:
    """The items to read, newest first, by year, with a row for each run of years of which nothing is held.

    Args:
        items: the selected ones.
        all_items: every item that is held: a year that a filter leaves empty is no gap.
        t: the words of the page.
    """
    if not items:
        return f'<div class="reading">{_note("timeline.none_selected" if all_items else "timeline.empty", t)}</div>'
    lanes = _lanes(all_items)
    count = (
        t("timeline.shown", n=len(items))
        if len(items) == len(all_items)
        else t("timeline.shown_of", n=len(items), all=len(all_items))
    )
    columns = "".join(
        f'<th scope="col" role="columnheader">{escape(t(f"timeline.{key}"))}</th>'
        for key in ("date", "title", "places", "listing")
    )
    gaps = sorted(timeline.gaps(all_items), key=lambda gap: gap.last, reverse=True)
    bodies: list[str] = []
    for year, of_year in groupby(items, key=lambda item: item.date.year):
        while gaps and gaps[0].first > year:
            gap = gaps.pop(0)
            bodies += [_gap_row(gap, t)] if bodies else []
        rows = "".join(_row(item, lanes[item.doc_id], t) for item in of_year)
        bodies.append(
            f'<tbody role="rowgroup"><tr role="row" class="year"><th scope="rowgroup" role="rowheader" colspan="4">'
            f"{year}</th></tr>{rows}</tbody>"
        )
    return (
        f'<div class="reading"><table class="items" role="table"><caption>{escape(count)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{columns}</tr></thead>{"".join(bodies)}</table></div>'
    )


def honesty(shares: Sequence[Share], t: Texts) -> str:
    """A line on how much of each longer list is held; "" when every list is whole."""
    lines = [
        t(
            "timeline.honesty",
            listing=share.document.title,
            held=share.held,
            advertised=share.advertised,
            first=share.first,
            last=share.last,
        )
        for share in shares
        if share.held < share.advertised
    ]
    said = "".join(f"<li>{isolated(line)}</li>" for line in lines)
    end = escape(t("timeline.honesty_end"))
    return f'<div class="reading honesty"><ul>{said}</ul><p>{end}</p></div>' if lines else ""


def years(all_items: Sequence[Item], t: Texts) -> Choices:
    """The years that have items, newest first, each with the number of its items."""
    counts = Counter(item.date.year for item in all_items)
    chosen = [(_choice(str(year), n, t), str(year)) for year, n in sorted(counts.items(), reverse=True)]
    return [(t("timeline.all_years"), ""), *chosen]


def places(all_items: Sequence[Item], t: Texts) -> Choices:
    """The places that items name, by their names in the language of the page; values are as in `Item.places`."""
    counts = Counter(place for item in all_items for place in item.places)
    chosen = sorted((_choice(_place(place, t), n, t), place) for place, n in counts.items())
    return [(t("timeline.all_places"), ""), *chosen]


def listings(all_items: Sequence[Item], t: Texts) -> Choices:
    """The listings that items stand in; values are ids."""
    counts = Counter(item.doc_id for item in all_items)
    lanes = _lanes(all_items)
    chosen = [(_choice(i.document.title, counts[i.doc_id], t), i.doc_id) for _, i in _first_of_each(all_items, lanes)]
    return [(t("timeline.all_listings"), ""), *chosen]


def _choice(name: str, n: int, t: Texts) -> str:
    return t("timeline.choice", name=name, n=n)


def _place(place: str, t: Texts) -> str:
    key = f"timeline.regions.{place.lower().replace(' ', '_')}"  # regions that no library has in all languages
    return t(key) if key in t.words else name_in(place, t.language)


def _lanes(all_items: Sequence[Item]) -> dict[str, int]:
    """Number of each listing, from 0: its row in the plot and its shape."""
    return {doc_id: n for n, doc_id in enumerate(dict.fromkeys(item.doc_id for item in all_items))}


def _first_of_each(all_items: Sequence[Item], lanes: dict[str, int]) -> list[tuple[int, Item]]:
    """An item of each listing, with the listing's number."""
    by_id = {item.doc_id: item for item in all_items}
    return [(n, by_id[doc_id]) for doc_id, n in lanes.items()]


def _shape(lane: int) -> str:
    n = lane % len(_SHAPES)
    return f'<svg class="shape shape-{n}" viewBox="0 0 24 24" aria-hidden="true"><path d="{_SHAPES[n]}"/></svg>'


def _lane(item: Item, lane: int, share: Share | None, t: Texts) -> str:
    held = t("timeline.held", held=share.held, advertised=share.advertised) if share and share.advertised else ""
    return (
        f'<li style="--lane:{lane + 1}">{_shape(lane)}<span{lang(item.document)}>{isolated(item.document.title)}'
        f'</span> <span class="quiet">{escape(held)}</span></li>'
    )


def _year_column(
    year: int, column: int, items: Sequence[Item], lanes: dict[str, int], chosen: set[str], t: Texts
) -> str:
    cells = "".join(
        f'<span class="cell" style="--lane:{lane + 1}">'
        f"{''.join(_dot(item, lane, item.chunk_id in chosen, t) for item in items if item.doc_id == doc_id)}</span>"
        for doc_id, lane in lanes.items()
    )
    return f'<li style="--column:{column}"><span class="label">{year}</span>{cells}</li>'


def _gap_column(gap: Gap, column: int, t: Texts) -> str:
    n = gap.last - gap.first + 1
    return (
        f'<li class="gap" style="--column:{column};--span:{n}"><span class="label">{_span_of(gap, t)}</span>'
        f'<span class="nothing">{escape(t("timeline.nothing_held"))}</span></li>'
    )


def _dot(item: Item, lane: int, chosen: bool, t: Texts) -> str:
    if not chosen:
        return f'<span class="dot off" aria-hidden="true">{_shape(lane)}</span>'
    label = escape(t("timeline.item_label", title=item.title, date=t.date(item.chunk.date)))
    return (
        f'<a class="dot" href="#item-{escape(item.chunk_id)}" aria-label="{label}" title="{label}">{_shape(lane)}</a>'
    )


def _span_of(gap: Gap, t: Texts) -> str:
    if gap.first == gap.last:
        return str(gap.first)
    return escape(t("timeline.years", first=str(gap.first), last=str(gap.last)))


def _gap_row(gap: Gap, t: Texts) -> str:
    said = escape(t("timeline.gap", years="\0")).replace("\0", _span_of(gap, t))
    return f'<tbody role="rowgroup"><tr role="row" class="gap"><td role="cell" colspan="4">{said}</td></tr></tbody>'


def _row(item: Item, lane: int, t: Texts) -> str:
    document, chunk = item.document, item.chunk
    chunk_id = escape(chunk.id)
    where = "".join(f"<li>{escape(_place(place, t))}</li>" for place in item.places)
    return (
        f'<tr role="row" id="item-{chunk_id}"><td role="cell" class="when">'
        f'<time datetime="{item.date.isoformat()}">{escape(t.date(chunk.date))}</time></td>'
        f'<th scope="row" role="rowheader"><button type="button" class="read" data-document="{escape(document.id)}" '
        f'data-passage="{chunk_id}"{lang(document)}>{isolated(item.title)}</button>'
        f"{_text(item, t)}</th>"
        f'<td role="cell" class="places">{f"<ul>{where}</ul>" if where else ""}</td>'
        f'<td role="cell" class="listing">{_shape(lane)}<span{lang(document)}>{isolated(document.title)}</span></td>'
        "</tr>"
    )


def _text(item: Item, t: Texts) -> str:
    """What stands below the headline, to be read in place; "" when nothing does."""
    below = slice(len(item.title) + 1, None)
    if not item.chunk.text[below]:
        return ""
    return (
        f"<details><summary>{escape(t('timeline.read_here'))}</summary>"
        f'<div class="words"{lang(item.document)} dir="auto">{marked(item.chunk.text, part=below)}</div></details>'
    )


def _note(key: str, t: Texts) -> str:
    return f'<p class="nothing-found">{escape(t(key))}</p>'
