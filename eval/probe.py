"""Fits the probe: does a passage state the answer, as the state of a middle layer of the language model has it?

Fitted on the invented passages of `eval/answerability/`, on the same questions with another passage, and on the two
nearest passages of dev and practice questions; never on a test question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from eval.answerability import Case
from eval.errors import EvalError
from eval.questions import Question, gold_ids
from rag import prompting
from rag.activations import State
from rag.assistant import Assistant
from rag.embedding import Embedder
from rag.llama import LlamaGenerator
from rag.probe import FOLDER
from rag.prompting import Prompts
from rag.types import Prompt
from rag.understanding import Task, Turn

LAYER = 21  # of 28; measured: 17 to 23 do about as well, those before and after worse
_STRENGTH = 1e-3  # inverse of the L2 penalty on 1536 standardized values
_FOLDS = 6
_MISMATCHED = 3  # every so manieth question is asked of another passage, too
_NEAREST = 2  # passages of a dev question
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """A passage that was read for a question."""

    group: str  # samples of one passage or question stay in one fold
    style: str
    state: State
    answered: bool


def of_cases(
    cases: Sequence[Case], generator: LlamaGenerator, embedder: Embedder, step: Callable[[int, int], None]
) -> list[Sample]:
    """States of the cases, and of every third question with the passage of another that is nearest to it."""
    passages = list(dict.fromkeys(case.passage for case in cases))
    own = np.array([passages.index(case.passage) for case in cases])
    near = embedder.embed_passages([case.question for case in cases]) @ embedder.embed_passages(passages).T
    near[np.arange(len(cases)), own] = -1
    asked = [(int(own[i]), i, case.style) for i, case in enumerate(cases)]
    asked += [(int(near[i].argmax()), i, "other passage") for i in range(0, len(cases), _MISMATCHED)]
    asked.sort()  # by passage, each of which is then read once
    found = []
    for n, (passage, i, style) in enumerate(asked, start=1):
        text = prompting.fill("context", passages=passages[passage], question=cases[i].question)
        state = generator.state(Prompt(prompting.load("system"), text + prompting.load("gate")))
        found.append(Sample(passages[own[i]], style, state, cases[i].answered and passage == own[i]))
        step(n, len(asked))
    return found


def of_questions(
    questions: Sequence[Question], assistant: Assistant, generator: LlamaGenerator, step: Callable[[int, int], None]
) -> list[Sample]:
    """States of the nearest passages of questions that are answered from a passage.

    Raises:
        EvalError: one of the questions is not of the dev split.
    """
    if any(question.split != "dev" for question in questions):
        raise EvalError("The probe is fitted on dev questions only.")
    settings, chunks = assistant.settings, tuple(assistant.index.store.chunks().values())
    found = []
    for n, question in enumerate(questions, start=1):
        turns = [Turn(turn.question, turn.answer) for turn in question.history]
        search = assistant.find(question.question, settings.passages, turns)
        gold = frozenset[str]().union(*gold_ids(question, chunks))
        asked = search.request.task is Task.ANSWER and not (search.request.problem or search.request.exclusive)
        for part in search.parts if asked else ():
            for hit in part.hits[:_NEAREST]:
                prompts = Prompts(part.question, (hit,), settings.prompt_tokens, generator.count_tokens)
                if prompts.shown:
                    state = generator.state(prompts.gate)
                    found.append(Sample(question.id, question.kind, state, hit.chunk.id in gold))
        step(n, len(questions))
    return found


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted probe, and what it said of each sample when it had not seen its passage or question."""

    bias: float
    weights: tuple[float, ...]
    unseen: tuple[float, ...]  # log odds


def fit(samples: Sequence[Sample]) -> Fit:
    """Logistic regression with an L2 penalty on standardized states, written back to the states' own scale."""
    states = np.array([sample.state for sample in samples])
    answered = np.array([sample.answered for sample in samples])
    groups = [sample.group for sample in samples]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=3000))
    folds = GroupKFold(_FOLDS)
    unseen = cross_val_predict(model, states, answered, groups=groups, cv=folds, method="decision_function")
    model.fit(states, answered)
    scaler, logistic = model[0], model[-1]
    weights = logistic.coef_[0] / scaler.scale_
    bias = float(logistic.intercept_[0] - (weights * scaler.mean_).sum())
    return Fit(bias, tuple(map(float, weights)), tuple(map(float, unseen)))


def write(found: Fit, samples: Sequence[Sample], model: str, layer: int = LAYER, folder: Path = FOLDER) -> Path:
    """Write the probe of a model beside the code that uses it; the path that was written."""
    path = folder / f"{model}.json"
    new = path.with_suffix(".new")
    entry = {
        "layer": layer,
        "bias": round(found.bias, _DIGITS),
        "weights": [round(weight, _DIGITS) for weight in found.weights],
        "fitted_on": {"samples": len(samples), "auc": round(auc(found, samples), 3)},
    }
    new.write_text(f"{json.dumps(entry)}\n", encoding="utf-8")
    return new.replace(path)


def auc(found: Fit, samples: Sequence[Sample]) -> float:
    """Area under the ROC curve, out of fold."""
    return float(roc_auc_score([sample.answered for sample in samples], found.unseen))


def show(found: Fit, samples: Sequence[Sample], out: Console) -> None:
    """Print how well passages that answer are told from those that do not, by what is wrong with these."""
    positive = [odds for odds, s in zip(found.unseen, samples, strict=True) if s.answered]
    out.print(f"{len(samples)} samples, {len(positive)} answered; AUC out of fold {auc(found, samples):.3f}")
    for style in sorted({s.style for s in samples if not s.answered}):
        negative = [o for o, s in zip(found.unseen, samples, strict=True) if s.style == style and not s.answered]
        truth = [1] * len(positive) + [0] * len(negative)
        out.print(f"  against {style:16} {len(negative):4}: {roc_auc_score(truth, [*positive, *negative]):.3f}")
