"""How sure a figure is: 95% intervals and paired tests, from scipy and statsmodels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

_RESAMPLES = 2000  # the bounds of a share of 100 cases then move by less than 0.01 with the seed
_SEED = 20240917

Interval = tuple[float | None, float | None]


def bootstrap_interval(values: Sequence[float], statistic: Callable[..., Any] = np.mean) -> Interval:
    """The 95% percentile bootstrap interval of a statistic, the same in every run; none from fewer than two values.

    Args:
        values: one a case.
        statistic: takes `axis`, as those of numpy.
    """
    if len(values) < 2:
        return None, None
    bounds = bootstrap(
        (np.asarray(values, dtype=float),),
        statistic,
        n_resamples=_RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(bounds.low), float(bounds.high)


def share_interval(values: Sequence[float]) -> Interval:
    """The interval of a mean of values in [0, 1].

    Where all are 0 or all are 1 there is nothing to resample, and the bootstrap would claim to be certain of 3 cases of
    3. Wilson's interval takes its place: [0.44, 1] of 3, [0.96, 1] of 100.
    """
    if values and set(values) in ({0.0}, {1.0}):
        low, high = proportion_confint(sum(values), len(values), method="wilson")
        return max(0.0, float(low)), min(1.0, float(high))
    return bootstrap_interval(values)


def mcnemar_p(pairs: Iterable[tuple[float, float]]) -> float:
    """The p value of McNemar's exact test that pairs (before, after) of 0 and 1 change as often up as down."""
    counts = Counter(pairs)
    table = [[counts[1.0, 1.0], counts[1.0, 0.0]], [counts[0.0, 1.0], counts[0.0, 0.0]]]
    return float(mcnemar(table, exact=True).pvalue)
