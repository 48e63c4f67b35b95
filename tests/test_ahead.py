"""Reading ahead: each passage as it will be read for a question, while nobody asks, and nobody is told of a fault."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice

import pytest
from desk import assistant_over, opened_index
from fakes import ScriptedGenerator
from slow import GOOD, QUESTION, SOON

from rag import ahead, prompting
from rag.absent import AbsentGenerator
from rag.ahead import read_while_idle
from rag.assistant import Assistant
from rag.errors import ModelError
from rag.index import Index
from rag.line import Line
from rag.prompting import Prompts
from rag.types import Hit, Prompt

ALL = 121  # passages of the real documents


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The five real documents."""
    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long to look again."""
    monkeypatch.setattr(ahead, "_LOOK_EVERY_S", 0.001)


class Waited(ScriptedGenerator):
    """Reads a passage when it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Semaphore(0)

    def read_ahead(self, prompt: Prompt) -> bool:
        assert self.go.acquire(timeout=SOON)
        return super().read_ahead(prompt)


def desk_with(index: Index, **settings: object) -> tuple[Assistant, ScriptedGenerator]:
    generator = ScriptedGenerator(again=GOOD)
    return assistant_over(index, generator, **settings), generator


def soon(happens: Callable[[], bool]) -> bool:
    """Whether something happens before long."""
    until = time.monotonic() + SOON
    while not happens() and time.monotonic() < until:
        time.sleep(0.005)
    return happens()


# --- what is read ----------------------------------------------------------------------------------------------------


def test_each_passage_is_read_once_as_any_question_will_have_it_read(index: Index) -> None:
    assistant, generator = desk_with(index)
    assert list(assistant.read_ahead()) == list(range(1, ALL + 1))
    chunks = index.store.chunks().values()
    for chunk, read in zip(chunks, generator.read_ahead_prompts, strict=True):
        asked = Prompts("Who met?", [Hit(chunk, 1.0, 1)], 1000, generator.count_tokens)
        for prompt in (asked.gate, asked.answer, asked.verify("They did."), asked.point("They")):
            assert (prompt.system, prompt.user.startswith(f"{read.user} Who met?\n")) == (read.system, True)
        assert chunk.text in read.user
        assert read.begin == ""


def test_what_an_answer_has_read_begins_as_what_was_read_ahead(index: Index) -> None:
    assistant, generator = desk_with(index)
    list(assistant.read_ahead())
    assistant.ask(QUESTION)
    for prompt in (*generator.gate_prompts, *generator.answer_prompts, *generator.verify_prompts):
        [beginning] = [p.user for p in generator.read_ahead_prompts if prompt.user.startswith(p.user)]
        assert prompt.user.removeprefix(beginning).startswith(f" {QUESTION}\n")


def test_nothing_is_read_before_it_is_wanted_and_one_passage_at_a_time(index: Index) -> None:
    assistant, generator = desk_with(index)
    turns = assistant.read_ahead()
    assert generator.read_ahead_prompts == []
    assert list(islice(turns, 3)) == [1, 2, 3]
    assert len(generator.read_ahead_prompts) == 3


def test_it_ends_where_there_is_no_room_for_more(index: Index) -> None:
    assistant, generator = desk_with(index)
    generator.room_ahead = 5
    assert list(assistant.read_ahead()) == [1, 2, 3, 4]
    assert len(generator.read_ahead_prompts) == 5  # the fifth found no room


def test_a_passage_too_long_for_any_prompt_is_passed_over(index: Index) -> None:
    class Spelling(ScriptedGenerator):
        """A character is a token."""

        def count_tokens(self, text: str) -> int:
            return len(text)

    generator = Spelling()
    own = sum(len(prompting.load(name)) for name in ("system", "context", "answer"))
    assistant = assistant_over(index, generator, prompt_tokens=own + 300)
    assert list(assistant.read_ahead()) == list(range(1, ALL + 1))
    begun = prompting.fill("context", passages="", question="").rstrip()
    lengths = [len(prompt.user) - len(begun) for prompt in generator.read_ahead_prompts]
    assert 0 < len(lengths) < ALL
    assert max(lengths) <= 300


def test_without_a_language_model_nothing_is_read(index: Index) -> None:
    assistant = assistant_over(index, AbsentGenerator("It is missing."))  # type: ignore[arg-type]
    assert list(assistant.read_ahead()) == []
    with read_while_idle(assistant) as thread:
        thread.join(SOON)
        assert not thread.is_alive()


# --- when it is read -------------------------------------------------------------------------------------------------


def test_all_is_read_while_nobody_asks(index: Index) -> None:
    assistant, generator = desk_with(index)
    with read_while_idle(assistant) as thread:
        thread.join(SOON)
        assert (thread.is_alive(), len(generator.read_ahead_prompts)) == (False, ALL)


def test_while_somebody_is_in_the_line_one_passage_is_read_at_most(index: Index) -> None:
    assistant, generator = desk_with(index)
    with assistant.line.place(), read_while_idle(assistant) as thread:
        thread.join(0.2)
        assert thread.is_alive()
        assert len(generator.read_ahead_prompts) <= 1


def test_who_comes_meanwhile_has_it_wait_until_a_while_after_they_left(index: Index) -> None:
    now, generator = [100.0], Waited()
    assistant, read = assistant_over(index, generator), generator.read_ahead_prompts
    assistant.line = Line(clock=lambda: now[0])
    with read_while_idle(assistant) as thread:
        generator.go.release(5)
        assert soon(lambda: len(read) == 5)
        with assistant.line.place():
            generator.go.release(ALL)
            assert soon(lambda: len(read) == 6)  # it was being read already
            now[0] += 1_000
            thread.join(0.1)
            assert len(read) == 6
        for passed in (0.0, 1.9):
            now[0] = 1_100.0 + passed
            thread.join(0.05)
            assert len(read) == 6
        now[0] = 1_102.0
        thread.join(SOON)
        assert (thread.is_alive(), len(read)) == (False, ALL)


@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_with_the_passage_that_is_being_read(index: Index, busy: bool) -> None:
    """So nothing reads documents or model any more when those are closed."""
    generator = Waited()
    assistant = assistant_over(index, generator)
    with ExitStack() as line, read_while_idle(assistant) as thread:
        generator.go.release(2)
        assert soon(lambda: len(generator.read_ahead_prompts) == 2)
        if busy:
            line.enter_context(assistant.line.place())
        threading.Timer(0.1, generator.go.release, (ALL,)).start()  # meanwhile the block is left
    assert (thread.is_alive(), len(generator.read_ahead_prompts)) == (False, 3)


def test_who_ends_the_program_does_not_wait_for_a_model_that_does_not_come_back(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "_LEAVE_S", 0.05)
    generator = Waited()
    with read_while_idle(assistant_over(index, generator)) as thread:
        pass
    assert (thread.is_alive(), thread.daemon) == (True, True)
    generator.go.release()
    thread.join(SOON)
    assert not thread.is_alive()


def test_a_language_model_that_fails_ends_it_quietly(index: Index) -> None:
    """A thread that ends with an error would be a warning, and so the failure of this test."""

    class Failing(ScriptedGenerator):
        def read_ahead(self, prompt: Prompt) -> bool:
            if len(self.read_ahead_prompts) == 3:
                raise ModelError("The model is damaged.")
            return super().read_ahead(prompt)

    generator = Failing()
    with read_while_idle(assistant_over(index, generator)) as thread:
        thread.join(SOON)
        assert (thread.is_alive(), len(generator.read_ahead_prompts)) == (False, 3)
