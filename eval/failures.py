"""What went wrong, with everything that is needed to see why: question, answer, what should and what was cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.questions import holds
from eval.runs import Run
from eval.scoring import Judged
from eval.verdicts import GOOD, Verdict

# Worst first: that is what a reader should see if she reads one page only.
_ORDER = (Verdict.FAILED, Verdict.WRONG, Verdict.REFUSED, Verdict.PARTLY)
MISCITED = "right, but cites a passage that does not say it"


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that should be or was cited; `place`: among all that were found, from 1; None if beyond them."""

    where: str
    text: str
    place: int | None
    right: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """One question that was not dealt with rightly."""

    id: str
    what: str
    kind: str
    lang: str
    question: str
    history: tuple[tuple[str, str], ...]
    answer: str  # the refusal if it refused, the error if it failed
    missing: tuple[str, ...]  # expected facts that the answer does not hold: the first form of each
    gold: tuple[Passage, ...]
    cited: tuple[Passage, ...]
    yes: float | None
    note: str


def failures(run: Run, judged: Sequence[Judged]) -> tuple[Failure, ...]:
    """All of them, worst first; at the end answers that are right but cite amiss."""
    bad = [j for verdict in _ORDER for j in judged if j.verdict is verdict]
    good = [j for j in judged if j.verdict in GOOD]
    miscited = [j for j in good if (precision := j.case.scores["citation_precision"]) is not None and precision < 1]
    return (*(_failure(run, j, j.verdict.value) for j in bad), *(_failure(run, j, MISCITED) for j in miscited))


def _failure(run: Run, judged: Judged, what: str) -> Failure:
    question, record = judged.question, judged.record
    answer = record.answer or {"answer": record.error, "refused": False, "citations": []}
    said = "" if answer["refused"] else answer["answer"]
    place = {chunk_id: n for n, chunk_id in enumerate(record.ranked, start=1)}
    right = frozenset().union(*judged.gold)
    return Failure(
        id=question.id,
        what=what,
        kind=question.kind,
        lang=question.lang,
        question=question.question,
        history=tuple((turn.question, turn.answer) for turn in question.history),
        answer=answer["answer"],
        missing=tuple(nugget[0] for nugget in question.nuggets if not holds(nugget, said)),
        gold=tuple(
            Passage(f"{run.documents[c.doc_id].title}, {c.locator}", c.text, place.get(c.id), right=True)
            for c in run.chunks
            if c.id in right
        ),
        cited=tuple(
            Passage(f"{c['title']}, {c['locator']}", c["quote"], place.get(c["chunk_id"]), c["chunk_id"] in right)
            for c in answer["citations"]
        ),
        yes=record.yes,
        note=question.note,
    )
