"""What kind of thing a question wants, told from its meaning where no rule knows its words.

A linear model on the question's vector, fitted by `python -m eval intents` on eval/intents.jsonl: 1,100 questions to
other collections, each written for this. Rules that know a question's words come first; this is for the thousand other
ways in which people ask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.errors import ConfigError

FOLDER = Path(__file__).parent / "intents"
SURE = 0.5  # least probability at which an intent is acted on


class Intent(StrEnum):
    """What is wanted."""

    ITEMS = "items"  # the news items themselves
    COUNT_ITEMS = "count_items"  # how many there are
    NEWEST = "newest"
    OLDEST = "oldest"
    POINTS = "points"  # all points of a list in a resolution
    COUNT_POINTS = "count_points"
    LOCATE = "locate"  # where something stands
    CONTENT = "content"  # a fact that a passage states: the usual case


@dataclass(frozen=True, slots=True)
class _Model:
    intents: tuple[Intent, ...]
    bias: npt.NDArray[np.float32]  # shape (intents,)
    weights: npt.NDArray[np.float32]  # shape (intents, dimension)


def intent_of(vector: npt.NDArray[np.float32], embedder: str) -> Intent:
    """The intent of a question, CONTENT where none is likely enough.

    Args:
        vector: of the question, a unit vector.
        embedder: name of the model that made it; one that nothing was fitted for always gives CONTENT.
    """
    model = _model(embedder)
    if model is None:
        return Intent.CONTENT
    odds = model.bias + model.weights @ vector
    likely = np.exp(odds - odds.max())
    likely /= likely.sum()
    best = int(likely.argmax())
    return model.intents[best] if likely[best] >= SURE else Intent.CONTENT


def has_intents(embedder: str) -> bool:
    """Whether something was fitted for an embedding model."""
    return _model(embedder) is not None


def fingerprint() -> str:
    """All coefficients as one string: answers depend on them."""
    return "\0".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.json")))


@cache
def _model(embedder: str) -> _Model | None:
    path = FOLDER / f"{embedder}.json"
    if "/" in embedder or not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        intents = tuple(Intent(name) for name in found)
        bias = np.array([found[name]["bias"] for name in intents], dtype=np.float32)
        weights = np.array([found[name]["weights"] for name in intents], dtype=np.float32)
        if weights.ndim != 2 or not np.isfinite(weights).all():
            raise ValueError("its weights are no rows of numbers")
        return _Model(intents, bias, weights)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}). Install the package again: make setup") from error
