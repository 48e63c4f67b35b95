"""Twenty questions of our own to the real models: most are answered rightly, and all answers keep the promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import SEEDS

from rag.corpus import Corpus

pytestmark = pytest.mark.model

QUESTIONS = Path(__file__).with_name("answers.jsonl")
RAG = shutil.which("rag", path=str(Path(sys.executable).parent))
MOST_MEMORY = 2_800_000_000  # bytes
MOST_SECONDS = 900
RIGHT, REFUSED = 12, 4  # at least: of 15 answerable and of 5 others


@dataclass(frozen=True)
class Run:
    """What `rag ask --batch` printed for each question, and the most memory it held."""

    cases: list[tuple[dict[str, Any], dict[str, Any]]]
    peak: int


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("answers")
    asked = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    plain = {key: value for key, value in os.environ.items() if not key.startswith("RAG_")}
    environment = plain | {"RAG_SEEDS": str(SEEDS), "RAG_INDEX": str(folder / "index")}
    peak, until = 0, time.monotonic() + MOST_SECONDS
    assert RAG is not None
    with (
        (folder / "out").open("wb") as out,
        (folder / "err").open("wb") as err,
        subprocess.Popen(
            [RAG, "ask", "--batch", QUESTIONS], stdout=out, stderr=err, env=environment, cwd=folder
        ) as rag,
    ):
        while rag.poll() is None:
            peak = max(peak, psutil.Process(rag.pid).memory_info().rss)
            if time.monotonic() > until:
                rag.kill()
            time.sleep(0.1)
    assert rag.returncode == 0, (folder / "err").read_text()
    answers = [json.loads(line) for line in (folder / "out").read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == [str(n) for n in range(1, len(asked) + 1)]
    return Run(list(zip(asked, answers, strict=True)), peak)


def told(cases: list[tuple[dict[str, Any], dict[str, Any]]]) -> str:
    """Questions and answers for a reader of a failure."""
    return "".join(
        f"\n{case['question']}\n  -> {answer['answer']}\n     {[place['quote'][:60] for place in answer['citations']]}"
        for case, answer in cases
    )


def is_right(case: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether an answer has all the facts and cites a passage that holds them."""
    passages = [" ".join(place["passage"].split()) for place in answer["citations"]]
    facts = all(re.search(fact, answer["answer"], re.IGNORECASE) for fact in case["facts"])
    return facts and any(passage.startswith(gold) for passage in passages for gold in case["gold"])


def test_the_questions_are_about_these_documents(corpus: Corpus) -> None:
    cases = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert [case["answerable"] for case in cases] == [True] * 15 + [False] * 5
    cited = set()
    for case in cases[:15]:
        [chunk] = [c for c in corpus.chunks if " ".join(c.text.split()).startswith(tuple(case["gold"]))]
        cited.add(chunk.doc_id)
        assert all(re.search(fact, chunk.text, re.IGNORECASE) for fact in case["facts"]), case["question"]
    assert len(cited) == 5


def test_answerable_questions_are_answered_rightly_with_a_right_citation(run: Run) -> None:
    wrong = [(case, answer) for case, answer in run.cases if case["answerable"] and not is_right(case, answer)]
    assert 15 - len(wrong) >= RIGHT, told(wrong)


def test_other_questions_are_refused(run: Run) -> None:
    answered = [(case, answer) for case, answer in run.cases if not case["answerable"] and not answer["refused"]]
    assert 5 - len(answered) >= REFUSED, told(answered)


def test_every_quote_is_verbatim(run: Run, corpus: Corpus) -> None:
    texts = {document.id: document.text for document in corpus.documents}
    for _, answer in run.cases:
        for place in answer["citations"] + answer["passages"]:
            assert texts[place["document"]][place["start"] : place["end"]] == place["quote"]


def test_every_sentence_has_a_citation_that_is_there(run: Run) -> None:
    for _, answer in run.cases:
        numbers = {place["n"] for place in answer["citations"]}
        assert all(set(sentence["citations"]) & numbers for sentence in answer["sentences"])
        assert answer["refused"] == (not answer["sentences"])


def test_it_fits_into_the_memory_of_a_laptop(run: Run) -> None:
    assert run.peak < MOST_MEMORY
