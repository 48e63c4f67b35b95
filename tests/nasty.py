"""Texts that would like to be markup, and what readers of Markdown, HTML and Word make of them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pypandoc
from hypothesis import strategies as st

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
