"""Whether everybody can use the page: axe-core, keyboard alone, narrow and enlarged windows, dark, calm."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import MARKS, NARROW, PHONE, QUESTION, SEVERAL, WIDE, Visit, visit
from hosting import Served
from playwright.sync_api import expect

from rag.texts import languages, texts_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = MARKS
T = texts_in("en")
GRAVE = ("serious", "critical")
SMALL = """() => [...document.querySelectorAll('button, a[href], input, select, summary, [role=tab], [role=option]')]
  .filter(e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('[aria-hidden=true], .skip'))
  .map(e => [e.closest('label') || e, e]).map(([area, e]) => [area.getBoundingClientRect(), e])
  .filter(([box]) => box.width > 1 && (box.width < 24 || box.height < 24))
  .map(([box, e]) => e.outerHTML.slice(0, 120) + ' ' + Math.round(box.width) + '×' + Math.round(box.height))"""


def _violations(here: Visit) -> list[str]:
    """What axe-core finds that is serious or critical, each with where it is."""
    here.settled()
    return [
        f"{found['id']} ({found['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for found in Axe().run(here.page).response["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["1280", "390"])
def test_axe_finds_nothing_grave_on_any_tab(
    browser: Browser, served: Served, window: dict[str, int], scheme: str
) -> None:
    with visit(browser, served.url, window, color_scheme=scheme) as here:
        found = {"first": _violations(here)}
        here.ask(QUESTION + " unheard").ask(QUESTION + " falsely").cite(1)
        here.turn.locator(".removed summary").click()
        here.turn.locator(".report summary").click()
        found["answer"] = _violations(here)
        here.page.locator("#scope > button").click()
        found["scope"] = _violations(here)
        here.tab("Briefing")
        here.page.locator("#topic input, #topic textarea").fill("just transition")
        here.page.locator("#plan").click()
        here.page.locator("#outline input").first.wait_for()
        found["outline"] = _violations(here)
        here.page.locator("#write").click()
        here.page.locator("#preview .handout").wait_for()
        found["briefing"] = _violations(here)
        here.tab("Documents")
        found["documents"] = _violations(here)
        here.page.locator("#catalogue .read").nth(3).click()
        find = here.page.locator("#find input, #find textarea")
        find.fill("climate")
        find.press("Enter")
        here.page.locator("#reading .finds").wait_for()
        found["document"] = _violations(here)
        here.tab("Timeline")
        found["timeline"] = _violations(here)
        here.page.locator("#by-year input").click()
        found["filter"] = _violations(here)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_headings_and_landmarks_are_in_order(here: Visit) -> None:
    here.ask(QUESTION).ask(SEVERAL).cite(1)
    for tab in ("Ask", "Briefing", "Documents", "Timeline"):
        here.tab(tab).settled()
        levels = here.page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(h => h.checkVisibility()).map(h => +h.tagName[1])"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels
        for landmark in ("main", "banner", "contentinfo"):
            assert here.page.get_by_role(landmark).count() == 1, landmark


def test_keyboard_alone_does_everything(here: Visit) -> None:
    keys = here.page.keyboard
    keys.type(SEVERAL)
    keys.press("Enter")
    here.answered()
    expect(here.question).to_be_focused()
    for _ in range(200):  # back from the box to the first citation of the answer
        keys.press("Shift+Tab")
        if here.page.evaluate("document.activeElement === document.querySelector('.turn:last-child .cite')"):
            break
    expect(here.cites.first).to_be_focused()
    keys.press("Enter")
    expect(here.source.locator("h3")).to_be_focused()
    assert here.seen("mark.current")
    before = here.source.locator("mark.current").inner_text()
    keys.press("Tab")  # the passage can be scrolled; the next stop is the next source, as there is none before
    keys.press("Tab")
    assert here.page.evaluate("document.activeElement.dataset.step") == "1"
    keys.press("Enter")
    assert here.source.locator("mark.current").inner_text() != before
    keys.press("Escape")
    expect(here.cites.first).to_be_focused()
    keys.press("Enter")
    for _ in range(4):  # passage, next, copy, open
        keys.press("Tab")
    assert here.page.evaluate("document.activeElement.textContent") == T("source.open")
    keys.press("Enter")
    expect(here.page.locator("#reading .passage.here")).to_be_focused()
    here.page.get_by_role("tab", name="Documents").focus()
    keys.press("Tab")
    keys.press("Enter")
    here.page.locator("#plot").wait_for()


def test_what_has_the_focus_is_seen(here: Visit) -> None:
    """Each stop of the Tab key has an outline and nothing sticky in front of it."""
    here.ask(SEVERAL).ask(SEVERAL).settled()
    here.page.evaluate("scrollTo(0, 0)")
    here.page.locator("#language input:checked").focus()
    hidden, stops = [], 0
    for _ in range(90):
        here.page.keyboard.press("Tab")
        stop = here.page.evaluate(
            """async () => { const e = document.activeElement;
              if (!e || e === document.body) return null;
              // The page moves to what has the focus with the next picture.
              await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
              const area = e.closest('label') || e, box = area.getBoundingClientRect(), style = getComputedStyle(e);
              const front = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
              return { name: e.outerHTML.slice(0, 100), outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
                seen: box.bottom > 0 && box.top < innerHeight && (area.contains(front) || !!front?.contains(area)) }; }"""
        )
        if stop is None:
            break
        stops += 1
        if not (stop["outlined"] and stop["seen"]):
            hidden.append(stop)
    assert stops > 30
    assert hidden == []


@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["1280", "390"])
def test_targets_are_large_enough(browser: Browser, served: Served, window: dict[str, int]) -> None:
    with visit(browser, served.url, window) as here:
        small = here.page.evaluate(SMALL)
        here.ask(SEVERAL).cite(1).turn.locator(".report summary").click()
        here.page.locator("#scope > button").click()
        small += here.settled().page.evaluate(SMALL)
        here.tab("Documents").page.locator("#catalogue .read").nth(3).click()
        here.page.locator("#reading article").wait_for()
        small += here.settled().page.evaluate(SMALL)
        here.tab("Timeline").settled()
        small += here.page.evaluate(SMALL)
        assert small == []


def _walked(here: Visit) -> list[tuple[str, int]]:
    """Where the page is wider than the window."""
    wide = [("first", here.overflow)]
    here.ask(SEVERAL).cite(1)
    wide.append(("answer", here.overflow))
    for tab in (T("page.documents"), T("page.timeline")):
        here.tab(tab).settled()
        wide.append((tab, here.overflow))
    here.tab(T("page.documents")).page.locator("#catalogue .read").nth(3).click()
    here.page.locator("#reading article").wait_for()
    wide.append(("document", here.overflow))
    return [(name, pixels) for name, pixels in wide if pixels > 0]


@pytest.mark.parametrize(
    "window", [NARROW, {"width": 320, "height": 256}], ids=["320 px wide", "1280 x 1024 px at 400%"]
)
def test_nothing_scrolls_sideways_in_a_narrow_window(browser: Browser, served: Served, window: dict[str, int]) -> None:
    with visit(browser, served.url, window) as here:
        assert _walked(here) == []


def test_text_twice_as_large_fits(browser: Browser, served: Served) -> None:
    with visit(browser, served.url) as here:
        here.page.add_style_tag(content="html { font-size: 200% }")
        assert _walked(here) == []


@pytest.mark.parametrize("code", list(languages()))
def test_each_language_fits_on_a_phone(browser: Browser, served: Served, code: str) -> None:
    with visit(browser, served.url, NARROW, locale=code) as here:
        t = texts_in(code)
        here.ask(SEVERAL).cite(1)
        assert here.overflow <= 0
        for tab in ("page.documents", "page.timeline"):
            here.tab(t(tab)).settled()
            assert here.overflow <= 0


def test_who_wants_it_calm_sees_nothing_move(browser: Browser, served: Served) -> None:
    with visit(browser, served.url, reduced_motion="reduce") as here:
        here.ask(QUESTION).cite(1)
        moving = "document.getAnimations().filter(a => a.playState === 'running').length"
        assert here.page.evaluate(moving) == 0
        assert here.sentences.first.evaluate("e => getComputedStyle(e).animationName") == "none"


def test_dark_is_dark(browser: Browser, served: Served) -> None:
    with visit(browser, served.url, color_scheme="dark") as here:
        red, green, blue = here.page.evaluate(
            "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor.match(/\\d+/g).map(Number)"
        )[:3]
        assert max(red, green, blue) < 40


def test_the_first_stop_leads_to_the_question(here: Visit) -> None:
    here.page.mouse.click(3, 3)  # from here on, Tab begins at the top
    here.page.keyboard.press("Tab")
    expect(here.page.locator(".skip")).to_be_focused()
    assert here.seen(".skip")
    here.page.keyboard.press("Enter")
    here.page.keyboard.press("Tab")
    expect(here.question).to_be_focused()
