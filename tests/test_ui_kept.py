"""Answers that a browser kept: whole ones come back as they were, and nothing that a browser changed is believed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desk import assistant_over, opened_index
from fakes import ScriptedGenerator
from hypothesis import given, settings
from hypothesis import strategies as st
from markup import CHUNKS, DOCUMENT, FIRST, HITS, LIE, OTHER, A, B, C, answer_of, stored
from slow import GOOD, QUESTION

from rag.store import Store
from rag.texts import texts_in
from rag.types import Answer, Check, Chunk, Hit, Sentence, Span, Support, Timings
from rag.ui.ask import finished
from rag.ui.kept import MOST_TURNS, history, kept, restored
from rag.understanding import Turn

Json = dict[str, Any]
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
checks = st.builds(Check, st.sampled_from(["wording", "names", "answer", "?"]), st.booleans(), words)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with stored(DOCUMENT, CHUNKS) as opened:
        yield opened


def through_a_browser(*answers: Answer) -> list[Json]:
    return json.loads(json.dumps([kept(answer) for answer in answers]))


@st.composite
def spans(draw: st.DrawFn, chunk: Chunk) -> Span:
    start = draw(st.integers(chunk.start, chunk.end - 1))
    end = draw(st.integers(start + 1, chunk.end))
    return Span(chunk.doc_id, chunk.id, start, end, DOCUMENT.text[start:end])


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer that the assistant could give over the small document."""
    found = draw(st.permutations(CHUNKS))
    some = st.one_of([spans(chunk) for chunk in found])
    shown = st.builds(
        Sentence,
        words,
        st.lists(some, min_size=1, max_size=3).map(tuple),
        st.just(Support.SUPPORTED),
        st.lists(checks, max_size=3).map(tuple),
    )
    hidden = st.builds(Sentence, words, st.just(()), st.sampled_from([Support.PARTLY, Support.UNSUPPORTED]))
    hits = [Hit(chunk, round(draw(st.floats(0, 1)), 4), rank) for rank, chunk in enumerate(found, start=1)]
    answer = answer_of(draw(st.lists(shown | hidden, max_size=4)), hits, draw(words), draw(words), draw(words))
    return replace(answer, again=draw(st.booleans()))


@settings(max_examples=40)
@given(st.lists(answers(), max_size=2))
def test_what_was_kept_comes_back_as_it_was(store: Store, given: list[Answer]) -> None:
    assert restored(through_a_browser(*given), store) == tuple(given)


def test_what_comes_back_is_shown_as_it_was(tmp_path: Path) -> None:
    """Seconds above all: 0.046 is shown as 0.0, but kept as 0.05 it would be shown as 0.1."""
    t = texts_in("en")
    with opened_index(tmp_path / "index") as index:
        assistant = assistant_over(index, ScriptedGenerator(again=GOOD))
        given = assistant.ask(QUESTION)
        assert given.shown
        for seconds, said in ((0.046, "0"), (0.25, "0.2"), (1.349, "1.3"), (2.0, "2")):
            answer = replace(given, timings=Timings(0.01, 0.02, seconds))
            [back] = restored(through_a_browser(answer), index.store)
            shown = finished(answer, "t1", assistant, t)
            assert shown["state"] == f"Answered and checked in {said} s."
            assert finished(back, "t1", assistant, t) == shown
        [back] = restored(through_a_browser(replace(given, again=True)), index.store)
        assert finished(back, "t1", assistant, t)["state"] == t("ask.again")


def test_what_was_kept_before_answers_were_given_again_comes_back(store: Store) -> None:
    turn = through_a_browser(answer_of([A], HITS))[0]
    del turn["again"]
    assert [answer.again for answer in restored([turn], store)] == [False]


@settings(max_examples=40)
@given(answers(), st.data())
def test_whatever_offsets_come_back_a_quote_is_the_documents_own(
    store: Store, answer: Answer, data: st.DataObject
) -> None:
    turn = through_a_browser(answer)[0]
    for sentence in turn["sentences"]:
        for ref in sentence["spans"]:
            ref[1:] = [ref[1] + data.draw(st.integers(-9, 9)), ref[2] + data.draw(st.integers(-9, 9))]
    for back in restored([turn], store):
        chunks = {chunk.id: chunk for chunk in CHUNKS}
        for span in back.citations:
            assert DOCUMENT.text[span.start : span.end] == span.quote != ""
            assert chunks[span.chunk_id].start <= span.start < span.end <= chunks[span.chunk_id].end


def test_no_words_of_a_document_are_kept_but_their_place() -> None:
    assert through_a_browser(answer_of([A], HITS))[0]["sentences"] == [
        {
            "text": "Three did.",
            "support": "supported",
            "spans": [[FIRST.id, 24, 34]],
            "checks": [["wording", True, ""], ["names", True, ""]],
        }
    ]


def changed(change: Callable[[Json], object]) -> list[Json]:
    """A whole answer, then the same after a change, then the whole one again."""
    whole = through_a_browser(answer_of([B, LIE, C], HITS))[0]
    other = deepcopy(whole)
    change(other)
    return [whole, other, whole]


CHANGES: dict[str, Callable[[Json], object]] = {
    "a quote that is sent along": lambda t: t["sentences"][0]["spans"][0].append("Nobody met."),
    "an end beyond the passage": lambda t: t["sentences"][0]["spans"][0].__setitem__(2, FIRST.end + 1),
    "a beginning before the passage": lambda t: t["sentences"][2]["spans"][0].__setitem__(1, OTHER.start - 1),
    "no words": lambda t: t["sentences"][0]["spans"][0].__setitem__(2, t["sentences"][0]["spans"][0][1]),
    "an end before the beginning": lambda t: t["sentences"][0]["spans"].__setitem__(0, [FIRST.id, 9, 3]),
    "offsets that count from the end": lambda t: t["sentences"][0]["spans"].__setitem__(0, [FIRST.id, -9, -3]),
    "offsets in parts": lambda t: t["sentences"][0]["spans"].__setitem__(0, [FIRST.id, 1.5, 3.5]),
    "offsets as text": lambda t: t["sentences"][0]["spans"].__setitem__(0, [FIRST.id, "1", "3"]),
    "offsets beyond any number": lambda t: t["sentences"][0]["spans"].__setitem__(0, [FIRST.id, 0, 10**400]),
    "an empty span": lambda t: t["sentences"][0]["spans"].__setitem__(0, []),
    "a passage that is none": lambda t: t["sentences"][0]["spans"][0].__setitem__(0, "chunk"),
    "a passage that was not found": lambda t: t["passages"].pop(0),
    "a passage by number": lambda t: t["passages"][0].__setitem__(0, 10**400),
    "a passage by nothing": lambda t: t["passages"][0].__setitem__(0, None),
    "a passage by a list": lambda t: t["passages"][0].__setitem__(0, [FIRST.id]),
    "an empty passage": lambda t: t["passages"].__setitem__(0, []),
    "passages as text": lambda t: t.update(passages="chunk"),
    "passages by name": lambda t: t.update(passages={FIRST.id: 1.0}),
    "more passages than any database takes": lambda t: t.update(passages=[[str(n), 1] for n in range(40_000)]),
    "a score that is none": lambda t: t["passages"][0].__setitem__(1, float("nan")),
    "a score beyond any number": lambda t: t["passages"][0].__setitem__(1, 10**400),
    "a sentence without a citation": lambda t: t["sentences"][0].update(spans=[]),
    "a lie that is said to be supported": lambda t: t["sentences"][1].update(support="supported"),
    "a support that is none": lambda t: t["sentences"][0].update(support="true"),
    "a support that is a list": lambda t: t["sentences"][0].update(support=["supported"]),
    "sentences as text": lambda t: t.update(sentences="Three did."),
    "no sentences": lambda t: t.update(sentences=None),
    "a check of one word": lambda t: t["sentences"][0].update(checks=[["wording"]]),
    "a check of numbers": lambda t: t["sentences"][0].update(checks=[[1, True, 2]]),
    "a huge text": lambda t: t["sentences"][0].update(text="x" * 20_001),
    "a text that is none": lambda t: t.update(question={"a": 1}),
    "half a character": lambda t: t.update(question="\ud83d"),
    "endless seconds": lambda t: t.update(seconds=float("inf")),
    "seconds as text": lambda t: t.update(seconds="1"),
    "a key that is missing": lambda t: t.pop("config_id"),
    "nothing": lambda t: t.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_dropped_and_the_others_stay(store: Store, change: Callable[[Json], object]) -> None:
    whole = answer_of([B, LIE, C], HITS)
    assert restored(changed(change), store) == (whole, whole)


def nested(depth: int) -> list[Any]:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    return deep


@pytest.mark.parametrize("turns", [None, 7, "turns", {}, {"sentences": []}, [None], [[]], ["x"], [7], nested(50_000)])
def test_what_is_no_conversation_is_none(store: Store, turns: object) -> None:
    assert restored(turns, store) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([FIRST.id, 0, 9]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "spans"]), inner),
    max_leaves=6,
)


@given(st.sampled_from(sorted(kept(answer_of([A], HITS)))), json_values)
def test_any_value_in_any_place_is_taken_or_dropped_never_an_error(store: Store, key: str, value: object) -> None:
    turn = through_a_browser(answer_of([A], HITS))[0] | {key: value}
    for answer in restored([turn], store):
        assert all(DOCUMENT.text[s.start : s.end] == s.quote for s in answer.citations)


def test_only_the_last_hundred_of_ten_thousand_turns_count(store: Store) -> None:
    turns = through_a_browser(answer_of([A], HITS)) * 10_000
    turns = [turn | {"question": str(n)} for n, turn in enumerate(turns)]
    back = restored(turns, store)
    assert (len(back), MOST_TURNS) == (100, 100)
    assert [back[0].question, back[-1].question] == ["9900", "9999"]


def test_a_document_that_changed_takes_its_answers_with_it(store: Store) -> None:
    turns = through_a_browser(answer_of([A], HITS))
    with stored(DOCUMENT, [OTHER]) as newer:
        assert restored(turns, newer) == ()


def test_a_follow_up_is_understood_by_questions_and_answers() -> None:
    refused = answer_of([], HITS, refused="I did not find it.", question="And in 2023?")
    assert history([answer_of([A, LIE, C], HITS), refused]) == (
        Turn("Who?", "Three did. Another is."),
        Turn("And in 2023?", "I did not find it."),
    )
