"""What is taken away: the clipboard, Markdown and Word; nothing in it becomes markup, and each quote comes back whole."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import docx
import pypandoc
import pytest
from desk import assistant_over, opened_index, text_chunk, text_document
from fakes import ScriptedGenerator
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nasty import NASTY, PLAIN, READERS, Notes, ast, footnotes, kinds, nasty, notes, part, same, words

from rag.export import as_docx, as_markdown, as_text
from rag.markdown import bullets, escape, footnote, heading, noted
from rag.oneline import one_line
from rag.texts import texts_in
from rag.types import Answer, Document, Hit, Sentence, Span, Support, Timings

T = texts_in("en")
DAY = dt.date(2025, 3, 9)


def document_of(*quotes: str, **changes: object) -> Document:
    return text_document("\n".join(quotes), **{"publisher": "JCM", "date": "2021-03-09", "language": "en", **changes})


def answer_of(question: str, *said: tuple[str, Sequence[str]], title: str = "A title", **changes: object) -> Answer:
    """An answer whose sentences cite quotes; each quote is a passage of one document, found again by its offsets."""
    document = document_of(*dict.fromkeys(quote for _, quotes in said for quote in quotes), title=title)
    spans: dict[str, Span] = {}
    hits: list[Hit] = []
    start = 0
    for quote in document.text.split("\n") if not changes.pop("whole", False) else [document.text]:
        chunk = text_chunk(document, start, start + len(quote), locator=f"¶{len(hits) + 1}")
        spans[quote] = Span(document.id, chunk.id, chunk.start, chunk.end, quote)
        hits.append(Hit(chunk, 1.0, len(hits) + 1))
        start = chunk.end + 1
    sentences = tuple(Sentence(text, tuple(spans[q] for q in quotes), Support.SUPPORTED) for text, quotes in said)
    fields = {"refused": "", "coverage": "", "config_id": "c0ffee00", "model": "scripted"} | changes
    timings = Timings(0.1, 0.2, 0.3)
    return Answer(id="a", question=question, sentences=sentences, hits=tuple(hits), timings=timings, **fields)


def documents_of(*titles: str) -> dict[str, Document]:
    made = [document_of(title=title) for title in titles or ("A title",)]
    return {document.id: document for document in made}


TWO = answer_of(
    "Who met, and where?",
    ("Unions met in Manila.", ["Unions met in Manila in March."]),
    ("They asked for a quota.", ["They asked for a quota.", "Unions met in Manila in March."]),
    coverage="I hold 10 of 43 results; other items may exist.",
)
REFUSED = answer_of("Who leads the union on Mars?", refused="I did not find the answer in the documents I hold.")


# --- the clipboard ----------------------------------------------------------------------------------------------------


def test_an_answer_on_the_clipboard_keeps_its_sources() -> None:
    date = T.date("2021-03-09")
    assert as_text(TWO, documents_of(), T) == (
        "Who met, and where?\n"
        "\n"
        "Unions met in Manila. [1]\n"
        "They asked for a quota. [2][1]\n"
        "\n"
        "I hold 10 of 43 results; other items may exist.\n"
        "\n"
        "Sources\n"
        f"[1] JCM, “A title”, {date}, ¶1.\n"
        "    “Unions met in Manila in March.”\n"
        f"[2] JCM, “A title”, {date}, ¶2.\n"
        "    “They asked for a quota.”\n"
    )


def test_a_refusal_on_the_clipboard_says_so() -> None:
    assert as_text(REFUSED, documents_of(), T) == (
        "Who leads the union on Mars?\n\nNot answered. I did not find the answer in the documents I hold.\n"
    )


def test_what_was_withheld_is_counted_and_never_said() -> None:
    withheld = Sentence("A false thing.", (), Support.UNSUPPORTED)
    answer = Answer(
        "a", "Who?", (*TWO.sentences, withheld, withheld), TWO.hits, "", "", Timings(0, 0, 0), "c0ffee00", "scripted"
    )
    said = as_text(answer, documents_of(), T)
    assert "2 sentences of the language model were withheld" in said
    assert "false thing" not in said + as_markdown([answer], documents_of(), T, DAY)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def test_a_conversation_as_markdown() -> None:
    date = T.date("2021-03-09")
    assert as_markdown([TWO, REFUSED], documents_of(), T, DAY) == (
        "# Questions to the documents\n\n"
        f"Made on {T.date('2025-03-09')}.\n\n"
        "Documents searched:\n\n"
        f"- “A title”, document, {date}\n\n"
        "## Who met, and where?\n\n"
        "Unions met in Manila.[^q1-1]\n\n"
        "They asked for a quota.[^q1-2]\u202f[^q1-1]\n\n"
        "I hold 10 of 43 results; other items may exist.\n\n"
        "## Who leads the union on Mars?\n\n"
        "Not answered. I did not find the answer in the documents I hold.\n\n"
        "## How this was made\n\n"
        f"{T('export.checked')}\n\n"
        "Language model: scripted. Configuration: c0ffee00.\n\n"
        f"[^q1-1]: JCM, “A title”, {date}, ¶1.\\\n    “Unions met in Manila in March.”\n\n"
        f"[^q1-2]: JCM, “A title”, {date}, ¶2.\\\n    “They asked for a quota.”\n"
    )
    assert "not legal advice" in T("export.checked")


def test_a_listing_says_how_much_of_it_is_held() -> None:
    document = document_of("x", kind="listing", date="2022-06-24/2024-10-25", notes={"held": 10, "advertised": 43})
    said = as_markdown([], {document.id: document}, T, DAY)
    assert f"- “A title”, news listing, {T.date('2022-06-24')} – {T.date('2024-10-25')}, 10 of 43 items held\n" in said
    assert "Language model" not in said


def test_a_long_question_is_a_short_heading_and_a_whole_paragraph() -> None:
    question = "why " * 5000
    said = as_markdown([answer_of(question, refused="No.")], documents_of(), T, DAY)
    lines = said.split("\n")
    assert [len(line) for line in lines if line.startswith("## why")] == [3 + 160]
    assert question.strip() in lines


def test_a_question_of_spaces_gets_a_heading_still() -> None:
    assert "## \\(no question)\n" in as_markdown([answer_of(" \n ", refused="No.")], documents_of(), T, DAY)


# --- nothing becomes markup -------------------------------------------------------------------------------------------


def assert_said_plainly(texts: Sequence[str], reader: str) -> None:
    """Each text as paragraph, heading, list item and footnote comes back as it is and as nothing else."""
    blocks: list[str] = []
    for n, text in enumerate(texts):
        blocks += [noted(text, [f"n-{n}"]), heading(f"h {text}", 2), bullets([f"{text}", f"{text} again"])]
    blocks += [footnote(f"n-{n}", text, text) for n, text in enumerate(texts)]
    read = ast("\n\n".join(blocks), reader)
    assert read["meta"] == {}
    assert set(kinds(read["blocks"])) <= PLAIN
    found = read["blocks"]
    assert [block["t"] for block in found] == ["Para", "Header", "BulletList"] * len(texts)
    assert list(map(same, notes(found))) == [same(f"{one_line(text)} “{one_line(text)}”") for text in texts]
    for n, text in enumerate(texts):
        paragraph, title, items = found[3 * n : 3 * n + 3]
        assert same(words([part for part in paragraph["c"] if part["t"] != "Note"])) == one_line(text)
        assert same(words(title["c"][2])) == one_line(f"h {text}")
        assert [same(words(item)) for item in items["c"]] == [one_line(text), one_line(f"{text} again")]


@pytest.mark.parametrize("reader", READERS)
def test_nasty_texts_stay_plain_in_every_dialect(reader: str) -> None:
    assert_said_plainly(NASTY, reader)


@settings(max_examples=25)
@given(st.lists(nasty.filter(one_line), min_size=8, max_size=40))
def test_any_text_stays_plain(texts: list[str]) -> None:
    assert_said_plainly(texts, "markdown")
    assert_said_plainly(texts, "gfm")
    assert_said_plainly(texts, READERS[-1])


@given(nasty)
@example("Mr. Smith's plan - 10:30, 50% (of all); “why?” 5/6 1,000.50")
def test_an_escaped_text_is_one_line_and_loses_only_its_backslashes(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", escape(text)) == one_line(text)


def test_ordinary_prose_is_hardly_escaped() -> None:
    prose = (
        "In 2024, 60 union representatives (30 of them women) met on 19 June; “why?” – 50% of all. See ¶63, point 3."
    )
    assert escape(prose) == prose


@settings(max_examples=10)
@given(st.lists(nasty.filter(lambda text: one_line(text) and "\n" not in text), min_size=3, max_size=12, unique=True))
def test_a_conversation_of_nasty_words_gives_each_quote_back_from_html(texts: list[str]) -> None:
    answers = [answer_of(text, (text, [text]), title=texts[0], coverage=text, model=text) for text in texts]
    page = Notes()
    page.feed(
        pypandoc.convert_text(
            as_markdown(answers, documents_of(texts[0]), T, DAY),
            "html",
            "markdown",
            verify_format=False,
            extra_args=["--wrap=none", "--sandbox"],
        )
    )
    assert len(page.notes) == len(texts)
    for note, text in zip(page.notes, texts, strict=True):
        assert same(note).endswith(f" “{one_line(text)}”")
    assert all(address.startswith("#fn") for address in page.addresses)
    assert not page.tags & {"img", "script", "table", "code", "pre", "em", "strong", "sub", "del", "iframe"}


# --- Word -------------------------------------------------------------------------------------------------------------


def test_a_word_document_has_footnotes_headings_and_a_language(tmp_path: Path) -> None:
    path = tmp_path / "conversation.docx"
    as_docx(as_markdown([TWO, REFUSED], documents_of(), T, DAY), path, "fr", "Not used")
    document = docx.Document(str(path))
    styles = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith(("Title", "Heading"))]
    assert styles == [
        ("Title", "Questions to the documents"),
        ("Heading 1", "Who met, and where?"),
        ("Heading 1", "Who leads the union on Mars?"),
        ("Heading 1", "How this was made"),
    ]
    assert document.core_properties.title == "Questions to the documents"
    assert document.core_properties.language == "fr"
    assert re.findall(r'<w:lang [^>]*w:val="([^"]*)"', part(path, "word/styles.xml")) == ["fr"]
    # Three citations, of which two are of the same words.
    assert part(path, "word/document.xml").count("<w:footnoteReference ") == 3
    date = T.date("2021-03-09")
    assert footnotes(path) == [
        f"JCM, “A title”, {date}, ¶1. “Unions met in Manila in March.”",
        f"JCM, “A title”, {date}, ¶2. “They asked for a quota.”",
        f"JCM, “A title”, {date}, ¶1. “Unions met in Manila in March.”",
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_nasty_words_come_back_whole_from_word(tmp_path: Path) -> None:
    path = tmp_path / "nasty.docx"
    texts = [one_line(text) for text in NASTY]
    as_docx(
        as_markdown([answer_of(t, (t, [t]), title=t) for t in texts], documents_of(*texts), T, DAY), path, "en", "x"
    )
    found = footnotes(path)
    assert len(found) == len(texts)
    assert all(note.endswith(f" “{text}”") for note, text in zip(found, texts, strict=True))
    assert "evil" not in part(path, "word/_rels/document.xml.rels") + part(path, "word/_rels/footnotes.xml.rels")
    docx.Document(str(path))


def test_an_answer_over_the_real_documents_round_trips(tmp_path: Path) -> None:
    quote = "In industriALL’s virtual International Nuclear Workers’ Unions’ Network (INWUN) meeting"
    with opened_index(tmp_path / "index") as index:
        assistant = assistant_over(index, ScriptedGenerator(again="No."), passages=4)
        answer = assistant.ask("List the news items of May 2024")
        assert not answer.refused
        assert any(quote in span.quote for span in answer.citations)
        path = tmp_path / "answer.docx"
        as_docx(as_markdown([answer], assistant.documents, T, DAY), path, "en", "x")
        marks = [span for sentence in answer.shown for span in sentence.spans]
        found = footnotes(path)
        assert len(found) == len(marks)
        assert all(note.endswith(f"“{same(span.quote)}”") for note, span in zip(found, marks, strict=True))
        assert all(assistant.documents[s.doc_id].text[s.start : s.end] == s.quote for s in marks)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "conversation.docx"
    as_docx(as_markdown([TWO, REFUSED], documents_of(), T, DAY), path, "en", "x")
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "txt:Text", "--outdir", str(tmp_path), str(path)],
        check=True,
        timeout=120,
        capture_output=True,
    )  # fmt: skip
    assert "Unions met in Manila" in (tmp_path / "conversation.txt").read_text(encoding="utf-8-sig")
