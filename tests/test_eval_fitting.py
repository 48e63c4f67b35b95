"""Fitting intents and the probe: what the data say is learnt, and what is written is what the product reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fakes import HashEmbedder

from eval import intents, probe
from eval.answerability import load_cases
from eval.errors import EvalError
from eval.intents import Example
from eval.probe import Sample
from rag.config import Settings
from rag.embedding import open_embedder
from rag.llama import LlamaGenerator
from rag.models import LocalModel, default_name, models_dir, resolve
from rag.probe import Probe, probe_of
from rag.understanding import Intent, intent
from rag.understanding.intent import intent_of

PASSAGE = {
    "title": "Dockers strike",
    "date": "2020-03-05",
    "heading": "",
    "passage": "Forty dockers went on strike in Tema.",
    "questions": [
        {"q": "How many dockers went on strike?", "answerable": True, "style": "factoid", "answer": "forty"},
        {"q": "Who leads the dockers?", "answerable": False, "style": "missing_detail", "answer": ""},
    ],
}


def test_our_own_cases_are_as_many_answered_as_not() -> None:
    cases = load_cases()
    assert len(cases) == 1080
    assert sum(case.answered for case in cases) == 540
    assert len({case.passage for case in cases}) == 180


def test_a_case_is_shown_as_a_prompt_shows_passages(tmp_path: Path) -> None:
    point = PASSAGE | {"date": "", "heading": "Therefore, the union will:", "passage": "strike."}
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(PASSAGE)}\n{json.dumps(point)}\n", encoding="utf-8")
    first, _, third, _ = load_cases(tmp_path)
    assert first.passage == "Dockers strike\n5 March, 2020\nForty dockers went on strike in Tema."
    assert third.passage == "(¶2) Therefore, the union will: strike."
    assert (first.answered, first.style) == (True, "factoid")


def test_a_case_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"title": "x"}), encoding="utf-8")
    with pytest.raises(EvalError, match=r"a\.jsonl.*1"):
        load_cases(tmp_path)


def test_intents_are_learnt_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {Intent.ITEMS: "news stories", Intent.LOCATE: "paragraph number", Intent.CONTENT: "who said"}
    examples = [Example(f"{text} {i}", wanted) for wanted, text in words.items() for i in range(20)]
    embedder = HashEmbedder(name="tiny")
    found = intents.fit(examples, embedder.embed_passages([example.question for example in examples]))
    assert [told for told, e in zip(found.told, examples, strict=True) if told is not e.intent] == []
    intents.write(found, embedder, tmp_path)
    monkeypatch.setattr(intent, "FOLDER", tmp_path)
    intent._model.cache_clear()
    assert intent_of(embedder.embed_query("which news stories"), "tiny") is Intent.ITEMS
    assert intent_of(embedder.embed_query("which paragraph number"), "tiny") is Intent.LOCATE
    intent._model.cache_clear()


def test_our_own_examples_have_all_intents() -> None:
    examples = intents.load()
    assert {example.intent for example in examples} == set(Intent)
    assert len(examples) == 1100 + 1080


def test_the_probe_learns_what_a_direction_of_the_states_says(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    samples = []
    for i in range(3000):
        state = random.normal(size=6).astype(np.float32)
        samples.append(Sample(f"g{i // 3}", "factoid", state, bool(state[2] > 0)))
    found = probe.fit(samples)
    assert probe.auc(found, samples) > 0.9
    path = probe.write(found, samples, "tiny", layer=4, folder=tmp_path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert (path.name, written["layer"]) == ("tiny.json", 4)
    read = Probe("tiny", 4, written["bias"], np.array(written["weights"], dtype=np.float32))
    yes, no = np.eye(6, dtype=np.float32)[2] * 3, np.eye(6, dtype=np.float32)[2] * -3
    assert read.probability(yes) > read.probability(no)


@pytest.mark.model
def test_states_are_read_of_cases_and_of_practice_questions() -> None:
    settings = Settings.load()
    model = resolve(default_name(), models_dir(None))
    assert isinstance(model, LocalModel)
    generator = LlamaGenerator(model.path, model.name, layer=probe.LAYER)
    embedder = open_embedder(settings)
    samples = probe.of_cases(load_cases()[:12], generator, embedder, lambda done, total: None)
    # six questions about each of two passages, and every third with the other passage, which does not answer it
    assert len(samples) == 12 + 4
    assert {sample.state.shape for sample in samples} == {(1536,)}
    assert sum(sample.answered for sample in samples) == 6
    found = probe_of(model.name)
    assert found is not None
    told = [found.probability(sample.state) >= 0.5 for sample in samples]
    assert sum(t == sample.answered for t, sample in zip(told, samples, strict=True)) >= 13
