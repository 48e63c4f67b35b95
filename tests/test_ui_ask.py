"""A question on the page: what is shown and when, who waits, and that nobody who leaves keeps the model."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
from desk import assistant_over
from markup import HOSTILE, read
from slow import ALSO, GOOD, QUESTION, SOON, Slow

from rag.errors import ModelError
from rag.index import Index
from rag.line import MOST
from rag.texts import languages, texts_in
from rag.types import Answer, Event
from rag.ui import ask, telling
from rag.ui.ask import Desk, Shown
from rag.ui.kept import history, restored
from rag.understanding import Turn

T = texts_in("en")
LIST = "Which news items are from 2021?"  # code answers it
KEYS = {"id", "question", "state", "busy", "nearest", "sentences", "sources", "ending", "kept"}


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is told, and nobody waits long to look again."""
    monkeypatch.setattr(telling, "_EVERY_S", -1.0)
    monkeypatch.setattr(ask, "_LOOK_EVERY_S", 0.01)


def desk_with(index: Index, *replies: str) -> tuple[Desk, Slow]:
    generator = Slow(*replies)
    return Desk(assistant_over(index, generator)), generator


def reply(
    desk: Desk, question: str = QUESTION, before: Sequence[Answer] = (), documents: Collection[str] = ()
) -> Iterator[Shown]:
    return desk.reply(question, "t1", before, documents, T)


def until(steps: Iterator[Shown], state: str) -> Shown:
    return next(shown for shown in steps if shown["state"].startswith(state))


def test_everything_is_shown_in_its_order(index: Index) -> None:
    desk, _ = desk_with(index, f"{GOOD} {ALSO}")
    steps = list(reply(desk))
    assert all(set(shown) == KEYS for shown in steps)
    assert {shown["id"] for shown in steps} == {"t1"}
    assert [read(steps[0]["question"]).words, steps[0]["state"]] == [QUESTION, "Searching …"]
    assert "8 passages found" in steps[0]["nearest"]
    assert steps[1]["state"] == "Reading the nearest passages …"
    assert "8 passages found" in steps[1]["nearest"]
    assert [(shown["busy"], shown["kept"] is None) for shown in steps[:-1]] == [(True, True)] * (len(steps) - 1)
    states = list(dict.fromkeys(shown["state"] for shown in steps))
    assert states[:3] == ["Searching …", "Reading the nearest passages …", "Writing and checking …"]
    assert re.fullmatch(r"Answered and checked in \d+(\.\d)? s\.", states[3])
    assert len(states) == 4


def test_sentences_come_one_by_one_and_what_was_shown_stays(index: Index) -> None:
    desk, _ = desk_with(index, f"{GOOD} {ALSO}")
    steps = list(reply(desk))
    counts = [len(shown["sentences"]) for shown in steps]
    assert sorted(set(counts)) == [0, 1, 2]
    assert counts == sorted(counts)
    for earlier, later in pairwise(steps):
        assert later["sentences"][: len(earlier["sentences"])] == earlier["sentences"]
        assert len(later["sources"]) >= len(earlier["sources"])
    assert [read(item).inside["bdi"] for item in steps[-1]["sentences"]] == [[GOOD], [ALSO]]
    marks = [read(item).values("button", "data-source") for item in steps[-1]["sentences"]]
    assert {int(n or 0) for ns in marks for n in ns} == set(range(1, len(steps[-1]["sources"]) + 1))


def test_a_step_that_was_shown_does_not_change_afterwards(index: Index) -> None:
    desk, _ = desk_with(index, GOOD)
    steps = reply(desk)
    first = next(steps)
    copy = dict(first)
    list(steps)
    assert first == copy


def test_every_source_shows_the_verbatim_quote(index: Index) -> None:
    desk, _ = desk_with(index, f"{GOOD} {ALSO}")
    *_, last = reply(desk)
    [answer] = restored([last["kept"]], index.store)
    assert last["kept"]["turn"] == "t1"
    texts = {document.id: document.text for document in index.store.documents.values()}
    for span, html in zip(answer.citations, last["sources"], strict=True):
        [marked] = read(html).inside["mark.current"]
        assert marked == span.quote == texts[span.doc_id][span.start : span.end]
    assert f"“{answer.citations[0].quote}”" in read(last["ending"]).values("button", "data-copy")[0]


def test_a_refusal_is_shown_with_the_nearest_passages(index: Index) -> None:
    desk, generator = desk_with(index, GOOD, GOOD)
    generator.probabilities.extend([0.0] * 5)  # for each passage that is read
    *_, last = reply(desk)
    assert re.fullmatch(r"Not answered; looked for \d+(\.\d)? s\.", last["state"])
    page = read(last["ending"])
    assert page.inside["p.refusal"] == ["I did not find the answer in the documents I hold."]
    assert page.inside["h4"] == ["Nearest passages"]
    assert (last["sentences"], last["busy"], last["kept"]["refused"] != "") == ([], False, True)


@pytest.mark.parametrize("question", ["", "\0\x07", "?", "\ud83d"])
def test_what_is_no_question_is_refused_in_words(index: Index, question: str) -> None:
    desk, _ = desk_with(index)
    *_, last = reply(desk, question)
    assert read(last["ending"]).inside["p.refusal"] == ["Please ask a question in words."]
    assert (last["nearest"], last["sources"], len(desk.line)) == ("", [], 0)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_hostile_becomes_markup(index: Index, hostile: str) -> None:
    desk, _ = desk_with(index, f'{GOOD[:-1]} <b onclick="x">really</b>. {hostile}')
    for shown in reply(desk, f"{QUESTION} {hostile}"):
        for html in [shown["question"], shown["nearest"], *shown["sentences"], *shown["sources"], shown["ending"]]:
            read(html)


def test_who_waits_is_told_the_place_and_then_answered(index: Index) -> None:
    desk, _ = desk_with(index, GOOD)
    with ExitStack() as ahead:
        ahead.enter_context(desk.line.place())
        ahead.enter_context(desk.line.place())
        steps = reply(desk)
        assert next(steps)["state"] == "2 questions are before yours …"
    states = [shown["state"] for shown in steps]
    assert states[0] == "Searching …"
    assert states[-1].startswith("Answered")
    with desk.line.place():
        state = next(reply(desk, f"{QUESTION} And why?"))["state"]
    assert re.fullmatch(r"1 question is before yours, about [\d,]+ s …", state)


@pytest.mark.parametrize(
    ("question", "said"),
    [(LIST, "Answered and checked in "), ("", "Not answered; "), ("What does paragraph 927 say?", "Not answered; ")],
)
def test_what_needs_no_language_model_is_shown_at_once_while_others_wait(
    index: Index, question: str, said: str
) -> None:
    desk, generator = desk_with(index)
    with ExitStack() as line:
        for _ in range(MOST):  # there would be no place
            line.enter_context(desk.line.place())
        [only] = reply(desk, question)
        assert len(desk.line) == MOST
    assert set(only) == KEYS
    assert only["state"].startswith(said)
    assert (only["busy"], only["kept"]["question"], bool(only["sentences"])) == (False, question, question == LIST)
    assert (generator.gate_prompts, generator.answer_prompts) == ([], [])
    assert desk.line.usual_seconds is None  # it was no turn


def test_what_was_answered_before_is_shown_at_once_and_says_so(index: Index) -> None:
    desk, generator = desk_with(index, f"{GOOD} {ALSO}")
    *_, first = reply(desk)
    with desk.line.place():
        [again] = desk.reply(f" {QUESTION} ", "t2", (), (), T)
        assert len(desk.line) == 1
    assert (again["id"], again["state"], again["busy"]) == ("t2", T("ask.again"), False)
    for key in ("question", "nearest", "sentences", "sources", "ending"):
        assert again[key] == first[key]
    assert len(again["sentences"]) == 2
    assert len(generator.answer_prompts) == 1
    assert (first["kept"]["again"], again["kept"]["again"], again["kept"]["turn"]) == (False, True, "t2")


@pytest.mark.parametrize("language", list(languages()))
def test_that_it_was_answered_before_is_said_in_the_language_of_the_page(index: Index, language: str) -> None:
    desk, t = desk_with(index, GOOD)[0], texts_in(language)
    list(reply(desk))
    [again] = desk.reply(QUESTION, "t2", (), (), t)
    assert again["state"] == t("ask.again")


def test_what_was_answered_in_another_conversation_waits_for_its_turn(index: Index) -> None:
    desk, _ = desk_with(index, GOOD)
    *_, last = reply(desk)
    before = restored([last["kept"]], index.store)
    with desk.line.place():
        for steps in (reply(desk, before=before), reply(desk, documents=list(index.store.documents)[:1])):
            assert re.match("1 question is before yours", next(steps)["state"])
            steps.close()  # type: ignore[attr-defined]  # it is a generator


def test_a_question_that_was_stopped_is_asked_anew(index: Index) -> None:
    desk, generator = desk_with(index, "slow")
    steps = reply(desk)
    until(steps, "Writing")
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    generator.queue(GOOD)
    assert list(reply(desk))[-1]["state"].startswith("Answered and checked in ")


def test_a_question_in_another_thread_comes_first(index: Index) -> None:
    desk, generator = desk_with(index, "slow")
    shown: list[Shown] = []
    other = threading.Thread(target=lambda: shown.extend(reply(desk)))
    other.start()
    assert generator.writing.wait(SOON)
    steps = reply(desk)
    assert next(steps)["state"] == "1 question is before yours …"
    generator.queue(GOOD)
    generator.released.set()
    last = list(steps)[-1]
    assert generator.closed.is_set()
    other.join(SOON)
    assert [one["busy"] for one in (last, shown[-1])] == [False, False]
    assert read(last["sentences"][0]).inside["bdi"] == [GOOD]


def test_closing_frees_the_line_and_stops_the_model_at_once(index: Index) -> None:
    desk, generator = desk_with(index, "slow")
    steps = reply(desk)
    until(steps, "Writing")
    assert (len(desk.line), generator.closed.is_set()) == (1, False)
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    assert (len(desk.line), generator.closed.is_set()) == (0, True)
    generator.queue(GOOD)
    assert list(reply(desk))[-1]["state"].startswith("Answered")


def test_closing_while_waiting_leaves_the_line(index: Index) -> None:
    desk, generator = desk_with(index)
    with desk.line.place():
        steps = reply(desk)
        next(steps)
        assert len(desk.line) == 2
        steps.close()  # type: ignore[attr-defined]  # it is a generator
        assert len(desk.line) == 1
    assert generator.gate_prompts == []


def test_a_model_that_fails_is_said_and_what_was_found_stays(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(prompt: object) -> float:
        raise ModelError("The server is not running. See RAG_LLM")

    desk, generator = desk_with(index)
    monkeypatch.setattr(generator, "yes_probability", fail)
    *_, last = reply(desk)
    assert last["state"] == "Stopped: The server is not running. See RAG_LLM"
    assert (last["busy"], last["kept"], last["sentences"], len(desk.line)) == (False, None, [], 0)
    assert "8 passages found" in last["nearest"]


def test_a_document_that_is_not_held_is_said(index: Index) -> None:
    desk, _ = desk_with(index)
    *_, last = reply(desk, documents=["gone"])
    assert last["state"].startswith("Stopped: ")
    assert "gone" in last["state"]


def test_a_full_line_is_said(index: Index) -> None:
    desk, _ = desk_with(index)
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(desk.line.place())
        [only] = reply(desk)
    assert only["state"].startswith(f"Stopped: {MOST} questions are already being answered or waiting.")


def test_a_fault_of_ours_is_told_to_the_page_and_to_the_terminal(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, generator = desk_with(index)
    monkeypatch.setattr(generator, "yes_probability", lambda prompt: 1 / 0)
    shown: list[Shown] = []
    with pytest.raises(ZeroDivisionError):
        shown.extend(reply(desk))  # what came before the fault stays
    assert shown[-1]["state"] == T("ask.broken")
    assert (shown[-1]["busy"], len(desk.line)) == (False, 0)


def test_earlier_turns_and_chosen_documents_reach_the_assistant(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, _ = desk_with(index, GOOD)
    *_, last = reply(desk)
    before = restored([last["kept"]], index.store)
    given: list[dict[str, Any]] = []

    def stream(question: str, **named: Any) -> Iterator[Event]:
        given.append(named)
        return iter(())

    monkeypatch.setattr(desk.assistant, "stream", stream)
    two = list(index.store.documents)[:2]
    list(reply(desk, before=before, documents=two))
    list(reply(desk, f"{QUESTION} And why?"))
    assert given == [
        {"history": (Turn(QUESTION, GOOD),), "documents": two},
        {"history": (), "documents": None},
    ]
    assert history(before) == given[0]["history"]


def test_only_chosen_documents_are_searched(index: Index) -> None:
    desk, _ = desk_with(index, GOOD, GOOD, GOOD, GOOD, GOOD)
    resolution = list(index.store.documents)[3]
    *_, last = reply(desk, documents=[resolution])
    assert {read(last["nearest"]).values("button", "data-document")[0]} == {resolution}
