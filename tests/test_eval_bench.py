"""The benchmark: what is measured, and how it is told."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SEEDS
from desk import DIMENSION, assistant_over, opened_index
from fakes import HashEmbedder, ScriptedGenerator
from rich.console import Console

from eval import bench, bench_report
from eval.bench import Figure
from eval.errors import EvalError
from eval.questions import Question
from rag.config import Settings
from rag.index import Index

FAST = Figure("rag --help", "s", (0.2, 0.1, 0.9), 0.3)
SLOW = Figure("whole answer", "s", (4.0, 5.0), 3.5)
SPEED = Figure("reading", "tokens/s", (120.4, 118.0))
QUOTED = "Young unionists met in Manila."


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened_index(tmp_path_factory.mktemp("index"), SEEDS) as index:
        yield index


def question(words: str) -> Question:
    return Question("q", "dev", "factoid", "en", words, (), True, (), ())


def test_a_table_says_the_median_and_whether_the_bar_is_met() -> None:
    out = Console(record=True, width=120)
    bench_report.show([FAST, SLOW, SPEED], out)
    _, fast, slow, speed = (line.split() for line in out.export_text().splitlines())
    assert fast == ["rag", "--help", "(s)", "0.20", "0.10", "0.90", "3", "0.3", "met"]
    assert slow[2:] == ["(s)", "4.50", "4.00", "5.00", "2", "3.5", "missed"]
    assert speed == ["reading", "(tokens/s)", "119", "118", "120", "2"]


def test_it_is_written_with_commit_and_machine_and_drawn(tmp_path: Path) -> None:
    folder = bench_report.write([FAST, SLOW, SPEED], tmp_path / "a" / "b", {"questions": 20})
    content = json.loads((folder / "bench.json").read_text(encoding="utf-8"))
    assert content["questions"] == 20
    assert len(content["commit"]) in (40, len("unknown"))
    assert content["machine"]["cores"] >= 1
    assert content["figures"][0] == {"name": "rag --help", "unit": "s", "median": 0.2, "bar": 0.3, "values": [0.2, 0.1, 0.9]}  # fmt: skip
    assert (folder / "bench.svg").read_text(encoding="utf-8").lstrip().startswith("<svg")


def test_each_question_is_asked_again_and_again_and_never_answered_from_memory(index: Index) -> None:
    generator = ScriptedGenerator(again=QUOTED, probed=True)
    asked: list[tuple[int, int]] = []
    questions = [question("Who met in Manila?"), question("What is the oldest news item?")]
    figures = list(bench.asking(assistant_over(index, generator), questions, 3, lambda *step: asked.append(step)))
    assert [figure.name for figure in figures] == [
        "understanding and retrieval", "first checked sentence", "whole answer",
    ]  # fmt: skip
    assert len(generator.answer_prompts) >= 3
    assert asked[-1] == (6, 6)
    assert all(0 < value < 60 and not math.isnan(value) for figure in figures for value in figure.values)


def test_prompts_are_those_that_the_product_writes_from(index: Index) -> None:
    generator = ScriptedGenerator()
    assistant = assistant_over(index, generator)
    questions = [question(f"Who met in Manila in {year}?") for year in range(2015, 2025)]
    prompts = bench.prompts_of(assistant, questions, generator.count_tokens)
    assert len(prompts) == bench.PROMPTS
    assert "Who met in Manila in 2015?" in prompts[0].user


def test_an_index_is_built_elsewhere(index: Index, tmp_path: Path) -> None:
    settings = Settings(seeds=SEEDS, index=tmp_path / "untouched")
    assert len(bench.indexing(settings, HashEmbedder(dimension=DIMENSION), 2).values) == 2
    assert not settings.index.exists()


def test_a_process_that_fails_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_NO_SUCH_SETTING", "1")
    with pytest.raises(EvalError, match="RAG_NO_SUCH_SETTING is no setting"):
        list(bench.commands(1))
