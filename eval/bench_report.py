"""What was measured, as JSON, as a table and as a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.bench import Figure
from eval.machine import commit, machine
from eval.plots import spreads


def write(figures: Sequence[Figure], folder: Path, notes: dict[str, object]) -> Path:
    """Write bench.json and bench.svg into a folder; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made, dirty = commit()
    content = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": made,
        "dirty": dirty,
        "machine": machine(),
        **notes,
        "figures": [
            {"name": f.name, "unit": f.unit, "median": f.median, "bar": f.most, "values": list(f.values)}
            for f in figures
        ],
    }
    (folder / "bench.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    seconds = {f.name: f.values for f in figures if f.unit == "s"}
    (folder / "bench.svg").write_text(spreads(seconds, "seconds"), encoding="utf-8")
    return folder


def show(figures: Sequence[Figure], out: Console) -> None:
    """A line a figure."""
    table = Table("", "median", "least", "most", "n", "bar", box=None, pad_edge=False)
    for f in figures:
        bar = "" if f.most is None else f"{f.most:g} {'met' if f.median <= f.most else 'missed'}"
        numbers = (
            f"{value:.2f}" if f.unit == "s" else f"{value:.0f}" for value in (f.median, min(f.values), max(f.values))
        )
        table.add_row(f"{f.name} ({f.unit})", *numbers, str(len(f.values)), bar)
    out.print(table)
