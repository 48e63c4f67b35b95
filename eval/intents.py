"""Fits how a question's intent is told from its vector, and says how well that does on questions not seen in fitting.

`eval/intents.jsonl` holds 1,100 questions, each written for this, to collections other than ours; the questions of
`eval/answerability/` are ordinary ones, which want what a passage states. None is a dev or test question.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from eval.answerability import CASES, load_cases
from eval.errors import EvalError
from eval.lines import json_objects
from rag.embedding import Embedder, Vectors
from rag.understanding.intent import FOLDER, SURE, Intent

EXAMPLES = Path(__file__).with_name("intents.jsonl")
_FOLDS = 8
_STRENGTH = 10.0  # inverse of the L2 penalty; 3, 10 and 30 differ by less than a hundredth
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A question and what it wants."""

    question: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Fit:
    """The coefficients, and what was told of each example by a model that had not seen it."""

    coefficients: dict[str, dict[str, object]]  # by intent: bias, weights
    told: tuple[Intent, ...]  # as `intent_of` would, with its least probability


def load(path: Path = EXAMPLES, ordinary: Path = CASES) -> tuple[Example, ...]:
    """The examples of a file, and those of a folder of passages with questions about them.

    Raises:
        EvalError: a line is none.
    """
    found = [Example(case.question, Intent.CONTENT) for case in load_cases(ordinary)]
    for where, entry in json_objects(path):
        try:
            found.append(Example(str(entry["q"]), Intent(entry["intent"])))
        except (KeyError, ValueError) as error:
            raise EvalError(f"{where}: {error}") from error
    return tuple(found)


def fit(examples: Sequence[Example], vectors: Vectors) -> Fit:
    """Multinomial logistic regression; `vectors` has a unit row for each example."""
    wanted = np.array([example.intent.value for example in examples])
    model = LogisticRegression(C=_STRENGTH, max_iter=3000)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    unseen = cross_val_predict(model, vectors, wanted, cv=folds, method="predict_proba")
    model.fit(vectors, wanted)
    names = [str(name) for name in model.classes_]
    told = tuple(Intent(names[int(row.argmax())]) if row.max() >= SURE else Intent.CONTENT for row in unseen)
    coefficients: dict[str, dict[str, object]] = {
        name: {
            "bias": round(float(bias), _DIGITS),
            "weights": [round(float(w), _DIGITS) for w in weights],
        }
        for name, bias, weights in zip(names, model.intercept_, model.coef_, strict=True)
    }
    return Fit(coefficients, told)


def write(found: Fit, embedder: Embedder, folder: Path = FOLDER) -> Path:
    """Write the coefficients beside the code that uses them; the path that was written."""
    path = folder / f"{embedder.name}.json"
    new = path.with_suffix(".new")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in found.coefficients.items())
    new.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    return new.replace(path)


def show(found: Fit, examples: Sequence[Example], out: Console) -> None:
    """Print, for each intent, how many of its questions were told and how many others were taken for it."""
    for intent in Intent:
        own = [told is intent for told, e in zip(found.told, examples, strict=True) if e.intent is intent]
        others = sum(told is intent for told, e in zip(found.told, examples, strict=True) if e.intent is not intent)
        out.print(f"  {intent.value:13} {sum(own):4} of {len(own):4} told; {others:3} others taken for it")
    right = sum(told is e.intent for told, e in zip(found.told, examples, strict=True))
    out.print(f"{right / len(examples):.3f} right out of fold, at a least probability of {SURE}")
