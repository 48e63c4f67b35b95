"""`python -m eval candidates`: what readers said, by what was wrong, and drafts that nobody can use uncompleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SEEDS
from desk import opened_index
from typer.testing import CliRunner, Result

from eval import candidates as judged
from eval.__main__ import app
from eval.errors import EvalError
from eval.questions import load_questions
from rag.feedback import Candidate, Cited, Reason, Verdict, note
from rag.index import Index
from rag.types import Chunk

NEWS = "South East Asia youth calls for integration in union training"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of the real documents."""
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="module")
def index(folder: Path) -> Iterator[Index]:
    """The index itself."""
    with opened_index(folder) as index:
        yield index


@pytest.fixture(scope="module")
def chunks(index: Index) -> tuple[Chunk, ...]:
    """Its passages."""
    return tuple(index.store.chunks().values())


@pytest.fixture
def one(index: Index, chunks: tuple[Chunk, ...]) -> Candidate:
    """A wrong fact, cited from the title of a news item and from ¶27 of the resolution."""
    news = next(chunk for chunk in chunks if chunk.text.startswith(NEWS))
    paragraph = next(chunk for chunk in chunks if chunk.locator == "¶27")
    files = {document.id: document.file for document in index.store.documents.values()}
    return Candidate(
        date="2025-03-08",
        question="What did young people call for?",
        history=(),
        verdict=Verdict.DOWN,
        reasons=(Reason.WRONG_FACT,),
        comment="",
        answer="They called for more.",
        refused=False,
        cited=(
            Cited(news.doc_id, files[news.doc_id], news.start, news.start + len(NEWS)),
            Cited(paragraph.doc_id, files[paragraph.doc_id], paragraph.start, paragraph.end),
        ),
        config_id="c0ffee00",
        model="scripted",
        index="f",
    )


@pytest.fixture
def file(clean_environment: Path, folder: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of thumbs in an empty working folder, not there yet."""
    monkeypatch.setenv("RAG_INDEX", str(folder))
    monkeypatch.setenv("RAG_SEEDS", str(SEEDS))
    return clean_environment / "eval" / "candidates.jsonl"


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["candidates", *arguments])
    assert result.exception is None or isinstance(result.exception, (SystemExit, EvalError)), result.exception
    return result


# --- groups -----------------------------------------------------------------------------------------------------------


def test_groups_go_by_verdict_and_reason_newest_first(one: Candidate) -> None:
    cases = judged.cases_of(
        [
            one,
            replace(one, date="2025-03-09", reasons=(Reason.WRONG_FACT, Reason.MISSING)),
            replace(one, verdict=Verdict.UP, reasons=()),
            replace(one, reasons=()),
            replace(one, date="2025-03-08"),
        ],
        (),
    )
    assert {name: [case.n for case in group] for name, group in judged.grouped(cases).items()} == {
        "down: wrong_fact": [2, 5, 1],
        "down: missing": [2],
        "down: no reason given": [4],
        "up": [3],
    }
    assert list(judged.grouped(cases)) == ["down: wrong_fact", "down: missing", "down: no reason given", "up"]


def test_what_the_index_holds_is_quoted_with_its_place(one: Candidate, chunks: tuple[Chunk, ...]) -> None:
    gone = Cited("0" * 16, "old.txt", 3, 9)
    beyond = replace(one.cited[0], end=one.cited[0].end + 100_000)
    (case,) = judged.cases_of([replace(one, cited=(*one.cited, gone, beyond))], chunks)
    assert [(p.chunk.locator if p.chunk else None, p.quote[:40]) for p in case.passages] == [
        ("17 September 2024", NEWS[:40]),
        ("¶27", case.passages[1].chunk.text[:40]),
        (None, ""),
        (None, ""),
    ]


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_holds_the_quotes_and_the_openings_of_the_passages(one: Candidate, chunks: tuple[Chunk, ...]) -> None:
    (case,) = judged.cases_of([replace(one, comment="They asked for a quota.")], chunks)
    paragraph = case.passages[1].quote
    draft = judged.draft(case, chunks)
    opening = draft["gold"][1][0]
    assert draft == {
        "id": "",
        "split": "",
        "kind": "",
        "lang": "en",
        "question": "What did young people call for?",
        "history": [],
        "answerable": True,
        "nuggets": [[NEWS], [paragraph]],
        "gold": [["South East Asia youth calls for"], [opening]],
        "note": "candidate of 2025-03-08; down: wrong_fact; They asked for a quota.",
    }
    assert paragraph.startswith(opening)


@pytest.mark.parametrize(
    ("changes", "answerable", "kind", "quoted"),
    [
        ({"reasons": (Reason.SHOULD_HAVE_REFUSED,)}, False, "near_miss", False),
        ({"reasons": (Reason.WRONG_SOURCE,)}, True, "", False),
        ({"reasons": (Reason.MISSING,), "refused": True, "cited": ()}, True, "", False),
        ({"verdict": Verdict.UP, "reasons": (), "refused": True, "cited": ()}, False, "near_miss", False),
        ({"verdict": Verdict.UP, "reasons": ()}, True, "", True),
        ({"history": ("What is JCM?",)}, True, "followup", True),
        ({"question": "¿Qué pidieron los jóvenes sindicalistas del sudeste asiático?"}, True, "multilingual", True),
    ],
)
def test_the_reason_decides_what_a_draft_begins_with(
    one: Candidate, chunks: tuple[Chunk, ...], changes: dict[str, object], answerable: bool, kind: str, quoted: bool
) -> None:
    (case,) = judged.cases_of([replace(one, **changes)], chunks)
    draft = judged.draft(case, chunks)
    assert (draft["answerable"], draft["kind"]) == (answerable, kind)
    assert (bool(draft["nuggets"]), bool(draft["gold"])) == (quoted, quoted)
    assert draft["history"] == [{"question": "What is JCM?", "answer": ""}] * ("history" in changes)


def test_a_draft_is_refused_until_it_is_completed(one: Candidate, chunks: tuple[Chunk, ...], tmp_path: Path) -> None:
    draft = judged.draft(judged.cases_of([one], chunks)[0], chunks)
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(draft), encoding="utf-8")
    with pytest.raises(EvalError, match="id is not a text"):
        load_questions(file)
    file.write_text(json.dumps(draft | {"id": "can-001", "split": "dev", "kind": "factoid"}), encoding="utf-8")
    (question,) = load_questions(file)
    assert question.gold == tuple(map(tuple, draft["gold"]))


def test_every_passage_can_be_named_in_a_draft(chunks: tuple[Chunk, ...]) -> None:
    openings = [judged._opening(chunk, chunks) for chunk in chunks]
    assert all(
        judged.opened_by(opening, chunks) == [chunk.id] or opening == chunk.id
        for opening, chunk in zip(openings, chunks, strict=True)
    )


# --- the command ------------------------------------------------------------------------------------------------------


def test_without_thumbs_the_command_says_so(file: Path) -> None:
    result = run()
    assert result.exit_code == 0
    assert "There are no candidates: nobody has judged an answer yet (eval/candidates.jsonl)." in result.output


def test_the_command_shows_what_readers_said(file: Path, one: Candidate) -> None:
    note(replace(one, reasons=(Reason.WRONG_FACT, Reason.MISSING), comment="a \x1b[31m[bold]quota[/bold]"), file)
    note(replace(one, verdict=Verdict.UP, reasons=(), date="2025-03-09", history=("And before?",), cited=()), file)
    shown = " ".join(run().output.split())
    assert shown.startswith("down: wrong_fact (1) 1. 2025-03-08, scripted, configuration c0ffee00 Question: What did")
    assert f"Answer: They called for more. Cited: 000_4e2d5463c5b0dd2b.txt, 17 September 2024: “{NEWS}”" in shown
    assert "¶27: “" in shown
    assert "Comment: a [31m[bold]quota[/bold]" in shown
    assert "down: missing (1) 1. see above" in shown
    assert shown.endswith(
        "up (1) 2. 2025-03-09, scripted, configuration c0ffee00 Before: And before? "
        "Question: What did young people call for? Answer: They called for more."
    )


def test_the_command_prints_json_and_a_draft(file: Path, one: Candidate) -> None:
    note(replace(one, cited=(*one.cited, Cited("gone", "old.txt", 0, 5))), file)
    (entry,) = json.loads(run("--json").stdout)
    assert (entry["n"], entry["verdict"], entry["question"]) == (1, "down", one.question)
    assert [(c["file"][:3], c["locator"]) for c in entry["cited"]] == [
        ("000", "17 September 2024"),
        ("003", "¶27"),
        ("old", None),
    ]
    assert entry["cited"][0]["quote"] == NEWS
    drafted = run("--draft", "1").stdout
    assert json.loads(drafted)["nuggets"][0] == [NEWS]
    assert drafted.count("\n") == 1


def test_json_without_thumbs_is_an_empty_list(file: Path) -> None:
    assert json.loads(run("--json").stdout) == []


def test_a_draft_of_nobody_is_an_error(file: Path, one: Candidate) -> None:
    note(one, file)
    result = run("--draft", "2")
    assert str(result.exception) == "There is no candidate 2; there are 1. To see them: python -m eval candidates"


def test_another_file_may_be_named_and_bad_lines_are_told(file: Path, one: Candidate, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    note(one, other)
    other.write_bytes(b"torn\n" + other.read_bytes())
    result = run("--file", str(other))
    assert "line 1 is passed over" in result.output
    assert "down: wrong_fact (1)" in result.output
    assert not file.exists()


@pytest.mark.parametrize("damaged", [False, True])
def test_without_an_index_it_still_shows_what_was_said(
    file: Path, one: Candidate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    if damaged:
        (tmp_path / "bad" / "build-000001").mkdir(parents=True)
    monkeypatch.setenv("RAG_INDEX", str(tmp_path / "bad"))
    note(one, file)
    result = run()
    assert result.exit_code == 0
    assert "rag index" in result.output
    assert "no longer held" in result.output
