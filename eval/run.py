"""Ask the assistant every question, write down at once what became of it, and score the whole at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eval.errors import EvalError
from eval.machine import commit, folder_size, machine, peak_memory
from eval.questions import Question, gold_ids
from eval.runs import Json, Record, Run, append, create_run, drop_torn_line, load_run
from rag.assistant import Assistant
from rag.errors import RagError
from rag.payload import answer_json
from rag.types import Hit
from rag.understanding import Turn

RANKED = 50  # chunks whose order is written down for each question
_PRIVATE = {"seeds", "index", "cache", "host", "port", "llm"}  # paths and addresses; the model's name is told anyway
_FAILURES = 5  # so many in a row are no accident of one question: a server is gone, memory is full

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the questions are asked."""

    split: str = "all"  # dev | test | all
    kinds: tuple[str, ...] = ()  # none: all
    limit: int = 0  # so many of them, evenly spread, as those of a kind stand together; 0: all

    @property
    def part(self) -> str:
        """In words for the reader of a report; "" when all are asked."""
        words = [f"{self.split} only" if self.split != "all" else "", ", ".join(self.kinds)]
        return "; ".join(filter(None, [*words, f"{self.limit} of them" if self.limit else ""]))

    def of(self, questions: Sequence[Question]) -> tuple[Question, ...]:
        """The questions that are meant, in their order.

        Raises:
            EvalError: a kind is unknown, or none is left.
        """
        known = sorted({question.kind for question in questions})
        if unknown := sorted(set(self.kinds) - set(known)):
            raise EvalError(f"No question is of the kind {unknown[0]!r}; there are: {', '.join(known)}.")
        chosen = [
            question
            for question in questions
            if self.split in ("all", question.split) and (not self.kinds or question.kind in self.kinds)
        ]
        if not chosen:
            raise EvalError(f"No question is of split {self.split!r} and kind {', '.join(self.kinds) or 'any'}.")
        n = min(self.limit or len(chosen), len(chosen))
        return tuple(chosen[i * len(chosen) // n] for i in range(n))


def start_run(assistant: Assistant, embedder: str, questions: Sequence[Question], source: Json, parent: Path) -> Run:
    """Make the folder of a new run over the assistant's index.

    Args:
        assistant: the one that will be asked.
        embedder: name of its embedding model.
        questions: what it will be asked.
        source: where they come from: "name", "part" (which of them; "" of all), "command" (without its --resume).
        parent: the folder of all runs.

    Raises:
        EvalError: a question's gold passage is not in the index, or the folder cannot be written.
    """
    chunks = tuple(assistant.index.store.chunks().values())
    for question in questions:
        gold_ids(question, chunks)  # found out now, not after half an hour
    head, dirty = commit()
    settings = assistant.settings
    header: Json = {
        "source": source,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": head,
        "dirty": dirty,
        "config_id": assistant.config_id,
        "model": assistant.model,
        "embedder": embedder,
        "gate": settings.gate,
        "settings": settings.model_dump(mode="json", exclude=_PRIVATE),
        "machine": machine(),
        "index": {
            "documents": len(assistant.documents),
            "passages": len(chunks),
            "bytes": folder_size(settings.index),
        },
    }
    return create_run(parent, header, questions, assistant.index.store)


def resume_run(folder: Path, config_id: str) -> Run:
    """Open a run that was cut short.

    Raises:
        EvalError: the folder is no run, or the assistant is no longer the one that was asked.
    """
    drop_torn_line(folder)
    run = load_run(folder)
    if run.header["config_id"] != config_id:
        raise EvalError(
            f"{folder} was begun with the configuration {run.header['config_id']}, this one is {config_id}: settings, "
            "model, prompts or documents have changed. Start anew: python -m eval run"
        )
    return run


def ask_all(run: Run, assistant: Assistant, step: Step = lambda done, total: None) -> Run:
    """Ask what is left to be asked.

    Args:
        run: new, or resumed.
        assistant: whom to ask.
        step: told (asked, of how many) after each question.

    Raises:
        EvalError: several questions in a row failed; the run can be resumed.
    """
    left = run.left
    done = len(run.questions) - len(left)
    step(done, len(run.questions))
    if left:
        assistant.warm_up()
    failures = 0
    for n, question in enumerate(left, start=1):
        record = _ask(question, assistant)
        append(run.folder, record)
        failures = failures + 1 if record.error else 0
        if failures == _FAILURES:
            raise EvalError(
                f"{failures} questions in a row failed, the last with: {record.error} When that is mended: {run.again}"
            )
        step(done + n, len(run.questions))
    return load_run(run.folder)


def _ask(question: Question, assistant: Assistant) -> Record:
    """One question; whatever goes wrong is what became of it."""
    answer: Json | None = None
    ranked: tuple[Hit, ...] = ()
    error = ""
    began = time.perf_counter()
    try:
        history = [Turn(turn.question, turn.answer) for turn in question.history]
        answer = answer_json(assistant.ask(question.question, question.id, history), assistant.documents)
        seconds = time.perf_counter() - began
        ranked = assistant.find(question.question, RANKED, history).hits
    except RagError as problem:
        error, seconds = str(problem), time.perf_counter() - began
    except Exception as problem:  # noqa: BLE001 -- a bug that one question meets is counted, and the others are asked
        error, seconds = f"{type(problem).__name__}: {problem}", time.perf_counter() - began
    return Record(
        id=question.id,
        question=question.question,
        answer=answer,
        ranked=tuple(hit.chunk.id for hit in ranked),
        yes=None if answer is None else answer["confidence"],
        error=error,
        seconds=round(seconds, 6),
        peak_bytes=peak_memory(),
    )
