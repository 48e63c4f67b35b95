"""The assistant: what happens between a question and its answer, with stand-ins for both models."""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import WriteSeeds
from desk import assistant_over, opened_index
from fakes import HashEmbedder, ScriptedGenerator
from hypothesis import given
from hypothesis import strategies as st

from rag import prompting
from rag.assistant import REFUSAL, open_or_build
from rag.config import Settings
from rag.corpus import Corpus
from rag.errors import IndexFault, ModelError
from rag.index import Index, builds
from rag.sentences import sentences_of, written_sentences
from rag.types import Answer, Found, Prompt, Sentence
from rag.understanding import EMPTY

QUESTION = (
    "Do young unionists from South East Asia call on trade unions to provide a youth quota in routine union training?"
)
GOOD = "Young unionists called for a 20 percent youth quota in routine union training."
GOOD_TOO = "Young unionists from South East Asia met in Manila."
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


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The five real documents."""
    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index


def answer_to(index: Index, reply: str, question: str = QUESTION, **settings: object) -> Answer:
    return assistant_over(index, ScriptedGenerator(reply), **settings).ask(question)


def texts(sentences: tuple[Sentence, ...]) -> list[str]:
    return [sentence.text for sentence in sentences]


def test_an_answer_comes_as_found_sentences_answer(index: Index) -> None:
    generator = ScriptedGenerator(f"{GOOD} {GARBAGE} {GOOD_TOO}")
    found, first, second, answer = assistant_over(index, generator).stream(QUESTION, "q1")
    assert isinstance(found, Found)
    assert isinstance(answer, Answer)
    assert (texts((first, second)), texts(answer.shown)) == ([GOOD, GOOD_TOO], [GOOD, GOOD_TOO])
    assert (answer.id, answer.question, answer.hits, answer.refused) == ("q1", QUESTION, found.hits, "")
    assert answer.text == f"{GOOD} {GOOD_TOO}"
    assert answer.model == "scripted"
    assert 0 < answer.timings.retrieve_s < answer.timings.first_token_s < answer.timings.total_s


def test_the_model_reads_the_passages_first_and_the_gate_before_the_answer(index: Index) -> None:
    generator = ScriptedGenerator(GOOD)
    assistant_over(index, generator).ask(QUESTION)
    [gate], [answer] = generator.gate_prompts, generator.answer_prompts
    assert "20 percent youth quota" in gate.user
    assert answer.user.startswith(gate.user.removesuffix(prompting.load("gate")))


@pytest.mark.parametrize(("yes", "refused"), [(0.0, REFUSAL), (0.59, REFUSAL), (0.6, ""), (1.0, "")])
def test_the_gate_refuses_what_the_passages_do_not_state(index: Index, yes: float, refused: str) -> None:
    generator = ScriptedGenerator(GOOD, yes=yes)
    answer = assistant_over(index, generator, gate=0.6).ask(QUESTION)
    assert answer.refused == refused
    if refused:
        assert not generator.answer_prompts
        assert answer.hits
        assert (answer.text, answer.sentences, answer.citations) == (REFUSAL, (), ())
        assert answer.timings.first_token_s is None


def test_an_unsupported_sentence_is_withheld_and_kept_for_the_count(index: Index) -> None:
    answer = answer_to(index, f"{WRONG} {GOOD}")
    assert texts(answer.shown) == [GOOD]
    assert texts(answer.sentences) == [WRONG, GOOD]
    assert "30 percent" not in answer.text


def test_when_nothing_is_supported_the_nearest_sentence_is_quoted(index: Index) -> None:
    answer = answer_to(index, WRONG)
    [quotation] = answer.shown
    assert quotation.text == quotation.spans[0].quote
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
    assert "20 percent youth quota" in quotation.spans[0].quote


@pytest.mark.parametrize(
    "reply",
    ["lorem ipsum " * 300, "x" * 5_000, "<|im_end|>" * 50, "<script>alert(1)</script> " * 20, "\ufffd" * 99 + "a"],
)
def test_garbage_is_withheld(index: Index, reply: str) -> None:
    answer = answer_to(index, reply)
    assert len(answer.sentences) > len(answer.shown)
    assert all(sentence.text == sentence.spans[0].quote for sentence in answer.shown)


def test_half_a_surrogate_pair_from_a_server_does_not_break_the_answer(index: Index) -> None:
    """JSON may carry one, as `"\\ud83d"`."""
    assert GOOD in answer_to(index, f"{GOOD} \ud83d {GOOD_TOO}").text


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
    refused = assistant_over(index, ScriptedGenerator(yes=0.0)).ask(question)
    assert refused.refused == REFUSAL
    assert len(refused.hits) == 6
    assert answer_to(index, GARBAGE, question).hits == refused.hits


def test_a_sentence_is_shown_while_the_model_still_writes(index: Index) -> None:
    generator = Watched(f"{GOOD} {GOOD_TOO} {GARBAGE * 20}")
    events = assistant_over(index, generator).stream(QUESTION)
    sentence = next(event for event in events if isinstance(event, Sentence))
    assert sentence.text == GOOD
    # It ends when the first letters of the next one have come: at most two pieces of 4 characters later.
    assert generator.taken * 4 <= len(GOOD) + 2 * 4
    list(events)
    assert generator.ended


def test_closing_the_stream_stops_the_model(index: Index) -> None:
    generator = Watched(f"{GOOD} {GOOD_TOO}")
    with closing(assistant_over(index, generator).stream(QUESTION)) as events:
        assert isinstance(next(events), Found)
        assert isinstance(next(events), Sentence)
        assert not generator.closed
    assert generator.closed


def test_a_model_that_fails_on_the_way_is_an_error_after_what_it_said(index: Index) -> None:
    events = assistant_over(index, Watched(f"{GOOD} {GOOD_TOO}", breaks=True)).stream(QUESTION)
    assert [type(event) for event in itertools.islice(events, 2)] == [Found, Sentence]
    with pytest.raises(ModelError, match="went away"):
        list(events)


@pytest.mark.parametrize(
    "reply",
    [
        f"**{GOOD}** `{GOOD_TOO}`",
        f"- {GOOD}\n- {GOOD_TOO}",
        f"* {GOOD}\n\n  • {GOOD_TOO}",
        f"1. {GOOD}\n2. {GOOD_TOO}",
        f"1) {GOOD}\n2) {GOOD_TOO}",
        f"{GOOD[:-1]} [1]. {GOOD_TOO[:-1]} [2][3].",
        f"{GOOD} [1] {GOOD_TOO} [2]",
        f"{GOOD[:-1]} [1, 2]. {GOOD_TOO}",
        f"{GOOD[:-1]} [1-3]. {GOOD_TOO}",
        f"__{GOOD}__\n\n\n{GOOD_TOO}\n",
        f"> {GOOD}\n> {GOOD_TOO}",
        f"*{GOOD}* {GOOD_TOO}",
    ],
)
def test_markup_of_the_model_is_removed(index: Index, reply: str) -> None:
    answer = answer_to(index, reply)
    assert texts(answer.shown) == [GOOD, GOOD_TOO]
    assert answer.sentences == answer.shown  # a list's number is no sentence that was withheld


def test_a_line_that_begins_with_a_number_keeps_it(index: Index) -> None:
    text = "20 organizers met in Bangkok, Thailand to complete their three-year programme."
    assert texts(answer_to(index, text, "How many organizers met in Bangkok?").shown) == [text]


CUT = [
    [GOOD, GOOD_TOO, "They met on 14 September."],
    [
        "The ILO met, e.g. in No. 5 of U.S. streets.",
        "Dr. Lee said 8,407 yen.",
        "5 unions agreed!",
        "Yes.",
        "1.5 million left.",
    ],
    ["5 unions met.", "“Young people first,” they said.", "“Unions must act. Now.”", "Then they left."],
    ["5 unions met.", '"Young people first," they said.', '"Unions must act. Now."', "Then they left."],
    ["They agreed (after a long day. It was late.) and left.", "Nobody stayed."],
    ["An open bracket (is never closed.", "Nothing is lost.", "Nothing at all."],
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 1000])
@pytest.mark.parametrize("sentences", CUT)
def test_sentences_do_not_depend_on_how_the_model_cuts_its_pieces(sentences: list[str], size: int) -> None:
    reply = " ".join(sentences)
    assert list(written_sentences(reply[at : at + size] for at in range(0, len(reply), size))) == sentences


WORDS = ["Unions", "met", "Manila.", "(They", "agreed.)", "“Go.”", "Yes!", "U.S.", "No.", "5", "é", "労働。", "8,407", "e.g.",
         "“", "”", "(", ")", '"', "**bold**", "[1]", "\n"]  # fmt: skip


@given(words=st.lists(st.sampled_from(WORDS), max_size=12), size=st.integers(1, 9), end=st.sampled_from(["", " End."]))
def test_sentences_of_any_reply_are_the_same_however_it_is_cut_and_lose_nothing(
    words: list[str], size: int, end: str
) -> None:
    reply = " ".join(words) + end
    sentences = list(written_sentences([reply]))
    assert list(written_sentences(reply[at : at + size] for at in range(0, len(reply), size))) == sentences
    said, asked = (re.sub(r"[\W_]", "", text.replace("[1]", "")) for text in ("".join(sentences), reply))
    assert said == asked if end else asked.startswith(said)
    assert not re.search(r"\*|\[1\]", "".join(sentences))


def test_the_coverage_line_speaks_of_what_is_cited(index: Index) -> None:
    question = "Which youth quota do young unionists call for?"
    assert "10 of 43 results" in answer_to(index, GOOD, question).coverage
    assert answer_to(index, GOOD, QUESTION).coverage == ""


def test_a_withheld_sentence_has_no_say_in_the_coverage_line(index: Index) -> None:
    """The resolution is whole and nothing else is cited; a withheld sentence was near to a listing."""
    question = "Which are the most important tools to fight inequality, and which youth quota in union training?"
    tools = "Organizing, workplace representation, collective bargaining and mobilization are the most important tools."
    answer = answer_to(index, f"{tools} {WRONG}", question)
    assert texts(answer.shown) == [tools]
    assert answer.coverage == ""


def test_what_shapes_answers_changes_the_config_id(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def config_id(name: str = "scripted", **settings: object) -> str:
        return assistant_over(index, ScriptedGenerator(name=name), **settings).config_id

    first = config_id()
    assert re.fullmatch("[0-9a-f]{8}", first)
    assert config_id(port=8000, host="localhost", threads=1, cache="elsewhere") == first
    ids = {
        first,
        config_id(passages=5),
        config_id(vector_weight=0.4),
        config_id(gate=0.4),
        config_id(prompt_tokens=1000),
        config_id(answer_tokens=100),
        config_id(name="another"),
    }
    monkeypatch.setattr(prompting, "fingerprint", lambda: "other prompts")
    ids.add(config_id())
    monkeypatch.setattr(index, "manifest", index.manifest.model_copy(update={"fingerprint": "other documents"}))
    ids.add(config_id())
    assert len(ids) == 9
    assert answer_to(index, GOOD).config_id == config_id()


def test_a_question_without_an_id_gets_one_of_its_own(index: Index) -> None:
    one, same, other = (answer_to(index, GOOD, question).id for question in ("Who?", " Who? ", "When?"))
    assert one == same != other


def test_a_missing_index_is_built_and_said(clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds) -> None:
    settings = Settings(seeds=write_seeds({"a.txt": "Unions met.", "b.pdf": b"%PDF"}), index=tmp_path / "new" / "index")
    said: list[str] = []
    with closing(open_or_build(settings, HashEmbedder(), said.append).store) as store:
        assert len(store) == 1
    assert builds(settings.index)
    assert said[0] == "There is no index yet: building it from the documents ..."
    assert "b.pdf" in said[1]
    said.clear()
    open_or_build(settings, HashEmbedder(), said.append).store.close()
    assert said == []


def test_an_index_older_than_the_documents_is_used_and_said(
    clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds
) -> None:
    settings = Settings(seeds=write_seeds({"a.txt": "Unions met."}), index=tmp_path / "index")
    open_or_build(settings, HashEmbedder(), lambda line: None).store.close()
    write_seeds({"b.txt": "Youth met."})
    said: list[str] = []
    with closing(open_or_build(settings, HashEmbedder(), said.append).store) as store:
        assert len(store.documents) == 1
    assert said == ["The documents have changed since the index was built. To take them in, run: rag index"]


def test_a_damaged_index_is_not_built_over(clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds) -> None:
    settings = Settings(seeds=write_seeds({"a.txt": "Unions met."}), index=tmp_path / "index")
    open_or_build(settings, HashEmbedder(), lambda line: None).store.close()
    (settings.index / "build-000001" / "vectors.faiss").write_bytes(b"")
    with pytest.raises(IndexFault, match="rag index --rebuild"):
        open_or_build(settings, HashEmbedder(), lambda line: None)


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
