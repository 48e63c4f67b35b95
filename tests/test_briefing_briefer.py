"""The briefer: parts as they are done, turns for others, and going on from where it was stopped."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from desk import assistant_over, opened_index, text_chunk, text_document
from fakes import ScriptedGenerator

from rag.assistant import Assistant
from rag.briefing import selection
from rag.briefing.briefer import SAME, Briefer, brief_of
from rag.briefing.records import Briefing, Order, Outline, Point
from rag.errors import ModelError
from rag.index import Index
from rag.types import Progress, Prompt, Sentence, Span, Support

ORDER = Order("gender equality")
DAY, LATER = dt.date(2026, 11, 25), dt.date(2026, 12, 1)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened_index(tmp_path_factory.mktemp("index"), SEEDS) as index:
        yield index


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each passage is read whether it speaks of the topic."""
    monkeypatch.setattr(selection, "DOUBTFUL", 2.0)


def assistant(index: Index, cache: Path, generator: ScriptedGenerator | None = None) -> Assistant:
    return assistant_over(index, generator or ScriptedGenerator(again="", probed=True), cache=cache)


def whole(events: Iterator[object]) -> Briefing:
    *_, briefing = events
    assert isinstance(briefing, Briefing)
    return briefing


def test_the_outline_comes_first_then_points_then_the_whole(index: Index, tmp_path: Path) -> None:
    events = [e for e in Briefer(assistant(index, tmp_path)).stream(ORDER, DAY) if not isinstance(e, Progress)]
    outline, *points, briefing = events
    assert isinstance(outline, Outline)
    assert isinstance(briefing, Briefing)
    assert len(points) == len(outline.planned) >= 6
    assert sorted(p.chunk.id for p in briefing.points) == sorted(p.chunk.id for p in points)
    assert briefing.made == "2026-11-25"
    assert (briefing.order, briefing.searched, briefing.left_out) == (ORDER, 121, 0)
    assert briefing.documents == tuple(index.store.documents.values())
    assert len(briefing.discussion) == 5
    assert 3 <= len(briefing.brief) <= 5
    assert set(briefing.brief) <= {sentence for point in briefing.points for sentence in point.sentences}


def test_no_two_points_say_the_same(index: Index, tmp_path: Path) -> None:
    helper = assistant(index, tmp_path)
    maker = Briefer(helper)
    points = maker.brief(Order("gender equality", pages=4)).points
    vectors = np.stack([maker._writer.vector(point) for point in points])
    assert (vectors @ vectors.T - np.eye(len(points))).max() < SAME


def test_a_finished_briefing_comes_back_identical_and_unread(index: Index, tmp_path: Path) -> None:
    first = whole(Briefer(assistant(index, tmp_path)).stream(ORDER, DAY))
    generator = ScriptedGenerator(probed=True)
    events = list(Briefer(assistant(index, tmp_path, generator)).stream(ORDER, LATER))
    assert whole(iter(events)) == first
    assert not any(isinstance(event, Progress) for event in events)
    assert generator.gate_prompts == generator.answer_prompts == []


def test_what_is_finished_is_known_without_the_model(index: Index, tmp_path: Path, doubtful: None) -> None:
    maker = Briefer(assistant(index, tmp_path))
    stream = maker.stream(ORDER, DAY)
    next(event for event in stream if isinstance(event, Point))
    assert maker.finished(ORDER) is None
    first = whole(stream)
    later = Briefer(assistant(index, tmp_path, ScriptedGenerator(probed=True)))  # after a restart
    for known in (maker, later):
        assert known.finished(ORDER) == first
        for changed in (Order("pay"), replace(ORDER, pages=4), replace(ORDER, without=(first.points[0].chunk.id,))):
            assert known.finished(changed) is None
    assert later._assistant._generator.gate_prompts == []
    [draft] = (tmp_path / "briefings").iterdir()
    one, *rest = draft.read_text(encoding="utf-8").splitlines()[1:]  # the first passage is lost
    draft.write_text("\n".join(rest), encoding="utf-8")
    assert first.points[0].chunk.id in one
    assert Briefer(assistant(index, tmp_path)).finished(ORDER) is None


def test_what_is_finished_is_known_where_nothing_can_be_kept(index: Index, tmp_path: Path) -> None:
    (tmp_path / "briefings").write_text("no folder", encoding="utf-8")
    maker = Briefer(assistant(index, tmp_path))
    written = [maker.brief(Order(topic, pages=1)) for topic in ("gender equality", "migrant workers")]
    assert [maker.finished(briefing.order) for briefing in written] == written


def test_the_same_documents_in_another_order_are_the_same_order(index: Index, tmp_path: Path) -> None:
    first, *_, last = index.store.documents
    one = Order("gender equality", documents=(last, first), without=("b", "a"))
    other = Order("gender equality", documents=(first, last, first), without=("a", "b", "a"))
    assert one == other
    written = whole(Briefer(assistant(index, tmp_path)).stream(one, DAY))
    assert [document.id for document in written.documents] == [first, last]  # as in the collection
    generator = ScriptedGenerator(probed=True)
    assert whole(Briefer(assistant(index, tmp_path, generator)).stream(other, LATER)) == written
    assert generator.gate_prompts == []


def test_what_was_stopped_goes_on_and_is_the_same(index: Index, tmp_path: Path, doubtful: None) -> None:
    straight = whole(Briefer(assistant(index, tmp_path / "one")).stream(ORDER, DAY))
    generator = ScriptedGenerator(again="", probed=True)
    stream = Briefer(assistant(index, tmp_path / "two", generator)).stream(ORDER, DAY)
    for seen, _ in enumerate(event for event in stream if isinstance(event, Point)):
        if seen == 2:
            break
    stream.close()
    read = len(generator.gate_prompts)
    assert read == 3
    again = ScriptedGenerator(again="", probed=True)
    assert whole(Briefer(assistant(index, tmp_path / "two", again)).stream(ORDER, DAY)) == straight
    everything = ScriptedGenerator(again="", probed=True)
    whole(Briefer(assistant(index, tmp_path / "three", everything)).stream(ORDER, DAY))
    assert len(again.gate_prompts) == len(everything.gate_prompts) - read


def test_others_get_their_turn_between_points(index: Index, tmp_path: Path) -> None:
    helper = assistant(index, tmp_path)
    stream = Briefer(helper).stream(ORDER, DAY)
    for event in stream:
        if isinstance(event, Point):
            break
    assert len(helper.line) == 0
    stream.close()


def test_it_waits_in_the_line_and_can_be_stopped_there(index: Index, tmp_path: Path, doubtful: None) -> None:
    helper = assistant(index, tmp_path)
    with helper.line.place() as ahead:
        assert ahead.at_front()
        stream = Briefer(helper).stream(ORDER, DAY)
        assert isinstance(next(stream), Outline)
        assert isinstance(next(stream), Progress)
        assert len(helper.line) == 2
        stream.close()
        assert len(helper.line) == 1


def test_what_code_can_tell_waits_for_nobody(index: Index, tmp_path: Path) -> None:
    helper = assistant(index, tmp_path)
    with helper.line.place() as ahead:
        assert ahead.at_front()
        stream = Briefer(helper).stream(Order("migrant workers"), DAY)
        assert isinstance(next(stream), Outline)
        assert isinstance(next(stream), Point)
        stream.close()


def test_passages_that_do_not_speak_of_the_topic_are_counted(index: Index, tmp_path: Path, doubtful: None) -> None:
    generator = ScriptedGenerator(again="", probed=True)
    generator.probabilities.extend([0.1, 0.1])
    briefing = whole(Briefer(assistant(index, tmp_path, generator)).stream(Order("gender equality", pages=1), DAY))
    assert briefing.left_out == 2
    assert len(briefing.points) == 6


def test_what_is_not_covered_has_no_points_and_asks_no_model(index: Index, tmp_path: Path) -> None:
    generator = ScriptedGenerator(probed=True)
    events = list(Briefer(assistant(index, tmp_path, generator)).stream(Order("cryptocurrency"), DAY))
    briefing = whole(iter(events))
    assert len(events) == 2
    assert (briefing.points, briefing.brief, briefing.quiz, briefing.figures) == ((), (), (), ())
    assert generator.gate_prompts == []


class BrokenGenerator(ScriptedGenerator):
    """Fails from the third passage on."""

    def yes_probability(self, prompt: Prompt) -> float:
        if len(self.gate_prompts) == 2:
            raise ModelError("The server stopped. See RAG_LLM")
        return super().yes_probability(prompt)


def test_what_was_written_before_a_fault_is_kept(index: Index, tmp_path: Path, doubtful: None) -> None:
    broken = Briefer(assistant(index, tmp_path, BrokenGenerator(again="", probed=True)))
    with pytest.raises(ModelError, match="RAG_LLM"):
        list(broken.stream(ORDER, DAY))
    events = []
    for event in Briefer(assistant(index, tmp_path)).stream(ORDER, DAY):
        if isinstance(event, Progress):
            break
        events.append(event)
    assert [type(event) for event in events] == [Outline, Point, Point]


def test_two_at_a_time_give_the_same(index: Index, tmp_path: Path) -> None:
    maker = Briefer(assistant(index, tmp_path))
    found: list[Briefing] = []
    threads = [threading.Thread(target=lambda: found.append(whole(maker.stream(ORDER, DAY)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1]


def points_of(*themes: str) -> list[Point]:
    document = text_document("word " * len(themes))
    points = []
    for n, theme in enumerate(themes):
        chunk = text_chunk(document, 5 * n, 5 * n + 4)
        span = Span(document.id, chunk.id, chunk.start, chunk.end, "word")
        points.append(Point(chunk, "S", theme, (Sentence(f"{theme}{n}", (span,), Support.SUPPORTED),)))
    return points


@pytest.mark.parametrize(
    ("themes", "sentences"),
    [
        ("", []),
        ("A", ["A0"]),
        ("AAAA", ["A0", "A1", "A2"]),
        ("AAB", ["A0", "B2", "A1"]),
        ("AABBCCD", ["A0", "B2", "C4", "D6"]),
        ("ABCDEF", ["A0", "B1", "C2", "D3", "E4"]),
    ],
)
def test_in_brief_each_leading_theme_has_its_best_point(themes: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in brief_of(points_of(*themes))] == sentences
