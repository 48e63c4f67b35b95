"""How a model says yes or no, and how likely it is to say yes."""

from __future__ import annotations

import math
from collections.abc import Sequence

YES = ("yes", " yes", "Yes", " Yes", "YES")
NO = ("no", " no", "No", " No", "NO")


def share_of_yes(yes: Sequence[float], no: Sequence[float]) -> float:
    """Probability of yes among both, in [0, 1].

    Args:
        yes: logits or log probabilities of the spellings of yes that were seen as next token.
        no: the same of no. When neither was seen the share is 0: what is not said is not a yes.
    """
    top = max([*yes, *no], default=-math.inf)
    if top == -math.inf:
        return 0.0
    weights = [sum(math.exp(x - top) for x in group) for group in (yes, no)]
    return weights[0] / sum(weights)
