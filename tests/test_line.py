"""The line before the language model: first come, first served, bounded, and nobody waits for who has left."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import RagError
from rag.line import Full, Line, Place

SOON = 20  # seconds; what takes longer hangs


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def waiting(line: Line) -> Iterator[int]:
    """How many are ahead, each time it is asked; then -1 during the turn."""
    with line.place() as place:
        while not place.at_front():
            yield place.ahead
        yield -1


def turn(line: Line, clock: Clock, seconds: float) -> None:
    with line.place() as place:
        assert place.at_front()
        clock.now += seconds


def test_whoever_comes_first_is_at_the_front_and_the_others_know_their_place() -> None:
    line = Line()
    with line.place() as first, line.place() as second, line.place() as third:
        assert [place.at_front() for place in (third, second, first)] == [False, False, True]
        assert [place.ahead for place in (first, second, third)] == [0, 1, 2]
        assert len(line) == 3
    assert len(line) == 0


def test_the_next_has_its_turn_when_the_first_leaves() -> None:
    line = Line()
    with ExitStack() as first:
        first.enter_context(line.place())
        with line.place() as second:
            assert not second.at_front()
            first.close()
            assert second.at_front()


def test_leaving_from_the_middle_moves_up_only_those_behind() -> None:
    line = Line()
    with line.place() as first, ExitStack() as middle:
        middle.enter_context(line.place())
        with line.place() as last:
            middle.close()
            assert (first.ahead, last.ahead) == (0, 1)
            assert not last.at_front()


def test_an_error_during_the_turn_frees_the_place() -> None:
    line = Line()
    with pytest.raises(RagError, match="went away"), line.place():
        raise RagError("The server went away.")
    assert len(line) == 0
    assert line.usual_seconds is None  # not a completed turn


def test_a_generator_that_is_closed_while_it_waits_or_answers_frees_its_place() -> None:
    line = Line()
    answering, asking, last = waiting(line), waiting(line), waiting(line)
    assert [next(answering), next(asking), next(last)] == [-1, 1, 2]
    asking.close()  # type: ignore[attr-defined]  # it is a generator
    assert next(last) == 1
    answering.close()  # type: ignore[attr-defined]
    assert next(last) == -1
    del last
    assert len(line) == 0


def test_a_place_too_many_is_refused_in_plain_words() -> None:
    line = Line(most=2)
    with line.place(), line.place():
        with pytest.raises(Full, match=r"^2 questions are already being answered or waiting\. Please ask again"):
            line.place().__enter__()
        assert len(line) == 2
    with line.place() as place:
        assert place.at_front()


def test_a_place_that_was_left_cannot_be_asked() -> None:
    line = Line()
    with line.place() as place:
        pass
    for ask in (lambda: place.ahead, place.at_front):
        with pytest.raises(ValueError, match="not in list"):
            ask()


def test_it_learns_how_long_a_turn_takes() -> None:
    clock = Clock()
    line = Line(clock=clock)
    assert line.usual_seconds is None
    for seconds in (4, 100, 5):
        turn(line, clock, seconds)
    assert line.usual_seconds == 5  # the median of 4, 5, 100
    for _ in range(50):
        turn(line, clock, 7)
    assert line.usual_seconds == 7  # the last 50 only


def test_waiting_is_no_part_of_a_turn() -> None:
    clock = Clock()
    line = Line(clock=clock)
    with ExitStack() as first:
        first.enter_context(line.place())  # never comes to its turn: nothing is learnt of it
        with line.place() as second:
            clock.now = 100
            first.close()
            assert second.at_front()
            clock.now = 103
    assert line.usual_seconds == 3


def test_the_wait_is_those_ahead_times_the_usual() -> None:
    clock = Clock()
    line = Line(clock=clock)
    with line.place() as place:
        assert place.wait_seconds is None
    turn(line, clock, 6)
    with line.place() as first, line.place(), line.place() as third:
        assert (first.wait_seconds, third.wait_seconds) == (0, 12)


def test_it_knows_for_how_long_nobody_has_been_here() -> None:
    clock = Clock()
    line = Line(clock=clock)
    assert line.idle_seconds == math.inf  # nobody ever was
    clock.now = 10
    with line.place() as first, ExitStack() as second:
        second.enter_context(line.place())
        assert first.at_front()
        clock.now = 20
        assert line.idle_seconds == 0
        second.close()  # who leaves without a turn was here, too
        clock.now = 25
        assert line.idle_seconds == 0
    clock.now = 27
    assert line.idle_seconds == 2  # since 25, when the last one left
    with pytest.raises(RagError), line.place():
        raise RagError("The server went away.")
    assert line.idle_seconds == 0
    clock.now = 30
    assert line.idle_seconds == 3


def test_who_finds_no_place_was_never_here() -> None:
    line = Line(most=0)
    with pytest.raises(Full):
        line.place().__enter__()
    assert line.idle_seconds == math.inf


def test_waiting_ends_with_the_timeout_or_with_the_turn() -> None:
    line = Line()
    first = line.place()
    first.__enter__()
    with line.place() as second:
        assert not second.at_front(timeout=0.01)
        threading.Timer(0.05, first.__exit__, (None, None, None)).start()
        assert second.at_front(timeout=SOON)


def test_turns_of_threads_never_overlap_and_come_in_the_order_of_arrival() -> None:
    line, guard = Line(), threading.Lock()
    came: list[int] = []
    went: list[int] = []
    inside: list[int] = []
    most_inside: list[int] = []

    def ask(asker: int) -> None:
        for n in range(30):
            with ExitStack() as stack:
                with guard:  # so that the order of arrival is known
                    place = stack.enter_context(line.place())
                    came.append(100 * asker + n)
                while not place.at_front(timeout=SOON):
                    raise AssertionError("starved")
                inside.append(asker)
                most_inside.append(len(inside))
                went.append(100 * asker + n)
                inside.remove(asker)

    threads = [threading.Thread(target=ask, args=(asker,)) for asker in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len(went) == 90
    assert went == came
    assert set(most_inside) == {1}
    assert len(line) == 0


@given(st.lists(st.integers(-1, 5), max_size=40))
def test_it_is_a_list_from_which_anybody_may_leave(steps: list[int]) -> None:
    """-1: somebody comes; n: the n-th, modulo their number, leaves."""
    line, here = Line(most=4), list[tuple[Place, ExitStack]]()
    for step in steps:
        if step >= 0 and here:
            here.pop(step % len(here))[1].close()
        elif step < 0 and len(here) < 4:
            stack = ExitStack()
            here.append((stack.enter_context(line.place()), stack))
        elif step < 0:
            with pytest.raises(Full):
                line.place().__enter__()
        assert [place.ahead for place, _ in here] == list(range(len(here)))
        assert [place.at_front() for place, _ in here] == [n == 0 for n in range(len(here))]
    for _, stack in here:
        stack.close()
