"""What is taken away: the clipboard, Markdown and Word; nothing in it becomes markup, and each quote comes back whole."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import docx
import pypandoc
import pytest
from desk import assistant_over, opened_index, text_chunk, text_document
from fakes import ScriptedGenerator
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.errors import RagError
from rag.export import as_docx, as_markdown, as_text
from rag.markdown import bullets, escape, footnote, heading, noted
from rag.oneline import one_line, shortened
from rag.pandoc import ExportError, convert, metadata
from rag.texts import texts_in
from rag.types import Answer, Document, Hit, Sentence, Span, Support, Timings

T = texts_in("en")
DAY = dt.date(2025, 3, 9)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

NASTY = (
    "![alt](http://evil.example/x.png)",
    "[link](javascript:alert(1)) and [ref][1] and [^q1-1] and [^x]: note",
    "<img src='http://evil.example/x.png'> <script>alert(1)</script> <!-- hidden -->",
    "https://evil.example www.evil.example me@evil.example <http://evil.example>",
    "# heading\n## heading\n\nsetext\n===\n---\n",
    "1. one", "1) one", "(1) one", "(@) one", "#. one", "a. one", "iv) four", "- item", "+ item", "* item", "-", "+",
    "| a | b |\n|---|---|\n| c | d |", "Table: caption", ": definition", "| line block", "> quote", "[ ] task",
    "$x^2$ $$y$$ \\(z\\) \\[w\\] \\begin{x} \\textbf{b} \\", "H~2~O x^2^ ~~gone~~ ==marked== __bold__ *it* _it_ **b**",
    "@smith2020 [@smith2020, p. 3] @{x}", "`code` ``` fence ~~~ fence ::: div", "&amp; &lt; &#65; & &copy",
    "\"straight\" 'single' it's -- and --- and ... etc. Mr. Smith", ":smile: :warning:", "{#id .class key=val} {=html}",
    "---\ntitle: hacked\n---", "% title", "[text]{.underline} <u>x</u> [[wiki]]", "ends with backslash\\", "    indented code",
    "עברית \u202eturned\u202c العربية", "zero\u200bwidth\u00adsoft\ufeffbom", "emoji 👩🏽‍🏭 日本語 ภาษาไทย", "*[HTML]: abbreviation",
    "[x] done", "[X]", "[ ]", "\x00\x1b[31mred\x07 \x85 \u2028 \ufffe", "a\u00a0b\u2009c", "!", "\\", "_", "^", "]", "[", "^[inline note]", "x^[note]^",
)  # fmt: skip
nasty = st.lists(
    st.one_of(
        st.sampled_from(NASTY),
        st.text(alphabet="\\`*_{}[]()<>#+-.!|~^$@&\"'=:%/ \n\tab1", max_size=12),
        st.text(max_size=8),
    ),
    min_size=1,
    max_size=4,
).map(lambda parts: "".join(parts).replace("\u2060", ""))


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

PLAIN = {"Para", "Plain", "Header", "BulletList", "Str", "Space", "Note", "LineBreak", "SoftBreak"}
ALL = "markdown+emoji+autolink_bare_uris+mark+tex_math_double_backslash+wikilinks_title_after_pipe"
READERS = ("markdown", ALL, "gfm", "commonmark_x", "commonmark+footnotes+pipe_tables+attributes-raw_html")


def ast(markdown: str, reader: str) -> dict[str, object]:
    return json.loads(pypandoc.convert_text(markdown, "json", reader, verify_format=False, extra_args=["--sandbox"]))


def kinds(node: object) -> Iterator[str]:
    """The kind of every element."""
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from kinds(part)
    if isinstance(node, dict) and "t" in node:
        yield node["t"]


def words(node: object) -> str:
    """All words, with a space for any space."""
    if isinstance(node, list):
        return "".join(map(words, node))
    if not isinstance(node, dict):
        return ""
    if node["t"] == "Str":
        return node["c"].replace("\u2060", "")  # keeps "[ ]" from becoming a box to tick
    return " " if node["t"] in ("Space", "SoftBreak", "LineBreak") else words(node.get("c", []))


def notes(node: object) -> Iterator[str]:
    if isinstance(node, dict) and node.get("t") == "Note":
        yield words(node["c"])
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from notes(part)


def same(text: str) -> str:
    """As texts are compared: any spaces are one."""
    return " ".join(text.split())


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


class Notes(HTMLParser):
    """The words of each footnote of an HTML page, and every tag with an address."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "li" and (values.get("id") or "").startswith("fn"):
            self.notes.append("")
            self._inside = True
        if tag == "a":
            self._inside = False  # the way back to the text

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.notes[-1] += data


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


def footnotes(path: Path) -> list[str]:
    """The words of each footnote, line breaks as spaces."""
    signs = {f"{W}br": " ", f"{W}softHyphen": "\u00ad"}
    with zipfile.ZipFile(path) as file:
        root = ElementTree.fromstring(file.read("word/footnotes.xml"))
    return [
        same("".join(part.text or "" if part.tag == f"{W}t" else signs.get(part.tag, "") for part in note.iter()))
        for note in root.findall(f"{W}footnote")
        if f"{W}type" not in note.attrib
    ]


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as file:
        return file.read(name).decode("utf-8")


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


def test_raw_html_and_far_pictures_that_nobody_escaped_do_nothing(tmp_path: Path) -> None:
    path = tmp_path / "raw.docx"
    raw = (
        "a <b>b</b> ![far](http://127.0.0.1:9/x.png) \\textbf{c} $d$\n\n<script>e</script>\n\n```{=openxml}\n<f/>\n```"
    )
    as_docx(raw, path, "en", "x")
    assert "127.0.0.1" not in part(path, "word/_rels/document.xml.rels")
    assert [p.text for p in docx.Document(str(path)).paragraphs] == ["x", "a b far \\textbf{c} $d$", "<f/>"]


def test_a_local_file_cannot_be_pulled_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    convert(f"![x]({secret})", "html", tmp_path / "page.html", ["--embed-resources", *metadata("en", "x")])
    assert "c2VjcmV0" not in (tmp_path / "page.html").read_text(encoding="utf-8")  # base64 of it


def test_without_a_heading_the_title_is_the_one_given(tmp_path: Path) -> None:
    as_docx("Words.", tmp_path / "t.docx", "es", "A: *title* = \x00 <b>")
    assert docx.Document(str(tmp_path / "t.docx")).core_properties.title == "A: *title* = <b>"


def test_a_file_that_is_there_is_replaced_and_one_that_fails_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.docx"
    path.write_bytes(b"old")
    with pytest.raises(ExportError, match=r"^pandoc cannot make this nothing file: [^\n]+$"):
        convert("Words.", "nothing", path)
    assert path.read_bytes() == b"old"
    as_docx("Words.", path, "en", "x")
    assert path.read_bytes()[:2] == b"PK"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["missing/t.docx", "file/t.docx", "folder", "x" * 300])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RagError, match=r"cannot be written: [^\n]+\. Choose another folder\.$") as caught:
        as_docx("Words.", tmp_path / place, "en", "x")
    assert str(tmp_path / place) in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_missing_pandoc_is_said_with_the_command_that_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise OSError("No pandoc was found")

    monkeypatch.setattr(pypandoc, "get_pandoc_path", missing)
    with pytest.raises(ExportError, match=r"^pandoc is missing.*pip install pypandoc_binary$"):
        as_docx("Words.", tmp_path / "t.docx", "en", "x")
    assert list(tmp_path.iterdir()) == []


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


# --- lines ------------------------------------------------------------------------------------------------------------


@given(st.text(), st.integers(1, 20))
def test_lines_are_never_longer_than_asked_for(text: str, most: int) -> None:
    line = one_line(text)
    assert one_line(line) == line
    line.encode("utf-8")
    short = shortened(text, most)
    assert len(short) <= most
    assert short == line or (short.endswith("…") and line.startswith(short[:-1]))
