"""The page in a real browser, and a visitor who uses it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

MARKS = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # gradio leaves loops and sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting':DeprecationWarning"),  # gradio's use of pandas
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),  # the same
]
WIDE, PHONE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}, {"width": 320, "height": 640}
QUESTION = "Do young unionists from South East Asia call for a youth quota in routine union training?"
QUOTE = (
    "Young unionists from South East Asia met in Manila,14 September, and called on trade unions to recognize youth as "
    "catalyst for change and provide a 20 percent youth quota in routine union training."
)  # what answers it
SEVERAL = "Which news items are from 2021?"  # has several sources
PATIENCE_MS = 60_000  # on a busy computer
expect.set_options(timeout=PATIENCE_MS)
_SEEN = """element => {
  const box = element.getBoundingClientRect(), at = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const front = document.elementFromPoint(...at);
  return box.top >= 0 && box.bottom <= innerHeight && (element.contains(front) || !!front?.contains(element));
}"""
# Until nothing has scrolled, faded or grown for 10 frames and 200 ms; what moves for ever is let alone after 10 s.
_STILL = """async () => {
  const moving = () => document.getAnimations().some(
    a => a.playState === "running" && a.effect?.getComputedTiming().endTime !== Infinity);
  const places = () => [...document.querySelectorAll("*")].filter(e => e.scrollTop).map(e => e.scrollTop).join() +
    " " + document.documentElement.scrollHeight;
  const until = performance.now() + 10_000;
  let before = "", since = performance.now(), frames = 0;
  while (performance.now() < until && (frames < 10 || performance.now() - since < 200)) {
    await new Promise(done => requestAnimationFrame(done));
    const now = places();
    if (now !== before || moving()) { before = now; since = performance.now(); frames = 0; } else frames += 1;
  }
}"""
_VIOLATIONS = """window.violations = [];
addEventListener("securitypolicyviolation", event => violations.push(event.violatedDirective + " " + event.blockedURI));"""


def tell(line: str) -> None:
    """Say something measured, to those who run pytest with -s."""
    sys.stdout.write(f"\n{line}\n")


def least(measure: Callable[[], float], most: float, times: int = 3) -> float:
    """The least of some measurements, of which the first that is below `most` is the last.

    What else a computer does can only make them greater.
    """
    found = measure()
    for _ in range(times - 1):
        if found >= most:
            found = min(found, measure())
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skips the test where there is none, but for CI."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        missing = "These tests need Chromium. Debian/Ubuntu: apt install chromium (or set CHROMIUM to its path)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Visit:
    """Somebody who has the page open; all that the browser asked for and complained of is written down."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    # What is on the page.

    @property
    def turns(self) -> Locator:
        return self.page.locator(".turn")

    @property
    def turn(self) -> Locator:
        """The latest one."""
        return self.turns.last

    @property
    def sentences(self) -> Locator:
        return self.turn.locator(".sentences > li")

    @property
    def cites(self) -> Locator:
        return self.turn.locator(".cite")

    @property
    def source(self) -> Locator:
        return self.page.locator("#source .one")

    @property
    def question(self) -> Locator:
        return self.page.locator("#question textarea")

    @property
    def status(self) -> Locator:
        """What a screen reader is told."""
        return self.page.locator("#status")

    @property
    def state(self) -> Locator:
        """What the latest turn says of itself."""
        return self.turn.locator(".state")

    # What a visitor does.

    def ask(self, question: str, *, wait: bool = True) -> Visit:
        """Type a question and press Enter; wait for the end of the answer."""
        before = self.turns.count()
        self.question.fill(question)
        self.question.press("Enter")
        self.page.wait_for_selector(f"#turns > :nth-child({before + 1})")
        return self.answered() if wait else self

    def answered(self, timeout: float = PATIENCE_MS) -> Visit:
        """Wait until the latest turn is complete."""
        self.page.wait_for_selector(".turn:last-child[aria-busy=false]", timeout=timeout)
        return self

    def cite(self, n: int = 1) -> Visit:
        """Click a citation of the latest turn."""
        self.turn.locator(f".cite[data-source='{n}']").first.click()
        self.source.locator("h3").wait_for()
        return self

    def tab(self, name: str) -> Visit:
        """Go to a tab by its name."""
        tab = self.page.get_by_role("tab", name=name, exact=True)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        return self

    def speak(self, language: str) -> Visit:
        """Choose the language of the page by what it calls itself."""
        self.page.locator("#language").get_by_text(language, exact=True).click()
        return self

    def reload(self) -> Visit:
        self.page.reload()
        self.ready()
        # Gradio complains of its own open connection when the page is left.
        left = ("AbortError", "Connection errored out")
        self.complaints[:] = [line for line in self.complaints if not any(words in line for words in left)]
        return self

    def settled(self, milliseconds: int = 300) -> Visit:
        """Wait for so long at least, and for what moves then: smooth scrolling, and what fades in."""
        self.page.wait_for_timeout(milliseconds)
        self.page.evaluate(_STILL)
        return self

    def ready(self) -> Visit:
        """Wait until the page is there and knows its words."""
        self.page.wait_for_selector("#talk section[aria-label]", timeout=PATIENCE_MS, state="attached")
        return self

    @property
    def clipboard(self) -> str:
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def seen(self, selector: str) -> bool:
        """Whether all of something is in the window when nothing moves, with nothing in front of its middle."""
        self.page.evaluate(_STILL)
        return bool(self.page.locator(selector).first.evaluate(_SEEN))

    @property
    def strangers(self) -> list[str]:
        """What was asked of another origin."""
        own = urlsplit(self.url).netloc
        return [url for url in self.requests if urlsplit(url).netloc not in ("", own)]

    def box(self, selector: str) -> dict[str, float]:
        """Where something is in the window."""
        box = self.page.locator(selector).first.bounding_box()
        assert box is not None, selector
        return dict(box)

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def visit(browser: Browser, url: str, viewport: dict[str, int] | None = None, **context: Any) -> Iterator[Visit]:
    """Open the page in a browser session of its own; at the end, nothing went to another origin and nothing failed."""
    choices: dict[str, Any] = {"locale": "en-GB", "permissions": ["clipboard-read", "clipboard-write"], **context}
    session = browser.new_context(viewport=viewport or WIDE, **choices)
    try:
        here = _opened(session, url)
        yield here
        assert here.strangers == [], here.strangers
        assert here.complaints == [], here.complaints
        assert here.page.evaluate("window.violations") == []
    finally:
        session.close()


def _opened(session: BrowserContext, url: str) -> Visit:
    page = session.new_page()
    page.set_default_timeout(PATIENCE_MS)
    here = Visit(page, url)
    page.on("request", lambda request: here.requests.append(request.url))
    page.on("pageerror", lambda error: here.complaints.append(str(error)))

    def complained(message: ConsoleMessage) -> None:
        if message.type == "error":
            here.complaints.append(message.text)

    page.on("console", complained)
    page.add_init_script(_VIOLATIONS)
    page.goto(url)
    return here.ready()
