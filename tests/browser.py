"""The page in a real browser: a served page whose language model is a quick stand-in, and a visitor who uses it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from conftest import SEEDS
from desk import DIMENSION, assistant_over, opened_index
from fakes import HashEmbedder, ScriptedGenerator

from rag.assistant import Assistant
from rag.types import Prompt

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

MARKS = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # gradio leaves loops and sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting':DeprecationWarning"),  # gradio's use of pandas
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),  # the same
]
HOST = "127.0.0.1"
WIDE, PHONE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}, {"width": 320, "height": 640}
QUESTION = "Do young unionists from South East Asia call for a youth quota in routine union training?"
FALSE = "Seventy-seven delegates sang in Reykjavik."
PATIENCE_MS = 60_000  # on a busy computer
_SEEN = """element => {
  const box = element.getBoundingClientRect(), at = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const front = document.elementFromPoint(...at);
  return box.top >= 0 && box.bottom <= innerHeight && (element.contains(front) || !!front?.contains(element));
}"""
_VIOLATIONS = """window.violations = [];
addEventListener("securitypolicyviolation", event => violations.push(event.violatedDirective + " " + event.blockedURI));"""
_PASSAGE = re.compile(r"Passage:\n\n(?:\([^)]*\) )?(.*?)\n\nQuestion: (.*?)\n\n", re.DOTALL)


class Copying(ScriptedGenerator):
    """Answers with the sentence of the passage that ends it; what the question says about the answer comes true.

    "unheard": no passage states the answer. "falsely": something false is said, too. "slowly": writes until
    `released` is set, or for half a minute.
    """

    def __init__(self) -> None:
        super().__init__(name="copying")
        self.released = threading.Event()
        self.stopped = threading.Event()  # a slow answer was ended by its reader

    def yes_probability(self, prompt: Prompt) -> float:
        return 0.0 if "unheard" in prompt.user else 1.0

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        found = _PASSAGE.search(prompt.user)
        assert found, prompt.user
        passage, question = found.groups()
        said = passage.splitlines()[-1] + (f" {FALSE}" if "falsely" in question else "")
        return self._slowly(said) if "slowly" in question else self._pieces(said, 10_000)

    def _slowly(self, said: str) -> Generator[str, None, None]:
        until = time.monotonic() + 30
        try:
            while not self.released.is_set() and time.monotonic() < until:
                yield " "
                time.sleep(0.02)
            yield said
        except GeneratorExit:
            self.stopped.set()
            raise


@dataclass
class Served:
    """The page as it is served."""

    url: str
    assistant: Assistant
    feedback: Path

    @property
    def model(self) -> Copying:
        model = self.assistant._generator
        assert isinstance(model, Copying)
        return model


@contextmanager
def serving(assistant: Assistant, feedback: Path, port: int = 0) -> Iterator[Served]:
    """The page over an assistant, on a free port or on this one."""
    import app

    port = port or free_port()
    page = app.build_app(assistant, feedback)
    app.launch(page, HOST, port)
    try:
        yield Served(f"http://{HOST}:{port}", assistant, feedback)
    finally:
        page.close(verbose=False)


def started(folder: Path, port: int) -> subprocess.Popen[str]:
    """The same in a process of its own, which can be killed; returns when it serves."""
    process = subprocess.Popen([sys.executable, __file__, folder, str(port)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "served\n"
    return process


def tell(line: str) -> None:
    """Say something measured, to those who run pytest with -s."""
    sys.stdout.write(f"\n{line}\n")


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def desk(folder: Path, seeds: Path = SEEDS) -> Iterator[Served]:
    """The page over an index of `seeds` with stand-ins for both models."""
    with opened_index(folder / "index", seeds, HashEmbedder(dimension=DIMENSION)) as index:
        assistant = assistant_over(index, Copying())
        assistant.warm_up()
        with serving(assistant, folder / "candidates.jsonl") as page:
            yield page


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skips the test where there is none, but for CI."""
    from playwright.sync_api import sync_playwright

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
    def status(self) -> str:
        return self.page.locator("#status").inner_text()

    @property
    def focused(self) -> str:
        """Tag, id and classes of what has the focus."""
        return str(
            self.page.evaluate(
                "(() => { const e = document.activeElement; return [e.tagName.toLowerCase(), e.id && '#' + e.id, "
                "...[...e.classList].map(c => '.' + c)].filter(Boolean).join('') })()"
            )
        )

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
        self.page.get_by_role("tab", name=name, exact=True).click()
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

    def settled(self, milliseconds: int = 700) -> Visit:
        """Wait for what moves: smooth scrolling, and what fades in."""
        self.page.wait_for_timeout(milliseconds)
        return self

    def ready(self) -> Visit:
        """Wait until the page is there and knows its words."""
        self.page.wait_for_selector("#talk section[aria-label]", timeout=PATIENCE_MS, state="attached")
        return self

    @property
    def clipboard(self) -> str:
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def seen(self, selector: str) -> bool:
        """Whether all of something is in the window, with nothing in front of its middle."""
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


if __name__ == "__main__":
    _, here, at = sys.argv
    with opened_index(Path(here, "index"), embedder=HashEmbedder(dimension=DIMENSION)) as opened:
        with serving(assistant_over(opened, Copying()), Path(here, "candidates.jsonl"), int(at)):
            sys.stdout.write("served\n")
            sys.stdout.flush()
            threading.Event().wait()
