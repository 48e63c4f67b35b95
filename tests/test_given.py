"""Answers that are given again: to the same question, after the same turns, of the same documents, and to no other."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from markup import answer_of
from slow import SOON

from rag.given import Given
from rag.types import Answer
from rag.understanding import Turn

TURN = Turn("Who met in Manila?", "Young unionists did.")


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def answer(question: str) -> Answer:
    return answer_of([], [], question=question)


def held(given: Given, questions: str) -> str:
    """Those of some questions, a letter each, whose answers are kept; looking changes which is used least."""
    return "".join(question for question in questions if given.find(question, (), None))


def test_the_same_question_is_given_the_same_answer() -> None:
    given, kept = Given(), answer("Who met?")
    assert given.find("Who met?", (), None) is None
    given.keep("Who met?", (), None, kept)
    for same in ("Who met?", "  Who \n met? ", "Who\u200b met?", "\0Who met?"):
        assert given.find(same, [], None) is kept
    for other in ("who met?", "Who met", "Who met ?", "Whom met?", ""):
        assert given.find(other, (), None) is None


def test_it_is_the_same_only_after_the_same_turns() -> None:
    given, alone, after = Given(), answer("And in 2021?"), answer("And in 2021?")
    given.keep("And in 2021?", (), None, alone)
    given.keep("And in 2021?", [TURN], None, after)
    assert given.find("And in 2021?", (), None) is alone
    assert given.find("And in 2021?", (TURN,), None) is after
    others = (TURN, TURN), (Turn("Who met?", TURN.answer),), (Turn(TURN.question, "Nobody did."),)
    assert [given.find("And in 2021?", other, None) for other in others] == [None] * 3


def test_it_is_the_same_only_of_the_same_documents() -> None:
    given, of_all, of_two = Given(), answer("Who met?"), answer("Who met?")
    given.keep("Who met?", (), None, of_all)
    given.keep("Who met?", (), ["a", "b"], of_two)
    assert given.find("Who met?", (), None) is of_all
    for same in (["a", "b"], ["b", "a"], {"a", "b"}, ("a", "b", "a")):
        assert given.find("Who met?", (), same) is of_two
    assert [given.find("Who met?", (), other) for other in ([], ["a"], ["ab"], "a")] == [None] * 4


def test_the_last_answer_to_a_question_stands() -> None:
    given, first, second = Given(), answer("Who?"), answer("Who?")
    given.keep("Who?", (), None, first)
    given.keep("Who?", (), None, second)
    assert given.find("Who?", (), None) is second


def test_the_least_used_is_forgotten_first() -> None:
    given = Given(3)
    for question in "abc":
        given.keep(question, (), None, answer(question))
    assert held(given, "a") == "a"  # b is now the least used
    given.keep("d", (), None, answer("d"))
    assert held(given, "abcd") == "acd"
    given.keep("a", (), None, answer("a"))  # c is now the least used
    given.keep("e", (), None, answer("e"))
    assert held(given, "acde") == "ade"


def test_hundreds_are_kept_where_nothing_else_is_said() -> None:
    given = Given()
    for n in range(300):
        given.keep(str(n), (), None, answer(str(n)))
    assert [n for n in range(300) if given.find(str(n), (), None)] == list(range(300 - 256, 300))


@pytest.mark.usefixtures("hasty")
def test_threads_may_share_it() -> None:
    """Each finds nothing or the answer to its question, while others' answers push it out.

    Turns are compared by code in Python, in the middle of which another thread may come in.
    """
    given, wrong = Given(3), list[object]()

    def ask(asker: int) -> None:
        try:
            for n in range(1_500):
                question = str((n * (asker + 1)) % 5)
                found = given.find(question, [TURN], None)
                if found is None:
                    given.keep(question, [TURN], None, answer(question))
                elif found.question != question:
                    wrong.append(found)
        except KeyError as error:
            wrong.append(error)

    threads = [threading.Thread(target=ask, args=(asker,)) for asker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert wrong == []
    assert sum(given.find(str(n), [TURN], None) is not None for n in range(5)) == 3
