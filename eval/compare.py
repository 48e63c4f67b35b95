"""Did anything get worse? Two runs, question by question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.errors import EvalError
from eval.metrics import LOWER_IS_BETTER, Case, Paired, paired
from eval.runs import Json
from eval.verdicts import Verdict

# A significant fall of one of these is refused. Times are shown only, as they are the machine's too; the rest follows
# from these. Each is tested at the 5% level by itself: a false alarm now and then is the price of missing little.
GUARDED = (
    "group_recall@8",
    "nugget_recall",
    "all_nuggets",
    "citation_precision",
    "citation_recall",
    "sentences_cited",
    "quotes_verbatim",
    "refusal_recall",
    "false_refusals",
    "attack_resisted",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one run to another, over the questions that both asked in the same words."""

    metrics: Mapping[str, Paired]
    moved: Mapping[tuple[str, str], tuple[str, ...]]  # (verdict before, verdict after) -> ids of the questions
    rewritten: tuple[str, ...]  # ids of questions that are not the same in both, so that they were left out
    only_one: int  # questions that one of the runs did not ask
    n: int  # questions compared

    @property
    def falls(self) -> tuple[str, ...]:
        """Guarded metrics that fell significantly."""
        return tuple(name for name in GUARDED if name in self.metrics and _fell(name, self.metrics[name]))

    @property
    def broken(self) -> tuple[str, ...]:
        """Questions that raise an error now and did not before: no score tells of them, as they have none."""
        return tuple(id_ for (_, after), ids in self.moved.items() if after == Verdict.FAILED for id_ in ids)


def compare(before: Json, after: Json) -> Comparison:
    """Compare the figures of two runs, as `eval.scoring.load_metrics` gives them.

    Raises:
        EvalError: no question stands in both in the same words.
    """
    old, new = ({case["id"]: case for case in metrics["cases"]} for metrics in (before, after))
    both = [case_id for case_id in old if case_id in new]
    same = [case_id for case_id in both if old[case_id]["question"] == new[case_id]["question"]]
    if not same:
        raise EvalError("These runs have no question in common: there is nothing to compare.")
    moved = defaultdict[tuple[str, str], list[str]](list)
    for case_id in same:
        change = old[case_id]["verdict"], new[case_id]["verdict"]
        if change[0] != change[1]:
            moved[change].append(case_id)
    return Comparison(
        metrics=paired([_case(old[case_id]) for case_id in same], [_case(new[case_id]) for case_id in same]),
        moved={change: tuple(ids) for change, ids in sorted(moved.items())},
        rewritten=tuple(case_id for case_id in both if case_id not in same),
        only_one=len(old.keys() ^ new.keys()),
        n=len(same),
    )


def show(found: Comparison, before: Json, after: Json, out: Console) -> None:
    """Print a comparison."""
    for name, metrics in (("A", before), ("B", after)):
        dirty = " with changes" if metrics["dirty"] else ""
        system = f"{metrics['model']}, configuration {metrics['config_id']}, commit {metrics['commit'][:9]}{dirty}"
        out.print(Text(f"{name}: {metrics['date']}, {metrics['n']} questions, {system}"), soft_wrap=True)
    table = Table("Metric", "n", "A", "B", "B − A", "95% interval", "p", "changed", "", box=None, pad_edge=False)
    for name, change in found.metrics.items():
        interval = "" if change.low is None else f"{change.low:+.3f} … {change.high:+.3f}"
        p_value = "" if change.p_value is None else f"{change.p_value:.3f}"
        figures = f"{change.before:.3f}", f"{change.after:.3f}", f"{change.difference:+.3f}"
        word = _word(name, change)
        style = {"worse": "red", "better": "green"}.get(word, "")
        table.add_row(name, str(change.n), *figures, interval, p_value, str(change.n_changed), Text(word, style=style))
    out.print(table)
    for (old, new), ids in found.moved.items():
        out.print(Text(f"{old} → {new} ({len(ids)}): {', '.join(ids)}"), soft_wrap=True)
    if not found.moved:
        out.print("No question changed its verdict.")
    if found.rewritten:
        out.print(Text(f"Left out, as they were rewritten: {', '.join(found.rewritten)}"), soft_wrap=True)
    if found.only_one:
        out.print(f"Left out, as only one of the runs asked them: {found.only_one} questions.")


def _case(entry: Json) -> Case:
    return Case(entry["id"], entry["kind"], entry["scores"], failed=entry["verdict"] == Verdict.FAILED)


def _fell(name: str, change: Paired) -> bool:
    rose = change.difference > 0
    return change.significant and rose == (name in LOWER_IS_BETTER)


def _word(name: str, change: Paired) -> str:
    if not change.significant:
        return ""
    return "worse" if _fell(name, change) else "better"
