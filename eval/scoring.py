"""From a run folder to its figures: metrics.json, which is also the form of eval/baseline.json."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.errors import EvalError
from eval.lines import json_object
from eval.metrics import Case, aggregate, score
from eval.questions import SPLITS, Question, gold_ids
from eval.runs import Json, Record, Run
from eval.verdicts import Verdict, verdict_of

FORMAT = 1
METRICS_FILE = "metrics.json"
BASELINE = Path(__file__).parent / "baseline.json"
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """One question with what became of it."""

    question: Question
    record: Record
    gold: tuple[frozenset[str], ...]  # chunk ids of each gold group
    case: Case
    verdict: Verdict


def judge(run: Run) -> tuple[Judged, ...]:
    """Score each question of a run.

    Raises:
        EvalError: some have not been asked yet.
    """
    if unasked := [question for question in run.questions if question.id not in run.records]:
        raise EvalError(
            f"{len(unasked)} of {len(run.questions)} questions have not been asked yet. Go on with: {run.again}"
        )
    chunk_text = {chunk.id: chunk.text for chunk in run.chunks}
    documents = {document.id: document.text for document in run.documents.values()}

    def one(question: Question) -> Judged:
        record = run.records[question.id]
        gold = gold_ids(question, run.chunks)
        answer = record.answer if record.answer is not None else {"error": record.error}
        scores = score(question, answer, gold, chunk_text, record.ranked, documents)
        failed = record.answer is None
        case = Case(question.id, question.kind, scores, failed)
        return Judged(question, record, gold, case, verdict_of(scores, failed=failed))

    return tuple(one(question) for question in run.questions)


def metrics_of(run: Run, judged: Sequence[Judged]) -> Json:
    """All figures of a run and the score of every question."""
    kinds = sorted({j.question.kind for j in judged})
    splits = [split for split in SPLITS if any(j.question.split == split for j in judged)]
    return {
        "format": FORMAT,
        **run.header,
        "n": len(judged),
        "seconds": round(sum(j.record.seconds for j in judged), 1),
        "peak_bytes": max((j.record.peak_bytes for j in judged), default=0),
        "overall": _group(judged),
        "splits": {split: _group([j for j in judged if j.question.split == split]) for split in splits},
        "kinds": {kind: _group([j for j in judged if j.question.kind == kind]) for kind in kinds},
        "cases": [_case_json(j) for j in judged],
    }


def _group(judged: Sequence[Judged]) -> Json:
    """Counts of verdicts and summaries of metrics; those that concern none of the questions are left out."""
    counts = Counter(j.verdict for j in judged)
    return {
        "n": len(judged),
        "verdicts": {verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]},
        "metrics": {
            name: {key: round(v, _DIGITS) if isinstance(v, float) else v for key, v in asdict(summary).items()}
            for name, summary in aggregate([j.case for j in judged]).items()
            if summary.n_scored
        },
    }


def write_metrics(path: Path, metrics: Json) -> None:
    """Write figures so that two runs differ in few lines: a line for each case and each summary."""
    text = json.dumps({**metrics, "cases": []}, ensure_ascii=False, indent=2).removesuffix("[]\n}")
    cases = ",\n".join(f"    {json.dumps(case, ensure_ascii=False)}" for case in metrics["cases"])
    path.write_text(f"{text}[\n{cases}\n  ]\n}}\n", encoding="utf-8", newline="\n")


def load_metrics(path: Path) -> Json:
    """The figures in a run folder, in a metrics.json or in a baseline.json.

    Raises:
        EvalError: there are none, or they have another form.
    """
    file = path / METRICS_FILE if path.is_dir() else path
    try:
        metrics = json_object(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{file} cannot be read. To score a run that is whole: python -m eval report DIR") from error
    if metrics.get("format") != FORMAT:
        found = metrics.get("format")
        raise EvalError(f"{file} has format {found}, this version reads {FORMAT}. Run: python -m eval report DIR")
    return metrics


def _case_json(judged: Judged) -> Json:
    scores = {name: round(value, _DIGITS) for name, value in judged.case.scores.items() if value is not None}
    return {
        "id": judged.question.id,
        "split": judged.question.split,
        "kind": judged.question.kind,
        "question": _fingerprint(judged.question),
        "verdict": judged.verdict.value,
        "scores": scores,
    }


def _fingerprint(question: Question) -> str:
    """Hash of all of a question that scores depend on: scores of a question that was rewritten cannot be compared."""
    content = json.dumps({**asdict(question), "note": ""}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:8]
