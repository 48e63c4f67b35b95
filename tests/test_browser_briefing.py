"""The briefing tab in a real browser: from a topic to a handout that leaves out what was unticked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import MARKS, PHONE, Visit, visit
from docx import Document as WordDocument
from hosting import Served
from playwright.sync_api import expect

from rag.texts import languages, texts_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

pytestmark = MARKS
T = texts_in("en")
TOPIC = "just transition"


@pytest.fixture
def here(here: Visit) -> Visit:
    return here.tab(T("page.briefing"))


def _plan(here: Visit, topic: str = TOPIC) -> None:
    here.page.locator("#topic input, #topic textarea").fill(topic)
    here.page.locator("#plan").click()


def _state(here: Visit) -> Locator:
    return here.page.locator("#brief-state p")


def test_from_a_topic_to_a_handout(here: Visit) -> None:
    _plan(here)
    ticks = here.page.locator("#outline input")
    ticks.first.wait_for()
    planned = here.page.locator("#outline q").all_inner_texts()
    assert len(planned) == ticks.count() >= 8
    ticks.first.uncheck()
    here.page.locator("#write").click()
    handout = here.page.locator("#preview .handout")
    handout.wait_for()
    text = handout.inner_text()
    assert planned[0] not in text
    assert any(quote in text for quote in planned[1:])
    assert handout.locator("h1").count() == 0 or "just transition" in handout.locator("h1").inner_text()
    expect(_state(here)).to_contain_text("points")
    with here.page.expect_download() as word:
        here.page.locator("#handing-out").get_by_role("button", name="Word").click()
    assert word.value.suggested_filename == "briefing.docx"
    document = WordDocument(io.BytesIO(Path(word.value.path()).read_bytes()))
    [notes] = [part for part in document.part.package.iter_parts() if part.partname == "/word/footnotes.xml"]
    assert notes.blob.count(b"<w:footnote ") >= 8


def test_a_download_comes_after_the_writing(here: Visit) -> None:
    _plan(here, "safety")
    ticks = here.page.locator("#outline input")
    ticks.first.wait_for()
    word = here.page.locator("#handing-out").get_by_role("button", name="Word")
    first = here.page.locator("#brief-state p").get_by_text(T("briefing.page.unwritten"), exact=True)
    word.click()
    first.wait_for()
    here.page.locator("#write").click()
    here.page.locator("#preview .handout").wait_for()
    ticks.first.uncheck()
    word.click()
    first.wait_for()
    ticks.first.check()
    with here.page.expect_download():
        word.click()


def test_a_topic_can_be_pressed(here: Visit) -> None:
    topic = here.page.locator(".topic").first
    heading = topic.inner_text()
    topic.click()
    here.page.locator("#outline h2, #outline .refusal").first.wait_for()
    expect(here.page.locator("#topic input, #topic textarea")).to_have_value(heading)


def test_a_topic_that_is_not_covered_is_said(here: Visit) -> None:
    _plan(here, "zxqv wvut")
    here.page.locator("#outline .refusal").wait_for()
    assert "zxqv wvut" in here.page.locator("#outline .refusal").inner_text()


@pytest.mark.parametrize("topic", ["", "?!", "x" * 2000])
def test_what_is_no_topic_is_said_in_a_line(here: Visit, topic: str) -> None:
    _plan(here, topic)
    expect(_state(here)).to_contain_text("topic")


def test_hostile_topics_stay_words(here: Visit) -> None:
    _plan(here, "<img src=http://example.org/x.png> just transition")
    here.page.locator("#outline h2, #outline .refusal").first.wait_for()
    here.page.locator("#write").click()
    here.page.locator("#preview .handout").wait_for()
    assert here.page.locator("#preview img[src^=http], #outline img").count() == 0


@pytest.mark.parametrize("language", languages())
def test_the_tab_speaks_every_language(here: Visit, language: str) -> None:
    here.speak(languages()[language])
    t = texts_in(language)
    here.tab(t("page.briefing"))
    expect(here.page.locator("#plan")).to_have_text(t("briefing.page.plan"))
    expect(here.page.locator("#ordering")).to_contain_text(t("briefing.page.for_young_workers"))


def test_on_a_phone_nothing_stands_out(browser: Browser, served: Served) -> None:
    with visit(browser, served.url, PHONE) as here:
        here.tab(T("page.briefing"))
        _plan(here)
        here.page.locator("#outline input").first.wait_for()
        here.page.locator("#write").click()
        here.page.locator("#preview .handout").wait_for()
        assert here.overflow <= 0
