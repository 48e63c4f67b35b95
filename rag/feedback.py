"""Thumbs with reasons: kept in a file on this computer, for developers to make questions for the evaluation of.

One JSON object a line. No name and no address is kept, and of the time only the day. Nothing is sent.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from rag.errors import RagError
from rag.types import Answer, Document

LONGEST_COMMENT = 1000  # characters
_PATIENCE = 10.0  # seconds that another writer may take


class FeedbackError(RagError):
    """A note cannot be taken, kept or read."""


class Verdict(StrEnum):
    """What a reader thinks of an answer."""

    UP = "up"
    DOWN = "down"


class Reason(StrEnum):
    """What is wrong with an answer."""

    WRONG_SOURCE = "wrong_source"
    WRONG_FACT = "wrong_fact"
    MISSING = "missing"
    SHOULD_HAVE_REFUSED = "should_have_refused"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reader says about an answer."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    comment: str = ""  # at most LONGEST_COMMENT characters


@dataclass(frozen=True, slots=True)
class Cited:
    """A span that the answer cited, by offsets: `start` and `end` count in the reading text of the document."""

    document: str  # id, which changes with the text
    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer with a reader's opinion of it: what a question for the evaluation may be made of."""

    date: str  # ISO day
    question: str
    history: tuple[str, ...]  # earlier questions, oldest first
    verdict: Verdict
    reasons: tuple[Reason, ...]
    comment: str
    answer: str  # or the refusal
    refused: bool
    cited: tuple[Cited, ...]
    config_id: str
    model: str
    index: str  # fingerprint of the documents that the index was built from

    def __post_init__(self) -> None:
        """Refuse what no form of the page can have sent.

        Raises:
            FeedbackError: the comment is too long.
        """
        if (n := len(self.comment)) > LONGEST_COMMENT:
            raise FeedbackError(f"The comment has {n:,} characters; {LONGEST_COMMENT:,} are kept. Shorten it.")


def candidate(
    answer: Answer,
    opinion: Opinion,
    history: Sequence[str],
    documents: Mapping[str, Document],
    index: str,
) -> Candidate:
    """What is kept of an answer that a reader judged today.

    Args:
        answer: the one that was judged.
        opinion: of the reader.
        history: the questions before it, oldest first.
        documents: by id.
        index: fingerprint of the index, `index.manifest.fingerprint`.

    Raises:
        FeedbackError: the comment is too long.
    """
    return Candidate(
        date=dt.date.today().isoformat(),
        question=answer.question,
        history=tuple(history),
        verdict=opinion.verdict,
        reasons=opinion.reasons,
        comment=opinion.comment.strip(),
        answer=answer.text,
        refused=bool(answer.refused),
        cited=tuple(Cited(s.doc_id, documents[s.doc_id].file, s.start, s.end) for s in answer.citations),
        config_id=answer.config_id,
        model=answer.model,
        index=index,
    )


def note(candidate: Candidate, file: Path) -> None:
    """Append a candidate to a file, which is made with its folder if need be. Several processes may do so at once.

    The line goes out in one write and reaches the disk before this returns; a line that an earlier kill cut short
    stays alone.

    Raises:
        FeedbackError: the file cannot be written, or somebody else has been writing it for long.
    """
    line = json.dumps(asdict(candidate), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_name(f"{file.name}.lock"), timeout=_PATIENCE):
            _append(line, file)
    except Timeout as error:
        raise FeedbackError(f"{file} is being written by another program. Try again.") from error
    except OSError as error:
        raise FeedbackError(
            f"The note cannot be kept in {file}: {error.strerror or error}. Set RAG_FEEDBACK to another file."
        ) from error


def read(file: Path, say: Callable[[str], None] = lambda line: None) -> list[Candidate]:
    """All candidates of a file, oldest first; none if there is no such file.

    Args:
        file: as written by `note`.
        say: is told of each line that cannot be read, which is passed over.

    Raises:
        FeedbackError: the file cannot be read at all.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FeedbackError(f"{file} cannot be read: {error.strerror or error}. Is this the right path?") from error
    found = []
    for n, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_adapter().validate_json(line))
        except (ValidationError, FeedbackError) as error:
            say(f"{file}, line {n} is passed over: {_reason(error)}")
    return found


def _append(line: bytes, file: Path) -> None:
    file.touch(mode=0o600)  # what somebody asked is nobody else's business
    with file.open("r+b", buffering=0) as out:
        if end := out.seek(0, os.SEEK_END):
            out.seek(end - 1)
            line = line if out.read(1) == b"\n" else b"\n" + line
        if out.write(line) != len(line):
            out.truncate(end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(out.fileno())


@cache
def _adapter() -> TypeAdapter[Candidate]:
    return TypeAdapter(Candidate)


def _reason(error: ValidationError | FeedbackError) -> str:
    if isinstance(error, FeedbackError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]
