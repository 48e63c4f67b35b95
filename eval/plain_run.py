"""The yardstick asked and scored: by the same metrics as the product, and in doubt in the yardstick's favour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.metrics import METRICS, Case, Summary, aggregate, score
from eval.plain import Plain
from eval.questions import SPLITS, Question, gold_ids
from eval.runs import Json
from rag.config import Settings
from rag.embedding import open_embedder
from rag.errors import RagError
from rag.llm import open_generator
from rag.opening import open_or_build
from rag.types import Chunk

RANKED = 50  # pieces whose order counts
_FACTS = ("nugget_recall", "all_nuggets", "citation_precision", "citation_recall", "sentences_cited")
_REFUSALS = ("refusal_precision", "refusal_recall", "false_refusals", "attack_resisted")
SHOWN = ("hit@5", *_FACTS, *_REFUSALS, "first_token_s_p50", "total_s_p50", "total_s_p95")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answer; `eval.metrics.paired` compares the cases with those of a run of the product."""

    question: Question
    answer: Json  # as `rag.payload.answer_json`, or {"error": ...}
    case: Case


def ask_plain(
    questions: Sequence[Question],
    settings: Settings,
    plain: Plain | None = None,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Asked, ...]:
    """Ask every question and score it.

    Args:
        questions: in the order in which they are asked.
        settings: of the product; of them count where documents and models lie, and the most tokens of an answer.
        plain: whom to ask; default: one with the product's models over the product's index.
        step: told (asked, of how many) after each question.

    Raises:
        RagError: a model or the index is missing, or a gold passage is not in the index.
    """
    plain = plain or open_plain(settings)
    gold = [gold_ids(question, plain.chunks) for question in questions]  # found out now, not after half an hour
    asked = []
    for n, (question, groups) in enumerate(zip(questions, gold, strict=True), start=1):
        asked.append(_ask(plain, question, groups))
        step(n, len(questions))
    return tuple(asked)


def open_plain(settings: Settings, say: Callable[[str], None] = lambda line: None) -> Plain:
    """The yardstick with the product's models over the product's documents.

    Raises:
        RagError: something is missing or damaged; the message names the command that helps.
    """
    generator, embedder = open_generator(settings), open_embedder(settings)
    return Plain(settings, open_or_build(settings, embedder, say), embedder, generator)


def credited(answer: Json, gold: Sequence[frozenset[str]], chunks: Sequence[Chunk]) -> Json:
    """An answer whose citations of pieces have become citations of the passages that they count for.

    Pieces know nothing of paragraphs. One that holds half of a gold passage, or of which half is in one, counts for it,
    and for each of several such; any other counts for the passage that it overlaps most.
    """
    citations: list[Json] = []
    numbers: dict[int, list[int]] = {}
    for c in answer["citations"]:
        for chunk_id in _passages(c["document"], c["start"], c["end"], gold, chunks):
            citations.append({**c, "n": len(citations) + 1, "chunk_id": chunk_id})
            numbers.setdefault(c["n"], []).append(len(citations))
    sentences = [{**s, "citations": [m for n in s["citations"] for m in numbers[n]]} for s in answer["sentences"]]
    return {**answer, "sentences": sentences, "citations": citations}


def show(asked: Sequence[Asked], out: Console) -> None:
    """Print the main metrics, all questions and each split side by side."""
    splits = {split: [a.case for a in asked if a.question.split == split] for split in SPLITS}
    groups = {"all": [a.case for a in asked], **{split: cases for split, cases in splits.items() if cases}}
    table = Table("Plain", *(f"{name} ({len(cases)})" for name, cases in groups.items()), box=None, pad_edge=False)
    found = [aggregate(cases) for cases in groups.values()]
    for name in SHOWN:
        table.add_row(name, *(_cell(summaries[name]) for summaries in found))
    out.print(table)
    for failed in (a for a in asked if a.case.failed):
        out.print(Text(f"{failed.question.id} failed: {failed.answer['error']}"), soft_wrap=True)


def _ask(plain: Plain, question: Question, gold: Sequence[frozenset[str]]) -> Asked:
    words = " ".join(question.question.split())
    try:
        answer = plain.ask(words, question.id)
    except RagError as error:  # as the product's run does: what fails is counted
        answer = {"error": str(error)}
        return Asked(question, answer, Case(question.id, question.kind, dict.fromkeys(METRICS), failed=True))
    texts = {chunk.id: chunk.text for chunk in plain.chunks}
    judged = credited(answer, gold, plain.chunks)
    for c in judged["citations"]:  # a fact that stands in the piece was cited, whichever passage the piece counts for
        texts[c["chunk_id"]] += "\n" + c["passage"]
    pieces = [hit.chunk for hit in plain.nearest(words, RANKED)]
    ranked = dict.fromkeys(i for p in pieces for i in _passages(p.doc_id, p.start, p.end, gold, plain.chunks))
    scores = score(question, judged, gold, texts, tuple(ranked))
    return Asked(question, answer, Case(question.id, question.kind, scores))


def _passages(
    doc_id: str, start: int, end: int, gold: Sequence[frozenset[str]], chunks: Sequence[Chunk]
) -> Sequence[str]:
    right = frozenset().union(*gold)
    shared = [(min(end, c.end) - max(start, c.start), c) for c in chunks if c.doc_id == doc_id]
    halves = [c.id for n, c in shared if c.id in right and 2 * n >= min(end - start, c.end - c.start)]
    return halves or [max(shared, key=lambda pair: pair[0])[1].id]


def _cell(summary: Summary) -> str:
    if summary.mean is None:
        return ""
    interval = "" if summary.low is None else f" [{summary.low:.3f}, {summary.high:.3f}]"
    return f"{summary.mean:.3f}{interval} n {summary.n_scored}"
