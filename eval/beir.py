"""Retrieval on any folder in BEIR's format: corpus.jsonl, queries.jsonl, qrels/*.tsv. No language model."""

from __future__ import annotations

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG
from rich.console import Console
from rich.table import Table

from eval.errors import EvalError
from eval.intervals import share_interval
from eval.lines import field, json_objects, numbered_lines
from eval.outside import Text, one_line, temporary_index
from rag.config import Settings
from rag.embedding import Embedder
from rag.retrieval import Retriever
from rag.understanding import clean_question

MEASURES = (nDCG @ 10, R @ 100, RR @ 10)
_CHUNKS = 200  # asked of the retriever, which proposes fewer: two searches of a fixed pool each
_PASSAGES = 100  # kept of them, as the deepest measure looks at


@dataclass(frozen=True, slots=True)
class Beir:
    """A test collection."""

    passages: Mapping[str, Text]  # by id, in the order of the file; those without a word are left out
    queries: Mapping[str, str]  # by id: those with a relevant passage
    qrels: Mapping[str, Mapping[str, int]]  # query id -> passage id -> grade
    wordless: int  # passages that were left out
    unknown: int  # relevant passages that the corpus does not hold: nothing can find them


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured; a score stands for each query, in the order of `queries`."""

    queries: tuple[str, ...]
    scores: Mapping[str, tuple[float, ...]]  # by name of the measure
    chunks: int
    index_s: float  # seconds to read, split, embed and store all passages
    query_s: tuple[float, ...]  # seconds from a question to its ranking, for each query


def read_beir(folder: Path) -> Beir:
    """Read a BEIR folder; of several qrels files test.tsv counts alone, as is usual.

    Raises:
        EvalError: a file is missing or a line is not what it should be, which is named by file and number.
    """
    passages, wordless = _passages(folder / "corpus.jsonl")
    queries = _by_id(folder / "queries.jsonl")
    qrels = _qrels(folder, queries)
    relevant = [(query, passage) for query, grades in qrels.items() for passage, grade in grades.items() if grade > 0]
    asked = {query: queries[query] for query in dict.fromkeys(query for query, _ in relevant)}
    if not asked or not passages:
        raise EvalError(f"{folder}: no query has a relevant passage, so there is nothing to measure")
    unknown = sum(passage not in passages for _, passage in relevant)
    return Beir(passages, asked, {query: qrels[query] for query in asked}, wordless, unknown)


def measure(
    collection: Beir,
    settings: Settings,
    embedder: Embedder,
    limit: int = 0,
    step: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Result:
    """Index the passages in a temporary folder and rank them for each query.

    Args:
        collection: the test collection.
        settings: of the product; where its own documents and index lie does not matter.
        embedder: for passages and queries.
        limit: how many queries, drawn by chance but always the same; 0: all.
        step: told what is being done, how much of it is done, and of how much.

    Raises:
        RagError: the index cannot be built.
    """
    queries = tuple(collection.queries)
    if 0 < limit < len(queries):
        queries = tuple(random.Random(0).sample(queries, limit))
    twins = defaultdict[Text, list[str]](list)  # a text that stands there twice is one document, found under both ids
    for passage_id, text in collection.passages.items():
        twins[Text("", text.paragraphs)].append(passage_id)
    groups = list(twins.values())
    texts = [collection.passages[ids[0]] for ids in groups]
    run: list[ScoredDoc] = []
    with temporary_index(settings, texts, embedder, step) as made:
        ids_of = {chunk: groups[n] for (n, _), chunks in made.chunks.items() for chunk in chunks}
        retriever = Retriever(made.index, embedder, settings.vector_weight)
        retriever.retrieve("warm up", 1)
        query_s = []
        for done, query in enumerate(queries, start=1):
            began = time.perf_counter()
            hits = retriever.retrieve(clean_question(collection.queries[query]), _CHUNKS)
            query_s.append(time.perf_counter() - began)
            run += _ranked(query, [ids_of[hit.chunk.id] for hit in hits])
            step("Asking queries", done, len(queries))
        n_chunks = len(made.index)
    qrels = [Qrel(query, passage, grade) for query in queries for passage, grade in collection.qrels[query].items()]
    return Result(queries, _scores(queries, qrels, run), n_chunks, made.seconds, tuple(query_s))


def show(collection: Beir, result: Result, out: Console) -> None:
    """Print the scores with their intervals, and the speed."""
    table = Table("Measure", "mean", "95% interval", "n", box=None, pad_edge=False)
    for name, values in result.scores.items():
        low, high = share_interval(values)
        interval = "" if low is None else f"{low:.4f} … {high:.4f}"
        table.add_row(name, f"{np.mean(values):.4f}", interval, str(len(values)))
    out.print(table)
    n, p50, p95 = len(collection.passages), *(1000 * np.percentile(result.query_s, (50, 95)))
    out.print(f"{n} passages in {result.index_s:.1f} s: {n / result.index_s:.0f} a second ({result.chunks} chunks).")
    out.print(f"A query takes {p50:.1f} ms (median), {p95:.1f} ms (19 of 20 are faster).")
    if collection.wordless:
        out.print(f"Left out: {collection.wordless} passages without a word.")
    if collection.unknown:
        out.print(f"{collection.unknown} relevant passages are not in corpus.jsonl; they count as not found.")


def _ranked(query: str, found: Sequence[Sequence[str]]) -> list[ScoredDoc]:
    """The passages of one query: a passage stands where its best chunk stands."""
    passages = list(dict.fromkeys(passage for ids in found for passage in ids))[:_PASSAGES]
    return [ScoredDoc(query, passage, -rank) for rank, passage in enumerate(passages)]


def _scores(queries: Sequence[str], qrels: list[Qrel], run: list[ScoredDoc]) -> dict[str, tuple[float, ...]]:
    found: dict[str, dict[str, float]] = {str(measure): dict.fromkeys(queries, 0.0) for measure in MEASURES}
    for metric in ir_measures.iter_calc(MEASURES, qrels, run):
        found[str(metric.measure)][metric.query_id] = float(metric.value)
    return {name: tuple(values.values()) for name, values in found.items()}


def _passages(path: Path) -> tuple[dict[str, Text], int]:
    passages: dict[str, Text] = {}
    wordless = 0
    seen: set[str] = set()
    for where, entry in json_objects(path):
        passage_id = _new_id(entry, where, seen)
        title = one_line(str(entry.get("title") or ""))
        text = one_line(field(entry, "text", where)) or title
        if re.search(r"\w", text):
            passages[passage_id] = Text(title, (text,))
        else:
            wordless += 1
    return passages, wordless


def _by_id(path: Path) -> dict[str, str]:
    seen: set[str] = set()
    return {_new_id(entry, where, seen): field(entry, "text", where) for where, entry in json_objects(path)}


def _new_id(entry: dict[str, object], where: str, seen: set[str]) -> str:
    entry_id = field(entry, "_id", where)
    if entry_id in seen:
        raise EvalError(f"{where}: the _id {entry_id!r} stands there a second time")
    seen.add(entry_id)
    return entry_id


def _qrels(folder: Path, queries: Mapping[str, str]) -> dict[str, dict[str, int]]:
    files = sorted((folder / "qrels").glob("*.tsv"))
    if not files:
        raise EvalError(
            f"There is no {folder / 'qrels'}/*.tsv. A BEIR folder holds corpus.jsonl, queries.jsonl, qrels/"
        )
    test = [path for path in files if path.stem == "test"]
    qrels: dict[str, dict[str, int]] = {}
    for path in test or files:
        for n, (where, line) in enumerate(numbered_lines(path)):
            parts = line.split("\t")
            if n == 0 and len(parts) == 3 and not _is_grade(parts[2]):
                continue  # the head: query-id, corpus-id, score
            if len(parts) != 3 or not _is_grade(parts[2]):
                raise EvalError(f"{where}: needs query-id, corpus-id and a whole number, parted by tabs")
            if parts[0] not in queries:
                raise EvalError(f"{where}: the query {parts[0]!r} is not in {folder / 'queries.jsonl'}")
            qrels.setdefault(parts[0], {})[parts[1]] = int(parts[2])
    return qrels


def _is_grade(text: str) -> bool:
    return re.fullmatch(r"-?\d+", text.strip()) is not None
