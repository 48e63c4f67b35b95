"""One walk through the page with the real models, as a new user would take it, and how long things take."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest
from browser import MARKS, PHONE, Visit, tell, visit
from docx import Document as WordDocument
from hosting import Served, serving
from playwright.sync_api import expect

from rag.assistant import Assistant
from rag.texts import texts_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [*MARKS, pytest.mark.model]
T = texts_in("en")
MODEL_MS = 240_000  # on a busy computer
QUESTION = "Which youth quota do young unionists demand?"


@pytest.fixture(scope="module")
def served(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over the real models."""
    assistant.warm_up()
    with serving(assistant, tmp_path_factory.mktemp("walk") / "candidates.jsonl") as served:
        yield served


def _asked(here: Visit, question: str) -> Visit:
    return here.ask(question, wait=False).answered(MODEL_MS)


def _verbatim(here: Visit, served: Served) -> str:
    """The quote that is marked, after it was found in the document that it is said to come from."""
    document = here.source.locator(".read").get_attribute("data-document")
    text = served.assistant.documents[str(document)].text
    quote = here.source.locator("blockquote mark.current").inner_text()
    assert quote in text
    return quote


def test_a_walk_through_the_page(browser: Browser, served: Served) -> None:
    began = time.perf_counter()
    with visit(browser, served.url) as here:
        expect(here.question).to_be_focused()
        here.page.keyboard.type(QUESTION)
        here.page.keyboard.press("Enter")
        here.page.locator("#source .nearest li").first.wait_for()
        here.page.wait_for_selector(".turn[aria-busy=false]", timeout=MODEL_MS)
        assert "20 percent" in here.sentences.first.inner_text()
        here.cite(1)
        assert "20 percent youth quota" in _verbatim(here, served)
        tell(f"from an empty window to a verified quotation: {time.perf_counter() - began:.1f} s")

        here.page.locator("#scope > button").click()
        resolution = here.page.get_by_label("IndustriALL 4th Congress resolution: Organizing for a just future")
        resolution.check()
        _asked(here, "What does paragraph 27 say?").cite(1)
        _verbatim(here, served)
        assert "¶27" in here.source.inner_text()
        _asked(here, "And paragraph 28?").cite(1)
        assert "¶28" in here.source.inner_text()
        resolution.uncheck()

        here.ask("What is said about health and safety at work, and what about just transition?", wait=False)
        here.page.locator("#source .nearest li").first.wait_for()
        here.page.locator("#stop").click()
        expect(here.state).to_have_text(T("ask.stopped"))

        with here.page.expect_download() as markdown:
            here.page.get_by_role("button", name=T("ask.markdown")).click()
        text = Path(markdown.value.path()).read_text(encoding="utf-8")
        assert "20 percent youth quota" in text
        with here.page.expect_download() as word:
            here.page.get_by_role("button", name=T("ask.word")).click()
        document = WordDocument(io.BytesIO(Path(word.value.path()).read_bytes()))
        [notes] = [part for part in document.part.package.iter_parts() if part.partname == "/word/footnotes.xml"]
        assert "20 percent youth quota" in re.sub(r"<[^>]+>", "", notes.blob.decode())

        questions = [QUESTION, "What does paragraph 27 say?", "And paragraph 28?"]
        assert here.reload().turns.locator("h2").all_inner_texts() == questions
        here.page.set_viewport_size(PHONE)
        here.cite(1).settled()
        assert here.seen("mark.current")
        assert here.overflow <= 0
        here.page.emulate_media(color_scheme="dark")
        here.page.keyboard.press("Escape")
        expect(here.cites.first).to_be_focused()


def test_examples_are_answered_with_citations(browser: Browser, served: Served) -> None:
    with visit(browser, served.url) as here:
        examples = here.page.locator(".example").all_inner_texts()
        for example in examples:
            _asked(here, example)
            assert here.turn.locator(".refusal").count() == 0, example
            assert here.cites.count() >= 1, example


def test_the_nearest_passages_are_there_at_once(browser: Browser, served: Served) -> None:
    questions = [
        "What is said about supply chains?",
        "Who met in Manila?",
        "What is said about women workers?",
        "What is said about batteries?",
        "Why do unions speak of just transition?",
    ]
    took = []
    with visit(browser, served.url) as here:
        for question in questions:
            here.question.fill(question)
            here.page.evaluate(
                """() => { window.found = 0; const near = document.querySelector('#source .nearby');
                  const old = near.innerHTML, began = performance.now();
                  new MutationObserver((_, seen) => { if (near.querySelector('li') && near.innerHTML !== old) {
                    window.found = performance.now() - began; seen.disconnect(); } }).observe(near, { childList: true, subtree: true }); }"""
            )
            here.question.press("Enter")
            here.page.wait_for_function("window.found")
            took.append(here.page.evaluate("window.found") / 1000)
            here.answered(MODEL_MS)  # until then, the next question would wait in the line
    tell(f"nearest passages after {median(took):.2f} s (median of {[round(s, 2) for s in took]})")
    assert median(took) < 2  # 0.4 s on a computer that does nothing else
