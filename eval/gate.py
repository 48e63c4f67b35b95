"""Fits the gate: when is a draft an answer? A logistic model over what is known of the drafts of the dev questions.

`rag/gate.json` holds the coefficients, `eval/gate.svg` shows how well the probabilities hold out of their fold. The
questions of a fold never took part in fitting what judges them; drafts of one question stay in one fold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from eval import plots
from eval.errors import EvalError
from eval.questions import Question, holds
from rag import gate
from rag.assistant import Assistant
from rag.gate import Signals
from rag.types import Hit, Progress
from rag.understanding import Task, Turn
from rag.writing import Draft, Reading, Writer

PICTURE = Path(__file__).with_name("gate.svg")
_FOLDS = 10
_ANY = 0.0  # every draft is likely enough to be written and kept


@dataclass(frozen=True, slots=True)
class Sample:
    """A draft of a dev question: what is known of it, and whether it says what was expected."""

    question: str  # id
    kind: str
    order: int  # of the drafts of a part of a question, from 0
    signals: Signals
    right: bool  # says a fact that was expected


class _Recorder(Writer):
    """Writes as users have it and keeps every draft."""

    drafts: list[Draft]

    def draft(
        self, question: str, reading: Reading, hits: Sequence[Hit], *, named: bool
    ) -> Generator[Progress, None, Draft]:
        draft = yield from super().draft(question, reading, hits, named=named)
        self.drafts.append(draft)
        return draft


def collect(
    assistant: Assistant, questions: Sequence[Question], step: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Sample, ...]:
    """Drafts of the dev questions, one for each part of a question.

    Raises:
        EvalError: one of the questions is not of the dev split: the gate may not be fitted on it.
    """
    if any(question.split != "dev" for question in questions):
        raise EvalError("The gate is fitted on dev questions only.")
    settings = assistant.settings.model_copy(update={"gate": _ANY})
    writer = assistant.writer(_Recorder, settings)
    samples: list[Sample] = []
    for n, question in enumerate(questions, start=1):
        search = assistant.find(
            question.question, settings.passages, [Turn(t.question, t.answer) for t in question.history]
        )
        if search.request.task is Task.ANSWER and not (search.request.problem or search.request.exclusive):
            for part in search.parts:
                writer.drafts = []
                for _ in writer.write(part.question, part.hits):
                    pass
                samples += _samples(question, writer.drafts)
        step(n, len(questions))
    return tuple(samples)


def _samples(question: Question, drafts: Sequence[Draft]) -> list[Sample]:
    found = []
    for order, draft in enumerate(d for d in drafts if d.signals is not None):
        said = " ".join(sentence.text for sentence in draft.sentences if sentence.shown)
        share = [holds(nugget, said) for nugget in question.nuggets]
        right = question.answerable and any(share)
        if draft.signals is not None and not draft.signals.hopeless:
            found.append(Sample(question.id, question.kind, order, draft.signals, right))
    return found


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted gate and how it does on questions that it has not seen."""

    coefficients: dict[str, float]
    probabilities: tuple[float, ...]  # of each sample, from the folds that do not hold its question
    auc: float


def fit(samples: Sequence[Sample]) -> Fit:
    """Logistic regression with an L2 penalty on standardized features, written back to the features' own scale.

    `samples` are without hopeless ones, which no probability is asked of.
    """
    names = list(samples[0].signals.values())
    rows = np.array([[sample.signals.values()[name] for name in names] for sample in samples])
    right = np.array([sample.right for sample in samples])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
    folds = GroupKFold(_FOLDS)
    groups = [sample.question for sample in samples]
    unseen = cross_val_predict(model, rows, right, groups=groups, cv=folds, method="predict_proba")[:, 1]
    model.fit(rows, right)
    scaler, logistic = model[0], model[-1]
    weights = logistic.coef_[0] / scaler.scale_
    intercept = float(logistic.intercept_[0] - (weights * scaler.mean_).sum())
    coefficients = {"intercept": intercept} | {n: float(w) for n, w in zip(names, weights, strict=True)}
    return Fit(
        {name: round(value, 4) for name, value in coefficients.items()},
        tuple(map(float, unseen)),
        float(roc_auc_score(right, unseen)),
    )


def write(found: Fit, samples: Sequence[Sample], file: Path = gate.FILE, picture: Path = PICTURE) -> None:
    """Write the coefficients beside the code that uses them, and the calibration plot.

    The file keeps those of the other kind of judgement: of models with a probe, and of those that can only be asked.
    """
    made_of = {"drafts": len(samples), "questions": len({s.question for s in samples}), "auc": round(found.auc, 3)}
    kind = gate.PROBED if samples[0].signals.probed else gate.TOLD
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    text = json.dumps(kept | {kind: {"coefficients": found.coefficients, "fitted_on": made_of}}, indent=2)
    new = file.with_suffix(".new")
    new.write_text(f"{text}\n", encoding="utf-8")
    new.replace(file)
    picture.write_text(plots.calibration(found.probabilities, [s.right for s in samples]), encoding="utf-8")


def show(found: Fit, samples: Sequence[Sample], out: Console) -> None:
    """Print the coefficients and, for several thresholds, what would be accepted of right and of wrong drafts."""
    for name, value in found.coefficients.items():
        out.print(f"  {name:12} {value:8.3f}")
    out.print(f"{len(samples)} drafts, {sum(s.right for s in samples)} right; AUC out of fold {found.auc:.3f}")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        accepted = [p >= threshold for p in found.probabilities]
        good = sum(a for a, s in zip(accepted, samples, strict=True) if s.right) / max(sum(s.right for s in samples), 1)
        bad = sum(a for a, s in zip(accepted, samples, strict=True) if not s.right)
        wrong = sum(not s.right for s in samples)
        out.print(f"  at {threshold}: {good:.2f} of right drafts accepted, {bad / max(wrong, 1):.2f} of wrong ones")
