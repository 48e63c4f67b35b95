"""The source beside an answer in a real browser: nearest passages, citations, the way back, the document itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser import MARKS, PHONE, QUESTION, QUOTE, SEVERAL, Visit, visit
from hosting import Served
from playwright.sync_api import expect

from rag.texts import texts_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = MARKS
T = texts_in("en")


def test_the_nearest_passages_come_at_once_and_can_be_read(here: Visit, served: Served) -> None:
    served.model.hold()
    here.ask(QUESTION + " slowly", wait=False)
    near = here.page.locator("#source .nearest li")
    near.first.wait_for()
    assert here.turn.get_attribute("aria-busy") == "true"
    expect(near).to_have_count(5)
    near.first.locator("button").click()
    here.page.locator("#reading .passage.here").wait_for()
    assert "20 percent youth quota" in here.page.locator(".passage.here").inner_text()
    served.model.released.set()
    here.tab("Ask").answered()


def test_a_citation_opens_its_source_at_the_words(here: Visit) -> None:
    here.ask(QUESTION).cite(1)
    expect(here.source.locator("h3")).to_be_focused()
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
        expect(here.source.locator("h3")).to_be_focused()
        here.settled()
        assert here.seen("mark.current")
        assert here.box("#source")["y"] > here.box(".turn:last-child .sentences")["y"]
        here.source.locator(".back").tap()
        expect(here.cites.first).to_be_focused()
        here.settled()
        assert here.seen(".turn:last-child .cite")


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_the_way_back_leads_to_the_citation(here: Visit, way: str) -> None:
    here.ask(QUESTION).cite(1)
    if way == "button":
        here.source.locator(".back").click()
    else:
        here.page.keyboard.press(way)
    expect(here.cites.first).to_be_focused()
    expect(here.source).to_be_hidden()
    expect(here.page.locator("#source .nearest")).to_be_visible()


def test_one_turns_the_pages_of_the_sources(here: Visit) -> None:
    here.ask(SEVERAL).cite(1)
    total = len(set(here.cites.all_inner_texts()))
    assert total > 2
    previous, following = (here.source.locator(f"[data-step='{step}']") for step in (-1, 1))
    expect(previous).to_be_disabled()
    first = here.source.locator("mark.current").inner_text()
    following.click()
    expect(here.source).to_contain_text(f"Source 2 of {total}")
    assert here.source.locator("mark.current").inner_text() != first
    expect(here.source.locator("h3")).to_be_focused()
    previous.click()
    expect(here.source).to_contain_text(f"Source 1 of {total}")
    assert here.source.locator("mark.current").inner_text() == first
    here.cite(total)
    expect(following).to_be_disabled()


def test_a_source_is_copied_as_a_person_cites(here: Visit) -> None:
    here.ask(QUESTION).cite(1)
    here.source.get_by_role("button", name=T("source.copy")).click()
    here.page.wait_for_selector("[data-done]")
    assert here.clipboard.startswith(f"“{QUOTE}” ")
    assert here.clipboard.endswith(", 17 September 2024.")
    expect(here.status).to_have_text(T("ask.copied"))


def test_the_document_opens_at_the_passage(here: Visit) -> None:
    here.ask(QUESTION).cite(1).source.get_by_role("button", name=T("source.open")).click()
    passage = here.page.locator("#reading .passage.here")
    expect(passage).to_be_focused()
    here.settled()
    assert QUOTE in passage.inner_text()
    assert here.seen("#reading .passage.here")
    expect(here.page.get_by_role("tab", name="Documents")).to_have_attribute("aria-selected", "true")


def test_quotes_are_marked_with_their_own_language(here: Visit) -> None:
    here.ask(QUESTION).cite(1)
    assert here.source.locator(".context").get_attribute("lang") == "en"
    assert here.sentences.first.locator("span").first.get_attribute("lang") == "en"
