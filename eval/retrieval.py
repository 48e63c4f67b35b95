"""Retrieval alone: are the right passages found, and how far up? Seconds, as no language model is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.errors import EvalError
from eval.metrics import Case, aggregate, score_retrieval
from eval.questions import Question, gold_ids
from rag.embedding import Embedder
from rag.index import Index
from rag.retrieval import Retriever
from rag.understanding import clean_question

RANKED = 50  # chunks whose order counts
_BY_KIND = ("hit@1", "hit@5", "hit@10", "mrr", "ndcg@10", "group_recall@5")


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for one question."""

    question: Question
    case: Case
    seconds: float


def rank_all(
    questions: Sequence[Question],
    index: Index,
    embedder: Embedder,
    vector_weight: float,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Ranking, ...]:
    """Rank the passages of an index for each question that has gold ones.

    Args:
        questions: all of them; those without gold passages are passed over.
        index: an open index.
        embedder: the one that it was built with.
        vector_weight: as `rag.retrieval.Retriever` takes it.
        step: told (asked, of how many) after each question.

    Raises:
        EvalError: a gold passage is not in the index, or no question has one.
    """
    chunks = tuple(index.store.chunks().values())
    with_gold = [(question, gold_ids(question, chunks)) for question in questions if question.gold]
    if not with_gold:
        raise EvalError("None of these questions has a gold passage: there is nothing to find.")
    retriever = Retriever(index, embedder, vector_weight)
    retriever.retrieve("warm up", 1)
    rankings = []
    for n, (question, gold) in enumerate(with_gold, start=1):
        began = time.perf_counter()
        hits = retriever.retrieve(clean_question(question.question), RANKED)
        seconds = time.perf_counter() - began
        scores = score_retrieval(gold, [hit.chunk.id for hit in hits])
        rankings.append(Ranking(question, Case(question.id, question.kind, scores), seconds))
        step(n, len(with_gold))
    return tuple(rankings)


def show(rankings: Sequence[Ranking], out: Console) -> None:
    """Print a table by kind, the means with their intervals, and the questions whose passages are not found."""
    kinds = sorted({ranking.question.kind for ranking in rankings})
    table = Table("", "n", *(name.replace("_", " ") for name in _BY_KIND), box=None, pad_edge=False)
    for kind in kinds:
        found = aggregate([ranking.case for ranking in rankings if ranking.question.kind == kind])
        table.add_row(Text(kind), str(found["mrr"].n_scored), *(f"{found[name].mean:.3f}" for name in _BY_KIND))
    out.print(table)
    out.print()
    table = Table("All", "mean", "95% interval", "n", box=None, pad_edge=False)
    for name, summary in aggregate([ranking.case for ranking in rankings]).items():
        if summary.n_scored:
            interval = "" if summary.low is None else f"{summary.low:.3f} … {summary.high:.3f}"
            table.add_row(name, f"{summary.mean:.3f}", interval, str(summary.n_scored))
    out.print(table)
    missed = [ranking for ranking in rankings if not ranking.case.scores["hit@10"]]
    if missed:
        out.print("\nNo right passage among the first 10:")
    for ranking in missed:
        out.print(Text(f"  {ranking.question.id}: {ranking.question.question}"), soft_wrap=True)
    p50, p95 = 1000 * np.percentile([ranking.seconds for ranking in rankings], (50, 95))
    out.print(f"\nA question takes {p50:.1f} ms (median), {p95:.1f} ms (19 of 20 are faster).")
