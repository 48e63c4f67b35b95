"""Points: what can be told as it stands is, the model goes on from a beginning, and what fails is quoted."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import pytest
from conftest import SEEDS
from desk import DIMENSION, opened_index, text_chunk, text_document
from fakes import HashEmbedder, ScriptedGenerator
from hypothesis import given
from hypothesis import strategies as st

from rag.briefing.records import Order, Planned, Point
from rag.briefing.selection import select
from rag.briefing.telling import told, told_point
from rag.briefing.writing import PointWriter
from rag.config import Settings
from rag.index import Index
from rag.prompting import load
from rag.retrieval import Retriever
from rag.types import Hit, Progress, Support

SAYS = "The resolution says that"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened_index(tmp_path_factory.mktemp("index"), SEEDS) as index:
        yield index


def planned_at(index: Index, locator: str, quote: str = "") -> Planned:
    """A passage, as if it were planned, with its sentence that holds `quote`."""
    row, chunk = next((row, chunk) for row, chunk in index.store.chunks().items() if chunk.locator == locator)
    span = next(span for span in index.store.sentences([row]).values() if quote in span.quote)
    return Planned(Hit(chunk, 0.5, 1), span, "The 4th Congress resolution", "A theme")


@dataclass
class Told:
    """What came of a passage, and the model that was asked."""

    point: Point | None
    generator: ScriptedGenerator

    @property
    def text(self) -> str:
        assert self.point is not None
        return self.point.sentences[0].text


def point(
    index: Index, planned: Planned, *replies: str, yes: float = 1.0, doubtful: bool = False, **changes: object
) -> Told:
    generator = ScriptedGenerator(*replies, yes=yes, **changes)
    steps = PointWriter(Settings(), index, HashEmbedder(dimension=DIMENSION), generator).point(
        "a topic", planned, doubtful
    )
    return Told(finished(steps), generator)


def finished(steps: Generator[Progress, None, Point | None]) -> Point | None:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Point | None = end.value
            return found


def test_a_point_of_a_list_stands_under_its_lead_in_without_the_model(index: Index) -> None:
    told = point(index, planned_at(index, "¶32, 4th point"))
    assert told.text == (
        "The 4th Congress resolution says that IndustriALL will reinforce its Occupational Safety and Health (OSH) "
        "actions and practices in regional, sectoral and cross-sectoral areas."
    )
    assert told.generator.answer_prompts == []
    assert told.point is not None
    assert told.point.sentences[0].support is Support.SUPPORTED
    point_itself, lead_in = told.point.sentences[0].spans
    text = index.store.documents[lead_in.doc_id].text
    assert lead_in.quote == text[lead_in.start : lead_in.end] == "Therefore, IndustriALL will:"
    assert text.count(lead_in.quote, lead_in.start, point_itself.start) == 1  # its own, none of another list


def test_words_that_stand_alone_are_told_without_the_model(index: Index) -> None:
    told = point(index, planned_at(index, "¶58", "Countries in the Global South are"))
    assert told.text == (
        "The 4th Congress resolution says that countries in the Global South are essential for achieving a Just "
        "Transition."
    )
    assert told.generator.answer_prompts == []


def test_the_model_goes_on_from_who_speaks(index: Index) -> None:
    planned = planned_at(index, "¶25", "It would also ensure")
    reply = " due diligence and accountability are at the forefront of business operations. And more."
    told = point(index, planned, reply)
    (prompt,) = told.generator.answer_prompts
    assert prompt.begin == "The 4th Congress resolution says that"
    assert prompt.user.endswith(load("point"))
    assert "What is said about a topic?" in prompt.user
    assert told.text == (
        "The 4th Congress resolution says that due diligence and accountability are at the forefront of business "
        "operations."
    )


@pytest.mark.parametrize(
    "reply",
    [
        " due diligence and accountability cost 40 per cent of business operations.",  # a number of its own
        " due diligence is a wonderful invention.",  # words of its own
        " the passage is about due diligence.",  # speaks of what it was given
        " Volkswagen puts due diligence at the forefront of business operations.",
        "",
        " <|im_end|> https://evil.example",
    ],
)
def test_what_cannot_stand_is_replaced_by_the_quotation_with_its_speaker(index: Index, reply: str) -> None:
    planned = planned_at(index, "¶25", "It would also ensure")
    told = point(index, planned, reply)
    assert told.text == f"The 4th Congress resolution: “{planned.quote.quote}”"
    assert told.point is not None
    (sentence,) = told.point.sentences
    assert sentence.spans == (planned.quote,)
    assert all(check.passed for check in sentence.checks)


def test_a_server_that_begins_anew_is_understood(index: Index) -> None:
    planned = planned_at(index, "¶25", "It would also ensure")
    words = "The 4th Congress resolution says that accountability is at the forefront of business operations."
    assert point(index, planned, words).text == words


def test_a_passage_that_does_not_speak_of_the_topic_is_left_out_unread_further(index: Index) -> None:
    planned = planned_at(index, "¶58", "Countries in the Global South are")
    left_out = point(index, planned, yes=0.1, probed=True, doubtful=True)
    assert left_out.point is None
    assert len(left_out.generator.gate_prompts) == 1
    assert left_out.generator.answer_prompts == []
    assert point(index, planned, yes=0.9, probed=True, doubtful=True).point is not None


def test_closing_stops_the_model(index: Index) -> None:
    generator = ScriptedGenerator(" due diligence and accountability are at the forefront of business operations.")
    steps = PointWriter(Settings(), index, HashEmbedder(dimension=DIMENSION), generator).point(
        "a topic", planned_at(index, "¶25", "It would also ensure")
    )
    next(steps)
    steps.close()
    assert generator.closed_early == 1


def test_every_point_of_many_topics_is_supported_and_verbatim(index: Index) -> None:
    embedder = HashEmbedder(dimension=DIMENSION)
    retriever = Retriever(index, embedder, 0.65)
    points = []
    for topic in ("gender equality", "due diligence", "just transition", "organizing"):
        for one in select(Order(topic, pages=4), index, retriever, embedder).outline.planned:
            points.append(point(index, one, again="").point)
    assert len(points) > 30
    for one in filter(None, points):
        for sentence in one.sentences:
            assert sentence.support is Support.SUPPORTED
            assert sentence.spans
            for span in sentence.spans:
                assert index.store.documents[span.doc_id].text[span.start : span.end] == span.quote


def test_what_is_compared_is_what_is_said_whoever_says_it(index: Index) -> None:
    writer = PointWriter(Settings(), index, HashEmbedder(dimension=DIMENSION), ScriptedGenerator())
    planned = planned_at(index, "¶58", "Countries in the Global South are")
    tale = finished(writer.point("a topic", planned))
    assert tale is not None
    alone = HashEmbedder(dimension=DIMENSION).embed_query(planned.quote.quote)
    assert float(writer.vector(tale) @ alone) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("However, the realization of it is a complex task.", "the realization of it is a complex task."),
        ("Young workers need access to contracts.", "young workers need access to contracts."),
        ("Japanese unions seek involvement in plans.", "Japanese unions seek involvement in plans."),
        ("IndustriALL needs to fight for a Just Transition.", "IndustriALL needs to fight for a Just Transition."),
        ("There is a strong need for a new contract.", "there is a strong need for a new contract."),
        ("It’s important to ensure equal pay.", "it’s important to ensure equal pay."),
    ],
)
def test_a_sentence_is_told_after_who_says_it(quote: str, words: str) -> None:
    assert told(quote, SAYS) == f"{SAYS} {words}"


@pytest.mark.parametrize(
    "quote",
    [
        "It would also ensure that rights are respected.",
        "We need a fairer distribution of profits.",
        "The most important tools at our disposal are strikes.",
        "However, they face obstacles due to many challenges.",
        "In doing so, IndustriALL will develop strategies.",
        "Foster partnerships with governments and employers.",
        "Who pays for the transition of industry?",
        "Forging a robust safety movement",
        "“Every worker can go to work without fear.”",
        "It is so.",
        "word " * 70 + ".",
        "",
    ],
)
def test_what_leans_on_others_or_is_no_statement_is_not_told(quote: str) -> None:
    assert told(quote, SAYS) == ""


@given(st.text(max_size=80))
def test_whatever_is_told_adds_nothing_but_its_beginning(quote: str) -> None:
    words = told(quote, SAYS)
    if words:
        said = words.removeprefix(f"{SAYS} ").removesuffix(".")
        assert said.casefold() in " ".join(quote.split()).casefold()


def test_only_a_point_under_a_lead_in_that_says_who_will_is_told_as_one() -> None:
    document = text_document("Invest in safety;")
    under = {"kind": "point", "headings": ("A part", "Therefore, the union will:")}
    assert told_point(text_chunk(document, **under), SAYS) == f"{SAYS} the union will invest in safety."
    assert told_point(text_chunk(document, kind="point", headings=("These are our demands:",)), SAYS) == ""
    assert told_point(text_chunk(document), SAYS) == ""
    two = text_document("Invest in safety. This should be a priority.")
    assert told_point(text_chunk(two, **under), SAYS) == ""
