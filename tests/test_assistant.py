"""The assistant: what happens between a question and its answer, with stand-ins for both models."""

from __future__ import annotations

import re

import pytest
from answering import answer_to, texts, without_progress
from desk import assistant_over
from fakes import ScriptedGenerator
from hypothesis import given
from hypothesis import strategies as st
from slow import ALSO, GOOD, QUESTION

from rag import gate, prompting
from rag.assistant import REFUSAL
from rag.corpus import Corpus
from rag.index import Index
from rag.sentences import sentences_of
from rag.types import Answer, Check, Found, Prompt, Sentence
from rag.understanding import EMPTY

WRONG = "Young unionists called for a 30 percent youth quota in routine union training."
GARBAGE = "Purple bananas ripen under moonlight."
NO_QUESTIONS = [
    "",
    " ",
    "?!",
    "\n\t",
    "\0\x07\x1b",
    "😀👩🏽‍🏭",
    "\ud800",
    "\ud83d \udc00?",
    "\u200b",
    "x" * 20_000,
    "why " * 5_000,
]


def quoted(sentence: Sentence) -> bool:
    """Whether a sentence is nothing but words of its spans, with the title of a news item before them."""
    said = re.sub(r"^“(.*?)”: ", r"\1 ", sentence.text)
    return said.split() == " ".join(span.quote for span in sentence.spans).split()


def test_the_model_reads_the_passage_first_and_judges_it_before_and_after_it_writes(index: Index) -> None:
    generator = ScriptedGenerator(GOOD)
    assistant_over(index, generator).ask(QUESTION)
    [gate], [answer], [verify] = generator.gate_prompts, generator.answer_prompts, generator.verify_prompts
    assert "20 percent youth quota" in gate.user
    beginning = gate.user.removesuffix(prompting.load("gate"))
    assert answer.user.startswith(beginning)
    assert verify.user.startswith(beginning)


@pytest.mark.parametrize(("yes", "refused"), [(0.0, REFUSAL), (0.59, REFUSAL), (0.61, ""), (1.0, "")])
def test_the_gate_withholds_the_whole_of_what_is_no_answer(index: Index, yes: float, refused: str) -> None:
    generator = ScriptedGenerator(yes=yes, again=GOOD)
    *events, answer = without_progress(assistant_over(index, generator, gate=0.6).stream(QUESTION))
    assert isinstance(answer, Answer)
    assert answer.refused == refused
    assert texts(answer.sentences) == [GOOD]
    if refused:
        assert [type(event) for event in events] == [Found]
        assert (answer.text, answer.shown, answer.citations) == (REFUSAL, (), ())
        assert answer.sentences[0].checks[-1] == Check("answer", False, "it does not seem to answer the question")
        assert answer.timings.first_sentence_s is None


def test_a_refusal_says_what_was_searched(index: Index) -> None:
    answer = assistant_over(index, ScriptedGenerator(yes=0.0, again=GOOD)).ask(QUESTION)
    assert answer.coverage.startswith("I searched 121 passages of 5 documents.")
    assert "10 of 43 results" in answer.coverage
    assert "I searched" not in answer_to(index, GOOD).coverage


def test_an_unsupported_sentence_is_withheld_and_kept_for_the_count(index: Index) -> None:
    answer = answer_to(index, f"{WRONG} {GOOD}")
    assert texts(answer.sentences)[0] == WRONG
    assert [sentence.text for sentence in answer.sentences if not sentence.shown] == [WRONG]
    assert texts(answer.shown)[-1] == GOOD
    assert "30 percent" not in answer.text


def test_when_nothing_is_supported_the_nearest_sentence_is_quoted(index: Index) -> None:
    answer = answer_to(index, WRONG)
    [quotation] = answer.shown
    assert quoted(quotation)
    assert "provide a 20 percent youth quota" in quotation.text
    assert texts(answer.sentences)[0] == WRONG


def test_when_nothing_is_near_either_it_is_refused(index: Index) -> None:
    answer = answer_to(index, GARBAGE, "Do purple bananas ripen quickly under bright moonlight?")
    assert answer.refused == REFUSAL
    assert texts(answer.sentences) == [GARBAGE]
    assert not answer.shown


@pytest.mark.parametrize("reply", ["", " ", "\n\n", "...", "**", "\0", "🤖🤖🤖", "- \n- ", "[1]"])
def test_a_model_that_says_nothing_leaves_a_quotation(index: Index, reply: str) -> None:
    answer = answer_to(index, reply)
    [quotation] = answer.sentences
    assert quoted(quotation)
    assert "20 percent youth quota" in quotation.text


@pytest.mark.parametrize(
    "reply",
    ["lorem ipsum " * 300, "x" * 5_000, "<|im_end|>" * 50, "<script>alert(1)</script> " * 20, "\ufffd" * 99 + "a"],
)
def test_garbage_is_withheld(index: Index, reply: str) -> None:
    answer = answer_to(index, reply)
    assert len(answer.sentences) > len(answer.shown)
    assert all(map(quoted, answer.shown))


def test_half_a_surrogate_pair_from_a_server_does_not_break_the_answer(index: Index) -> None:
    """JSON may carry one, as `"\\ud83d"`."""
    assert GOOD in answer_to(index, f"{GOOD} \ud83d {ALSO}").text


def test_an_unfinished_last_sentence_is_left_out_unless_it_is_alone(index: Index) -> None:
    assert texts(answer_to(index, f"{GOOD} Young unionists from South East").sentences) == [GOOD]
    assert texts(answer_to(index, GOOD.removesuffix(".")).sentences) == [GOOD.removesuffix(".")]


@pytest.mark.parametrize("question", NO_QUESTIONS, ids=lambda question: ascii(question[:8]))
def test_what_is_no_question_is_refused_and_no_model_is_asked(index: Index, question: str) -> None:
    generator = ScriptedGenerator()
    [answer] = assistant_over(index, generator).stream(question)
    assert isinstance(answer, Answer)
    assert answer.refused == EMPTY or answer.refused.startswith("The question has ")
    assert (answer.sentences, answer.hits, answer.coverage) == ((), (), "")
    assert not generator.gate_prompts


@pytest.mark.parametrize(
    "question",
    [
        "ما هي حصة الشباب؟",
        "青年の割当は何パーセントですか？",
        "Какая квота?",
        "youth\0quota\x1b[31m",
        "_",
        "²",
        '" OR NEAR(a b) *',
        "$passages {0} %s",
    ],
)
def test_a_question_in_any_writing_has_an_answer(index: Index, question: str) -> None:
    refused = assistant_over(index, ScriptedGenerator(yes=0.0, again="")).ask(question)
    assert refused.refused == REFUSAL
    assert len(refused.hits) == 8
    assert answer_to(index, GARBAGE, question).hits == refused.hits


@pytest.mark.parametrize(
    "reply",
    [
        f"**{GOOD}** `{ALSO}`",
        f"- {GOOD}\n- {ALSO}",
        f"* {GOOD}\n\n  • {ALSO}",
        f"1. {GOOD}\n2. {ALSO}",
        f"1) {GOOD}\n2) {ALSO}",
        f"{GOOD[:-1]} [1]. {ALSO[:-1]} [2][3].",
        f"{GOOD} [1] {ALSO} [2]",
        f"{GOOD[:-1]} [1, 2]. {ALSO}",
        f"{GOOD[:-1]} [1-3]. {ALSO}",
        f"__{GOOD}__\n\n\n{ALSO}\n",
        f"> {GOOD}\n> {ALSO}",
        f"*{GOOD}* {ALSO}",
    ],
)
def test_markup_of_the_model_is_removed(index: Index, reply: str) -> None:
    answer = answer_to(index, reply)
    assert texts(answer.shown) == [GOOD, ALSO]
    assert answer.sentences == answer.shown  # a list's number is no sentence that was withheld


def test_a_line_that_begins_with_a_number_keeps_it(index: Index) -> None:
    text = "20 organizers met in Bangkok, Thailand to complete their three-year programme."
    assert texts(answer_to(index, text, "How many organizers met in Bangkok?").shown) == [text]


def test_the_coverage_line_speaks_of_what_is_cited(index: Index) -> None:
    question = "Which youth quota do young unionists call for?"
    assert "10 of 43 results" in answer_to(index, GOOD, question).coverage
    assert answer_to(index, GOOD, QUESTION).coverage == ""


def test_a_withheld_sentence_has_no_say_in_the_coverage_line(index: Index) -> None:
    """The resolution is whole and nothing else is cited; a withheld sentence was near to a listing."""
    question = "Which are the most important tools to fight inequality, and which youth quota in union training?"
    tools = "Organizing, workplace representation, collective bargaining and mobilization are the most important tools."
    answer = answer_to(index, f"{tools} {WRONG}", question)
    assert texts(answer.shown)[0] == tools
    assert {index.store.documents[span.doc_id].kind for span in answer.citations} == {"resolution"}
    assert "results" not in answer.coverage


def test_what_shapes_answers_changes_the_config_id(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def config_id(name: str = "scripted", **settings: object) -> str:
        return assistant_over(index, ScriptedGenerator(name=name), **settings).config_id

    first = config_id()
    assert re.fullmatch("[0-9a-f]{8}", first)
    assert config_id(port=8000, host="localhost", threads=1, cache="elsewhere") == first
    ids = {
        first,
        config_id(passages=5),
        config_id(embedding="all-MiniLM-L6-v2"),
        config_id(vector_weight=0.123),
        config_id(gate=0.123),
        config_id(prompt_tokens=1000),
        config_id(answer_tokens=100),
        config_id(name="another"),
    }
    monkeypatch.setattr(prompting, "fingerprint", lambda: "other prompts")
    ids.add(config_id())
    monkeypatch.setattr(gate, "fingerprint", lambda: "other coefficients")
    ids.add(config_id())
    monkeypatch.setattr(index, "manifest", index.manifest.model_copy(update={"fingerprint": "other documents"}))
    ids.add(config_id())
    assert len(ids) == 11
    assert answer_to(index, GOOD).config_id == config_id()


def test_a_question_without_an_id_gets_one_of_its_own(index: Index) -> None:
    one, same, other = (answer_to(index, GOOD, question).id for question in ("Who?", " Who? ", "When?"))
    assert one == same != other


def test_warming_up_asks_the_model_once(index: Index) -> None:
    generator = ScriptedGenerator()
    assistant_over(index, generator).warm_up()
    assert generator.gate_prompts == [Prompt(prompting.load("system"), "")]


REAL = st.integers(0, 120)  # rows of the real chunks


@given(data=st.data(), row=REAL, cut=st.integers(1, 400), noise=st.text(max_size=40), question_row=REAL)
def test_every_span_of_every_answer_is_an_exact_slice(
    index: Index, corpus: Corpus, data: st.DataObject, row: int, cut: int, noise: str, question_row: int
) -> None:
    """Replies of real sentences, pieces of them, sentences with other numbers, and noise."""
    chunk, about = corpus.chunks[row], corpus.chunks[question_row]
    real = [chunk.text[start:end] for start, end in sentences_of(about.text)]
    parts = [*real, chunk.text[:cut], re.sub(r"\d", "9", chunk.text), noise]
    reply = " ".join(data.draw(st.lists(st.sampled_from(parts), max_size=4)))
    *events, answer = assistant_over(index, ScriptedGenerator(reply)).stream(about.text[:300])
    assert isinstance(answer, Answer)
    documents = index.store.documents
    chunks = {hit.chunk.id: hit.chunk for hit in answer.hits}
    for sentence in answer.sentences:
        for span in sentence.spans:
            assert documents[span.doc_id].text[span.start : span.end] == span.quote
            home = chunks[span.chunk_id]
            assert home.start <= span.start < span.end <= home.end
    assert all(sentence.spans for sentence in answer.shown)
    assert tuple(event for event in events if isinstance(event, Sentence)) == answer.shown
    assert bool(answer.refused) != bool(answer.shown)
    assert {span for sentence in answer.shown for span in sentence.spans} == set(answer.citations)
