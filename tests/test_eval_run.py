"""Runs: every question is asked once, nothing that was answered is lost, and what fails is counted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from eval_desk import (
    CONGRESS,
    DIMENSION,
    GATE,
    QUESTIONS,
    REPLIES,
    begin,
    desk,
    entry,
    questions,
    scripted,
    whole_run,
    write_questions,
)
from fakes import HashEmbedder, ScriptedGenerator
from typer.testing import CliRunner

from eval import __main__ as cli
from eval import machine
from eval.errors import EvalError
from eval.report import finish
from eval.run import Choice, ask_all, resume_run
from eval.runs import load_run
from rag.errors import ModelError
from rag.types import Prompt

pytestmark = pytest.mark.usefixtures("clean_environment")
PROJECT = Path(__file__).parents[1]


def test_run_scores_every_question(tmp_path: Path):
    run = whole_run(tmp_path)
    metrics = finish(run.folder)

    # mars: whatever its probability, the draft is hopeless
    assert [run.records[q["id"]].yes for q in QUESTIONS] == [
        0 if q["id"] == "mars" else p for q, p in zip(QUESTIONS, GATE, strict=True)
    ]
    assert run.records["city"].ranked[0] in {c.id for c in run.chunks if "Manila" in c.text}
    assert all(record.peak_bytes > 1_000_000 and record.seconds > 0 for record in run.records.values())
    # strike: of "nine days" and "Dhaka" only the first is said; venus: answered, though no document tells
    assert [case["verdict"] for case in metrics["cases"]] == [
        "right",
        "right",
        "rightly refused",
        "partly right",
        "wrong",
    ]
    assert metrics["overall"]["verdicts"] == {"right": 2, "rightly refused": 1, "partly right": 1, "wrong": 1}
    assert metrics["splits"]["dev"]["n"] == 3
    assert metrics["splits"]["test"]["verdicts"] == {"partly right": 1, "wrong": 1}
    assert metrics["kinds"]["absent"]["metrics"]["refusal_recall"]["mean"] == 0.5  # mars of mars and venus
    assert metrics["overall"]["metrics"]["nugget_recall"]["mean"] == pytest.approx((1 + 1 + 0.5) / 3, abs=1e-4)
    assert metrics["n"] == 5
    assert metrics["model"] == "scripted"
    assert metrics["index"]["passages"] == 3
    assert json.loads((run.folder / "metrics.json").read_text(encoding="utf-8")) == metrics


def test_the_probability_that_is_written_down_is_the_one_that_the_gate_compared(tmp_path: Path):
    with desk(tmp_path, ScriptedGenerator(again=CONGRESS, yes=0.8, verified=0.3)) as assistant:
        run = ask_all(begin(assistant, questions(tmp_path, QUESTIONS[:1]), tmp_path / "runs"), assistant)
    assert run.records["city"].yes == pytest.approx(0.8)  # with the coefficients of tests: as the passage is judged


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path):
    generator = scripted(REPLIES[0], KeyboardInterrupt())
    asked = questions(tmp_path)
    with desk(tmp_path, generator) as assistant, pytest.raises(KeyboardInterrupt):
        ask_all(begin(assistant, asked, tmp_path / "runs"), assistant)
    (folder,) = (tmp_path / "runs").iterdir()
    with (folder / "answers.jsonl").open("a") as file:
        file.write('{"id": "quota", "answ')  # what a crash in the midst of writing leaves

    done = []
    with desk(tmp_path, scripted(*REPLIES[1:], gate=GATE[1:])) as assistant:
        run = resume_run(folder, assistant.config_id)
        assert [question.id for question in run.left] == ["quota", "mars", "strike", "venus"]
        ask_all(run, assistant, lambda *counts: done.append(counts))
    assert done == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    once, twice = finish(whole_run(tmp_path).folder)["overall"], finish(folder)["overall"]
    times = {name for name in once["metrics"] if name.endswith(("_s", "_p50", "_p95"))}
    assert twice["verdicts"] == once["verdicts"]
    for name in once["metrics"].keys() - times:
        assert twice["metrics"][name] == once["metrics"][name]


def test_a_whole_run_has_nothing_left(tmp_path: Path):
    run = whole_run(tmp_path)
    generator = scripted()
    with desk(tmp_path, generator) as assistant:
        ask_all(resume_run(run.folder, assistant.config_id), assistant)
    assert generator.gate_prompts == []  # not even warmed up


def test_a_failure_is_recorded_and_asked_again(tmp_path: Path):
    errors = ModelError("The server is gone."), ZeroDivisionError("a bug")
    generator = scripted(errors[0], *REPLIES[1:3], errors[1], REPLIES[4], gate=GATE)
    with desk(tmp_path, generator) as assistant:
        run = ask_all(begin(assistant, questions(tmp_path), tmp_path / "runs"), assistant)
    assert run.records["city"].error == "The server is gone."
    assert run.records["strike"].error == "ZeroDivisionError: a bug"
    metrics = finish(run.folder)
    assert metrics["overall"]["verdicts"]["failed"] == 2
    # of four answerable or not: quota and nothing else has nuggets and an answer; the failed are not zeros
    recall = metrics["overall"]["metrics"]["nugget_recall"]
    assert (recall["mean"], recall["n_scored"], recall["n_skipped"], recall["n_failed"]) == (1.0, 1, 2, 2)

    with desk(tmp_path, scripted(REPLIES[0], REPLIES[3])) as assistant:
        run = ask_all(resume_run(run.folder, assistant.config_id), assistant)
    assert [record.error for record in run.records.values()] == [""] * 5


def test_a_run_stops_when_all_fails(tmp_path: Path):
    generator = scripted(*(ModelError("The server is gone.") for _ in range(6)))
    asked = questions(tmp_path, [{**QUESTIONS[0], "id": f"q{n}"} for n in range(6)])
    with desk(tmp_path, generator) as assistant:
        run = begin(assistant, asked, tmp_path / "runs")
        with pytest.raises(
            EvalError, match=r"5 questions in a row failed.*server is gone.*python -m eval run --resume .*runs"
        ):
            ask_all(run, assistant)
    assert len(load_run(run.folder).records) == 5


def test_a_run_is_not_resumed_with_another_assistant(tmp_path: Path):
    run = whole_run(tmp_path)
    with (
        desk(tmp_path, scripted(), gate=0.7) as assistant,
        pytest.raises(EvalError, match=r"have changed\. Start anew"),
    ):
        resume_run(run.folder, assistant.config_id)


def test_a_missing_gold_passage_is_found_before_anything_is_asked(tmp_path: Path):
    generator = scripted()
    asked = questions(tmp_path, [{**QUESTIONS[0], "gold": [["No passage begins so"]]}])
    with desk(tmp_path, generator) as assistant, pytest.raises(EvalError, match="city: 0 passages begin with"):
        begin(assistant, asked, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_two_runs_in_one_second_have_folders_of_their_own(tmp_path: Path):
    with desk(tmp_path, scripted()) as assistant:
        folders = {begin(assistant, questions(tmp_path), tmp_path / "runs").folder for _ in range(3)}
    assert len(folders) == 3


def test_a_damaged_line_is_named(tmp_path: Path):
    run = whole_run(tmp_path)
    answers = run.folder / "answers.jsonl"
    lines = answers.read_text(encoding="utf-8").splitlines()
    answers.write_text("\n".join([lines[0], "{half", *lines[1:]]) + "\n", encoding="utf-8")
    with pytest.raises(EvalError, match=r"answers.jsonl, line 2: is no JSON"):
        load_run(run.folder)
    answers.write_text('{"id": "city"}\n', encoding="utf-8")
    with pytest.raises(EvalError, match=r"answers.jsonl, line 1: is not what a run writes there"):
        load_run(run.folder)


def test_what_is_no_run_is_said(tmp_path: Path):
    with pytest.raises(EvalError, match="is not the folder of a run"):
        load_run(tmp_path)


def test_the_choice_of_questions(tmp_path: Path):
    asked = questions(tmp_path, [entry(id=f"q{n}", question=f"Q {n}?", kind="ab"[n // 5]) for n in range(10)])
    assert [q.id for q in Choice(kinds=("b",)).of(asked)] == ["q5", "q6", "q7", "q8", "q9"]
    assert [q.id for q in Choice(limit=4).of(asked)] == ["q0", "q2", "q5", "q7"]  # 0, 10/4, 20/4, 30/4
    assert len(Choice(limit=99).of(asked)) == 10
    assert Choice().part == ""
    assert Choice("dev", ("a", "b"), 3).part == "dev only; a, b; 3 of them"
    with pytest.raises(EvalError, match="of the kind 'c'; there are: a, b"):
        Choice(kinds=("c",)).of(asked)
    with pytest.raises(EvalError, match="No question is of split 'test'"):
        Choice("test").of(asked)


def test_the_machine_is_named():
    found = machine.machine()
    assert found["processor"]
    assert found["cores"] >= 1
    assert found["memory_bytes"] > 1e8
    head, dirty = machine.commit()
    assert (len(head) == 40) or (head, dirty) == ("unknown", True)
    assert 1e7 < machine.peak_memory() < 1e12


@pytest.fixture
def models(clean_environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ScriptedGenerator:
    """The command line finds stand-ins for its models, and one document."""
    generator = scripted(*REPLIES, gate=GATE)
    for module in ("rag.assistant", "eval.__main__"):
        monkeypatch.setattr(f"{module}.open_embedder", lambda settings: HashEmbedder(dimension=DIMENSION))
        monkeypatch.setattr(f"{module}.open_generator", lambda settings: generator)
    with desk(tmp_path, generator):
        monkeypatch.setenv("RAG_SEEDS", str(tmp_path / "desk-seeds"))
        monkeypatch.setenv("RAG_INDEX", str(tmp_path / "cli-index"))
    return generator


@pytest.mark.usefixtures("models")
def test_the_command_runs_and_resumes(tmp_path: Path):
    path = write_questions(tmp_path / "mine.jsonl")
    result = CliRunner().invoke(cli.app, ["run", "--questions", str(path), "--out", str(tmp_path / "runs")])
    assert result.exit_code == 0, result.output
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "report.html").exists()
    assert "nugget_recall" in result.output
    again = CliRunner().invoke(cli.app, ["run", "--resume", str(folder)])
    assert again.exit_code == 0, again.output
    refused = CliRunner().invoke(cli.app, ["accept", str(folder)])
    assert isinstance(refused.exception, EvalError)  # it is no run of the project's own questions


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, models: ScriptedGenerator, monkeypatch: pytest.MonkeyPatch):
    def interrupted(prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "stream", interrupted)
    path = write_questions(tmp_path / "mine.jsonl")
    result = CliRunner().invoke(cli.app, ["run", "--questions", str(path), "--out", str(tmp_path / "runs")])
    assert result.exit_code == 130
    assert "To go on: python -m eval run --resume" in " ".join(result.output.split())


@pytest.mark.usefixtures("models")
def test_retrieval_alone(tmp_path: Path):
    path = write_questions(tmp_path / "mine.jsonl")
    result = CliRunner().invoke(cli.app, ["retrieval", "--questions", str(path)])
    assert result.exit_code == 0, result.output
    assert "hit@1" in result.output
    nothing = CliRunner().invoke(cli.app, ["retrieval", "--questions", str(write_questions(path, [QUESTIONS[2]]))])
    assert isinstance(nothing.exception, EvalError)


@pytest.mark.usefixtures("models")
def test_without_a_verb_all_is_asked_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cli, "QUESTIONS", write_questions(tmp_path / "questions.jsonl"))
    monkeypatch.setattr(cli, "RUNS", tmp_path / "runs")
    monkeypatch.setattr("eval.scoring.BASELINE", tmp_path / "baseline.json")
    first = CliRunner().invoke(cli.app, [])
    assert first.exit_code == 0, first.output
    assert "python -m eval accept" in first.output
    (folder,) = (tmp_path / "runs").iterdir()
    assert CliRunner().invoke(cli.app, ["accept", str(folder)]).exit_code == 0

    second = scripted(*REPLIES, gate=GATE)
    monkeypatch.setattr("rag.assistant.open_generator", lambda settings: second)
    result = CliRunner().invoke(cli.app, [])
    assert result.exit_code == 0, result.output
    assert "No question changed its verdict" in result.output


def test_an_expected_error_is_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "eval", "squad", "nothing.json"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r"eval: nothing.json cannot be read: [^\n]+\n", done.stderr)
