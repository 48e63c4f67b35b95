"""Many cases in figures: means, intervals, and what changed between two runs, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from scored import GOLD, answer, question, scores_of
from statsmodels.stats.contingency_tables import mcnemar

from eval.intervals import bootstrap_interval, mcnemar_p, share_interval
from eval.metrics import Case, Paired, aggregate, by_kind, paired


def cases_of(name: str, values: Sequence[float | None], kind: str = "factoid") -> list[Case]:
    return [Case(f"{kind}-{n}", kind, {name: value}) for n, value in enumerate(values)]


def test_a_mean_says_how_many_cases_it_stands_on() -> None:
    cases = [*cases_of("mrr", [1.0, 0.5, None, 0.0]), Case("x", "factoid", {"mrr": 0.0}, failed=True)]
    found = aggregate(cases)
    summary = found["mrr"]
    assert summary.mean == pytest.approx((1 + 0.5 + 0) / 3)
    assert (summary.n_scored, summary.n_skipped, summary.n_failed) == (3, 1, 1)
    assert summary.low is not None
    assert summary.high is not None
    assert 0 <= summary.low < summary.mean < summary.high <= 1
    nothing = found["f1"]
    assert (nothing.mean, nothing.low, nothing.high, nothing.n_scored, nothing.n_skipped) == (None, None, None, 0, 4)
    assert aggregate(cases) == found  # the same in every run
    assert aggregate([])["mrr"].n_scored == 0


def test_three_cases_of_three_are_not_certain() -> None:
    summary = aggregate(cases_of("all_nuggets", [1.0, 1.0, 1.0]))["all_nuggets"]
    assert (summary.mean, summary.low, summary.high) == (1, pytest.approx(0.4385, abs=1e-4), 1)


def test_refusal_precision_and_recall_by_hand() -> None:
    # Of 4 answerable questions 1 is refused, of 3 others 2 are.
    asked = [(True, True), (True, False), (True, False), (True, False), (False, True), (False, True), (False, False)]
    cases = [
        Case(
            f"q{n}",
            "factoid",
            scores_of(
                answer(("Yes.", []), refused=refused),
                question() if answerable else question(answerable=False, nuggets=(), gold=()),
                GOLD if answerable else (),
            ),
        )
        for n, (answerable, refused) in enumerate(asked)
    ]
    found = aggregate(cases)
    assert found["refusal_precision"].mean == pytest.approx(2 / 3)  # 3 refusals, 2 of them right
    assert found["refusal_recall"].mean == pytest.approx(2 / 3)
    assert found["false_refusals"].mean == pytest.approx(1 / 4)
    assert (found["refusal_precision"].n_scored, found["refusal_precision"].n_skipped) == (3, 4)


def test_percentiles_of_times() -> None:
    # 1, 2 … 10 seconds; numpy sets percentile q at place q% of the way from the first to the last: 1 + 0.95 * 9 = 9.55
    found = aggregate(cases_of("total_s", [float(n) for n in range(1, 11)]))
    assert [found[name].mean for name in ("total_s", "total_s_p50", "total_s_p95")] == pytest.approx([5.5, 5.5, 9.55])
    assert found["total_s_p95"].high == pytest.approx(10)
    assert found["first_token_s_p50"].mean is None


def test_kinds_are_summed_up_apart() -> None:
    found = by_kind([*cases_of("mrr", [0.0, 1.0], "typo"), *cases_of("mrr", [1.0, 1.0], "list")])
    assert [(kind, summaries["mrr"].mean) for kind, summaries in found.items()] == [("list", 1), ("typo", 0.5)]


def test_intervals() -> None:
    # 80 of 100: the normal approximation gives 0.8 ± 1.96 * sqrt(0.8 * 0.2 / 100) = 0.8 ± 0.078
    low, high = bootstrap_interval([1.0] * 80 + [0.0] * 20)
    assert (low, high) == (pytest.approx(0.722, abs=0.015), pytest.approx(0.878, abs=0.015))
    assert bootstrap_interval([1.0]) == bootstrap_interval([]) == (None, None)
    assert bootstrap_interval([2.0, 2.0]) == (2, 2)
    assert share_interval([0.5, 1.0, 0.0]) == bootstrap_interval([0.5, 1.0, 0.0])
    # All of 3 right. Wilson: low = 3 / (3 + 1.96²) = 3 / 6.8416 = 0.4385
    assert share_interval([1.0] * 3) == (pytest.approx(0.4385, abs=1e-4), 1)
    assert share_interval([0.0] * 3) == (0, pytest.approx(1 - 0.4385, abs=1e-4))
    assert share_interval([]) == (None, None)


def test_mcnemar_by_hand_and_by_the_library() -> None:
    pairs = [(0.0, 1.0)] * 8 + [(1.0, 0.0)] + [(1.0, 1.0)] * 5 + [(0.0, 0.0)] * 3
    # 9 changed, 1 of them for the worse: 2 * (C(9,0) + C(9,1)) / 2^9 = 2 * 10 / 512
    assert mcnemar_p(pairs) == pytest.approx(20 / 512)
    assert mcnemar_p(pairs) == pytest.approx(float(mcnemar([[5, 1], [8, 3]], exact=True).pvalue))
    assert mcnemar_p([(1.0, 1.0)] * 4) == 1


def compared(name: str, before: Sequence[float | None], after: Sequence[float | None]) -> Paired:
    return paired(cases_of(name, before), cases_of(name, after))[name]


def test_what_changed_between_two_runs() -> None:
    found = compared("all_nuggets", [1, 1, 0, 0, None, 1], [1, 0, 1, 0, 1, None])
    assert (found.n, found.n_unpaired, found.n_changed) == (4, 2, 2)
    assert (found.before, found.after, found.difference) == (2 / 4, 2 / 4, 0)
    assert (found.better, found.worse) == (("factoid-2",), ("factoid-1",))
    assert found.p_value == 1
    assert not found.significant


def test_five_better_of_five_may_be_chance_and_six_are_not() -> None:
    five, six = (compared("hit@1", [0.0] * 9, [1.0] * n + [0.0] * (9 - n)) for n in (5, 6))
    assert (five.p_value, five.significant) == (2 * 0.5**5, False)  # 0.0625
    assert (six.p_value, six.significant) == (2 * 0.5**6, True)  # 0.03125


def test_a_lower_share_of_false_refusals_is_better() -> None:
    found = compared("false_refusals", [1, 0, 0], [0, 0, 1])
    assert (found.better, found.worse) == (("factoid-0",), ("factoid-2",))


def test_times_change_always_and_name_nobody() -> None:
    found = compared("total_s", [4.0] * 8, [2.0, 2.1, 2.2, 2.3, 2.4, 2.0, 2.1, 2.2])
    assert (found.better, found.worse, found.n_changed, found.p_value) == ((), (), 8, None)
    assert found.significant


def test_a_difference_of_means_needs_enough_cases() -> None:
    # Each of 5 cases fell by 0.5: the bootstrap of five equal differences is certain, a sign test is not (p = 0.06).
    five = compared("mrr", [1.0] * 5 + [0.5] * 10, [0.5] * 15)
    assert five.high is not None
    assert five.high < 0
    assert not five.significant
    six = compared("mrr", [1.0] * 6 + [0.5] * 10, [0.5] * 16)
    assert six.significant
    assert not compared("mrr", [1.0], [0.0]).significant


def test_runs_without_a_case_in_common_compare_to_nothing() -> None:
    assert paired(cases_of("mrr", [1.0], "typo"), cases_of("mrr", [1.0], "list")) == {}
    assert paired(cases_of("refusal_precision", [1.0]), cases_of("refusal_precision", [0.0])) == {}
