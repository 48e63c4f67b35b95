"""What programs may call: verbatim quotes, a fair place in the line, and errors that say what to send instead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from desk import assistant_over
from slow import GOOD, QUESTION, SOON, Slow

from rag.errors import RagError
from rag.index import Index
from rag.line import MOST
from rag.payload import sources_json
from rag.ui import api as module
from rag.ui import telling
from rag.ui.api import Api


@pytest.fixture
def generator() -> Slow:
    return Slow()


@pytest.fixture
def api(index: Index, generator: Slow) -> Api:
    return Api(assistant_over(index, generator))


def text_of(index: Index, found: dict[str, Any]) -> str:
    return index.store.documents[found["document"]].text[found["start"] : found["end"]]


def ask(api: Api, question: str, documents: list[str] | None = None, history: list[list[str]] | None = None) -> Any:
    """What a program is told in the end."""
    *_, answer = api.ask(question, documents, history)
    return answer


def test_an_answer_comes_with_its_verbatim_quotes(api: Api, generator: Slow, index: Index) -> None:
    generator.queue(GOOD)
    answer = ask(api, QUESTION)
    assert (answer["answer"], answer["refused"], answer["question"]) == (GOOD, False, QUESTION)
    assert [sentence["citations"] for sentence in answer["sentences"]] == [[1]]
    assert [text_of(index, cited) for cited in answer["citations"]] == [cited["quote"] for cited in answer["citations"]]
    assert "20 percent youth quota" in answer["citations"][0]["quote"]


def test_what_is_no_question_is_refused(api: Api) -> None:
    assert (ask(api, " \0")["answer"], ask(api, "\ud83d")["refused"]) == ("Please ask a question in words.", True)


def test_a_follow_up_is_understood_by_its_history(api: Api) -> None:
    history = [["How many news items from 2021 are there?", "There are 3."]]
    alone, after = ask(api, "Which news items are from 2021?"), ask(api, "And from 2023?", history=history)
    years = [{cited["date"][:4] for cited in answer["citations"]} for answer in (alone, after)]
    assert years == [{"2021"}, {"2023"}]


def test_only_chosen_documents_count(api: Api, generator: Slow, index: Index) -> None:
    last = list(index.store.documents)[-1]
    assert {hit["document"] for hit in api.search("union", documents=[last])} == {last}
    generator.queue(GOOD, GOOD)
    generator.probabilities.extend([0.0] * 5)  # for each passage that is read
    answer = ask(api, QUESTION, documents=[last])
    assert ({hit["document"] for hit in answer["passages"]}, answer["scope"]) == ({last}, [last])
    assert len({hit["document"] for hit in api.search("union", 50, [])}) > 1  # none chosen: all


def test_a_search_gives_whole_passages_best_first(api: Api, index: Index) -> None:
    hits = api.search("youth quota", 3)
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert all(text_of(index, hit) == hit["quote"] == hit["passage"] for hit in hits)
    assert (len(api.search("union")), len(api.search("union", 50))) == (5, 50)
    assert api.search("") == []


def test_a_huge_query_is_cut(api: Api) -> None:
    assert api.search("youth " + "x" * 100_000, 1)[0]["rank"] == 1


def test_searching_does_not_wait_for_the_language_model(api: Api) -> None:
    with api._assistant.line.place():
        assert len(api.search("youth")) == 5
        assert api.sources()["chunks"] > 100


def test_what_code_answers_and_what_was_answered_before_does_not_wait(api: Api, generator: Slow) -> None:
    generator.queue(GOOD)
    before = ask(api, QUESTION)
    with api._assistant.line.place():
        assert "oldest" in ask(api, "What is the oldest news item?")["answer"]
        again = ask(api, QUESTION)
    assert (before["again"], again["again"]) == (False, True)
    assert again["sentences"] == before["sentences"]


def test_the_sources_are_those_of_the_terminal(api: Api, index: Index) -> None:
    assert api.sources() == sources_json(index.store)


def test_a_question_waits_for_its_turn_and_leaves_the_line(api: Api, generator: Slow) -> None:
    generator.queue(GOOD)
    answers: list[dict[str, Any]] = []
    line = api._assistant.line
    with line.place() as place:
        assert place.at_front()
        asking = threading.Thread(target=lambda: answers.append(ask(api, QUESTION)))
        asking.start()
        asking.join(0.2)
        assert (answers, len(generator.gate_prompts), len(line)) == ([], 0, 2)
    asking.join(SOON)
    assert ([answer["answer"] for answer in answers], len(line)) == ([GOOD], 0)


def test_who_waits_is_told_the_place(api: Api, generator: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY_S", 0.01)
    generator.queue(GOOD)
    line = api._assistant.line
    with ExitStack() as first, line.place():
        first.enter_context(line.place())
        steps = api.ask(QUESTION)
        assert [next(steps), next(steps)] == [{"ahead": 2}] * 2
        first.close()
        assert next(steps) == {"ahead": 1}
    *told, answer = steps
    assert set(map(str, told)) <= {"{'ahead': 0}"}
    assert answer["answer"] == GOOD


def test_who_leaves_frees_the_place_and_the_model_at_once(
    api: Api, generator: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(telling, "_EVERY_S", -1.0)
    line = api._assistant.line
    with line.place():
        waiting = api.ask(QUESTION)
        next(waiting)
        assert len(line) == 2
        waiting.close()  # type: ignore[attr-defined]  # it is a generator
        assert (len(line), generator.gate_prompts) == (1, [])
    generator.queue("slow")
    writing = api.ask(QUESTION)
    while not generator.writing.is_set():
        assert next(writing) == {"ahead": 0}
    writing.close()  # type: ignore[attr-defined]  # it is a generator
    assert (len(line), generator.closed.is_set()) == (0, True)


def test_a_full_line_is_an_error_in_plain_words(api: Api) -> None:
    places = [api._assistant.line.place() for _ in range(MOST)]
    for place in places:
        place.__enter__()
    with pytest.raises(RagError, match=f"^{MOST} questions are already being answered or waiting"):
        ask(api, QUESTION)


WRONG: list[tuple[Callable[[Api], object], str]] = [
    (lambda api: api.search("x", 0), r"^k is 0; it must be from 1 to 50\.$"),
    (lambda api: api.search("x", 51), r"^k is 51; it must be from 1 to 50\.$"),
    (lambda api: api.search("x", "many"), r"^k: Input should be a valid integer"),  # type: ignore[arg-type]
    (lambda api: api.search("x", 2.5), r"^k: Input should be a valid integer"),  # type: ignore[arg-type]
    (lambda api: api.search(None), r"^query: Input should be a valid string"),  # type: ignore[arg-type]
    (lambda api: api.search("x", 5, "abc"), r"^documents: Input should be a valid list"),  # type: ignore[arg-type]
    (lambda api: api.search("x", 5, ["abc"]), r"abc"),
    (lambda api: ask(api, "x", ["\ud83d"]), r"^There is no document '\\ud83d'|\\ud83d"),
    (lambda api: ask(api, ["x"]), r"^question: Input should be a valid string"),  # type: ignore[arg-type]
    (lambda api: ask(api, "x", [1]), r"^documents\.0: Input should be a valid string"),  # type: ignore[list-item]
    (lambda api: ask(api, "x", history=[["a"]]), r"^history: each turn is a pair of question and answer\.$"),
    (lambda api: ask(api, "x", history=[["a", "b", "c"]]), r"^history: each turn is a pair"),
    (lambda api: ask(api, "x", history=["ab"]), r"^history\.0: Input should be a valid list"),  # type: ignore[list-item]
    (lambda api: ask(api, "x", history=[["a", None]]), r"^history\.0\.1: Input should be a valid string"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("call", "said"), WRONG)
def test_what_is_wrong_is_said_by_name(api: Api, call: Callable[[Api], object], said: str) -> None:
    with pytest.raises(RagError, match=said) as told:
        call(api)
    assert "\n" not in str(told.value)
    assert len(api._assistant.line) == 0
