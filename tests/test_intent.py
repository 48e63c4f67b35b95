"""What a question wants, told from its vector; and what is made of it where no rule knows its words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.corpus import Corpus
from rag.errors import ConfigError
from rag.understanding import Intent, Outline, Task, intent, outline_of, understand
from rag.understanding.intent import intent_of


@pytest.fixture(scope="module")
def outline(corpus: Corpus) -> Outline:
    return outline_of(corpus.documents, corpus.chunks)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with coefficients for vectors of two numbers."""
    monkeypatch.setattr(intent, "FOLDER", tmp_path)
    intent._model.cache_clear()
    entry = {"content": {"bias": 0, "weights": [4, 0]}, "items": {"bias": 0, "weights": [0, 4]}}
    (tmp_path / "tiny.json").write_text(json.dumps(entry), encoding="utf-8")
    yield tmp_path
    intent._model.cache_clear()


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ([1, 0], Intent.CONTENT),
        ([0, 1], Intent.ITEMS),  # odds 0 and 4: 0.98
        ([0.7, 0.7], Intent.CONTENT),  # both are likely alike
    ],
)
def test_the_likeliest_intent_counts_if_it_is_likely(folder: Path, vector: list[float], expected: Intent) -> None:
    assert intent_of(np.array(vector, dtype=np.float32), "tiny") is expected


@pytest.mark.parametrize("name", ["hash", "../tiny", ""])
def test_vectors_of_a_model_that_nothing_was_fitted_for_tell_nothing(folder: Path, name: str) -> None:
    assert intent_of(np.array([0, 1], dtype=np.float32), name) is Intent.CONTENT


@pytest.mark.parametrize("content", [b"", b"[]", b'{"items": {}}', b'{"dance": {"bias": 0, "weights": [1]}}', b"\xff"])
def test_a_damaged_file_is_one_line_with_what_helps(folder: Path, content: bytes) -> None:
    (folder / "tiny.json").write_bytes(content)
    with pytest.raises(ConfigError, match=r"^[^\n]*tiny\.json cannot be read \([^\n]*\)\. .*make setup$"):
        intent_of(np.array([0, 1], dtype=np.float32), "tiny")


@pytest.mark.parametrize("embedder", ["all-mpnet-base-v2", "all-MiniLM-L6-v2"])
def test_both_embedding_models_have_coefficients_for_all_intents(embedder: str) -> None:
    found = json.loads((intent.FOLDER / f"{embedder}.json").read_text(encoding="utf-8"))
    assert found.keys() == {member.value for member in Intent}


def titles(question: str, wanted: Intent, outline: Outline) -> list[str]:
    request = understand(question, (), outline, wanted)
    return [outline.chunks[row].text.partition("\n")[0] for row in request.rows]


@pytest.mark.parametrize(
    ("question", "wanted", "task", "rows", "said"),
    [
        ("news 2021?", Intent.ITEMS, Task.LIST, 3, "news items dated 2021"),
        ("profile pieces - all of them pls", Intent.ITEMS, Task.LIST, 4, "news items titled PROFILE"),
        ("Which stories carry the label REPORT in their headline?", Intent.ITEMS, Task.LIST, 2, "news items titled REPORT"),
        ("latin america stuff, give me the titles", Intent.ITEMS, Task.LIST, 3, "news items that mention “latin america”"),
        ("Anything that took place in Bangkok?", Intent.ITEMS, Task.LIST, 2, "news items that mention “Bangkok”"),
        ("How many pieces bring up Russia?", Intent.COUNT_ITEMS, Task.COUNT, 2, "news items that mention “Russia”"),
        ("newest item??", Intent.NEWEST, Task.LATEST, 1, "news items"),
        ("how far back do the pieces go, the first one?", Intent.OLDEST, Task.EARLIEST, 3, "news items"),
        (
            "What is the organization going to do to hold capital accountable? I need every single undertaking.",
            Intent.POINTS, Task.LIST, 5, "points in “C Holding capital accountable”",
        ),
    ],
)  # fmt: skip
def test_what_is_asked_in_words_that_no_rule_knows(
    question: str, wanted: Intent, task: Task, rows: int, said: str, outline: Outline
) -> None:
    request = understand(question, (), outline, wanted)
    assert (request.task, len(request.rows), request.asked_for, request.near) == (task, rows, said, False)


def test_the_profiles_are_those_that_are_titled_so(outline: Outline) -> None:
    assert all("PROFILE" in title for title in titles("profiles, all of them please", Intent.ITEMS, outline))


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("2017, which headlines ran that year?", "No news item dated 2017 is in the documents I hold."),
        ("Is there an INTERVIEW among the pieces?", "No news item titled INTERVIEW is in the documents I hold."),
        ("Anything on Iceland?", "No news item that mentions “Iceland” is in the documents I hold."),
    ],
)
def test_what_is_not_held_is_said(question: str, problem: str, outline: Outline) -> None:
    assert understand(question, (), outline, Intent.ITEMS).problem == problem


def test_where_words_do_not_decide_meaning_chooses_among_the_items_of_the_time(outline: Outline) -> None:
    request = understand("Everything from 2022 on cement", (), outline, Intent.ITEMS)
    assert (request.task, request.near, len(request.rows)) == (Task.LIST, True, 4)


@pytest.mark.parametrize("wanted", list(Intent))
@pytest.mark.parametrize(
    "question",
    [
        "Who supported the October 2024 meeting in Manila?",
        "Which union does Rose Omamo lead?",
        "What does the resolution call greenwashing?",
        "Why is it hard to organize cement workers?",
    ],
)
def test_an_ordinary_question_that_is_taken_for_another_is_never_refused(
    question: str, wanted: Intent, outline: Outline
) -> None:
    assert not understand(question, (), outline, wanted).problem


def test_a_place_in_a_text_needs_a_word_for_it(outline: Outline) -> None:
    assert understand("greenwashing - which section?", (), outline, Intent.LOCATE).task is Task.LOCATE
    assert understand("Quote the passage on greenwashing", (), outline, Intent.LOCATE).task is Task.ANSWER
