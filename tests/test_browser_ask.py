"""The Ask tab in a real browser: questions, answers, the source beside them."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import FALSE, MARKS, PHONE, QUESTION, Served, Visit, visit
from docx import Document as WordDocument

from rag.texts import texts_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = MARKS
T = texts_in("en")
QUOTE = (
    "Young unionists from South East Asia met in Manila,14 September, and called on trade unions to recognize youth as "
    "catalyst for change and provide a 20 percent youth quota in routine union training."
)
SEVERAL = "Which news items are from 2021?"


def test_the_question_has_the_focus_and_enter_asks_it(here: Visit) -> None:
    assert here.focused.startswith("textarea")
    here.page.keyboard.type(QUESTION)
    here.page.keyboard.press("Enter")
    here.answered()
    assert here.turn.locator("h2").inner_text() == QUESTION
    assert here.sentences.all_inner_texts() == [f"{QUOTE} 1 ✓ checked"]
    assert here.question.input_value() == ""
    assert here.focused.startswith("textarea")
    assert re.fullmatch(r"Answered and checked in [\d.]+ s\.", here.status)


def test_the_button_asks(here: Visit) -> None:
    here.question.fill(QUESTION)
    here.page.locator("#ask").click()
    assert here.answered().sentences.count() == 1


def test_each_example_is_asked_by_a_click(here: Visit) -> None:
    examples = here.page.locator(".example").all_inner_texts()
    assert 4 <= len(examples) <= 6
    here.page.locator(".example").first.click()
    assert here.answered().turn.locator("h2").inner_text() == examples[0]
    assert here.page.locator("#intro").is_hidden()


def test_the_nearest_passages_come_at_once_and_can_be_read(here: Visit, served: Served) -> None:
    here.ask(QUESTION + " slowly", wait=False)
    near = here.page.locator("#source .nearest li")
    near.first.wait_for()
    assert here.turn.get_attribute("aria-busy") == "true"
    assert near.count() == 5
    near.first.locator("button").click()
    here.page.locator("#reading .passage.here").wait_for()
    assert "20 percent youth quota" in here.page.locator(".passage.here").inner_text()
    served.model.released.set()
    here.tab("Ask").answered()
    served.model.released.clear()


def test_a_citation_opens_its_source_at_the_words(here: Visit) -> None:
    here.ask(QUESTION).cite(1)
    assert here.focused == "h3"
    assert "IndustriALL news: South East Asia and Japan" in here.source.locator("h3").inner_text()
    assert "17 September 2024" in here.source.locator(".where").inner_text()
    assert here.source.locator("mark.current").inner_text() == QUOTE
    assert here.source.locator("blockquote mark.current").count() == 1  # inside its paragraph
    assert here.source.locator(".beside").count() == 2  # the one before and the one after
    assert here.seen("mark.current")
    assert here.turn.locator(".cite[aria-current=true]").inner_text() == "1"


def test_on_a_phone_the_source_comes_under_the_answer_and_into_view(browser: Browser, served: Served) -> None:
    with visit(browser, served.url, PHONE, has_touch=True) as here:
        here.ask(QUESTION).turn.locator(".cite").first.tap()
        here.settled(1000)
        assert here.seen("mark.current")
        assert here.box("#source")["y"] > here.box(".turn:last-child .sentences")["y"]
        here.source.locator(".back").tap()
        here.settled(1000)
        assert here.seen(".turn:last-child .cite")


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_the_way_back_leads_to_the_citation(here: Visit, way: str) -> None:
    here.ask(QUESTION).cite(1)
    if way == "button":
        here.source.locator(".back").click()
    else:
        here.page.keyboard.press(way)
    assert here.focused == "button.cite"
    assert here.source.is_hidden()
    assert here.page.locator("#source .nearest").is_visible()


def test_one_turns_the_pages_of_the_sources(here: Visit) -> None:
    here.ask(SEVERAL).cite(1)
    total = len(set(here.cites.all_inner_texts()))
    assert total > 2
    previous, following = (here.source.locator(f"[data-step='{step}']") for step in (-1, 1))
    assert previous.is_disabled()
    first = here.source.locator("mark.current").inner_text()
    following.click()
    assert f"Source 2 of {total}" in here.source.inner_text()
    assert here.source.locator("mark.current").inner_text() != first
    assert here.focused == "h3"
    previous.click()
    assert here.source.locator("mark.current").inner_text() == first
    here.cite(total)
    assert following.is_disabled()


def test_numbers_stay_and_each_sentence_has_one(here: Visit) -> None:
    here.ask(SEVERAL)
    for sentence in here.sentences.all():
        assert sentence.locator(".cite").count() >= 1
        assert "✓ checked" in sentence.inner_text()
    labels = here.cites.evaluate_all("cites => cites.map(cite => cite.getAttribute('aria-label'))")
    assert labels == [f"Source {n}: show the words" for n in here.cites.all_inner_texts()]


def test_a_source_is_copied_as_a_person_cites(here: Visit) -> None:
    here.ask(QUESTION).cite(1)
    here.source.get_by_role("button", name=T("source.copy")).click()
    here.page.wait_for_selector("[data-done]")
    assert here.clipboard.startswith(f"“{QUOTE}” ")
    assert here.clipboard.endswith(", 17 September 2024.")
    assert here.status == T("ask.copied")


def test_an_answer_is_copied_with_its_sources(here: Visit) -> None:
    here.ask(QUESTION).turn.get_by_role("button", name=T("ask.copy")).click()
    here.page.wait_for_selector("[data-done]")
    assert QUOTE in here.clipboard
    assert "17 September 2024" in here.clipboard


def test_the_document_opens_at_the_passage(here: Visit) -> None:
    here.ask(QUESTION).cite(1).source.get_by_role("button", name=T("source.open")).click()
    passage = here.page.locator("#reading .passage.here")
    passage.wait_for()
    here.settled()
    assert QUOTE in passage.inner_text()
    assert here.seen("#reading .passage.here")
    assert here.page.get_by_role("tab", name="Documents").get_attribute("aria-selected") == "true"
    assert ".here" in here.focused


def test_what_was_removed_can_be_opened(here: Visit) -> None:
    here.ask(QUESTION + " falsely")
    assert FALSE not in here.turn.locator(".sentences").inner_text()
    removed = here.turn.locator(".removed")
    assert removed.locator("s").is_hidden()
    removed.locator("summary").click()
    assert removed.locator("s").inner_text() == FALSE
    assert removed.locator("li > span").inner_text() != ""


def test_a_refusal_shows_the_nearest_passages(here: Visit) -> None:
    here.ask(QUESTION + " unheard")
    assert here.sentences.count() == 0
    assert T("ask.refusal") in here.turn.locator(".refusal").inner_text()
    assert here.turn.locator(".nearest li").count() == 3
    assert here.status.startswith("Not answered")


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
    assert here.turns.count() == 0
    assert here.page.locator("#intro").is_visible()
    assert here.source.is_hidden()
    assert here.page.locator("#notice").inner_text() == T("ask.anew")
    assert here.reload().turns.count() == 0


def test_a_reload_keeps_the_conversation(here: Visit) -> None:
    before = here.ask(SEVERAL).ask(QUESTION).page.locator("#turns").inner_text()
    assert here.reload().page.locator("#turns").inner_text() == before
    assert here.cite(1).source.locator("mark.current").inner_text() == QUOTE


def test_stop_ends_the_answer_and_the_next_question_is_answered(here: Visit, served: Served) -> None:
    served.model.stopped.clear()
    here.ask(QUESTION + " slowly", wait=False)
    here.page.get_by_text(T("ask.writing")).last.wait_for()
    here.page.locator("#stop").click()
    assert here.turn.locator(".state").inner_text() == T("ask.stopped")
    assert here.turn.get_attribute("aria-busy") == "false"
    assert served.model.stopped.wait(10)
    here.page.locator("#stop").wait_for(state="hidden")
    assert here.focused.startswith("textarea")
    assert here.ask(QUESTION).sentences.count() == 1
    assert here.turns.first.locator(".state").inner_text() == T("ask.stopped")


def test_a_new_conversation_leaves_the_answer_under_way(here: Visit, served: Served) -> None:
    served.model.stopped.clear()
    here.ask(QUESTION + " slowly", wait=False)
    here.page.get_by_text(T("ask.writing")).last.wait_for()
    here.page.locator("#new").click()
    assert served.model.stopped.wait(10)
    here.settled(1000)
    assert here.turns.count() == 0


def test_no_question_is_asked_for_in_words(here: Visit) -> None:
    for nothing in ("", "   "):
        here.question.fill(nothing)
        here.page.locator("#ask").click()
        here.page.get_by_text(T("ask.empty")).last.wait_for()
        assert here.status == T("ask.empty")
        assert here.turns.count() == 0


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


def test_a_thumb_up_is_kept(here: Visit, served: Served) -> None:
    served.feedback.unlink(missing_ok=True)
    here.ask(QUESTION).turn.get_by_role("button", name=T("feedback.right")).click()
    here.turn.get_by_text(T("feedback.thanks")).wait_for()
    [line] = served.feedback.read_text(encoding="utf-8").splitlines()
    noted = json.loads(line)
    assert (noted["verdict"], noted["question"], noted["reasons"]) == ("up", QUESTION, [])


def test_a_thumb_down_is_kept_with_its_reasons(here: Visit, served: Served) -> None:
    served.feedback.unlink(missing_ok=True)
    here.ask("What does paragraph 27 say?").ask(QUESTION)
    report = here.turn.locator(".report")
    report.locator("summary").click()
    report.get_by_label(T("feedback.wrong_source")).check()
    report.get_by_label(T("feedback.missing")).check()
    report.locator("textarea").fill("The quota is 20 percent. <b>Bold</b>")
    report.get_by_role("button", name=T("feedback.send")).click()
    here.turn.get_by_text(T("feedback.thanks")).wait_for()
    [line] = served.feedback.read_text(encoding="utf-8").splitlines()
    noted = json.loads(line)
    assert (noted["verdict"], noted["reasons"]) == ("down", ["wrong_source", "missing"])
    assert (noted["comment"], noted["history"]) == (
        "The quota is 20 percent. <b>Bold</b>",
        ["What does paragraph 27 say?"],
    )
    assert report.locator("textarea").is_hidden()


def test_the_conversation_is_taken_away_as_markdown_and_word(here: Visit, tmp_path: Path) -> None:
    here.ask(QUESTION).ask("What does paragraph 27 say?")
    with here.page.expect_download() as markdown:
        here.page.get_by_role("button", name=T("ask.markdown")).click()
    text = Path(markdown.value.path()).read_text(encoding="utf-8")
    assert QUOTE in text
    assert "[^" in text
    with here.page.expect_download() as word:
        here.page.get_by_role("button", name=T("ask.word")).click()
    assert word.value.suggested_filename.endswith(".docx")
    document = WordDocument(io.BytesIO(Path(word.value.path()).read_bytes()))
    assert any(QUESTION in paragraph.text for paragraph in document.paragraphs)
    [notes] = [part for part in document.part.package.iter_parts() if part.partname == "/word/footnotes.xml"]
    assert "20 percent youth quota in routine union training" in re.sub(r"<[^>]+>", "", notes.blob.decode())
    here.page.get_by_text("Saved as").first.wait_for()


def test_nothing_is_to_be_taken_away_before_an_answer(here: Visit) -> None:
    assert here.page.locator("#keep").is_hidden()


def test_quotes_are_marked_with_their_own_language(here: Visit) -> None:
    here.ask(QUESTION).cite(1)
    assert here.source.locator(".context").get_attribute("lang") == "en"
    assert here.sentences.first.locator("span").first.get_attribute("lang") == "en"
