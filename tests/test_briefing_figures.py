"""The table of figures and names: slices of the quotations, each thing once, nothing that is none."""

from __future__ import annotations

import pytest
from briefings import briefing_over
from desk import text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.briefing.figures import figures_of
from rag.briefing.measures import dates_in, in_form_of, near, numbers_in
from rag.briefing.organisations import each_once, organisations_of
from rag.briefing.records import FigureKind, Point
from rag.corpus import Corpus
from rag.types import Sentence, Span, Support

PIECES = (*"abcABC 0123456789.,-–%$’'()&\n", " per cent ", " two ", " Union ", " of ", "ILO", " 5 May 2020 ")
WRITTEN = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)


def point_of(*quotes: str, shown: bool = True) -> Point:
    """A point that rests on each of these sentences of one document."""
    document = text_document(" ".join(quotes))
    chunk = text_chunk(document)
    spans = []
    for quote in quotes:
        start = document.text.index(quote)
        spans.append(Span(document.id, chunk.id, start, start + len(quote), quote))
    support = Support.SUPPORTED if shown else Support.PARTLY
    return Point(chunk, "A speaker", "A theme", tuple(Sentence(span.quote, (span,), support) for span in spans))


def told(kind: FigureKind, *quotes: str) -> list[str]:
    return [figure.text for figure in figures_of([point_of(*quotes)]) if figure.kind is kind]


@pytest.mark.parametrize(
    ("quote", "texts"),
    [
        ("with 60 trade union representatives from Cambodia", ["60 trade union representatives"]),
        ("an increase of on average YEN8,407 (US$63), the highest since 2020", ["YEN8,407", "US$63"]),
        ("provide a 20 percent youth quota", ["20 percent"]),
        ("awarded himself 80 per cent of the votes", ["80 per cent"]),
        ("their three-year Programme, and 20 organizers met", ["three-year", "20 organizers"]),
        ("including ILO Conventions 100, 111, 183 and 190; and", ["Conventions 100, 111, 183 and 190"]),
        ("Eighteen (nine women) union representatives", ["Eighteen", "nine women"]),
        ("the impact of Industry 4.0 and the 4th Congress", []),
        ("millions of workers, on 5-6 June 2024", []),
        ("the growing number is 12", ["12"]),
    ],
)
def test_numbers_come_with_what_they_count(quote: str, texts: list[str]) -> None:
    assert told(FigureKind.NUMBER, quote) == texts


@pytest.mark.parametrize(
    ("quote", "texts"),
    [
        ("met on 30 and 31 October, respectively", ["30 and 31 October"]),
        ("On October 22-23, 2024, delegates met in Kuala Lumpur on 1 November.", ["October 22-23, 2024", "1 November"]),
        ("celebrated forty years in December last year", ["December last year"]),
        ("twenty-four unions agreed in 2014 and signed in 2015", ["2014", "2015"]),
        ("They may march in 20 cities", []),
    ],
)
def test_dates_are_as_they_are_written(quote: str, texts: list[str]) -> None:
    assert told(FigureKind.DATE, quote) == texts


@pytest.mark.parametrize(
    ("quote", "texts"),
    [
        ("supported by Friedrich-Ebert-Stiftung (FES), hosted a meeting in Manila", ["Friedrich-Ebert-Stiftung (FES)"]),
        ("the International Labour Organization’s (ILO) framework; the ILO says", ["International Labour Organization"]),
        (
            "to the Ministry of Economy, Trade and Industry (METI) in Japan",
            ["Ministry of Economy, Trade and Industry (METI)"],
        ),
        ("the Union of Metalworkers and Mechanics of Iran (UMMI)", ["Union of Metalworkers and Mechanics of Iran (UMMI)"]),
        (
            "The Alang Sosiya Ship Recycling and General Workers Association (ASSRGWA) is",
            ["Alang Sosiya Ship Recycling and General Workers Association (ASSRGWA)"],
        ),
        ("IndustriALL and IG Metall; IndustriALL Global Union’s plan; affiliate, UA ZENSEN, and BASF unions",
         ["IndustriALL", "IG Metall", "UA ZENSEN", "BASF"]),
        ("funded by Union to Union", ["Union to Union"]),
        ("Trade Unions and the Executive Committee met. Unions agreed. Congress rejects", []),
        ("artificial intelligence (AI) and a joint resource centre (MRC); MRC and AI help MNCs in the UK", []),
        ("REPORT: young workers in South Asia, Japan and May Day on Monday", []),
        ("ITUC-AP and Asia-Pacific affiliates", ["ITUC-AP"]),
    ],
)  # fmt: skip
def test_organisations_are_told_from_other_names(quote: str, texts: list[str]) -> None:
    assert told(FigureKind.ORGANISATION, quote) == texts


def test_an_acronym_is_the_organisation_that_it_stands_for() -> None:
    names = organisations_of("The Arab Trade Union Confederation (ArabTUC) met ILO staff; ArabTUC signed.")
    assert [name.text for name in each_once(names)] == ["Arab Trade Union Confederation (ArabTUC)", "ILO"]
    assert [name.text for name in each_once(names, {"ilo"})] == ["Arab Trade Union Confederation (ArabTUC)"]


def test_each_stands_once_with_its_first_source_by_kind() -> None:
    first, second = "In 2014, 18 unions met the ILO.", "The ILO and 18 unions met again in 2014 and with BASF in 2015."
    figures = figures_of([point_of(first), point_of(second)])
    assert [(figure.text, figure.span.quote == first) for figure in figures] == [
        ("18 unions", True), ("2014", True), ("2015", False), ("ILO", True), ("BASF", False),
    ]  # fmt: skip
    assert [figure.kind.value for figure in figures] == ["number", "date", "date", "organisation", "organisation"]


def test_what_was_withheld_is_not_in_the_table() -> None:
    assert figures_of([point_of("18 unions met the ILO in 2014.", shown=False)]) == ()
    assert figures_of([]) == ()


def test_every_text_of_a_real_briefing_is_a_slice_of_its_quotation(corpus: Corpus) -> None:
    briefing = briefing_over(corpus)
    figures = figures_of(briefing.points)
    assert all(figure.text in figure.span.quote for figure in figures)
    texts = {document.id: document.text for document in corpus.documents}
    assert all(texts[f.span.doc_id][f.span.start : f.span.end] == f.span.quote for f in figures)
    assert [figure.text for figure in figures] == [
        "October 22-23, 2024",
        "30 and 31 October",
        "IndustriALL",
        "Friedrich-Ebert-Stiftung (FES)",
    ]


@given(WRITTEN)
def test_whatever_is_written_parts_are_slices_of_it(text: str) -> None:
    for name in organisations_of(text):
        assert text[name.start : name.end] == name.text != ""
    for date in dates_in(text):
        assert 0 <= date.start < date.end <= len(text)
    for number in numbers_in(text):
        assert 0 <= number.start <= number.first < number.last <= number.end <= len(text)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("20 percent", ["10", "15", "25", "30"]),
        ("60 unions", ["40", "50", "70", "80"]),
        ("YEN8,407 a month", ["YEN5,044", "YEN6,726", "YEN10,509", "YEN12,610"]),
        ("Eighteen unions", ["Eleven", "Fourteen", "", ""]),
        ("three unions", ["two", "four", "five", "six"]),
        ("2.5 percent", []),
    ],
)
def test_numbers_near_one_have_its_form(text: str, others: list[str]) -> None:
    number = numbers_in(text)[0]
    assert [in_form_of(text[number.first : number.last], other) for other in near(number)] == others
