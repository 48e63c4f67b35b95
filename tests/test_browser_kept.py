"""What is kept of a conversation in a real browser: over a reload, on the clipboard, as files, and what one thinks of it."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from browser import MARKS, QUESTION, QUOTE, SEVERAL, Visit
from docx import Document as WordDocument
from hosting import Served
from playwright.sync_api import expect

from rag.texts import texts_in

pytestmark = MARKS
T = texts_in("en")


def test_an_answer_is_copied_with_its_sources(here: Visit) -> None:
    here.ask(QUESTION).turn.get_by_role("button", name=T("ask.copy")).click()
    here.page.wait_for_selector("[data-done]")
    assert QUOTE in here.clipboard
    assert "17 September 2024" in here.clipboard


def test_a_reload_keeps_the_conversation(here: Visit) -> None:
    before = here.ask(SEVERAL).ask(QUESTION).page.locator("#turns").inner_text()
    assert here.reload().page.locator("#turns").inner_text() == before
    assert here.cite(1).source.locator("mark.current").inner_text() == QUOTE


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
    expect(report.locator("textarea")).to_be_hidden()


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
    expect(here.page.locator("#keep")).to_be_hidden()
