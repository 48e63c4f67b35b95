"""Grounding tried with changed sentences: each has exactly one number, date, name, denial or speaker wrong.

Sentences are copied from the documents (`verbatim`) or said in other words (`paraphrase`: written by hand or taken from
answers and checked by hand). What is not changed is the control. Every sentence is checked against its own passage
and three more, as in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text
from statsmodels.stats.proportion import proportion_confint

from eval.errors import EvalError
from eval.lines import field, json_objects
from eval.mutating import CLASSES, Corpus, mutate
from eval.questions import opened_by
from rag.embedding import Embedder
from rag.grounding import context_of, ground
from rag.index import Index
from rag.sentences import spans_of
from rag.types import Chunk, Document, Sentence, Span, Support

SENTENCES = Path(__file__).parent / "mutation_sentences.jsonl"
BARS = {"number": 0.98, "date": 0.98, "name": 0.95, "negation": 0.90, "speaker": 0.85}  # least share caught
FALSE_ALARMS = 0.05  # largest share of controls that are not supported
_DISTRACTORS = 3
_VARIANTS = {"number": 4, "date": 3, "name": 1, "negation": 1, "speaker": 2}  # changes tried of one sentence
_LEAST_WORDS = 7  # of a sentence of the documents: shorter ones are titles and dates


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence that its passage supports, or one with something changed."""

    id: str
    kind: str  # verbatim | paraphrase
    what: str  # control, or one of CLASSES
    text: str
    chunk: Chunk
    origin: str  # the sentence before the change
    tuned: bool  # whether it is of the half that thresholds were chosen by


@dataclass(frozen=True, slots=True)
class Outcome:
    """What grounding made of a case."""

    case: Case
    sentence: Sentence

    @property
    def caught(self) -> bool:
        """Whether the sentence is not taken for supported."""
        return self.sentence.support is not Support.SUPPORTED


def load_paraphrases(path: Path, chunks: Sequence[Chunk]) -> list[tuple[str, str, Chunk]]:
    """(id, sentence, passage) of each line.

    Raises:
        EvalError: a line is not of this form, or its passage is not the opening of exactly one chunk.
    """
    found, by_id = [], {chunk.id: chunk for chunk in chunks}
    for where, entry in json_objects(path):
        name, text, opening = (field(entry, key, where) for key in ("id", "text", "passage"))
        ids = opened_by(opening, chunks)
        if len(ids) != 1:
            raise EvalError(f"{where}: {len(ids)} passages begin with {opening!r}, not one")
        found.append((name, text, by_id[ids[0]]))
    return found


def cases_of(chunks: Sequence[Chunk], documents: Mapping[str, Document], path: Path = SENTENCES) -> list[Case]:
    """All controls and changed sentences, in a fixed order."""
    corpus = Corpus.of([chunk.text for chunk in chunks])
    verbatim = [
        (f"doc-{n:03d}", span.quote, chunk)
        for n, (span, chunk) in enumerate(
            (span, chunk)
            for chunk in chunks
            for span in spans_of(chunk, documents[chunk.doc_id].language)
            if len(re.findall(r"\w+", span.quote)) >= _LEAST_WORDS
        )
    ]
    sources = [(*source, "verbatim") for source in verbatim]
    sources += [(*source, "paraphrase") for source in load_paraphrases(path, chunks)]
    cases = []
    for name, text, chunk, kind in sources:
        tuned = int(name[-3:]) % 2 == 0
        cases.append(Case(name, kind, "control", text, chunk, text, tuned))
        point = kind == "verbatim" and chunk.kind == "point" and chunk.text.startswith(text)
        for what in CLASSES:
            made = (mutate(text, what, corpus, f"{name} {n}", point) for n in range(_VARIANTS[what]))
            cases += [Case(name, kind, what, new, chunk, text, tuned) for new in dict.fromkeys(made) if new]
    return cases


def measure(
    cases: Sequence[Case], chunks: Sequence[Chunk], documents: Mapping[str, Document], embedder: Embedder
) -> list[Outcome]:
    """Ground every case against its own passage and the three nearest others.

    Args:
        cases: of `cases_of`.
        chunks: all of the collection.
        documents: by id.
        embedder: as in an answer.
    """
    spans = {chunk.id: spans_of(chunk, documents[chunk.doc_id].language) for chunk in chunks}
    contexts = {chunk.id: context_of(chunk, documents[chunk.doc_id]) for chunk in chunks}
    passages = embedder.embed_passages([chunk.text for chunk in chunks])
    flat = [span for found in spans.values() for span in found]
    vectors = embedder.embed_passages([span.quote for span in flat])
    row = {(span.chunk_id, span.start): n for n, span in enumerate(flat)}
    texts = sorted({text for case in cases for text in (case.text, case.origin)})
    said = dict(zip(texts, embedder.embed_passages(texts), strict=True))
    outcomes = []
    for case in cases:
        near = np.argsort(-(passages @ said[case.origin]), kind="stable")
        others = [chunks[int(n)].id for n in near if chunks[int(n)].id != case.chunk.id][:_DISTRACTORS]
        candidates: list[Span] = [span for chunk in (case.chunk.id, *others) for span in spans[chunk]]
        rows = [row[span.chunk_id, span.start] for span in candidates]
        outcomes.append(Outcome(case, ground(case.text, candidates, vectors[rows] @ said[case.text], contexts)))
    return outcomes


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str  # control, or one of CLASSES
    kind: str  # verbatim | paraphrase | all
    half: str  # tuned | held out | all
    n: int
    caught: int  # not supported; of a control, a false alarm
    partly: int  # of those

    @property
    def share(self) -> float:
        """Share caught, in [0, 1]."""
        return self.caught / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the share."""
        low, high = proportion_confint(self.caught, self.n, method="wilson") if self.n else (0.0, 1.0)
        return max(0.0, float(low)), min(1.0, float(high))

    @property
    def passes(self) -> bool:
        """Whether it reaches its bar."""
        return self.share <= FALSE_ALARMS if self.what == "control" else self.share >= BARS[self.what]


def tabulate(outcomes: Sequence[Outcome]) -> list[Row]:
    """Every class by kind of sentence and half."""
    rows = []
    for what in (*CLASSES, "control"):
        for kind in ("verbatim", "paraphrase", "all"):
            for half in ("tuned", "held out", "all"):
                part = [
                    o
                    for o in outcomes
                    if o.case.what == what
                    and kind in (o.case.kind, "all")
                    and half in ("tuned" if o.case.tuned else "held out", "all")
                ]
                partly = sum(o.sentence.support is Support.PARTLY for o in part)
                rows.append(Row(what, kind, half, len(part), sum(o.caught for o in part), partly))
    return rows


def run_mutations(index: Index, embedder: Embedder, out: Console, missed: bool = False) -> list[Row]:
    """Measure, print the table and return it.

    Args:
        index: of the real documents.
        embedder: that it was built with.
        out: where the table goes.
        missed: print each wrong sentence that passed and each right one that did not, too.

    Raises:
        EvalError: the sentences do not fit the documents.
    """
    chunks, documents = list(index.store.chunks().values()), index.store.documents
    outcomes = measure(cases_of(chunks, documents), chunks, documents, embedder)
    rows = tabulate(outcomes)
    table = Table("", "sentences", "half", "n", "caught", "95% interval", "partly", "bar", box=None, pad_edge=False)
    for row in rows:
        if row.n:
            low, high = row.interval
            bar = FALSE_ALARMS if row.what == "control" else BARS[row.what]
            cells = f"{row.n}", f"{row.share:.3f}", f"{low:.3f} … {high:.3f}", f"{row.partly}"
            mark = f"{'≤' if row.what == 'control' else '≥'} {bar:.2f}{'' if row.passes else '  short'}"
            table.add_row(row.what, row.kind, row.half, *cells, mark)
    out.print(table)
    for outcome in outcomes if missed else ():
        if outcome.caught == (outcome.case.what == "control"):
            reasons = "; ".join(f"{c.name}: {c.reason}" for c in outcome.sentence.checks if not c.passed)
            half = "tuned" if outcome.case.tuned else "held out"
            line = f"{outcome.case.id} {outcome.case.what} ({half}): {outcome.case.text} {reasons}"
            out.print(Text(line), soft_wrap=True)
    return rows
