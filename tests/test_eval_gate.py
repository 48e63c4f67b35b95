"""Fitting the gate: what separates right drafts from wrong ones gets weight, and what was fitted is written whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eval_desk import QUESTIONS, desk, questions
from fakes import ScriptedGenerator

from eval.errors import EvalError
from eval.gate import Sample, collect, fit, write
from eval.questions import load_questions
from rag.gate import Signals

GOOD = Signals(0.9, 0.8, 0.1, lacks_number=False, lacks_name=False, supported=True)
BAD = Signals(0.2, 0.4, 0.0, lacks_number=False, lacks_name=True, supported=False)


def samples(n: int = 40) -> list[Sample]:
    """Half right, half wrong, none like another."""
    return [
        Sample(f"q{i}", "factoid", 0, replace(GOOD if i % 2 else BAD, margin=i / 1000), right=bool(i % 2))
        for i in range(n)
    ]


def test_what_tells_right_from_wrong_gets_weight() -> None:
    found = fit(samples())
    assert found.auc == 1
    assert found.coefficients["yes"] > 0 > found.coefficients["lacks_name"]
    assert all(0 <= p <= 1 for p in found.probabilities)


def test_coefficients_and_plot_are_written(tmp_path: Path) -> None:
    drafts = samples()
    write(fit(drafts), drafts, tmp_path / "gate.json", tmp_path / "gate.svg")
    written = json.loads((tmp_path / "gate.json").read_text())
    assert written.keys() == {"told"}
    assert set(written["told"]["coefficients"]) == {"intercept", *GOOD.values()}
    assert written["told"]["fitted_on"]["drafts"] == 40
    assert (tmp_path / "gate.svg").read_text().startswith("<svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gate.json", "gate.svg"]


def test_a_test_question_is_refused(tmp_path: Path) -> None:
    path = questions(tmp_path, QUESTIONS)
    asked = path if not isinstance(path, Path) else load_questions(path)
    with desk(tmp_path, ScriptedGenerator()) as assistant, pytest.raises(EvalError, match="dev questions only"):
        collect(assistant, [replace(asked[0], split="test")])
