"""The Ask tab in a real browser: questions and answers."""

from __future__ import annotations

import re

import pytest
from browser import MARKS, PATIENCE_MS, QUESTION, QUOTE, SEVERAL, Visit
from hosting import FALSE, Served
from playwright.sync_api import expect

from rag.texts import texts_in

pytestmark = MARKS
T = texts_in("en")


def test_the_question_has_the_focus_and_enter_asks_it(here: Visit) -> None:
    expect(here.question).to_be_focused()
    here.page.keyboard.type(QUESTION)
    here.page.keyboard.press("Enter")
    here.answered()
    assert here.turn.locator("h2").inner_text() == QUESTION
    assert here.sentences.all_inner_texts() == [f"{QUOTE} 1 ✓ checked"]
    expect(here.question).to_have_value("")
    expect(here.question).to_be_focused()
    expect(here.status).to_have_text(re.compile(r"^Answered and checked in [\d.]+ s\.$"))


def test_the_button_asks(here: Visit) -> None:
    here.question.fill(QUESTION)
    here.page.locator("#ask").click()
    assert here.answered().sentences.count() == 1


def test_each_example_is_asked_by_a_click(here: Visit) -> None:
    examples = here.page.locator(".example").all_inner_texts()
    assert 4 <= len(examples) <= 6
    here.page.locator(".example").first.click()
    assert here.answered().turn.locator("h2").inner_text() == examples[0]
    expect(here.page.locator("#intro")).to_be_hidden()


def test_numbers_stay_and_each_sentence_has_one(here: Visit) -> None:
    here.ask(SEVERAL)
    for sentence in here.sentences.all():
        assert sentence.locator(".cite").count() >= 1
        assert "✓ checked" in sentence.inner_text()
    labels = here.cites.evaluate_all("cites => cites.map(cite => cite.getAttribute('aria-label'))")
    assert labels == [f"Source {n}: show the words" for n in here.cites.all_inner_texts()]


def test_what_was_removed_can_be_opened(here: Visit) -> None:
    here.ask(QUESTION + " falsely")
    assert FALSE not in here.turn.locator(".sentences").inner_text()
    removed = here.turn.locator(".removed")
    expect(removed.locator("s")).to_be_hidden()
    removed.locator("summary").click()
    expect(removed.locator("s")).to_be_visible()
    assert removed.locator("s").inner_text() == FALSE
    assert removed.locator("li > span").inner_text() != ""


def test_a_refusal_shows_the_nearest_passages(here: Visit) -> None:
    here.ask(QUESTION + " unheard")
    assert here.sentences.count() == 0
    assert T("ask.refusal") in here.turn.locator(".refusal").inner_text()
    assert here.turn.locator(".nearest li").count() == 3
    expect(here.status).to_have_text(re.compile("^Not answered"))


def test_only_ticked_documents_count_and_none_ticked_is_all(here: Visit) -> None:
    title = "IndustriALL 4th Congress resolution: Organizing for a just future"
    here.page.locator("#scope > button").click()
    box = here.page.get_by_label(title)
    box.check()
    here.ask("What is said about young workers and training?").cite(1)
    assert title in here.source.locator("h3").inner_text()
    assert set(here.page.locator("#source .nearest .read").evaluate_all("all => all.map(b => b.dataset.document)")) == {
        here.source.locator(".read").get_attribute("data-document")
    }
    box.uncheck()
    here.ask(QUESTION).cite(1)
    assert "South East Asia and Japan" in here.source.locator("h3").inner_text()


def test_a_conversation_goes_on_and_begins_anew(here: Visit) -> None:
    here.ask("What does paragraph 27 say?").ask("And paragraph 28?")
    assert here.turns.locator("h2").all_inner_texts() == ["What does paragraph 27 say?", "And paragraph 28?"]
    assert "¶28" in here.cite(1).source.inner_text()
    here.page.locator("#new").click()
    expect(here.turns).to_have_count(0)
    expect(here.page.locator("#intro")).to_be_visible()
    expect(here.source).to_be_hidden()
    expect(here.page.locator("#notice")).to_have_text(T("ask.anew"))
    assert here.reload().turns.count() == 0


def test_stop_ends_the_answer_and_the_next_question_is_answered(here: Visit, served: Served) -> None:
    served.model.hold()
    here.ask(QUESTION + " slowly", wait=False)
    here.page.get_by_text(T("ask.writing")).last.wait_for()
    here.page.locator("#stop").click()
    expect(here.state).to_have_text(T("ask.stopped"))
    expect(here.turn).to_have_attribute("aria-busy", "false")
    assert served.model.stopped.wait(PATIENCE_MS / 1000)
    expect(here.page.locator("#stop")).to_be_hidden()
    expect(here.question).to_be_focused()
    assert here.ask(QUESTION).sentences.count() == 1
    expect(here.turns.first.locator(".state")).to_have_text(T("ask.stopped"))


def test_a_new_conversation_leaves_the_answer_under_way(here: Visit, served: Served) -> None:
    served.model.hold()
    here.ask(QUESTION + " slowly", wait=False)
    here.page.get_by_text(T("ask.writing")).last.wait_for()
    here.page.locator("#new").click()
    assert served.model.stopped.wait(PATIENCE_MS / 1000)
    here.settled(1000)  # nothing comes after it
    expect(here.turns).to_have_count(0)


def test_no_question_is_asked_for_in_words(here: Visit) -> None:
    for nothing in ("", "   "):
        here.question.fill(nothing)
        here.page.locator("#ask").click()
        here.page.get_by_text(T("ask.empty")).last.wait_for()
        expect(here.status).to_have_text(T("ask.empty"))
        expect(here.turns).to_have_count(0)


def test_a_very_long_question_is_refused_and_the_page_holds(here: Visit) -> None:
    here.ask("word " * 4000)
    assert here.turn.locator(".refusal").inner_text() != ""
    assert here.overflow <= 0
    assert here.ask(QUESTION).sentences.count() == 1


@pytest.mark.parametrize(
    "question",
    [
        f"{QUESTION} 🙂👩🏽‍🏭✊🏿",
        f"{QUESTION} هل يطالب الشباب بحصة؟",
        f"{QUESTION} <img src=http://example.org/x.png onerror=alert(1)><script>alert(1)</script>",
        f"{QUESTION} **bold** [link](http://example.org) ![x](http://example.org/x.png) `code`",
    ],
    ids=["emoji", "Arabic", "HTML", "Markdown"],
)
def test_what_is_typed_is_shown_as_it_is(here: Visit, question: str) -> None:
    here.page.on("dialog", lambda dialog: here.complaints.append(dialog.message))
    here.ask(question)
    assert here.turn.locator("h2").inner_text() == question
    assert here.turn.locator("h2 *").evaluate_all("all => all.map(e => e.tagName)") == ["BDI"]
    assert here.turn.locator("img, script, h2 a, h2 strong").count() == 0
    assert here.reload().turn.locator("h2").inner_text() == question


def test_the_live_region_tells_what_goes_on_and_never_the_answer(here: Visit) -> None:
    here.page.evaluate(
        "window.told = []; new MutationObserver(() => told.push(document.querySelector('#status').textContent))"
        ".observe(document.querySelector('#status'), { childList: true, characterData: true, subtree: true })"
    )
    here.ask(QUESTION)
    told = here.page.evaluate("window.told")
    assert told[0] == T("ask.searching")
    assert told[-1].startswith("Answered and checked")
    assert len(told) <= 6
    assert not any("Manila" in line for line in told)
    assert here.page.locator("#talk [aria-live], #talk [role=status], #talk [role=alert]").count() == 1
