"""report.md and report.html of a run: first for someone who asks how often it is wrong, then for who mends it."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import plots
from eval.failures import failures
from eval.intervals import share_interval
from eval.runs import Json, load_run
from eval.scoring import METRICS_FILE, Judged, judge, metrics_of, write_metrics
from eval.verdicts import ANSWERED, GOOD, MEANING, Verdict
from eval.words import METRIC_MEANING

_FOLDER = Path(__file__).parent / "templates"
_THRESHOLDS = [n / 100 for n in range(101)]


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n` questions, with the 95% interval of the share."""

    k: int
    n: int
    low: float | None
    high: float | None

    @property
    def percent(self) -> str:
        """As people say it; "–" of none."""
        return f"{self.k / self.n:.0%}" if self.n else "–"

    @property
    def interval(self) -> str:
        """As people say it; "" when there is none."""
        return "" if self.low is None or self.high is None else f"{self.low:.0%} to {self.high:.0%}"


def finish(folder: Path) -> Json:
    """Score a run whose questions were all asked; write metrics.json, report.md and report.html into its folder.

    Returns:
        What stands in metrics.json.

    Raises:
        EvalError: the folder is no run, or questions are left to be asked.
    """
    run = load_run(folder)
    judged = judge(run)
    metrics = metrics_of(run, judged)
    write_metrics(folder / METRICS_FILE, metrics)
    context = {**_context(judged, metrics), "failures": failures(run, judged)}
    for name in ("report.md", "report.html"):
        page = _environment().get_template(f"{name}.j2").render(context)
        (folder / name).write_text(page, encoding="utf-8", newline="\n")
    return metrics


def _context(judged: Sequence[Judged], metrics: Json) -> dict[str, Any]:
    told = [j for j in judged if j.verdict is not Verdict.NOT_JUDGED]
    kinds = {kind: [j for j in told if j.question.kind == kind] for kind in metrics["kinds"]}
    columns = {"all": metrics["overall"], **metrics["splits"]}
    return {
        "run": metrics,
        "n": len(told),
        "good": _share(told, lambda verdict: verdict in GOOD),
        "wrong": _share(told, lambda verdict: verdict is Verdict.WRONG),
        "wrong_if_answered": _share(
            [j for j in told if j.verdict in ANSWERED], lambda verdict: verdict is Verdict.WRONG
        ),
        "verdicts": [
            {"name": verdict.value, "meaning": MEANING[verdict], "share": share}
            for verdict in Verdict
            if (share := _share(judged, lambda found, verdict=verdict: found is verdict)).k  # type: ignore[misc]
        ],
        "kinds": [
            {"name": kind, "good": _share(members, lambda verdict: verdict in GOOD), "counts": _count(members)}
            for kind, members in kinds.items()
            if members
        ],
        "columns": {name: group["n"] for name, group in columns.items()},
        "rows": [
            {
                "name": name,
                "meaning": METRIC_MEANING.get(name, ""),
                "of": [group["metrics"].get(name) for group in columns.values()],
            }
            for name in metrics["overall"]["metrics"]
        ],
        "plots": _plots(judged, kinds, metrics["gate"]),
    }


def _share(judged: Sequence[Judged], is_one: Callable[[Verdict], bool]) -> Share:
    values = [is_one(j.verdict) for j in judged]
    return Share(sum(values), len(values), *share_interval([float(value) for value in values]))


def _count(judged: Sequence[Judged]) -> list[tuple[str, int]]:
    counts = Counter(j.verdict for j in judged)
    return [(verdict.value, counts[verdict]) for verdict in Verdict if counts[verdict]]


def _plots(judged: Sequence[Judged], kinds: dict[str, list[Judged]], gate: float) -> dict[str, Markup | None]:
    groups = {
        "answer in the documents": [j for j in judged if j.question.answerable],
        "answer not in them": [j for j in judged if not j.question.answerable],
    }
    answers = [(j.record.answer["timings"]["total_s"], j.record.answer["refused"]) for j in judged if j.record.answer]
    drawn = {
        "verdicts": plots.verdicts({name: Counter(j.verdict for j in of) for name, of in groups.items() if of}),
        "kinds": plots.shares({kind: [j.verdict in GOOD for j in of] for kind, of in kinds.items() if of}),
        "gate": _gate_plot(judged, gate),
        "times": plots.times([s for s, refused in answers if not refused], [s for s, refused in answers if refused])
        if answers
        else None,
    }
    return {name: Markup(svg) if svg else None for name, svg in drawn.items()}  # matplotlib escapes words


def _gate_plot(judged: Sequence[Judged], gate: float) -> str | None:
    """The curve over the dev questions, as thresholds are chosen by them; over all where none is dev."""
    asked = [j for j in judged if j.question.split == "dev" and j.record.answer] or [
        j for j in judged if j.record.answer
    ]
    told = [j for j in asked if j.question.answerable]
    untold = [j for j in asked if not j.question.answerable]
    if not told or not untold or all(j.record.yes is None for j in asked):
        return None

    def share(of: Sequence[Judged], threshold: float) -> float:
        return sum(_would_refuse(j, threshold, gate) for j in of) / len(of)

    right, wrong = ([share(of, threshold) for threshold in _THRESHOLDS] for of in (untold, told))
    return plots.refusals(_THRESHOLDS, right, wrong, gate)


def _would_refuse(judged: Judged, threshold: float, gate: float) -> bool:
    """Whether the gate alone would refuse at another threshold; what was refused for other reasons stays refused."""
    refused = bool(judged.record.answer and judged.record.answer["refused"])
    yes = judged.record.yes
    if yes is None:
        return refused
    return yes < threshold or (refused and yes >= gate)


def _environment() -> Environment:
    # Everything that questions, documents and models say is escaped; in Markdown too, which may hold HTML.
    loader = FileSystemLoader(_FOLDER)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["md"] = _markdown
    return environment


def _markdown(text: object) -> Markup:
    """A text on one line of Markdown, to be read as it stands."""
    line = " ".join(html.escape(str(text), quote=False).split())
    return Markup(re.sub(r"([\\`*_\[\]|~#])", r"\\\1", line))
