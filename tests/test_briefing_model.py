"""Briefings with the real models: covered topics have their points in time, each supported; others say so."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.briefing.briefer import SAME, Briefer
from rag.briefing.records import Briefing, Order, Outline, Point
from rag.types import Progress

pytestmark = pytest.mark.model

TOPICS = (
    "just transition",
    "young workers",
    "due diligence",
    "occupational health and safety",
    "gender equality",
    "migrant workers",
)
LEAST = 8  # passages
FIRST, WHOLE = 10, 90  # seconds on two idle cores


@dataclass(frozen=True)
class Run:
    """A briefing, and the CPU seconds until its first point and its end, halved as two cores share them."""

    briefing: Briefing
    first: float
    whole: float


def run(assistant: Assistant, order: Order) -> Run:
    began, first = time.process_time(), 0.0
    for event in Briefer(assistant).stream(order):
        if isinstance(event, Point) and not first:
            first = time.process_time() - began
    assert isinstance(event, Briefing)
    return Run(event, first / 2, (time.process_time() - began) / 2)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_covered_topic_has_its_points_in_time(assistant: Assistant, topic: str) -> None:
    done = run(assistant, Order(topic))
    briefing, documents = done.briefing, assistant.documents
    assert len({point.chunk.id for point in briefing.points}) >= LEAST
    assert 3 <= len(briefing.brief) <= 5
    for sentence in briefing.sentences:
        assert sentence.shown
        assert sentence.spans
        assert all(documents[span.doc_id].text[span.start : span.end] == span.quote for span in sentence.spans)
    writer = Briefer(assistant)._writer
    vectors = np.stack([writer.vector(point) for point in briefing.points])
    assert (vectors @ vectors.T - np.eye(len(vectors))).max() < SAME
    assert (done.first <= FIRST, done.whole <= WHOLE) == (True, True)
    again = list(Briefer(assistant).stream(Order(topic)))
    assert again[-1] == briefing
    assert not any(isinstance(event, Progress) for event in again)


@pytest.mark.parametrize("topic", ["cryptocurrency", "football", "nuclear weapons", "child labour", "school uniforms"])
def test_what_is_not_covered_says_so(assistant: Assistant, topic: str) -> None:
    outline, briefing = Briefer(assistant).stream(Order(topic))
    assert isinstance(outline, Outline)
    assert not outline.covered
    assert isinstance(briefing, Briefing)
    assert briefing.points == ()


@pytest.mark.parametrize("topic", ["workplace accidents", "robots", "equal pay", "women in leadership", "poverty"])
def test_a_topic_in_other_words_is_covered(assistant: Assistant, topic: str) -> None:
    assert Briefer(assistant).outline(Order(topic)).covered


def test_drafts_lie_where_the_cache_is(assistant: Assistant) -> None:
    Briefer(assistant).brief(Order("tax justice", pages=1))
    assert assistant.settings.cache is not None
    assert list(Path(assistant.settings.cache / "briefings").iterdir())
