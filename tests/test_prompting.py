"""Prompts: both begin alike, whole passages fit the budget, and no text of others is read as a placeholder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag import prompting
from rag.corpus import Corpus
from rag.errors import ConfigError
from rag.prompting import Prompts, fill, fingerprint, load
from rag.types import Chunk, Hit

QUESTION = "Who met?"
PASSAGES = ["Unions met in Manila.", "Youth met in Bangkok on Monday.", "Nobody met."]
FRAME = len((load("system") + load("context") + load("answer") + QUESTION).split())  # words that are no passage


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the prompt files that a test may change."""
    copy = tmp_path / "prompts"
    shutil.copytree(prompting._FOLDER, copy)
    monkeypatch.setattr(prompting, "_FOLDER", copy)
    load.cache_clear()
    yield copy
    load.cache_clear()


def count_words(text: str) -> int:
    return len(text.split())


def hits_of(*texts: str) -> list[Hit]:
    return [
        Hit(text_chunk(text_document(text), locator=f"¶{rank}"), 1 / rank, rank) for rank, text in enumerate(texts, 1)
    ]


def prompts(question: str = QUESTION, texts: list[str] = PASSAGES, budget: int = 1000) -> Prompts:
    return Prompts(question, hits_of(*texts), budget, count_words)


def framed(passages: str, question: str) -> str:
    """Passages and question as every prompt begins."""
    before, _, rest = load("context").partition("$passages")
    between, _, after = rest.partition("$question")
    return f"{before}{passages}{between}{question}{after}"


def only_passage(chunk: Chunk) -> str:
    """What the model reads of one chunk."""
    before, _, after = framed("\0", QUESTION).partition("\0")
    user = Prompts(QUESTION, [Hit(chunk, 1.0, 1)], 1000, count_words).gate.user
    return user.removeprefix(before).removesuffix(after + load("gate"))


def test_both_prompts_begin_alike_with_passages_and_question() -> None:
    asked = prompts()
    assert asked.gate.system == asked.answer.system == load("system")
    beginning = asked.gate.user.removesuffix(load("gate"))
    assert asked.answer.user == beginning + load("answer")
    places = [beginning.index(words) for words in [*PASSAGES, QUESTION]]
    assert places == sorted(places)


def test_a_point_goes_on_from_its_beginning_and_begins_as_the_others() -> None:
    asked = prompts()
    point = asked.point("The congress says that")
    assert point.begin == "The congress says that"
    assert point.user == asked.gate.user.removesuffix(load("gate")) + load("point")
    assert asked.gate.begin == asked.answer.begin == ""


def test_passages_say_where_they_stand() -> None:
    assert "(¶1) Unions met in Manila.\n\n(¶2) Youth met in Bangkok on Monday.\n\n(¶3)" in prompts().gate.user


def test_a_draft_is_judged_by_the_same_passages_and_never_read_as_a_placeholder() -> None:
    asked = prompts()
    judged = asked.verify("$question costs ${answer} $5.").user
    assert judged.startswith(asked.answer.user.removesuffix(load("answer")))
    assert "$question costs ${answer} $5." in judged


def test_a_translation_holds_the_question_letter_by_letter() -> None:
    assert "¿Qué $question pide ${x}?" in prompting.translation("¿Qué $question pide ${x}?").user


def test_a_news_item_brings_its_own_title_and_a_point_its_lead_in(corpus: Corpus) -> None:
    news = next(chunk for chunk in corpus.chunks if chunk.kind == "news")
    point = next(chunk for chunk in corpus.chunks if chunk.kind == "point")
    assert only_passage(news) == news.text
    assert only_passage(point) == f"(¶32, 1st point) Therefore, IndustriALL will: {point.text}"


# With their locators the passages have 4 + 1, 6 + 1 and 2 + 1 words: 5, 12 and 15 in all.
@pytest.mark.parametrize(("room", "taken"), [(-9, 0), (4, 0), (5, 1), (11, 1), (12, 2), (14, 2), (15, 3), (999, 3)])
def test_whole_passages_are_taken_best_first_while_they_fit(room: int, taken: int) -> None:
    asked = prompts(budget=FRAME + room)
    assert [hit.rank for hit in asked.shown] == [1, 2, 3][:taken]
    assert [text in asked.answer.user for text in PASSAGES] == [n < taken for n in range(3)]


def test_a_worse_passage_does_not_take_the_place_of_a_better_one_that_does_not_fit() -> None:
    asked = prompts(texts=["long " * 50, "short"], budget=FRAME + 20)
    assert asked.shown == ()
    assert "short" not in asked.answer.user


@given(
    question=st.text(st.sampled_from("$ {}passagequtionx%\\"), max_size=30),
    passage=st.text(st.sampled_from("$ {}passagequtionx%\\"), min_size=1, max_size=30),
)
def test_nothing_in_a_question_or_passage_is_a_placeholder(question: str, passage: str) -> None:
    user = prompts(question, [passage]).answer.user
    assert user == framed(f"(¶1) {passage}", question) + load("answer")


def test_placeholders_written_by_others_stay_as_they_are() -> None:
    user = prompts("${passages} $question $$ {question}", ["$question costs US$63 {x}"]).gate.user
    assert "Question: ${passages} $question $$ {question}\n" in user
    assert "$question costs US$63 {x}\n" in user


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("context", "Passages: $passages"),
        ("context", "$passages $question $language"),
        ("context", "$passages $question costs $ 5"),
        ("answer", "Answer $question"),
        ("gate", "It costs 5$"),
    ],
)
def test_a_prompt_file_with_other_placeholders_is_refused(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{name}\.md must have the placeholders \["):
        load(name)


def test_a_missing_prompt_file_is_named_with_what_helps(folder: Path) -> None:
    (folder / "gate.md").unlink()
    with pytest.raises(ConfigError, match=r"gate\.md cannot be read .*make setup"):
        prompts().gate  # noqa: B018


def test_a_placeholder_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(KeyError, match="question"):
        fill("context", passages="")


def test_the_fingerprint_changes_with_any_prompt(folder: Path) -> None:
    seen = {fingerprint()}
    for path in folder.iterdir():
        path.write_text(path.read_text(encoding="utf-8") + "!", encoding="utf-8")
        load.cache_clear()
        seen.add(fingerprint())
    assert len(seen) == 1 + len(list(folder.iterdir()))
