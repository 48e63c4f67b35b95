"""The yardstick: its citations are read as written, counted for the right passages, and scored like the product's."""

from __future__ import annotations

import io
from collections.abc import Generator
from pathlib import Path

import pytest
from desk import opened_index
from eval_desk import CONGRESS, DIMENSION, QUOTA, TEXT, questions
from fakes import HashEmbedder, ScriptedGenerator
from rich.console import Console

from eval.plain import NEAREST, PIECE, Plain
from eval.plain_run import ask_plain, credited, show
from rag.config import Settings
from rag.errors import ModelError
from rag.types import Prompt

pytestmark = pytest.mark.usefixtures("clean_environment")


class Failing(ScriptedGenerator):
    """A language model that cannot be asked."""

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        raise ModelError("it is gone")


@pytest.fixture
def ask(tmp_path: Path):
    """Asks what would be answered so, over the small collection: one piece that holds all three passages."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "report.txt").write_text(TEXT, encoding="utf-8")
    with opened_index(tmp_path / "index", tmp_path / "seeds") as index:

        def plain(*replies: str) -> Plain:
            return Plain(Settings(), index, HashEmbedder(dimension=DIMENSION), ScriptedGenerator(*replies))

        yield plain


def test_pieces_are_slices_of_the_documents_and_lose_nothing(tmp_path: Path):
    with opened_index(tmp_path) as index:
        plain = Plain(Settings(), index, HashEmbedder(dimension=DIMENSION), ScriptedGenerator())
        documents = index.store.documents
    assert all(documents[p.doc_id].text[p.start : p.end] == p.text for p in plain.pieces)
    assert max(len(p.text) for p in plain.pieces) <= PIECE
    for document in documents.values():
        covered = {i for p in plain.pieces if p.doc_id == document.id for i in range(p.start, p.end)}
        assert not "".join(c for i, c in enumerate(document.text) if i not in covered).strip()
    hits = plain.nearest(plain.pieces[7].text)
    assert [hit.rank for hit in hits] == list(range(1, NEAREST + 1))
    assert (hits[0].chunk, hits[0].score) == (plain.pieces[7], pytest.approx(1.0))


@pytest.mark.parametrize(
    ("reply", "sentences"),
    [
        ("They met in Manila [1]. It was in March.", [("They met in Manila.", [1]), ("It was in March.", [])]),
        ("They met in Manila. [1] It was in March.", [("They met in Manila.", [1]), ("It was in March.", [])]),
        ("They met in Manila[1, 7][0].", [("They met in Manila.", [1])]),  # there is no seventh passage
        ("They met in Manila [2].", [("They met in Manila.", [])]),
        ("[1]. 60 unions met.", [("60 unions met.", [1])]),
        ("[1] 60 unions met. They agreed.", [("60 unions met.", [1]), ("They agreed.", [])]),
    ],
)
def test_citations_are_read_as_written(ask, reply: str, sentences: list[tuple[str, list[int]]]):
    answer = ask(reply).ask("Where did they meet?", "id")
    assert [(s["text"], s["citations"]) for s in answer["sentences"]] == sentences
    assert (answer["id"], answer["refused"]) == ("id", False)
    assert all(c["quote"] in TEXT for c in answer["citations"])


@pytest.mark.parametrize("reply", ["I don't know.", "Sorry, I don’t know [1].", "I do not know", "", " \n"])
def test_what_is_not_known_is_a_refusal(ask, reply: str):
    answer = ask(reply).ask("Who leads the union on Mars?")
    assert answer["refused"]
    assert answer["answer"].strip()
    assert answer["sentences"] == answer["citations"] == []


def test_the_prompt_holds_the_numbered_pieces_and_the_question(ask):
    plain = ask("I don't know.")
    plain.ask("Who asks?")
    (prompt,) = plain._generator.answer_prompts
    assert f"[1] {CONGRESS}\n\n{QUOTA}" in prompt.user
    assert "Question: Who asks?" in prompt.user
    assert "I don't know" in prompt.system


def test_a_piece_counts_for_every_gold_passage_that_it_holds_and_else_for_the_longest(ask):
    plain = ask("They met [1].")
    answer = plain.ask("Where?")
    congress, quota, strike = (chunk.id for chunk in plain.chunks)
    assert len(QUOTA) == max(len(chunk.text) for chunk in plain.chunks)

    def cited(*gold: frozenset[str]) -> tuple[list[str], list[int]]:
        judged = credited(answer, gold, plain.chunks)
        assert [c["n"] for c in judged["citations"]] == list(range(1, len(judged["citations"]) + 1))
        return [c["chunk_id"] for c in judged["citations"]], judged["sentences"][0]["citations"]

    assert cited() == ([quota], [1])
    assert cited(frozenset({strike})) == ([strike], [1])
    assert cited(frozenset({congress}), frozenset({strike})) == ([congress, strike], [1, 2])


def test_every_question_is_scored_and_shown(ask, tmp_path: Path):
    asked = questions(tmp_path)
    replies = (f"{CONGRESS} [1]", QUOTA, "I don't know.", "In Dhaka [1].", "Unions strike on Venus [1].")
    counts: list[tuple[int, int]] = []
    found = ask_plain(asked, Settings(), ask(*replies), lambda *count: counts.append(count))
    scores = {a.question.id: a.case.scores for a in found}
    assert counts == [(n, 5) for n in range(1, 6)]
    assert [scores[q]["nugget_recall"] for q in ("city", "quota", "strike")] == [1, 1, 0.5]
    assert [scores[q]["citation_recall"] for q in ("city", "quota", "strike")] == [1, 0, 1]
    assert [scores[q]["refusal_recall"] for q in ("mars", "venus")] == [1, 0]
    assert all(scores[q]["hit@1"] == 1 for q in ("city", "quota", "strike"))

    page = io.StringIO()
    show(found, Console(file=page, width=200))
    assert "all (5)" in page.getvalue()
    assert "test (2)" in page.getvalue()
    (line,) = [line for line in page.getvalue().splitlines() if line.startswith("nugget_recall")]
    assert line.split("n 3")[0].split() == ["nugget_recall", "0.833", "[0.500,", "1.000]"]  # (1 + 1 + 0.5) / 3


def test_a_failure_is_counted_and_the_others_are_asked(ask, tmp_path: Path):
    plain = ask()
    plain._generator = Failing()
    found = ask_plain(questions(tmp_path)[:2], Settings(), plain)
    assert [(a.case.failed, a.answer) for a in found] == [(True, {"error": "it is gone"})] * 2
    page = io.StringIO()
    show(found, Console(file=page, width=200))
    assert "city failed: it is gone" in page.getvalue()
