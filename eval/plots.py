"""The pictures of a report, each an SVG that needs nothing else. The only module that loads matplotlib."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.intervals import share_interval
from eval.verdicts import Verdict

# Okabe and Ito's colours, which people who see fewer colours tell apart too.
COLOURS = {
    Verdict.RIGHT: "#009e73",
    Verdict.RIGHTLY_REFUSED: "#56b4e9",
    Verdict.PARTLY: "#f0e442",
    Verdict.REFUSED: "#999999",
    Verdict.WRONG: "#d55e00",
    Verdict.FAILED: "#000000",
    Verdict.NOT_JUDGED: "#ffffff",
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # words stay words: they can be searched, and the file stays small
    "svg.hashsalt": "eval",  # the same figures give the same file
    "text.parse_math": False,  # a kind of questions may be called "a $ b"
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 10,
}
_WIDTH = 8.0  # inches


def verdicts(groups: Mapping[str, Mapping[Verdict, int]]) -> str:
    """A bar for each group of questions, parted by what became of them."""
    with _figure(0.7 + 0.6 * len(groups)) as (figure, axes):
        used = [verdict for verdict in Verdict if any(counts.get(verdict) for counts in groups.values())]
        names = [f"{name} ({sum(counts.values())})" for name, counts in groups.items()]
        left = np.zeros(len(groups))
        for verdict in used:
            sizes = np.array([counts.get(verdict, 0) for counts in groups.values()])
            bars = axes.barh(names, sizes, left=left, color=COLOURS[verdict], edgecolor="black", label=verdict.value)
            axes.bar_label(bars, [str(size) if size else "" for size in sizes], label_type="center")
            left += sizes
        axes.invert_yaxis()
        axes.set_xlabel("questions")
        figure.legend(loc="outside upper center", ncols=4, frameon=False)
        return _svg(figure)


def calibration(probabilities: Sequence[float], right: Sequence[bool]) -> str:
    """How often drafts were right that were given a probability: on the line, the probabilities hold."""
    with _figure(3.6) as (figure, axes):
        edges = np.quantile(probabilities, np.linspace(0, 1, 9))
        bins = np.clip(np.searchsorted(edges, probabilities, side="right") - 1, 0, 7)
        for n in sorted(set(bins)):
            inside = [r for r, b in zip(right, bins, strict=True) if b == n]
            said = float(np.mean([p for p, b in zip(probabilities, bins, strict=True) if b == n]))
            low, high = share_interval([float(r) for r in inside])
            axes.plot([said, said], [low or 0, high or 1], color=COLOURS[Verdict.REFUSED])
            axes.plot(said, np.mean(inside), "o", color=COLOURS[Verdict.RIGHT])
        axes.plot([0, 1], [0, 1], linestyle=":", color="black")
        axes.set_xlabel("probability given, out of fold")
        axes.set_ylabel("share that was right, 95% interval")
        return _svg(figure)


def shares(groups: Mapping[str, Sequence[bool]]) -> str:
    """For each group the share of cases that went well, with its 95% interval."""
    with _figure(0.8 + 0.3 * len(groups)) as (figure, axes):
        for row, values in enumerate(groups.values()):
            low, high = share_interval([float(value) for value in values])
            if low is not None and high is not None:
                axes.plot([low, high], [row, row], color="#0072b2", linewidth=2)
            axes.plot([np.mean(values)], [row], "o", color="#0072b2")
        axes.set_yticks(range(len(groups)), [f"{name} ({len(values)})" for name, values in groups.items()])
        axes.set_xlim(0, 1)
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.grid(axis="x", alpha=0.3)
        axes.set_xlabel("share dealt with rightly: point, and line of its 95% interval")
        return _svg(figure)


def refusals(thresholds: Sequence[float], right: Sequence[float], wrong: Sequence[float], gate: float) -> str:
    """Share of questions that would be refused, over the threshold of the gate.

    Args:
        thresholds: probabilities, rising.
        right: of the questions that cannot be answered.
        wrong: of those that can.
        gate: the threshold that was in force.
    """
    with _figure(3.2) as (figure, axes):
        axes.plot(
            thresholds, right, color="#0072b2", label="refused, and the answer is not in the documents (should be high)"
        )
        axes.plot(thresholds, wrong, "--", color="#d55e00", label="refused, though it is (should be low)")
        axes.axvline(gate, color="black", linewidth=1, linestyle=":", label=f"threshold of this run: {gate:g}")
        axes.set_xlabel("least probability that the passages state the answer")
        axes.set_ylabel("share refused")
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.02, 1.02)
        figure.legend(loc="outside upper center", ncols=1, frameon=False)
        return _svg(figure)


def times(answered: Sequence[float], refused: Sequence[float]) -> str:
    """How long answers and refusals took, in seconds."""
    with _figure(2.6) as (figure, axes):
        edges = np.histogram_bin_edges([*answered, *refused], bins=30)
        axes.hist(
            [answered, refused],
            bins=edges.tolist(),
            stacked=True,
            color=["#0072b2", "#999999"],
            label=["answered", "refused"],
        )
        axes.set_xlabel("seconds from question to whole answer")
        axes.set_ylabel("questions")
        figure.legend(loc="outside upper center", ncols=2, frameon=False)
        return _svg(figure)


def spreads(values: Mapping[str, Sequence[float]], unit: str) -> str:
    """Things that were measured several times: every value a point, the median a line, on a logarithmic axis."""
    with _figure(0.5 * len(values) + 0.8) as (figure, axes):
        for row, found in enumerate(values.values()):
            axes.plot(found, [row] * len(found), "o", color="#0072b2", alpha=0.5)
            axes.plot([np.median(found)] * 2, [row - 0.3, row + 0.3], color="#d55e00", linewidth=2)
        axes.set_yticks(range(len(values)), list(values))
        axes.set_ylim(len(values) - 0.5, -0.5)
        axes.set_xscale("log")
        axes.grid(axis="x", alpha=0.3)
        axes.set_xlabel(f"{unit}: a point for each value, a line at the median")
        return _svg(figure)


@contextmanager
def _figure(height: float) -> Iterator[tuple[Figure, Axes]]:
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph", category=UserWarning
        )  # the reader's own fonts draw the words
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        yield figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    """The figure as an element for a page: without the head of a file of its own."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return re.sub(r"^.*?(?=<svg)", "", file.getvalue(), count=1, flags=re.DOTALL)
