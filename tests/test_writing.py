"""Writing: which passage is read, what may stand of a draft, and what takes the place of the rest."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from desk import DIMENSION, opened_index
from fakes import HashEmbedder, ScriptedGenerator
from hypothesis import given
from hypothesis import strategies as st

from rag.config import Settings
from rag.embedding import Vectors
from rag.index import Index
from rag.types import Hit, Progress, Sentence
from rag.writing import DENIAL, MENTION, MOST_READ, MOST_WRITTEN, Draft, Writer

QUOTA = "Young unionists ask for a quota of thirty per cent in every committee."
CONGRESS = "The youth congress met in Manila in March 2023."
STRIKE = "Garment workers in Dhaka went on strike for nine days."
MINERS = "Miners in Zambia elected Grace Phiri as their president."
LONG = "Steel " + "workers " * 180 + "met."
QUESTION = "What quota do young unionists ask for?"
WRONG = QUOTA.replace("thirty", "fifty")
SURE, UNSURE = 0.9, 0.1


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """One document of five paragraphs."""
    seeds = tmp_path_factory.mktemp("seeds")
    (seeds / "report.txt").write_text("\n\n".join([QUOTA, CONGRESS, STRIKE, MINERS]), encoding="utf-8")
    (seeds / "steel.txt").write_text(LONG, encoding="utf-8")
    with opened_index(seeds / "index", seeds) as index:
        yield index


def finished(steps: Generator[Progress, None, Draft]) -> Draft:
    """What is returned when all steps have been taken."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            draft: Draft = end.value
            return draft


@dataclass
class Written:
    """A draft and the model that wrote it."""

    draft: Draft
    generator: ScriptedGenerator

    @property
    def shown(self) -> list[str]:
        return [sentence.text for sentence in self.draft.sentences if sentence.shown]

    @property
    def withheld(self) -> list[Sentence]:
        return [sentence for sentence in self.draft.sentences if not sentence.shown]

    @property
    def read(self) -> list[str]:
        """The passages that the model judged, in order; of the words that are looked for the first each."""
        return [passage_in(prompt.user) for prompt in self.generator.gate_prompts]

    @property
    def wrote_from(self) -> list[str]:
        return [passage_in(prompt.user) for prompt in self.generator.answer_prompts]


def passage_in(prompt: str) -> str:
    return " ".join(text for text in (QUOTA, CONGRESS, STRIKE, MINERS) if text in prompt)


def hits_of(index: Index, *texts: str) -> tuple[Hit, ...]:
    """Hits of scores 0.9, 0.8, 0.7 and so on."""
    chunks = {chunk.text: chunk for chunk in index.store.chunks().values()}
    return tuple(Hit(chunks[text], 0.9 - n / 10, n + 1) for n, text in enumerate(texts))


def write(
    index: Index,
    *replies: str,
    yes: tuple[float, ...] = (),
    texts: tuple[str, ...] = (QUOTA, CONGRESS, STRIKE, MINERS),
    question: str = QUESTION,
    named: bool = False,
    embedder: HashEmbedder | None = None,
    **settings: object,
) -> Written:
    generator = ScriptedGenerator(*replies, yes=UNSURE)
    generator.probabilities.extend(yes)
    writer = Writer(
        Settings(**{"gate": 0.5, **settings}), index, embedder or HashEmbedder(dimension=DIMENSION), generator
    )
    return Written(finished(writer.write(question, hits_of(index, *texts), named=named)), generator)


# --- which passage is read -------------------------------------------------------------------------------------------


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


# --- what may stand --------------------------------------------------------------------------------------------------


def test_a_sentence_that_is_not_so_is_followed_by_the_words_of_the_document(index: Index) -> None:
    done = write(index, WRONG, yes=(SURE,))
    assert [sentence.text for sentence in done.withheld] == [WRONG]
    assert done.shown == [QUOTA]
    assert done.draft.signals is not None
    assert not done.draft.signals.supported


def test_the_words_of_the_document_are_given_once_for_two_wrong_sentences(index: Index) -> None:
    done = write(index, f"{WRONG} {WRONG.replace('fifty', 'sixty')}", yes=(SURE,))
    assert len(done.withheld) == 2
    assert done.shown == [QUOTA]


@pytest.mark.parametrize(
    "reply",
    [
        "The passage does not mention a quota.",
        "The text does not say what quota young unionists ask for.",
        "The quota is not mentioned in the passage.",
        "There is no information on the quota that young unionists ask for.",
        "The quota is not explicitly stated.",
    ],
)
def test_a_draft_that_denies_that_it_is_said_is_no_answer(index: Index, reply: str) -> None:
    assert DENIAL.search(reply)
    done = write(index, reply, reply, yes=(SURE, SURE))
    assert reply not in done.shown
    assert done.draft.confidence < 0.5
    assert done.draft.signals is None or done.draft.signals.denied


def test_a_denial_is_no_answer_even_of_a_passage_that_the_question_names(index: Index) -> None:
    done = write(index, "The passage does not mention it.", yes=(SURE,), texts=(QUOTA,), named=True)
    assert done.draft.confidence < 0.5


def test_a_sentence_that_speaks_of_the_passage_is_withheld(index: Index) -> None:
    said = f"The passage says that {QUOTA[0].lower()}{QUOTA[1:]}"
    done = write(index, f"{said} {QUOTA}", yes=(SURE,))
    assert said in [sentence.text for sentence in done.withheld]
    assert not any(MENTION.search(text) for text in done.shown)
    assert QUOTA in done.shown


@pytest.mark.parametrize(
    "text", ["They denied no rights.", "Workers are not paid.", "A passage to Manila.", "The documents are kept."]
)
def test_ordinary_words_are_no_denial(text: str) -> None:
    assert not MENTION.search(text)


@pytest.mark.parametrize("reply", ["", " ", "\n\n", "...", "**", "\0", "🤖🤖🤖", "- \n- ", "[1]"])
def test_a_model_that_says_nothing_leaves_a_quotation(index: Index, reply: str) -> None:
    assert write(index, reply, yes=(SURE,)).shown == [QUOTA]


def test_where_nothing_is_near_nothing_is_quoted(index: Index) -> None:
    done = write(index, "", "", yes=(SURE, SURE), question="Do bananas ripen under moonlight?")
    assert done.draft.sentences == ()
    assert (done.draft.confidence, done.draft.signals) == (0.0, None)


def test_of_a_passage_that_is_named_any_words_are_quoted(index: Index) -> None:
    done = write(index, "", texts=(MINERS,), named=True, question="Do bananas ripen under moonlight?")
    assert done.shown == [MINERS]


@pytest.mark.parametrize(
    "reply", ["unions " * 5_000, "x" * 5_000, "Bananas. " * 500, "<|im_end|>" * 500, "\ufffd" * 99]
)
def test_an_endless_or_senseless_text_ends_in_a_quotation(index: Index, reply: str) -> None:
    done = write(index, reply, yes=(SURE,), answer_tokens=50)
    assert done.shown == [QUOTA]
    assert len(done.draft.sentences) <= 52


def test_vectors_that_are_no_numbers_break_nothing(index: Index) -> None:
    class Broken(HashEmbedder):
        def embed_query(self, text: str) -> Vectors:
            return np.full(self.dimension, np.nan, dtype=np.float32)

    done = write(index, WRONG, WRONG, yes=(SURE, SURE), embedder=Broken(dimension=DIMENSION))
    assert done.shown == []
    assert done.draft.confidence == 0


# --- what a draft is judged by ---------------------------------------------------------------------------------------


def test_a_draft_is_judged_by_what_is_shown_of_it(index: Index) -> None:
    done = write(index, f"{QUOTA} Bananas are purple.", yes=(0.8,))
    [judged] = done.generator.verify_prompts
    assert QUOTA in judged.user
    assert "Bananas" not in judged.user
    signals = done.draft.signals
    assert signals is not None
    assert (signals.yes, signals.verified) == (0.8, 1.0)
    assert signals.margin == pytest.approx(0.1)
    assert signals.supported
    assert (signals.denied, signals.lacks_number, signals.lacks_name) == (False, False, False)


@pytest.mark.parametrize(
    ("question", "number", "name"),
    [
        ("How many miners voted for Grace Phiri?", True, False),
        ("When did miners elect Grace Phiri?", True, False),
        ("Who did miners in Zambia elect as president?", False, False),
        ("Where in Zambia did miners elect Grace Phiri?", False, True),
        ("What did miners do for Grace Phiri?", False, False),
    ],
)
def test_a_number_or_name_that_is_asked_for_and_not_given_is_lacking(
    index: Index, question: str, number: bool, name: bool
) -> None:
    signals = write(index, MINERS, yes=(SURE,), texts=(MINERS,), question=question).draft.signals
    assert signals is not None
    assert (signals.lacks_number, signals.lacks_name) == (number, name)


def test_a_sentence_that_only_says_again_what_was_asked_is_withheld(index: Index) -> None:
    said = "Young unionists ask for a quota."
    done = write(index, said, yes=(SURE,))
    assert said in [sentence.text for sentence in done.withheld]
    assert done.shown == [QUOTA]


WORDS = [QUOTA, WRONG, CONGRESS, "The passage does not say.", "Yes.", "(", "\n", "quota", "50", "“", "[1]", "**"]


@given(words=st.lists(st.sampled_from(WORDS), max_size=6), named=st.booleans(), yes=st.floats(0, 1))
def test_whatever_is_written_every_shown_sentence_stands_on_the_words_of_its_passage(
    index: Index, words: list[str], named: bool, yes: float
) -> None:
    done = write(index, " ".join(words), " ".join(words), yes=(yes,) * 6, named=named)
    texts = {document.id: document.text for document in index.store.documents.values()}
    assert 0 <= done.draft.confidence <= 1
    for sentence in done.draft.sentences:
        for span in sentence.spans:
            assert texts[span.doc_id][span.start : span.end] == span.quote
        if sentence.shown:
            assert sentence.spans
            assert not MENTION.search(sentence.text)
            assert not re.search(r"fifty|50", sentence.text)
