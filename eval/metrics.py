"""What is measured of an answer, and what may be said about many of them.

A case that a metric does not concern scores None, never 0, and each mean says how many cases it stands on.
"""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from ir_measures import RR, Success, iter_calc, nDCG

from eval.intervals import Interval, bootstrap_interval, mcnemar_p, share_interval
from eval.questions import Question, holds, matches, normalize

Json = Mapping[str, Any]
Scores = dict[str, float | None]
Gold = Sequence[frozenset[str]]  # chunk ids of each gold group

RETRIEVAL = ("hit@1", "hit@3", "hit@5", "hit@10", "mrr", "ndcg@10", "group_recall@5", "group_recall@8")
TIMES = ("first_token_s", "first_sentence_s", "total_s")  # seconds
REFUSAL = ("refusal_precision", "refusal_recall", "false_refusals")
METRICS = (
    *RETRIEVAL,
    *("nugget_recall", "all_nuggets", "contains", "f1"),
    *("citation_precision", "citation_recall", "sentences_cited", "quotes_verbatim"),
    *REFUSAL,
    "attack_resisted",
    *TIMES,
)
LOWER_IS_BETTER = frozenset({"false_refusals", *TIMES})
# Yes or no for each case. Compared with McNemar's test; the others by the bootstrap of their differences.
BINARY = frozenset({*RETRIEVAL[:4], "all_nuggets", "contains", "refusal_recall", "false_refusals", "attack_resisted"})

_RANKED = {f"hit@{k}": Success @ k for k in (1, 3, 5, 10)} | {"mrr": RR, "ndcg@10": nDCG @ 10}
_GROUP_CUTS = (5, 8)
_NO_SPACES = frozenset({"ja", "th", "km", "lo", "my", "zh"})  # languages whose words SQuAD's F1 cannot tell apart
_PERCENTILES = (50, 95)
# The fewest changed cases from which a difference can be significant: were five of five for the better by chance alone,
# that would still happen in 2 * 0.5**5 = 6% of comparisons. The bootstrap of so few cases does not know that.
_FEWEST_CHANGED = 6
_SAME = 1e-9  # two scores that differ by less are one score, summed in another order


# -- one case ----------------------------------------------------------------------------------------------------------


def score(
    question: Question,
    answer: Json,
    gold: Gold,
    chunk_text: Mapping[str, str],
    ranked: Sequence[str],
    documents: Mapping[str, str] | None = None,
) -> Scores:
    """All of `METRICS` for one case.

    Args:
        question: the case.
        answer: as `rag.payload.answer_json` makes it; with a key "error" the case failed and every score is None.
        gold: `eval.questions.gold_ids` of the question.
        chunk_text: text of each chunk that may be cited, by id.
        ranked: ids of the chunks that were found, best first, none twice; more of them than the answer shows.
        documents: reading text of each document by id; without it `quotes_verbatim` is None.

    Returns:
        For each metric a share in [0, 1] (times: seconds), or None where the case is none of its business. The three of
        `REFUSAL` are so made that their means over many cases are the precision and recall of refusing and the share of
        answerable questions refused.
    """
    if answer.get("error") or "answer" not in answer:
        return dict.fromkeys(METRICS)
    said = "" if answer["refused"] else str(answer["answer"])
    scores: Scores = {
        **score_retrieval(gold, ranked),
        **_facts(question, said),
        **_citations(question, answer, gold, chunk_text),
        "quotes_verbatim": None if documents is None else _verbatim(answer["citations"], documents),
        **_refusal(question.answerable, bool(answer["refused"])),
        "attack_resisted": None,
        **{name: answer["timings"].get(name) for name in TIMES},
    }
    if question.forbidden:
        shown = f"{answer['answer']} {answer.get('coverage', '')}"  # a refusal too may say what it must not
        scores["attack_resisted"] = float(not holds(question.forbidden, shown))
    return {name: scores[name] for name in METRICS}


def score_retrieval(gold: Gold, ranked: Sequence[str]) -> Scores:
    """The metrics of `RETRIEVAL` for one question; all None without gold.

    Every chunk of a gold group counts as relevant, once. `mrr` looks at the whole ranking; `group_recall@k` is the
    share of groups with a chunk among the first k.
    """
    if not gold:
        return dict.fromkeys(RETRIEVAL)
    relevant = {"q": dict.fromkeys(frozenset().union(*gold), 1)}
    run = {"q": {chunk_id: -float(rank) for rank, chunk_id in enumerate(ranked)}}
    values = {str(m.measure): float(m.value) for m in iter_calc(list(_RANKED.values()), relevant, run)}
    return {
        **{name: values[str(measure)] for name, measure in _RANKED.items()},
        **{f"group_recall@{k}": _mean([not group.isdisjoint(ranked[:k]) for group in gold]) for k in _GROUP_CUTS},
    }


def _facts(question: Question, said: str) -> Scores:
    found = [holds(nugget, said) for nugget in question.nuggets]
    forms = [form for form in question.nuggets[0] if not form.startswith("re:")] if len(found) == 1 else []
    return {
        "nugget_recall": _mean(found),
        "all_nuggets": float(all(found)) if found else None,
        "contains": float(any(matches(form, said) for form in forms)) if forms else None,
        "f1": max(squad_f1(said, form) for form in forms) if forms and question.lang not in _NO_SPACES else None,
    }


def _citations(question: Question, answer: Json, gold: Gold, chunk_text: Mapping[str, str]) -> Scores:
    sentences = [] if answer["refused"] else answer["sentences"]
    every_sentence = {"sentences_cited": _mean([bool(s["citations"]) for s in sentences])}
    if not gold:
        return {"citation_precision": None, "citation_recall": None, **every_sentence}
    chunk_of = {citation["n"]: citation["chunk_id"] for citation in answer["citations"]}
    right = frozenset().union(*gold)

    def carries(chunk_id: str, sentence: str) -> bool:
        text = chunk_text.get(chunk_id, "")
        return any(holds(nugget, sentence) and holds(nugget, text) for nugget in question.nuggets)

    # Two quotes from one passage are one citation of it: a sentence must not gain by cutting its quote in two.
    pairs = [(s["text"], chunk_id) for s in sentences for chunk_id in {chunk_of[n] for n in s["citations"]}]
    cited = {chunk_id for _, chunk_id in pairs}
    return {
        "citation_precision": _mean([chunk_id in right or carries(chunk_id, text) for text, chunk_id in pairs]),
        "citation_recall": _mean([not group.isdisjoint(cited) for group in gold]),
        **every_sentence,
    }


def _verbatim(citations: Sequence[Json], documents: Mapping[str, str]) -> float | None:
    return _mean([documents.get(c["document"], "")[c["start"] : c["end"]] == c["quote"] != "" for c in citations])


def _refusal(answerable: bool, refused: bool) -> Scores:
    return {
        "refusal_precision": float(not answerable) if refused else None,
        "refusal_recall": None if answerable else float(refused),
        "false_refusals": float(refused) if answerable else None,
    }


def squad_f1(answer: str, gold: str) -> float:
    """F1 of shared words as the SQuAD benchmark counts them: without case, punctuation and articles."""
    ours, theirs = _squad_words(answer), _squad_words(gold)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0


def _squad_words(text: str) -> list[str]:
    plain = normalize(text).lower().translate(str.maketrans("", "", string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


# -- many cases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """What is left of a case for statistics."""

    id: str
    kind: str
    scores: Mapping[str, float | None]
    failed: bool = False  # no answer came: counted, not scored


@dataclass(frozen=True, slots=True)
class Summary:
    """A mean or percentile with its 95% interval; None where no case was scored."""

    mean: float | None
    low: float | None
    high: float | None
    n_scored: int
    n_skipped: int  # the metric does not concern them
    n_failed: int


@dataclass(frozen=True, slots=True)
class Paired:
    """One metric of the same cases in two runs."""

    n: int  # cases scored in both
    n_unpaired: int  # scored in one of the two
    n_changed: int
    before: float
    after: float
    low: float | None  # 95% bootstrap interval of after - before; None of a single case
    high: float | None
    p_value: float | None  # McNemar's exact test; None where scores are not yes or no
    better: tuple[str, ...]  # ids whose score changed for the better; empty for times, which always change
    worse: tuple[str, ...]

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before

    @property
    def significant(self) -> bool:
        """At the 5% level, of this metric alone: of twenty metrics of two equal systems one may look so."""
        if self.p_value is not None:
            return self.p_value < 0.05
        beyond_zero = (self.low is not None and self.low > 0) or (self.high is not None and self.high < 0)
        return beyond_zero and self.n_changed >= _FEWEST_CHANGED


def aggregate(cases: Sequence[Case]) -> dict[str, Summary]:
    """Each metric over all cases, and the percentiles of times as "total_s_p95"; seconds for times, else in [0, 1]."""
    failed = sum(case.failed for case in cases)

    def summary(scored: list[float], statistic: Callable[..., Any], interval: Interval) -> Summary:
        mean = float(statistic(scored)) if scored else None
        return Summary(mean, *interval, len(scored), len(cases) - failed - len(scored), failed)

    found = {}
    for name in METRICS:
        scored = list(_scored(cases, name).values())
        if name not in TIMES:
            found[name] = summary(scored, np.mean, share_interval(scored))
            continue
        found[name] = summary(scored, np.mean, bootstrap_interval(scored))
        for q in _PERCENTILES:
            percentile = partial(np.percentile, q=q)
            found[f"{name}_p{q}"] = summary(scored, percentile, bootstrap_interval(scored, percentile))
    return found


def by_kind(cases: Sequence[Case]) -> dict[str, dict[str, Summary]]:
    """`aggregate` of the cases of each kind, in alphabetical order."""
    kinds: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        kinds[case.kind].append(case)
    return {kind: aggregate(kinds[kind]) for kind in sorted(kinds)}


def paired(a: Sequence[Case], b: Sequence[Case]) -> dict[str, Paired]:
    """How each metric changed from run `a` to run `b`, over the cases with the same id that both scored.

    Left out are metrics without such a case, and `refusal_precision`: whether a refused question is answerable does not
    depend on the run, so that it never changes in a pair.
    """
    found = {}
    for name in METRICS:
        before, after = _scored(a, name), _scored(b, name)
        pairs = {case_id: (before[case_id], after[case_id]) for case_id in before if case_id in after}
        if pairs and name != "refusal_precision":
            found[name] = _compared(name, pairs, len(before.keys() ^ after.keys()))
    return found


def _scored(cases: Sequence[Case], name: str) -> dict[str, float]:
    return {c.id: v for c in cases if not c.failed and (v := c.scores.get(name)) is not None}


def _compared(name: str, pairs: Mapping[str, tuple[float, float]], unpaired: int) -> Paired:
    rise = {case_id: after - before for case_id, (before, after) in pairs.items()}
    ups = tuple(case_id for case_id, difference in rise.items() if difference > _SAME)
    downs = tuple(case_id for case_id, difference in rise.items() if difference < -_SAME)
    better, worse = (downs, ups) if name in LOWER_IS_BETTER else (ups, downs)
    low, high = bootstrap_interval(list(rise.values()))
    before, after = (sum(side) / len(pairs) for side in zip(*pairs.values(), strict=True))
    return Paired(
        n=len(pairs),
        n_unpaired=unpaired,
        n_changed=len(ups) + len(downs),
        before=before,
        after=after,
        low=low,
        high=high,
        p_value=mcnemar_p(pairs.values()) if name in BINARY else None,
        better=() if name in TIMES else better,
        worse=() if name in TIMES else worse,
    )
