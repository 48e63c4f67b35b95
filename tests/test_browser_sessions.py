"""Several visitors at once, a server that is ended or has no model, and how quick the page is."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest
from browser import MARKS, PATIENCE_MS, QUESTION, WIDE, least, tell, visit
from conftest import SEEDS
from desk import DIMENSION, opened_index
from fakes import HashEmbedder
from hosting import HOST, Served, free_port, serving, started
from playwright.sync_api import expect

from rag.absent import AbsentGenerator
from rag.assistant import Assistant
from rag.config import Settings
from rag.texts import texts_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = MARKS
T = texts_in("en")
MOST_BYTES = 6_000_000
SHIFTS = """window.shifts = []; new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) shifts.push([entry.value, entry.sources.map(s => s.node?.outerHTML?.slice(0, 80)).join(' + ')]);
})).observe({ type: 'layout-shift', buffered: true });"""


def test_no_visitor_sees_anothers_questions(browser: Browser, served: Served) -> None:
    questions = ["What does paragraph 27 say?", "Which news items are from 2021?", QUESTION]
    with ExitStack() as stack:
        visitors = [stack.enter_context(visit(browser, served.url)) for _ in questions]
        for visitor, question in zip(visitors, questions, strict=True):
            visitor.ask(question, wait=False)
        for visitor, question in zip(visitors, questions, strict=True):
            assert visitor.answered().turns.locator("h2").all_inner_texts() == [question]
        for visitor, question in zip(visitors, reversed(questions), strict=True):
            visitor.ask(question, wait=False)
        for visitor, first, second in zip(visitors, questions, reversed(questions), strict=True):
            assert visitor.answered().turns.locator("h2").all_inner_texts() == [first, second]
            kept = visitor.page.evaluate("JSON.parse(sessionStorage.getItem('solidarity-desk')).map(t => t.question)")
            assert kept == [first, second]
        answers = {visitor.turns.first.locator(".sentences").inner_text() for visitor in visitors}
        assert len(answers) == 3
        with visit(browser, served.url) as newcomer:
            assert newcomer.turns.count() == 0


def test_who_comes_while_another_is_answered_sees_the_place_in_the_line(browser: Browser, served: Served) -> None:
    served.model.hold()
    with ExitStack() as stack:
        first, second, third = (stack.enter_context(visit(browser, served.url)) for _ in range(3))
        first.ask(QUESTION + " slowly", wait=False)
        first.page.get_by_text(T("ask.writing")).last.wait_for()
        second.ask(QUESTION, wait=False)
        second.page.locator(".state", has_text=re.compile("^1 question is before yours")).wait_for()
        third.ask(QUESTION, wait=False)
        third.page.locator(".state", has_text=re.compile("^2 questions are before yours")).wait_for()
        expect(third.status).to_have_text(re.compile("^2 questions are before yours"))
        second.page.locator("#stop").click()  # who leaves makes room
        third.page.locator(".state", has_text=re.compile("^1 question is before yours")).wait_for()
        served.model.released.set()
        assert first.answered().sentences.count() == third.answered().sentences.count() == 1
        expect(second.state).to_have_text(T("ask.stopped"))


def test_a_visitor_who_leaves_frees_the_model(browser: Browser, served: Served) -> None:
    served.model.hold()
    with visit(browser, served.url) as here:
        here.ask(QUESTION + " slowly", wait=False)
        here.page.get_by_text(T("ask.writing")).last.wait_for()
    assert served.model.stopped.wait(PATIENCE_MS / 1000)


def test_a_server_that_is_killed_and_comes_back_loses_nothing(browser: Browser, tmp_path: Path) -> None:
    t = texts_in("es")
    first = started(tmp_path, port := free_port())
    with ExitStack() as stack, visit(browser, f"http://{HOST}:{port}", locale="es") as here:
        here.ask("What does paragraph 27 say?")
        here.ask(QUESTION + " slowly", wait=False)
        here.page.get_by_text(t("ask.writing")).last.wait_for()
        first.kill()
        first.wait()
        here.page.locator("#notice", has_text=t("page.lost")).wait_for()
        expect(here.status).to_have_text(t("page.lost"))
        expect(here.state).to_have_text(t("ask.cut_off"))
        assert here.turns.first.locator(".sentences li").count() == 1
        assert not here.page.locator(".toast-body").first.is_visible()  # Gradio's own words, in English
        stack.callback(started(tmp_path, port).kill)
        here.page.locator("#notice", has_text=t("page.unanswered")).wait_for()
        here.ready()
        assert t("page.back") in here.page.locator("#notice").inner_text()
        expect(here.turns.locator("h2")).to_have_text(["What does paragraph 27 say?"])
        expect(here.question).to_have_value(QUESTION + " slowly")
        here.ask(QUESTION)
        assert here.sentences.count() == 1
        expect(here.page.locator("#notice")).to_have_text("")
        here.complaints.clear()  # the browser's own, while nobody answered


def test_without_a_language_model_the_page_says_what_to_run_and_searches(browser: Browser, tmp_path: Path) -> None:
    reason = "The language model is not here. Run: rag models --fetch"
    with opened_index(tmp_path / "index", SEEDS, HashEmbedder(dimension=DIMENSION)) as index:
        assistant = Assistant(Settings(), index, HashEmbedder(dimension=DIMENSION), AbsentGenerator(reason))
        with serving(assistant, tmp_path / "candidates.jsonl") as page, visit(browser, page.url) as here:
            warning = here.page.locator("#header .warning")
            expect(warning).to_contain_text("rag models --fetch")
            here.ask(QUESTION)
            assert reason in here.turn.locator(".state").inner_text()
            assert here.page.locator("#source .nearest li").count() == 5
            assert "South East Asia and Japan" in here.page.locator("#source .nearest li").first.inner_text()
            here.ask("Which news items are from 2021?")
            assert here.sentences.count() >= 1
            assert "2021" in here.cite(1).source.inner_text()
            here.speak("Español")
            here.page.wait_for_selector("html[lang=es]")
            expect(warning).to_contain_text("rag models --fetch")


# How quick and how heavy it is. The models are stand-ins; tests/test_browser_walk.py times the real ones.


def test_the_page_is_light_and_soon_ready_to_type_in(browser: Browser, served: Served) -> None:
    def opened() -> float:
        session = browser.new_context(viewport=WIDE)
        page = session.new_page()
        responses = []
        page.on("response", lambda response: responses.append(response))
        began = time.perf_counter()
        page.goto(served.url, wait_until="commit")
        page.wait_for_selector("#question textarea:focus", timeout=PATIENCE_MS)
        seconds = time.perf_counter() - began
        page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
        weight = sum(response.request.sizes()["responseBodySize"] for response in responses)
        whole = sum(len(response.body()) for response in responses if response.status == 200)
        session.close()
        tell(f"ready to type after {seconds:.2f} s; {weight / 1e6:.2f} MB sent, {whole / 1e6:.2f} MB unpacked")
        assert weight < whole < MOST_BYTES
        return seconds

    assert least(opened, 10) < 10  # 2 s on a computer that does nothing else


def test_a_citation_opens_its_source_at_once(browser: Browser, served: Served) -> None:
    with visit(browser, served.url) as here:
        here.ask("Which news items are from 2021?")
        times = """async () => { const times = [];
              for (const cite of document.querySelectorAll('.cite')) {
                const began = performance.now(); cite.click();
                await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                if (document.querySelector('#source').dataset.source !== cite.dataset.source) throw 'closed';
                times.push(performance.now() - began); }
              return times; }"""
        took = least(lambda: median(here.page.evaluate(times)), 200)
        tell(f"a click shows its source after {took:.0f} ms (median)")
        assert took < 200


@pytest.mark.parametrize(
    "question", [QUESTION, "What will IndustriALL do to hold capital accountable?", QUESTION + " unheard"]
)
@pytest.mark.parametrize(("width", "most"), [(1280, 0.02), (390, 0.25)])
def test_nothing_jumps_while_an_answer_comes(
    browser: Browser, served: Served, question: str, width: int, most: float
) -> None:
    served.model.hold()
    with visit(browser, served.url, {"width": width, "height": 800}) as here:
        here.ask(QUESTION)
        here.settled()
        here.page.evaluate(SHIFTS)
        here.settled(300)
        here.page.evaluate("shifts.length = 0")
        here.ask(question + " slowly", wait=False)
        here.page.locator("#source .nearest li").first.wait_for()
        here.settled(1200)  # what follows is not caused by the key that was pressed
        served.model.released.set()
        here.answered()
        here.settled()
        shifts = here.page.evaluate("shifts")
    tell(f"layout shift {sum(value for value, _ in shifts):.4f}")
    assert sum(value for value, _ in shifts) < most, shifts
