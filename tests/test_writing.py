"""Writing: what may stand of a draft, what takes the place of the rest, and what a draft is judged by."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from desk import DIMENSION
from fakes import HashEmbedder
from hypothesis import given
from hypothesis import strategies as st
from written import CONGRESS, MINERS, QUOTA, SURE, WRONG, opened, write

from rag.embedding import Vectors
from rag.index import Index
from rag.writing import DENIAL, MENTION


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened(tmp_path_factory.mktemp("seeds")) as index:
        yield index


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
