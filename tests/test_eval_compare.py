"""Comparing runs: a significant fall is refused, chance is not, and only what can be compared is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eval_desk import QUESTIONS, REPLIES, whole_run, write_questions
from typer.testing import CliRunner

from eval import scoring
from eval.__main__ import app
from eval.compare import GUARDED, compare
from eval.errors import EvalError
from eval.metrics import METRICS
from eval.report import finish

N = 20


def case(number: int, all_nuggets: float, verdict: str = "", question: str = "same", **scores: float) -> dict[str, Any]:
    verdict = verdict or ("right" if all_nuggets else "wrong")
    scores = {"all_nuggets": all_nuggets, **scores} if verdict != "failed" else {}
    return {
        "id": f"q{number}",
        "split": "dev",
        "kind": "fact",
        "question": question,
        "verdict": verdict,
        "scores": scores,
    }


def metrics(cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    header = {"date": "2024-11-01", "commit": "c" * 40, "dirty": False, "config_id": "abcd1234", "model": "a model"}
    source = {"name": "questions.jsonl", "part": "", "command": ""}
    return {"format": scoring.FORMAT, **header, "source": source, "n": len(cases), "cases": list(cases)}


def written(path: Path, cases: Sequence[dict[str, Any]]) -> str:
    scoring.write_metrics(path, metrics(cases))
    return str(path)


def right(n: int) -> list[dict[str, Any]]:
    """`N` cases, the first `n` of them right."""
    return [case(i, float(i < n)) for i in range(N)]


def test_a_significant_fall_has_exit_status_1(tmp_path: Path):
    # 16 right, then 8: of 8 changes all 8 are falls, p = 2 * 0.5**8 = 0.0078
    before, after = written(tmp_path / "a.json", right(16)), written(tmp_path / "b.json", right(8))
    found = compare(metrics(right(16)), metrics(right(8)))
    assert found.metrics["all_nuggets"].p_value == pytest.approx(0.0078125)
    assert found.falls == ("all_nuggets",)
    result = CliRunner().invoke(app, ["compare", before, after])
    assert result.exit_code == 1
    assert "all_nuggets fell significantly" in result.output
    assert "right → wrong (8): q8, q9, q10, q11, q12, q13, q14, q15" in result.output

    assert CliRunner().invoke(app, ["compare", after, before]).exit_code == 0  # the same as a rise


def test_a_fall_that_may_be_chance_has_not(tmp_path: Path):
    # 3 of 3 changes are falls: p = 2 * 0.5**3 = 0.25
    before, after = written(tmp_path / "a.json", right(16)), written(tmp_path / "b.json", right(13))
    result = CliRunner().invoke(app, ["compare", before, after])
    assert result.exit_code == 0
    assert "right → wrong (3)" in result.output


def test_more_false_refusals_are_a_fall():
    before = [case(i, 1.0, false_refusals=0.0) for i in range(N)]
    after = [case(i, 1.0, false_refusals=float(i < 8)) for i in range(N)]
    assert compare(metrics(before), metrics(after)).falls == ("false_refusals",)
    assert compare(metrics(after), metrics(before)).falls == ()


def test_slower_is_shown_but_no_fall(tmp_path: Path):
    before, after = ([case(i, 1.0, total_s=s + i / 100) for i in range(N)] for s in (1.0, 9.0))
    found = compare(metrics(before), metrics(after))
    assert found.metrics["total_s"].difference == pytest.approx(8)
    assert found.falls == ()
    result = CliRunner().invoke(app, ["compare", written(tmp_path / "a", before), written(tmp_path / "b", after)])
    assert result.exit_code == 0
    assert "total_s" in result.output


def test_a_question_that_fails_now_has_exit_status_1(tmp_path: Path):
    after = [*right(16)[:-1], case(N - 1, 0.0, "failed")]
    assert compare(metrics(right(16)), metrics(after)).broken == ("q19",)
    files = written(tmp_path / "a.json", right(16)), written(tmp_path / "b.json", after)
    result = CliRunner().invoke(app, ["compare", *files])
    assert result.exit_code == 1
    assert "did not before: q19" in result.output
    assert CliRunner().invoke(app, ["compare", files[1], files[0]]).exit_code == 0


def test_a_rewritten_question_is_left_out():
    rewritten = [{**one, "question": "other"} if one["id"] in ("q8", "q9") else one for one in right(8)]
    found = compare(metrics(right(16)), metrics(rewritten[:-1]))
    assert found.rewritten == ("q8", "q9")
    assert found.only_one == 1  # q19
    assert found.n == found.metrics["all_nuggets"].n == N - 3
    assert found.metrics["all_nuggets"].worse == ("q10", "q11", "q12", "q13", "q14", "q15")


def test_runs_of_different_questions_cannot_be_compared():
    others = [{**one, "id": f"other {one['id']}"} for one in right(8)]
    with pytest.raises(EvalError, match="no question in common"):
        compare(metrics(right(16)), metrics(others))


def test_real_runs_are_compared_by_their_folders(tmp_path: Path, clean_environment: Path):
    better = (*REPLIES[:3], "Garment workers in Dhaka went on strike for nine days.", REPLIES[4])
    runs = [whole_run(tmp_path, QUESTIONS, replies) for replies in (REPLIES, better)]
    for run in runs:
        finish(run.folder)
    result = CliRunner().invoke(app, ["compare", *(str(run.folder) for run in runs)])
    assert result.exit_code == 0, result.output
    assert "partly right → right (1): strike" in result.output


def test_figures_come_back_as_they_were_written(tmp_path: Path):
    wanted = metrics(right(16))
    path = tmp_path / "metrics.json"
    scoring.write_metrics(path, wanted)
    assert scoring.load_metrics(path) == scoring.load_metrics(tmp_path) == wanted
    assert len([line for line in path.read_text(encoding="utf-8").splitlines() if '"q1' in line]) == 11  # q1, q10 … q19
    scoring.write_metrics(path, metrics([]))
    assert scoring.load_metrics(path) == metrics([])


def test_what_are_no_figures_is_said(tmp_path: Path):
    with pytest.raises(EvalError, match=r"metrics\.json cannot be read\. To score a run that is whole"):
        scoring.load_metrics(tmp_path)
    path = tmp_path / "metrics.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(EvalError, match=r"metrics\.json: is no JSON"):
        scoring.load_metrics(path)
    path.write_text(json.dumps({"format": 99}), encoding="utf-8")
    with pytest.raises(EvalError, match="has format 99, this version reads 1"):
        scoring.load_metrics(path)


def test_only_a_run_of_all_own_questions_becomes_the_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scoring, "BASELINE", tmp_path / "baseline.json")
    own = write_questions(tmp_path / "questions.jsonl", [{"id": f"q{n}", "question": "Why?"} for n in range(N)])
    monkeypatch.setattr("eval.__main__.QUESTIONS", own)
    result = CliRunner().invoke(app, ["accept", written(tmp_path / "part.json", right(8)[:-1])])
    assert isinstance(result.exception, EvalError)
    assert not scoring.BASELINE.exists()
    result = CliRunner().invoke(app, ["accept", written(tmp_path / "all.json", right(8))])
    assert result.exit_code == 0, result.output
    assert scoring.load_metrics(scoring.BASELINE) == metrics(right(8))


def test_what_is_guarded_is_measured():
    assert set(GUARDED) <= set(METRICS)
