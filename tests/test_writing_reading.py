"""Writing: which passages are read, and which is written from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from desk import DIMENSION
from fakes import HashEmbedder, ScriptedGenerator
from written import (
    CONGRESS,
    LONG,
    MINERS,
    QUESTION,
    QUOTA,
    STRIKE,
    SURE,
    UNSURE,
    finished,
    hits_of,
    opened,
    passage_in,
    write,
)

from rag.config import Settings
from rag.index import Index
from rag.writing import MOST_READ, MOST_WRITTEN, Draft, Writer


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened(tmp_path_factory.mktemp("seeds")) as index:
        yield index


def test_the_first_passage_that_states_the_answer_is_the_last_that_is_read(index: Index) -> None:
    done = write(index, QUOTA, yes=(SURE,))
    assert done.read == done.wrote_from == [QUOTA]
    assert done.shown == [QUOTA]
    assert done.draft.confidence == pytest.approx(SURE)


@pytest.mark.parametrize(
    ("yes", "n"), [((0.5,), 1), ((0.49, 0.5), 2), ((0.1, 0.49, 0.5), 3), ((0.1, 0.1, 0.1, 0.1, 0.9), 4)]
)
def test_one_passage_after_another_is_read_until_one_states_it(index: Index, yes: tuple[float, ...], n: int) -> None:
    done = write(index, QUOTA, yes=yes, gate=0.0)
    assert done.read == [QUOTA, CONGRESS, STRIKE, MINERS][:n]


def test_five_passages_are_read_at_most(index: Index) -> None:
    done = write(index, QUOTA, texts=(QUOTA, CONGRESS, STRIKE, MINERS, QUOTA, CONGRESS), gate=0.0)
    assert len(done.read) == MOST_READ == 5


def test_the_likeliest_passage_is_written_from_though_a_later_one_stopped_the_reading(index: Index) -> None:
    """0.9 + 0.15 * logit(0.4) = 0.84 is more than 0.5 + 0.15 * logit(0.55) = 0.53."""
    generator = ScriptedGenerator(QUOTA, probed=True)
    generator.probabilities.extend([0.4, 0.55])
    first, second = hits_of(index, QUOTA, CONGRESS)
    hits = [replace(first, score=0.9), replace(second, score=0.5)]
    writer = Writer(Settings(gate=0.3), index, HashEmbedder(dimension=DIMENSION), generator)
    finished(writer.write(QUESTION, hits))
    assert len(generator.gate_prompts) == 2
    assert [passage_in(prompt.user) for prompt in generator.answer_prompts] == [QUOTA]


def test_a_likely_passage_behind_unlikely_ones_is_written_from(index: Index) -> None:
    generator = ScriptedGenerator(CONGRESS, probed=True)
    generator.probabilities.extend([0.1, 0.6])
    first, second = hits_of(index, QUOTA, CONGRESS)
    hits = [replace(first, score=0.9), replace(second, score=0.1)]
    writer = Writer(Settings(gate=0.5), index, HashEmbedder(dimension=DIMENSION), generator)
    finished(writer.write(QUESTION, hits))
    assert [passage_in(prompt.user) for prompt in generator.answer_prompts] == [CONGRESS]


def test_with_a_probe_nothing_is_written_that_would_be_withheld(index: Index) -> None:
    generator = ScriptedGenerator(QUOTA, yes=UNSURE, probed=True)
    writer = Writer(Settings(gate=0.5), index, HashEmbedder(dimension=DIMENSION), generator)
    draft = finished(writer.write(QUESTION, hits_of(index, QUOTA, CONGRESS)))
    assert (draft.sentences, draft.signals, generator.answer_prompts) == ((), None, [])
    assert draft.confidence == pytest.approx(UNSURE)


def test_with_a_probe_a_draft_is_not_judged_once_more(index: Index) -> None:
    generator = ScriptedGenerator(QUOTA, yes=SURE, probed=True)
    writer = Writer(Settings(gate=0.5), index, HashEmbedder(dimension=DIMENSION), generator)
    draft = finished(writer.write(QUESTION, hits_of(index, QUOTA)))
    assert [sentence.text for sentence in draft.sentences] == [QUOTA]
    assert generator.verify_prompts == []
    assert draft.confidence == pytest.approx(SURE)


def test_the_model_writes_from_the_passage_that_states_it_alone(index: Index) -> None:
    done = write(index, STRIKE, yes=(0.1, 0.2, SURE), question="How long did garment workers strike?")
    assert done.wrote_from == [STRIKE]
    assert {span.chunk_id for s in done.draft.sentences for span in s.spans} == {hits_of(index, STRIKE)[0].chunk.id}


# 0.1 of the log odds and the score: 0.9 - 0.22, 0.8 - 0.04, 0.7 - 0.22.
def test_where_none_states_it_score_and_judgement_choose_together(index: Index) -> None:
    assert write(index, CONGRESS, yes=(0.1, 0.4, 0.1), gate=0.0).wrote_from == [CONGRESS]
    assert write(index, QUOTA, yes=(0.1, 0.1, 0.1), gate=0.0).wrote_from == [QUOTA]


def test_a_second_passage_is_tried_when_the_first_gave_no_convincing_answer(index: Index) -> None:
    done = write(index, QUOTA, CONGRESS, yes=(0.6, 0.8), gate=0.7)
    assert done.wrote_from == [QUOTA, CONGRESS]
    assert done.shown == [CONGRESS]
    assert MOST_WRITTEN == 2


def test_of_two_drafts_that_do_not_convince_the_likelier_is_given(index: Index) -> None:
    done = write(index, QUOTA, CONGRESS, yes=(0.6, 0.1, 0.1), gate=0.7)
    assert len(done.wrote_from) == 2
    assert done.shown == [QUOTA]
    assert done.draft.confidence == pytest.approx(0.6)


def test_passages_that_a_question_names_are_read_together_and_believed(index: Index) -> None:
    done = write(index, QUOTA, yes=(0.01,), named=True, gate=0.9)
    assert done.read == done.wrote_from == [" ".join([QUOTA, CONGRESS, STRIKE, MINERS])]
    assert (done.shown, done.draft.confidence) == ([QUOTA], 1.0)


def test_a_passage_that_does_not_fit_is_passed_over(index: Index) -> None:
    done = write(index, QUOTA, yes=(SURE,), texts=(LONG, QUOTA), prompt_tokens=200)
    assert done.read == [QUOTA]
    assert done.shown == [QUOTA]


@pytest.mark.parametrize("texts", [(), (LONG,)], ids=["nothing was found", "nothing fits"])
@pytest.mark.parametrize("named", [False, True])
def test_without_a_passage_nothing_is_written(index: Index, texts: tuple[str, ...], named: bool) -> None:
    done = write(index, texts=texts, named=named, prompt_tokens=200)
    assert done.draft == Draft((), 0.0, None)
    assert not done.generator.answer_prompts
