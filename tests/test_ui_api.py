"""What programs may call: verbatim quotes, a fair place in the line, and errors that say what to send instead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from desk import assistant_over
from slow import GOOD, QUESTION, SOON, Slow

from rag.errors import RagError
from rag.index import Index
from rag.line import MOST
from rag.payload import sources_json
from rag.ui.api import Api


@pytest.fixture
def generator() -> Slow:
    return Slow()


@pytest.fixture
def api(index: Index, generator: Slow) -> Api:
    return Api(assistant_over(index, generator))


def text_of(index: Index, found: dict[str, Any]) -> str:
    return index.store.documents[found["document"]].text[found["start"] : found["end"]]


def test_an_answer_comes_with_its_verbatim_quotes(api: Api, generator: Slow, index: Index) -> None:
    generator.queue(GOOD)
    answer = api.ask(QUESTION)
    assert (answer["answer"], answer["refused"], answer["question"]) == (GOOD, False, QUESTION)
    assert [sentence["citations"] for sentence in answer["sentences"]] == [[1]]
    assert [text_of(index, cited) for cited in answer["citations"]] == [cited["quote"] for cited in answer["citations"]]
    assert "20 percent youth quota" in answer["citations"][0]["quote"]


def test_what_is_no_question_is_refused(api: Api) -> None:
    assert (api.ask(" \0")["answer"], api.ask("\ud83d")["refused"]) == ("Please ask a question in words.", True)


def test_a_follow_up_is_understood_by_its_history(api: Api) -> None:
    history = [["How many news items from 2021 are there?", "There are 3."]]
    alone, after = api.ask("Which news items are from 2021?"), api.ask("And from 2023?", history=history)
    years = [{cited["date"][:4] for cited in answer["citations"]} for answer in (alone, after)]
    assert years == [{"2021"}, {"2023"}]


def test_only_chosen_documents_count(api: Api, generator: Slow, index: Index) -> None:
    last = list(index.store.documents)[-1]
    assert {hit["document"] for hit in api.search("union", documents=[last])} == {last}
    generator.queue(GOOD, GOOD)
    generator.probabilities.extend([0.0] * 5)  # for each passage that is read
    answer = api.ask(QUESTION, documents=[last])
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


def test_the_sources_are_those_of_the_terminal(api: Api, index: Index) -> None:
    assert api.sources() == sources_json(index.store)


def test_a_question_waits_for_its_turn_and_leaves_the_line(api: Api, generator: Slow) -> None:
    generator.queue(GOOD)
    answers: list[dict[str, Any]] = []
    line = api._assistant.line
    with line.place() as place:
        assert place.at_front()
        asking = threading.Thread(target=lambda: answers.append(api.ask(QUESTION)))
        asking.start()
        asking.join(0.2)
        assert (answers, len(generator.gate_prompts), len(line)) == ([], 0, 2)
    asking.join(SOON)
    assert ([answer["answer"] for answer in answers], len(line)) == ([GOOD], 0)


def test_a_full_line_is_an_error_in_plain_words(api: Api) -> None:
    places = [api._assistant.line.place() for _ in range(MOST)]
    for place in places:
        place.__enter__()
    with pytest.raises(RagError, match=f"^{MOST} questions are already being answered or waiting"):
        api.ask(QUESTION)


WRONG: list[tuple[Callable[[Api], object], str]] = [
    (lambda api: api.search("x", 0), r"^k is 0; it must be from 1 to 50\.$"),
    (lambda api: api.search("x", 51), r"^k is 51; it must be from 1 to 50\.$"),
    (lambda api: api.search("x", "many"), r"^k: Input should be a valid integer"),  # type: ignore[arg-type]
    (lambda api: api.search("x", 2.5), r"^k: Input should be a valid integer"),  # type: ignore[arg-type]
    (lambda api: api.search(None), r"^query: Input should be a valid string"),  # type: ignore[arg-type]
    (lambda api: api.search("x", 5, "abc"), r"^documents: Input should be a valid list"),  # type: ignore[arg-type]
    (lambda api: api.search("x", 5, ["abc"]), r"abc"),
    (lambda api: api.ask("x", ["\ud83d"]), r"^There is no document '\\ud83d'|\\ud83d"),
    (lambda api: api.ask(["x"]), r"^question: Input should be a valid string"),  # type: ignore[arg-type]
    (lambda api: api.ask("x", [1]), r"^documents\.0: Input should be a valid string"),  # type: ignore[list-item]
    (lambda api: api.ask("x", history=[["a"]]), r"^history: each turn is a pair of question and answer\.$"),
    (lambda api: api.ask("x", history=[["a", "b", "c"]]), r"^history: each turn is a pair"),
    (lambda api: api.ask("x", history=["ab"]), r"^history\.0: Input should be a valid list"),  # type: ignore[list-item]
    (lambda api: api.ask("x", history=[["a", None]]), r"^history\.0\.1: Input should be a valid string"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("call", "said"), WRONG)
def test_what_is_wrong_is_said_by_name(api: Api, call: Callable[[Api], object], said: str) -> None:
    with pytest.raises(RagError, match=said) as told:
        call(api)
    assert "\n" not in str(told.value)
    assert len(api._assistant.line) == 0
