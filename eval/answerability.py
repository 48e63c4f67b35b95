"""Passages with questions that they answer and questions that they only seem to answer: what the probe is fitted on.

`eval/answerability/*.jsonl`: 180 invented passages of the kinds that unions publish, each with three questions that it
answers (plain, in other words, with a false detail, clumsy, several at once) and three that it does not (a detail that
is missing, another year or country or role, what came of it). No passage or question is of our own documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from eval.errors import EvalError
from eval.lines import json_objects

CASES = Path(__file__).with_name("answerability")


@dataclass(frozen=True, slots=True)
class Case:
    """One question about one passage."""

    passage: str  # as a prompt shows it; equal for all questions about it
    question: str
    answered: bool  # by the passage
    style: str  # how the question is put, or what is missing


def load_cases(folder: Path = CASES) -> tuple[Case, ...]:
    """The cases of all files of a folder.

    Raises:
        EvalError: a line is none.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for n, (where, entry) in enumerate(json_objects(path), start=1):
            try:
                passage = _shown(entry["title"], entry["date"], entry["heading"], entry["passage"], n)
                found += [
                    Case(passage, asked["q"], bool(asked["answerable"]), asked["style"]) for asked in entry["questions"]
                ]
            except (KeyError, TypeError, ValueError) as error:
                raise EvalError(f"{where}: {error}") from error
    return tuple(found)


def _shown(title: str, published: str, heading: str, passage: str, number: int) -> str:
    """As `rag.prompting` shows a news item, a point of a list, or a numbered paragraph."""
    if published:
        day = date.fromisoformat(published)
        return f"{title}\n{day.day} {day:%B}, {day.year}\n{passage}"
    lead_in = f"{heading} " if heading.endswith(":") else ""
    return f"(¶{number}) {lead_in}{passage}"
