"""The table of a briefing: every number, date and organisation that its quotations use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.briefing.measures import dates_in, numbers_in
from rag.briefing.organisations import each_once, organisations_of
from rag.briefing.records import Figure, FigureKind, Point
from rag.types import Span, cited


def figures_of(points: Sequence[Point]) -> tuple[Figure, ...]:
    """Each number, date and organisation of the quotations that stand in the briefing, with its first source.

    Numbers first, then dates, then organisations; those of a kind in order of appearance. `Figure.text` is a slice of
    its span's quotation: "60 trade union representatives", "14 September", "Japan Council of Metalworkers' Unions
    (JCM)". The same organisation under its name and its acronym is one where a quotation explains the acronym.
    """
    spans = cited(sentence for point in points for sentence in point.sentences if sentence.shown)
    once: dict[tuple[FigureKind, str], Figure] = {}
    for figure in (*_numbers(spans), *_dates(spans)):
        once.setdefault((figure.kind, figure.text.lower()), figure)
    return (*once.values(), *_organisations(spans))


def _numbers(spans: Sequence[Span]) -> Iterator[Figure]:
    for span in spans:
        for number in numbers_in(span.quote):
            yield Figure(span.quote[number.start : number.end], FigureKind.NUMBER, span)


def _dates(spans: Sequence[Span]) -> Iterator[Figure]:
    for span in spans:
        for date in dates_in(span.quote):
            yield Figure(span.quote[date.start : date.end], FigureKind.DATE, span)


def _organisations(spans: Sequence[Span]) -> Iterator[Figure]:
    named = [(name, span) for span in spans for name in organisations_of(span.quote)]
    first = {id(name) for name in each_once(name for name, _ in named)}
    for name, span in named:
        if id(name) in first:
            yield Figure(name.text, FigureKind.ORGANISATION, span)
