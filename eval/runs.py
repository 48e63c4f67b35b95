"""The folder of one run: whatever is scored or shown later stands in it, so no index and no model is needed again.

run.json         what was asked of what, where and when
questions.jsonl  the questions, whole
documents.jsonl  the documents of the index; passages.jsonl: its passages, as places in their documents
answers.jsonl    a line for each question as soon as it was asked: what makes a run that was cut short go on
metrics.json     scores; report.md, report.html: for readers (written when all are asked)
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from eval.errors import EvalError
from eval.lines import json_object, json_objects
from eval.questions import Question, load_questions
from rag.store import Store
from rag.types import Chunk, Document

Json = dict[str, Any]
_T = TypeVar("_T")

RUNS = Path(__file__).parent / "runs"
_HEADER, _QUESTIONS, _ANSWERS = "run.json", "questions.jsonl", "answers.jsonl"
_DOCUMENTS, _PASSAGES = "documents.jsonl", "passages.jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one question."""

    id: str
    question: str
    answer: Json | None  # as `rag.payload.answer_json`; None when an error was raised
    ranked: tuple[str, ...]  # ids of the nearest chunks, best first
    yes: float | None  # what the gate was told; None when it was not asked
    error: str  # "" when there is an answer
    seconds: float
    peak_bytes: int  # most memory that the process had held by then


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder, read. `records` by question id: those that were asked so far."""

    folder: Path
    header: Json
    questions: tuple[Question, ...]
    documents: Mapping[str, Document]  # by id
    chunks: tuple[Chunk, ...]
    records: Mapping[str, Record]

    @property
    def again(self) -> str:
        """The command that goes on with it."""
        return f"{self.header['source']['command']} --resume {shlex.quote(str(self.folder))}"

    @property
    def left(self) -> tuple[Question, ...]:
        """Questions that no answer was recorded for; one that failed is asked again."""
        return tuple(q for q in self.questions if q.id not in self.records or self.records[q.id].error)


def create_run(parent: Path, header: Json, questions: Sequence[Question], store: Store) -> Run:
    """Make the folder of a new run, `<UTC time>-<config id>`.

    Raises:
        EvalError: it cannot be written.
    """
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{header['config_id']}"
    chunks = tuple(store.chunks().values())
    try:
        parent.mkdir(parents=True, exist_ok=True)
        names = (name if n == 1 else f"{name}-{n}" for n in count(1))
        folder = next(path for path in (parent / name for name in names) if not path.exists())
        folder.mkdir()
        _write_lines(folder / _QUESTIONS, [asdict(question) for question in questions])
        _write_lines(folder / _DOCUMENTS, [asdict(document) for document in store.documents.values()])
        _write_lines(folder / _PASSAGES, [_without_text(chunk) for chunk in chunks])
        write_json(folder / _HEADER, header)  # last: a folder that has it is whole
    except OSError as error:
        raise EvalError(
            f"No run can be written to {parent}: {error.strerror or error}. Set another: --out DIR"
        ) from error
    return Run(folder, header, tuple(questions), dict(store.documents), chunks, {})


def load_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        EvalError: it is none, or a file in it is damaged, which is named.
    """
    try:
        header = json_object((folder / _HEADER).read_text(encoding="utf-8"), str(folder / _HEADER))
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(
            f"{folder} is not the folder of a run: {_HEADER} cannot be read. Runs are in: {RUNS}"
        ) from error
    questions = load_questions(folder / _QUESTIONS)
    documents = {document.id: document for document in _read(folder / _DOCUMENTS, lambda entry: Document(**entry))}

    def chunk(entry: Json) -> Chunk:
        text = documents[entry["doc_id"]].text[entry["start"] : entry["end"]]
        return Chunk(**{**entry, "text": text, "headings": tuple(entry["headings"])})

    def record(entry: Json) -> Record:
        return Record(**{**entry, "ranked": tuple(entry["ranked"])})

    chunks = tuple(_read(folder / _PASSAGES, chunk))
    answers = folder / _ANSWERS
    records = {r.id: r for r in _read(answers, record)} if answers.exists() else {}  # the last one of each question
    return Run(folder, header, questions, documents, chunks, records)


def append(folder: Path, record: Record) -> None:
    """Add what became of a question; it is on the disk when this returns."""
    with (folder / _ANSWERS).open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def drop_torn_line(folder: Path) -> None:
    """Cut off what a crash left of a last line, so that the next one starts on its own."""
    path = folder / _ANSWERS
    if path.exists() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        path.write_bytes(content[: content.rfind(b"\n") + 1])


def write_json(path: Path, content: Json) -> None:
    """Write a JSON file that people read and compare."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def _read(path: Path, make: Callable[[Json], _T]) -> Iterator[_T]:
    for where, entry in json_objects(path):
        try:
            made = make(entry)
        except (KeyError, TypeError) as error:
            raise EvalError(f"{where}: is not what a run writes there ({error})") from error
        yield made


def _without_text(chunk: Chunk) -> Json:
    return {key: value for key, value in asdict(chunk).items() if key != "text"}


def _write_lines(path: Path, entries: Sequence[Json]) -> None:
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    path.write_text(lines, encoding="utf-8", newline="\n")
