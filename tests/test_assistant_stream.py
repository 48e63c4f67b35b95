"""An answer as it comes: passages, progress, checked sentences, the whole; and a reader who leaves, or a model that fails."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import closing

import pytest
from answering import texts, without_progress
from desk import assistant_over
from fakes import ScriptedGenerator
from slow import ALSO, GOOD, QUESTION

from rag.errors import ModelError
from rag.index import Index
from rag.types import Answer, Found, Progress, Sentence, Stage


class Watched(ScriptedGenerator):
    """Counts the pieces that were taken from it; with `breaks` it fails when the reply is at its end.

    It holds on to its streams, so that only closing them ends them.
    """

    def __init__(self, *replies: str, breaks: bool = False, piece: int = 4) -> None:
        super().__init__(*replies)
        self.taken = 0
        self.ended = self.closed = False
        self._streams: list[Generator[str, None, None]] = []
        self._breaks = breaks
        self._size = piece

    def _pieces(self, reply: str, max_tokens: int) -> Generator[str, None, None]:
        self._streams.append(self._cut(reply))
        return self._streams[-1]

    def _cut(self, reply: str) -> Generator[str, None, None]:
        try:
            for at in range(0, len(reply), self._size):
                self.taken += 1
                yield reply[at : at + self._size]
        except GeneratorExit:
            self.closed = True
            raise
        self.ended = True
        if self._breaks:
            raise ModelError("The server went away.")


def test_an_answer_comes_as_found_sentences_answer(index: Index) -> None:
    events = assistant_over(index, ScriptedGenerator(f"{GOOD} {ALSO}")).stream(QUESTION, "q1")
    found, first, second, answer = without_progress(events)
    assert isinstance(found, Found)
    assert isinstance(answer, Answer)
    assert (texts((first, second)), texts(answer.shown)) == ([GOOD, ALSO], [GOOD, ALSO])
    assert (answer.id, answer.question, answer.hits, answer.refused) == ("q1", QUESTION, found.hits, "")
    assert answer.text == f"{GOOD} {ALSO}"
    assert answer.model == "scripted"
    timings = answer.timings
    assert 0 < timings.retrieve_s < timings.first_token_s < timings.first_sentence_s < timings.total_s


def test_nothing_is_shown_before_the_whole_was_judged(index: Index) -> None:
    """A sentence that is shown is never taken back, so the gate comes first."""
    generator = Watched(f"{GOOD} {ALSO}")
    for event in assistant_over(index, generator).stream(QUESTION):
        if isinstance(event, Sentence):
            assert generator.ended
            assert len(generator.verify_prompts) == 1


def test_closing_the_stream_after_the_passages_were_found_asks_no_model(index: Index) -> None:
    generator = Watched(f"{GOOD} {ALSO}")
    with closing(assistant_over(index, generator).stream(QUESTION)) as events:
        assert isinstance(next(events), Found)
    assert not generator.gate_prompts
    assert not generator.answer_prompts


def test_closing_the_stream_while_the_model_writes_stops_it_at_once(index: Index) -> None:
    generator = Watched(f"{GOOD} " * 500)
    with closing(assistant_over(index, generator).stream(QUESTION)) as events:
        assert Progress(Stage.WRITING, 1) in events  # reads on until it comes
        taken = generator.taken
    assert generator.closed
    assert generator.taken == taken < 3


def test_it_is_told_what_the_model_does(index: Index) -> None:
    events = list(assistant_over(index, ScriptedGenerator(GOOD)).stream(QUESTION))
    stages = [event.stage for event in events if isinstance(event, Progress)]
    assert stages == sorted(stages)  # "reading" before "writing"
    assert set(stages) == {Stage.READING, Stage.WRITING}


def test_closing_the_stream_between_two_parts_of_a_question_leaves_the_second_unasked(index: Index) -> None:
    question = f"{QUESTION[:-1]}, and where was the training on labour migration held in May 2018?"
    generator = Watched(f"{GOOD} {ALSO}")
    with closing(assistant_over(index, generator).stream(question)) as events:
        assert [type(event) for event in itertools.islice(without_progress(events), 2)] == [Found, Sentence]
    assert len(generator.answer_prompts) == 1


def test_a_model_that_fails_on_the_way_is_an_error_and_half_a_draft_is_not_shown(index: Index) -> None:
    events = assistant_over(index, Watched(f"{GOOD} {ALSO}", breaks=True)).stream(QUESTION)
    assert isinstance(next(events), Found)
    with pytest.raises(ModelError, match="went away"):
        list(events)
