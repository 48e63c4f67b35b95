"""Answers that readers judged: shown by what was wrong, and as drafts of questions to be completed by hand.

Nothing here adds to questions.jsonl. A draft has empty fields, which `load_questions` refuses until they are filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from eval.errors import EvalError
from eval.questions import opened_by
from rag.config import Settings
from rag.errors import IndexFault
from rag.feedback import Candidate, Cited, Reason, Verdict
from rag.languages import language_of
from rag.manifest import STORE, builds
from rag.oneline import one_line
from rag.store import Store
from rag.types import Chunk

_FEWEST_WORDS = 6  # of a passage's opening, so that a reviewer knows it again
_NO_REASON = "no reason given"


@dataclass(frozen=True, slots=True)
class Passage:
    """A cited span with the passage of today's index that holds it."""

    cited: Cited
    chunk: Chunk | None  # None: the index no longer holds the document as it was

    @property
    def quote(self) -> str:
        """The words that were cited; "" when they are not held."""
        if self.chunk is None:
            return ""
        return self.chunk.text[self.cited.start - self.chunk.start : self.cited.end - self.chunk.start]


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate, numbered from 1 in the order of the file, with its passages."""

    n: int
    candidate: Candidate
    passages: tuple[Passage, ...]


def held_chunks(settings: Settings, say: Callable[[str], None]) -> tuple[Chunk, ...]:
    """The passages of the newest index; none, and `say` is told why, when it is missing or cannot be read."""
    if not (found := builds(settings.index)):
        say(f"There is no index in {settings.index}, so no quotations are shown. Run: rag index")
        return ()
    try:
        with closing(Store(found[-1] / STORE)) as store:
            return tuple(store.chunks().values())
    except IndexFault as error:
        say(f"No quotations are shown: {error}")
        return ()


def cases_of(candidates: Sequence[Candidate], chunks: Sequence[Chunk]) -> tuple[Case, ...]:
    """The candidates, oldest first as in their file, each with what it cites."""
    return tuple(
        Case(n, candidate, tuple(Passage(cited, _holding(cited, chunks)) for cited in candidate.cited))
        for n, candidate in enumerate(candidates, start=1)
    )


def grouped(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The cases under "down: REASON", in the order of `Reason`, then "up"; newest first.

    A case with several reasons stands under each.
    """
    newest = sorted(cases, key=lambda case: (case.candidate.date, case.n), reverse=True)
    down = [case for case in newest if case.candidate.verdict is Verdict.DOWN]
    groups = {
        **{f"down: {reason}": [case for case in down if reason in case.candidate.reasons] for reason in Reason},
        f"down: {_NO_REASON}": [case for case in down if not case.candidate.reasons],
        "up": [case for case in newest if case.candidate.verdict is Verdict.UP],
    }
    return {name: group for name, group in groups.items() if group}


def show(cases: Sequence[Case], out: Console) -> None:
    """Print the cases by group; one that stood in an earlier group is named only."""
    seen: set[int] = set()
    for name, group in grouped(cases).items():
        out.print(Text(f"{name} ({len(group)})", style="bold"))
        for case in group:
            lines = [f"{case.n}. see above"] if case.n in seen else list(_lines(case))
            out.print(Padding(Text("\n".join(map(one_line, lines))), (0, 0, 1, 2)))
            seen.add(case.n)


def as_json(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """The cases as JSON, oldest first; `locator` and `quote` are null where the index does not hold the passage."""
    return [
        {
            "n": case.n,
            **asdict(case.candidate),
            "cited": [
                {
                    **asdict(passage.cited),
                    "locator": passage.chunk.locator if passage.chunk else None,
                    "quote": passage.quote or None,
                }
                for passage in case.passages
            ],
        }
        for case in cases
    ]


def chosen(cases: Sequence[Case], n: int) -> Case:
    """The case with a number.

    Raises:
        EvalError: there is none.
    """
    if not 1 <= n <= len(cases):
        raise EvalError(f"There is no candidate {n}; there are {len(cases)}. To see them: python -m eval candidates")
    return cases[n - 1]


def draft(case: Case, chunks: Sequence[Chunk]) -> dict[str, Any]:
    """A line in the format of eval/questions.jsonl to begin with.

    What nobody can know yet is "" (id, split, the kind, what was answered before). The facts are whole quotes, to be
    cut down to what an answer must say. Where the source was wrong there is nothing to begin with.
    """
    candidate = case.candidate
    language = language_of(candidate.question)
    answerable = _answerable(candidate)
    trusted = answerable and Reason.WRONG_SOURCE not in candidate.reasons
    held = [passage for passage in case.passages if passage.chunk] if trusted else []
    return {
        "id": "",
        "split": "",
        "kind": _kind(candidate, language, answerable),
        "lang": language,
        "question": candidate.question,
        "history": [{"question": question, "answer": ""} for question in candidate.history],
        "answerable": answerable,
        "nuggets": [[one_line(quote)] for quote in dict.fromkeys(passage.quote for passage in held)],
        "gold": [[_opening(chunk, chunks)] for chunk in dict.fromkeys(p.chunk for p in held if p.chunk)],
        "note": one_line("; ".join(filter(None, [f"candidate of {candidate.date}", *_judged(candidate)]))),
    }


def _holding(cited: Cited, chunks: Sequence[Chunk]) -> Chunk | None:
    fitting = (c for c in chunks if c.doc_id == cited.document and c.start <= cited.start < cited.end <= c.end)
    return next(fitting, None)


def _lines(case: Case) -> Iterator[str]:
    candidate = case.candidate
    yield f"{case.n}. {candidate.date}, {candidate.model}, configuration {candidate.config_id}"
    yield from (f"Before: {question}" for question in candidate.history)
    yield f"Question: {candidate.question}"
    yield f"{'Refused' if candidate.refused else 'Answer'}: {candidate.answer}"
    for passage in case.passages:
        yield (
            f"Cited: {passage.cited.file}, {passage.chunk.locator}: “{passage.quote}”"
            if passage.chunk
            else f"Cited: {passage.cited.file}, characters {passage.cited.start} to {passage.cited.end}, no longer held"
        )
    if candidate.comment:
        yield f"Comment: {candidate.comment}"


def _judged(candidate: Candidate) -> Iterator[str]:
    yield ": ".join(filter(None, [candidate.verdict, ", ".join(candidate.reasons)]))
    yield candidate.comment


def _answerable(candidate: Candidate) -> bool:
    """Whether the documents answer it, as far as the reader's opinion tells."""
    if Reason.SHOULD_HAVE_REFUSED in candidate.reasons:
        return False
    return not (candidate.refused and candidate.verdict is Verdict.UP)


def _kind(candidate: Candidate, language: str, answerable: bool) -> str:
    if candidate.history:
        return "followup"
    if language != "en":
        return "multilingual"
    return "" if answerable else "near_miss"


def _opening(chunk: Chunk, chunks: Sequence[Chunk]) -> str:
    """The fewest words that only this passage begins with; its id when all of them do not do."""
    words = one_line(chunk.text).split(" ")
    for n in range(min(_FEWEST_WORDS, len(words)), len(words) + 1):
        if opened_by(opening := " ".join(words[:n]), chunks) == [chunk.id]:
            return opening
    return chunk.id
