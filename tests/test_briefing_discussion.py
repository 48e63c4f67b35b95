"""Questions to discuss: five, all different, on what the points say and nothing else, in the page's language."""

from __future__ import annotations

import re

import pytest
from briefings import briefing_over
from desk import text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.briefing.discussion import Kind, questions
from rag.briefing.records import Audience, Point
from rag.corpus import Corpus
from rag.texts import texts_in
from rag.types import Sentence, Span, Support

T = texts_in("en")
DEMAND = "Young unionists demand that every union set aside seats for young workers."
WILL = "IndustriALL will campaign against precarious work."
FIGURE = "The plan foresees a 20 percent youth quota in training."
VIEW = "Health and safety is a fundamental right."


def point_on(quote: str, theme: str = "A theme", locator: str = "¶5", **changes: object) -> Point:
    document = text_document(quote, title=f"Title of {quote}")
    chunk = text_chunk(document, locator=locator, **changes)
    span = Span(document.id, chunk.id, 0, len(quote), quote)
    return Point(chunk, "A speaker", theme, (Sentence(quote, (span,), Support.SUPPORTED),))


def wording(kind: Kind, n: int, audience: str = "members") -> str:
    """The part of a wording that follows what is quoted."""
    return T.words[f"briefing.discussion.{audience}.{kind}_{n}"].partition("{where}")[2]


@pytest.mark.parametrize(
    ("quote", "kind"),
    [
        (DEMAND, Kind.DEMAND),
        (WILL, Kind.COMMITMENT),
        (FIGURE, Kind.FIGURE),
        (VIEW, Kind.VIEW),
        ("Unions met in Manila on 5 May 2020.", Kind.EVENT),
        ("ILO Conventions 100 and 111 are fundamental.", Kind.VIEW),  # they count nothing
        ("A two-day workshop is a beginning.", Kind.VIEW),
    ],
)
def test_each_kind_of_statement_has_its_question(quote: str, kind: Kind) -> None:
    first = questions([point_on(quote)], Audience.MEMBERS, T)[0]
    assert first == f"“{quote[:-1]}” (“A theme”, ¶5){wording(kind, 1)}"


def test_a_point_under_a_lead_in_is_a_commitment() -> None:
    headings = ("Building power", "Therefore, IndustriALL will:")
    point = point_on("Invest in strategic sectors that need it.", kind="point", headings=headings)
    assert questions([point], Audience.MEMBERS, T)[0].endswith(wording(Kind.COMMITMENT, 1))


def test_a_news_item_is_asked_about_under_its_headline_and_day() -> None:
    quote = "Unions met in Manila.\n5 May, 2020\nDelegates spoke of the shift to sustainable energy."
    (first, *_) = questions([point_on(quote, date="2020-05-05", kind="news")], Audience.OFFICERS, T)
    assert first == f"“Unions met in Manila” (“A theme”, 5 May 2020){wording(Kind.EVENT, 1, 'officers')}"


def test_five_questions_take_turns_among_kinds_and_points() -> None:
    points = [point_on(quote, theme) for quote, theme in ((DEMAND, "A"), (WILL, "B"), (FIGURE, "C"), (VIEW, "D"))]
    asked = questions(points, Audience.YOUNG_WORKERS, T)
    assert len(asked) == len(set(asked)) == 5
    for quote in (DEMAND, WILL, FIGURE, VIEW):
        assert any(quote[:-1] in question for question in asked)


def test_one_point_has_as_many_as_it_bears_and_none_has_none() -> None:
    assert len(questions([point_on(DEMAND)], Audience.MEMBERS, T)) == 5
    assert len(questions([point_on(VIEW)], Audience.MEMBERS, T)) == 3
    assert questions([], Audience.MEMBERS, T) == ()
    withheld = Point(point_on(VIEW).chunk, "", "", (Sentence(VIEW, (), Support.UNSUPPORTED),))
    assert questions([withheld], Audience.MEMBERS, T) == ()


def test_of_a_long_sentence_only_a_part_is_quoted() -> None:
    quote = (
        "Since the beginning of the last year, in many of the countries of the region, delegates of every affiliate "
        "demand a seat at the table, and they have been heard by nobody so far in spite of all that was promised."
    )
    first = questions([point_on(quote)], Audience.MEMBERS, T)[0]
    (words,) = re.findall("“(.+?)”", first.partition("(")[0])
    assert words.startswith("… demand a seat at the table")
    assert words.endswith(" …")
    assert words.strip("… ") in quote
    assert len(words.split()) <= 22


def test_marks_inside_the_words_become_single_ones() -> None:
    first = questions([point_on("They call it “decent work” here.")], Audience.MEMBERS, T)[0]
    assert first.startswith("“They call it ‘decent work’ here” (")


@pytest.mark.parametrize("audience", list(Audience))
def test_a_real_briefing_has_five_for_each_audience(corpus: Corpus, audience: Audience) -> None:
    points = briefing_over(corpus).points
    asked = questions(points, audience, T)
    assert len(set(asked)) == 5
    assert asked == questions(points, audience, T)
    assert all(question.endswith("?") or "?" in question for question in asked)
    others = {question for other in Audience if other is not audience for question in questions(points, other, T)}
    assert not others & set(asked)


def test_every_audience_has_every_wording() -> None:
    kinds = {f"{kind}_{n}" for kind in Kind for n in (1, 2)} | {"view_3"}
    for audience in Audience:
        prefix = f"briefing.discussion.{audience.name.lower()}."
        assert {key.removeprefix(prefix) for key in T.words if key.startswith(prefix)} == kinds


@given(st.text(st.sampled_from("ab AB,.;:“”\"'5%…\n"), min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_whatever_is_quoted_is_part_of_the_quotation(quote: str) -> None:
    plain = str.maketrans('“”"', "‘’’")
    for question in questions([point_on(quote)], Audience.MEMBERS, T):
        if not question.startswith("Think"):
            words = question[1 : question.index("” (“A theme”")]
            assert words.strip("… ").rstrip(".;,:") in quote.translate(plain)
