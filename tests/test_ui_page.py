"""The functions behind the page's parts: whatever a browser sends, with real records and without a browser."""

from __future__ import annotations

import base64
import gc
import json
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk import assistant_over, forget_given
from markup import Read, read
from slow import ALSO, GOOD, QUESTION, Slow

from rag import feedback, timeline
from rag.feedback import Reason, Verdict
from rag.index import Index
from rag.pandoc import ExportError
from rag.texts import languages, texts_in
from rag.ui import behind
from rag.ui.behind import Page
from rag.ui.kept import restored
from rag.ui.page import build_page

if TYPE_CHECKING:
    from gradio.block_function import BlockFunction

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # gradio leaves loops and sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

T = texts_in("en")
LANGUAGES = list(languages())


@pytest.fixture(scope="module")
def generator() -> Slow:
    return Slow()


@pytest.fixture(scope="module")
def shared(index: Index, generator: Slow) -> Page:
    return Page(assistant_over(index, generator), Path("replaced"))


@pytest.fixture
def page(shared: Page, tmp_path: Path) -> Page:
    """The page, with a feedback file of the test's own, which no other test has asked anything."""
    shared._feedback = tmp_path / "notes" / "feedback.jsonl"
    forget_given(shared.assistant)
    return shared


@pytest.fixture(scope="module")
def sent(shared: Page, generator: Slow) -> str:
    """A conversation of two turns, as a browser sends it."""
    kept: list[dict[str, Any]] = []
    for name, question in (("a1", QUESTION), ("b2", f"Please tell me: {QUESTION}")):
        generator.queue(f"{GOOD} {ALSO}")
        *_, last = shared.reply(question, [], json.dumps({"id": name, "turns": kept}), "en")
        kept.append(last["turns"][0]["kept"])
    return json.dumps(kept)


@pytest.fixture
def turns(sent: str) -> list[dict[str, Any]]:
    """The same, for a test to change."""
    return json.loads(sent)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_a_reply_is_one_turn_of_the_conversation(turns: list[dict[str, Any]]) -> None:
    assert [turn["turn"] for turn in turns] == ["a1", "b2"]
    assert [sentence["text"] for sentence in turns[1]["sentences"]] == [GOOD, ALSO]


@pytest.mark.parametrize("blank", ["", "  ", "\n\t"])
def test_a_blank_question_is_not_asked(page: Page, blank: str) -> None:
    assert list(page.reply(blank, [], "", "en")) == [{"notice": "Write a question first."}]


SENT = ["", "[]", "null", "7", '"x"', "{", "[" * 100_000, '{"id": {"a": 1}, "turns": 7}', '{"id": "<b>", "turns": [1]}']


@pytest.mark.parametrize("wild", SENT, ids=range(len(SENT)))
def test_whatever_comes_with_a_question_it_is_answered(page: Page, generator: Slow, wild: str) -> None:
    generator.queue(GOOD)
    *_, last = page.reply(QUESTION, [], wild, "en")
    assert (last["turns"][0]["id"], last["turns"][0]["busy"]) == ("", False)
    assert len(last["turns"][0]["sentences"]) == 1


# --- the conversation kept ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_kept_conversation_is_drawn_anew_in_each_language(page: Page, turns: list[Any], language: str) -> None:
    t = texts_in(language)
    drawn = page.conversation(json.dumps(turns), language)
    assert (drawn["redraw"], drawn["language"]) == (True, language)
    assert {t("page.title"), t("ask.copied"), t("ask.stopped")} <= set(drawn["words"].values()) <= set(t.words.values())
    for turn, shown in zip(turns, drawn["turns"], strict=True):
        assert (shown["id"], shown["old"], shown["busy"]) == (turn["turn"], True, False)
        assert shown["state"] == t("ask.answered", seconds=round(turn["seconds"], 1))
        assert [read(html).inside["bdi"] for html in shown["sentences"]] == [[GOOD], [ALSO]]
        assert t("ask.copy") in read(shown["ending"]).words
        assert restored([shown["kept"]], page.store) == restored([turn], page.store) != ()


@pytest.mark.parametrize("wild", SENT, ids=range(len(SENT)))
def test_what_is_no_conversation_draws_an_empty_page(page: Page, wild: str) -> None:
    assert page.conversation(wild, "en")["turns"] == []


def test_a_turn_that_was_changed_is_left_out_of_the_others(page: Page, turns: list[dict[str, Any]]) -> None:
    turns[0]["sentences"][0]["spans"][0][2] += 100_000
    turns[1]["turn"] = "'><img src=x>"
    [only] = page.conversation(json.dumps(turns), "en")["turns"]
    assert (only["id"], Read(only["question"]).words) == ("", turns[1]["question"])


def test_no_more_than_a_hundred_turns_are_drawn(page: Page, turns: list[dict[str, Any]]) -> None:
    many = [turns[0] | {"turn": str(n), "sentences": []} for n in range(150)]
    drawn = page.conversation(json.dumps(many), "en")["turns"]
    assert [drawn[0]["id"], drawn[-1]["id"], len(drawn)] == ["50", "149", 100]


# --- taking it away ----------------------------------------------------------------------------------------------------


def quotes_of(page: Page, turns: list[Any]) -> list[str]:
    return [span.quote for answer in restored(turns, page.store) for span in answer.citations]


def test_a_conversation_is_taken_away_as_markdown(page: Page, turns: list[dict[str, Any]]) -> None:
    file, notice = page.download("md", json.dumps(turns), "en")
    text = base64.b64decode(file["data"]).decode()
    assert re.fullmatch(r"conversation-\d{4}-\d\d-\d\d\.md", file["name"])
    assert (file["type"], notice) == ("text/markdown", {"notice": f"Saved as {file['name']}."})
    assert text.count(f"## {QUESTION}") == 1
    assert len(re.findall(r"^\[\^q\d-\d+\]: ", text, re.MULTILINE)) == len(quotes_of(page, turns)) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_document_has_the_quotes_in_its_footnotes(
    page: Page, turns: list[dict[str, Any]], language: str
) -> None:
    file, _ = page.download("docx", json.dumps(turns), language)
    with zipfile.ZipFile(BytesIO(base64.b64decode(file["data"]))) as word:
        notes = word.read("word/footnotes.xml").decode()
    said = [unescape(re.sub(r"<[^>]+>", "", note)) for note in re.findall(r"<w:footnote .*?</w:footnote>", notes, re.S)]
    for quote in quotes_of(page, turns):
        assert any(f"“{' '.join(quote.split())}”" in note for note in said)


@pytest.mark.parametrize("wild", SENT, ids=range(len(SENT)))
@pytest.mark.parametrize("kind", ["md", "docx"])
def test_of_nothing_no_file_is_made(page: Page, wild: str, kind: str) -> None:
    assert page.download(kind, wild, "en") == ({}, {"notice": "There is no answer to keep yet."})


def test_a_file_that_cannot_be_made_is_said(page: Page, turns: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise ExportError("pandoc is missing. Run: something")

    monkeypatch.setattr(behind, "as_docx", fail)
    assert page.download("docx", json.dumps(turns), "en") == ({}, {"notice": "pandoc is missing. Run: something"})


# --- opinions ----------------------------------------------------------------------------------------------------------


def test_an_opinion_is_kept_with_what_the_answer_cited(page: Page, turns: list[dict[str, Any]]) -> None:
    opinion = {
        "verdict": "down",
        "turn": turns[1],
        "history": [QUESTION],
        "reasons": ["wrong_fact", "missing"],
        "comment": "No.\n",
    }
    shown = page.vote(opinion, "en")
    assert shown == {"notice": T("feedback.thanks"), "turn": "b2"}
    [note] = feedback.read(page._feedback)
    assert (note.verdict, note.reasons, note.comment) == (Verdict.DOWN, (Reason.WRONG_FACT, Reason.MISSING), "No.")
    assert (note.question, note.history, note.answer) == (turns[1]["question"], (QUESTION,), f"{GOOD} {ALSO}")
    texts = {document.file: document.text for document in page.store.documents.values()}
    assert [texts[c.file][c.start : c.end] for c in note.cited] == quotes_of(page, turns[1:])


OPINION: dict[str, Any] = {"verdict": "up", "history": [], "reasons": [], "comment": ""}
NONSENSE: list[Any] = [
    *({}, None, [], "vote", 7),
    *({"verdict": verdict} for verdict in ("", "maybe", None, [], {})),
    *({"turn": turn} for turn in (None, {}, [], "x")),
    *({"reasons": reasons} for reasons in (None, 7, "missing", ["because"], [[]])),
    *({"history": history} for history in (None, 7, {}, {"a": 1})),
]


@pytest.mark.parametrize("change", NONSENSE, ids=repr)
def test_nonsense_is_no_opinion(page: Page, turns: list[dict[str, Any]], change: Any) -> None:
    sent = OPINION | {"turn": turns[0]} | change if isinstance(change, dict) and change else change
    assert page.vote(sent, "en") == {"notice": T("feedback.unreadable")}
    assert not page._feedback.exists()


def test_a_comment_that_is_too_long_is_said(page: Page, turns: list[dict[str, Any]]) -> None:
    shown = page.vote(OPINION | {"turn": turns[0], "comment": "x" * 1001}, "en")
    assert "1,000" in shown["notice"]
    assert not page._feedback.exists()


def test_of_a_long_history_a_bounded_part_is_kept(page: Page, turns: list[dict[str, Any]]) -> None:
    del turns[0]["turn"]
    shown = page.vote(OPINION | {"turn": turns[0], "history": ["x" * 5000] * 500}, "en")
    assert shown["turn"] == ""
    [note] = feedback.read(page._feedback)
    assert note.history == ("x" * 1000,) * 100


# --- documents and time ------------------------------------------------------------------------------------------------


def test_a_document_is_shown_with_what_is_looked_for(page: Page) -> None:
    first, *_ = page.store.documents
    assert page.document("", "en") == ""
    assert "<mark" not in page.document(first, "en")
    assert '<mark id="match-1">' in page.document(first, "en", "youth")


@pytest.mark.parametrize("doc_id", ["<script>alert(1)</script>", "' or 1=1", "../../etc/passwd", "\ud83d", "x" * 9999])
def test_a_document_that_is_none_is_said_in_plain_words(page: Page, doc_id: str) -> None:
    html = page.document(doc_id, "en", "<img src=x>")
    assert read(html).inside["p.note"][0].startswith("There is no document ")
    html.encode()


def test_half_a_character_that_is_looked_for_can_be_answered(page: Page) -> None:
    first, *_ = page.store.documents
    page.document(first, "en", "\ud83d").encode()


def test_news_are_selected_by_year_place_and_listing(page: Page) -> None:
    every = page.over_time("", "", "", "en")[1]
    year = str(page.items[0].date.year)
    place = page.items[0].places[0]
    listing = page.items[0].doc_id
    for chosen in ((year, "", ""), ("", place, ""), ("", "", listing), (year, place, listing)):
        plot, table = page.over_time(*chosen, "en")
        expected = timeline.selected(page.items, int(chosen[0]) if chosen[0] else None, *chosen[1:])
        assert re.findall(r'id="item-([^"]+)"', table) == [item.chunk_id for item in expected]
        assert plot
    assert every.count(' id="item-') == len(page.items)
    assert T("timeline.none_selected") in page.over_time("1900", "", "", "en")[1]


# --- the language ------------------------------------------------------------------------------------------------------


@pytest.fixture
def speak(page: Page) -> Iterator[BlockFunction]:
    """What is called when a language is chosen."""
    blocks = build_page(page.assistant, page._feedback)
    [function] = [function for function in blocks.fns.values() if function.name == "speak"]
    yield function
    del blocks
    gc.collect()


@pytest.mark.parametrize("language", LANGUAGES)
def test_under_an_offline_proof_the_page_counts_attempts_as_it_is_opened(page: Page, language: str) -> None:
    count = iter([0, 3])
    blocks = build_page(page.assistant, page._feedback, lambda: next(count))  # first while it is built
    [function] = [function for function in blocks.fns.values() if function.name == "speak"]
    given = function.fn(language, "[]", "", "", "", "")
    [small] = [value for part, value in zip(function.outputs, given, strict=True) if part.elem_id == "small-print"]
    assert f"<p class='proof'>{texts_in(language)('page.offline_proof', attempts=3)}</p></footer>" in small
    del blocks
    gc.collect()


def test_without_an_offline_proof_the_page_claims_none(speak: BlockFunction) -> None:
    given = speak.fn("en", "[]", "", "", "", "")
    assert "proof" not in str(given[[part.elem_id for part in speak.outputs].index("small-print")])


def test_every_part_speaks_the_language_chosen(page: Page, turns: list[Any], speak: BlockFunction) -> None:
    first, *_ = page.store.documents
    for language in LANGUAGES:
        given = speak.fn(language, json.dumps(turns), first, "", "", "")
        parts = {part.elem_id: value for part, value in zip(speak.outputs, given, strict=True)}
        t = texts_in(language)
        assert (parts["language"]["value"], parts["ask"]["value"]) == (language, t("ask.button"))
        assert len(parts["talk"]["turns"]) == 2
        assert t("page.promise") in unescape(parts["header"])
        assert t("ask.examples") in unescape(parts["intro"])
        assert t("documents.heading") in unescape(parts["catalogue"])
        assert page.store.documents[first].title in unescape(parts["reading"])
        assert t("timeline.heading") in unescape(parts["plot"])
        assert parts["by-year"]["label"] == t("page.year")
