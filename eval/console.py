"""What the commands print besides their tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from eval.runs import Json

# Tables are wide; where nobody looks on, there is no edge of a screen to keep to.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """A line beside the results."""
    err.print(Text(line), soft_wrap=True)


def tell(line: str) -> None:
    """A line of the results."""
    out.print(Text(line), soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar with the time that is left; to be told what is being done, how much of it is done, and of how much."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    bars = Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=err)
    tasks: dict[str, TaskID] = {}

    def step(what: str, done: int, total: int) -> None:
        if not tasks:
            bars.start()
        if what not in tasks:  # a resumed run begins in its midst, and what is there already was not quick work
            tasks[what] = bars.add_task(what, completed=done, total=total)
        bars.update(tasks[what], completed=done, total=total)

    try:
        yield step
    finally:
        if tasks:
            bars.stop()


def show_summary(metrics: Json) -> None:
    """Verdicts and means of a run, dev and test side by side."""
    groups = {"all": metrics["overall"], **metrics["splits"]}
    table = Table("", *(f"{name} ({group['n']})" for name, group in groups.items()), box=None, pad_edge=False)
    for verdict in metrics["overall"]["verdicts"]:
        table.add_row(verdict, *(str(group["verdicts"].get(verdict, 0)) for group in groups.values()))
    table.add_section()
    for name in metrics["overall"]["metrics"]:
        table.add_row(name, *(_cell(group["metrics"].get(name)) for group in groups.values()))
    out.print(table)


def _cell(summary: Json | None) -> str:
    if summary is None:
        return ""
    interval = "" if summary["low"] is None else f" [{summary['low']:.3f}, {summary['high']:.3f}]"
    failed = f", {summary['n_failed']} failed" if summary["n_failed"] else ""
    return f"{summary['mean']:.3f}{interval} n {summary['n_scored']}{failed}"
