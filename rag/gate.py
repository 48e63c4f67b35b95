"""How likely a draft is the answer: a small logistic model over what retrieval, language model and code say of it.

The coefficients in `gate.json` are fitted on the dev questions by `python -m eval gate`, which also draws how well the
probabilities hold. Where the language model has a probe (`rag/probe.py`), the probability that the passage states the
answer is all it takes: nothing else was found to add to it. A model that can only be asked says yes to most near
misses; what it overlooks, such as a name that is asked for and not given, code sees.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rag.errors import ConfigError

FILE = Path(__file__).with_name("gate.json")
PROBED, TOLD = "probed", "told"  # how a language model's judgement was come by; each has its own coefficients
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a draft."""

    yes: float  # probability that the passage states the answer, as the language model says, in [0, 1]
    verified: float  # probability that the draft answers the question, as the language model says; 0.5: not asked
    margin: float  # how far the passage's score in retrieval is above the next one's
    lacks_number: bool  # a number or date is asked for, and the draft gives none that the question does not have
    lacks_name: bool  # the same of a place or name
    supported: bool = False  # code found no fault in the draft
    denied: bool = False  # the model wrote that the passage does not say it
    probed: bool = False  # `yes` was read from the model's inside, not from what it says

    @property
    def hopeless(self) -> bool:
        """Whether it is no answer, whatever else is known: among 231 dev drafts none of these was right."""
        return self.lacks_number or self.denied

    def values(self) -> dict[str, float]:
        """The features of the logistic model by name."""
        if self.probed:
            return {"yes": logit(self.yes)}
        return {
            "yes": logit(self.yes),
            "verified": logit(self.verified),
            "margin": min(self.margin, 0.3),
            "lacks_name": float(self.lacks_name),
            "supported": float(self.supported),
        }


_ANY = Signals(0.5, 0.5, 0.0, lacks_number=False, lacks_name=False)


def confidence(signals: Signals) -> float:
    """Probability in [0, 1] that the documents hold the answer and that the draft is it."""
    if signals.hopeless:
        return 0.0
    model = _models()[PROBED if signals.probed else TOLD]
    return 1 / (1 + math.exp(-(model["intercept"] + sum(model[k] * v for k, v in signals.values().items()))))


def likely(yes: float) -> float:
    """`confidence` of a draft that is not written yet, of a model with a probe: no draft can be likelier."""
    return confidence(replace(_ANY, yes=yes, probed=True))


def fingerprint() -> str:
    """The coefficients as a string: answers depend on them."""
    return json.dumps(_models(), sort_keys=True)


def logit(p: float) -> float:
    """Log odds of a probability."""
    p = min(max(p, _SMALLEST), 1 - _SMALLEST)
    return math.log(p / (1 - p))


_FEATURES = {kind: tuple(replace(_ANY, probed=kind == PROBED).values()) for kind in (PROBED, TOLD)}


@cache
def _models() -> dict[str, dict[str, float]]:
    """The coefficients for a model with a probe, and for one that can only be asked."""
    try:
        read = json.loads(FILE.read_text())
        return {kind: _coefficients(read[kind]["coefficients"], names) for kind, names in _FEATURES.items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(f"{FILE} cannot be read ({error}). Install the package again: make setup") from error


def _coefficients(entry: dict[str, object], names: tuple[str, ...]) -> dict[str, float]:
    found = {str(name): float(str(weight)) for name, weight in entry.items()}
    if bad := [name for name in ("intercept", *names) if not math.isfinite(found[name])]:
        raise ValueError(f"{bad[0]} is no number")
    return found
