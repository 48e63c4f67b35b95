"""Drafts about four paragraphs, by a model that says what a test wants."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desk import DIMENSION, opened_index
from fakes import HashEmbedder, ScriptedGenerator

from rag.config import Settings
from rag.index import Index
from rag.types import Hit, Progress, Sentence
from rag.writing import Draft, Writer

QUOTA = "Young unionists ask for a quota of thirty per cent in every committee."
CONGRESS = "The youth congress met in Manila in March 2023."
STRIKE = "Garment workers in Dhaka went on strike for nine days."
MINERS = "Miners in Zambia elected Grace Phiri as their president."
LONG = "Steel " + "workers " * 180 + "met."
QUESTION = "What quota do young unionists ask for?"
WRONG = QUOTA.replace("thirty", "fifty")
SURE, UNSURE = 0.9, 0.1


@contextmanager
def opened(seeds: Path) -> Iterator[Index]:
    """The index of one document of four paragraphs and one of a single long one, in an empty folder."""
    (seeds / "report.txt").write_text("\n\n".join([QUOTA, CONGRESS, STRIKE, MINERS]), encoding="utf-8")
    (seeds / "steel.txt").write_text(LONG, encoding="utf-8")
    with opened_index(seeds / "index", seeds) as index:
        yield index


def finished(steps: Generator[Progress, None, Draft]) -> Draft:
    """What is returned when all steps have been taken."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            draft: Draft = end.value
            return draft


@dataclass
class Written:
    """A draft and the model that wrote it."""

    draft: Draft
    generator: ScriptedGenerator

    @property
    def shown(self) -> list[str]:
        return [sentence.text for sentence in self.draft.sentences if sentence.shown]

    @property
    def withheld(self) -> list[Sentence]:
        return [sentence for sentence in self.draft.sentences if not sentence.shown]

    @property
    def read(self) -> list[str]:
        """The passages that the model judged, in order; of the words that are looked for the first each."""
        return [passage_in(prompt.user) for prompt in self.generator.gate_prompts]

    @property
    def wrote_from(self) -> list[str]:
        return [passage_in(prompt.user) for prompt in self.generator.answer_prompts]


def passage_in(prompt: str) -> str:
    return " ".join(text for text in (QUOTA, CONGRESS, STRIKE, MINERS) if text in prompt)


def hits_of(index: Index, *texts: str) -> tuple[Hit, ...]:
    """Hits of scores 0.9, 0.8, 0.7 and so on."""
    chunks = {chunk.text: chunk for chunk in index.store.chunks().values()}
    return tuple(Hit(chunks[text], 0.9 - n / 10, n + 1) for n, text in enumerate(texts))


def write(
    index: Index,
    *replies: str,
    yes: tuple[float, ...] = (),
    texts: tuple[str, ...] = (QUOTA, CONGRESS, STRIKE, MINERS),
    question: str = QUESTION,
    named: bool = False,
    embedder: HashEmbedder | None = None,
    **settings: object,
) -> Written:
    generator = ScriptedGenerator(*replies, yes=UNSURE)
    generator.probabilities.extend(yes)
    writer = Writer(
        Settings(**{"gate": 0.5, **settings}), index, embedder or HashEmbedder(dimension=DIMENSION), generator
    )
    return Written(finished(writer.write(question, hits_of(index, *texts), named=named)), generator)
