"""A briefing as slides, in Markdown for pandoc: one point a slide, its quotations and their sources in the notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.briefing.chart import timeline_in_words, timeline_png
from rag.briefing.cover import described, not_covered, origin, title_of
from rag.briefing.document import embedded
from rag.briefing.notes import Notes
from rag.briefing.records import Briefing, Point
from rag.markdown import bullets, escape, heading
from rag.oneline import shortened
from rag.types import Span, cited

if TYPE_CHECKING:
    from rag.texts import Texts

_LONGEST_HEADING = 70  # characters: two lines
_MOST = 420  # characters of a point that a slide holds; the notes have all of them
_ROWS = 11  # of text on a slide
_ROW = 58  # characters
_LONGEST_LINE = 300
_IN = "briefing.handout"


def slides_markdown(briefing: Briefing, t: Texts) -> str:
    """Slides for a session: headings of level 2 are their titles, that of level 1 is on the first slide.

    Args:
        briefing: as for `rag.briefing.document.markdown`.
        t: headings and fixed words, in the language of the slides.
    """
    notes = Notes(briefing, t, tagged=False)
    slides = _slides(briefing, t, notes) if briefing.points else _uncovered(briefing, t)
    blocks = [heading(title_of(briefing, t), 1), *slides, *_closing(briefing, t)]
    if briefing.timeline:
        blocks.append(f"[chart]: {embedded(timeline_png(briefing.timeline, t), 'png')}")
    return "\n\n".join(filter(None, blocks)) + "\n"


def _slides(briefing: Briefing, t: Texts, notes: Notes) -> Iterator[str]:
    yield from _listed("in_brief", [sentence.text for sentence in briefing.brief], t)
    yield _noted(cited(briefing.brief), notes)
    for point in briefing.points:
        yield from _point(point, notes)
    if briefing.timeline:
        yield _title(t(f"{_IN}.timeline"))
        yield f"![{escape(timeline_in_words(briefing.timeline, t))}][chart]"
    yield from _listed(
        "timeline", [f"{t.date(dated.date)}: {dated.title.quote}" for dated in briefing.timeline], t, True
    )
    yield from _listed("discuss", briefing.discussion, t, numbered=True)
    yield from _listed("gaps", briefing.gaps, t)
    used = {span.doc_id for span in cited(briefing.sentences)}
    yield from _listed("sources", [described(d, t) for d in briefing.documents if d.id in used], t)


def _uncovered(briefing: Briefing, t: Texts) -> Iterator[str]:
    yield from _listed("uncovered", [not_covered(briefing, t), *(described(d, t) for d in briefing.documents)], t)
    yield from _listed("gaps", briefing.gaps, t)


def _closing(briefing: Briefing, t: Texts) -> Iterator[str]:
    yield _title(t("export.about"))
    if briefing.points:
        yield escape(t(f"{_IN}.in_short"))
        yield escape(t(f"{_IN}.left_out", n=briefing.left_out))
    yield escape(origin(briefing, t))
    yield _notes([escape(t(f"{_IN}.checked"))] if briefing.points else [])


def _point(point: Point, notes: Notes) -> Iterator[str]:
    spans = cited(point.sentences)
    yield _title(point.theme)
    yield escape(shortened(" ".join(sentence.text for sentence in point.sentences), _MOST))
    yield from (f"*{escape(place)}*" for place in dict.fromkeys(notes.place(span) for span in spans))
    yield _noted(spans, notes)


def _listed(key: str, lines: Sequence[str], t: Texts, numbered: bool = False) -> Iterator[str]:
    """As many slides as the lines need, all with the same title."""
    short = [shortened(line, _LONGEST_LINE) for line in lines]
    for numbers in _paged(short):
        yield _title(t(f"{_IN}.{key}"))
        yield "\n".join(f"{n}. {escape(short[n - 1])}" if numbered else bullets([short[n - 1]]) for n in numbers)


def _paged(lines: Sequence[str]) -> Iterator[list[int]]:
    """Numbers of the lines, from 1, that stand on each slide."""
    page: list[int] = []
    left = _ROWS
    for n, line in enumerate(lines, start=1):
        rows = -(-len(line) // _ROW)
        if page and rows > left:
            yield page
            page, left = [], _ROWS
        page.append(n)
        left -= rows
    if page:
        yield page


def _title(text: str) -> str:
    return heading(shortened(text, _LONGEST_HEADING), 2)


def _noted(spans: Sequence[Span], notes: Notes) -> str:
    """The notes of a slide: each quotation with its source."""
    return _notes([f"{escape(notes.reference(span))}\\\n{notes.quotation(span)}" for span in spans])


def _notes(blocks: Sequence[str]) -> str:
    return "\n\n".join(["::: notes", *blocks, ":::"]) if blocks else ""
