"""The Documents tab: every document, each passage verbatim, what is searched for marked, nothing of others as markup."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from desk import opened_index, text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import RagError
from rag.store import Store, write_store
from rag.texts import texts_in
from rag.types import Chunk, Document
from rag.ui.documents import catalogue, document_page
from rag.ui.verbatim import marked, matches

T = texts_in("en")
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=http://evil.example/x onerror=alert(1)>",
    "' onmouseover='alert(1)' \" onfocus=\"alert(1)",
    "</div></article><iframe src=//evil.example>",
    "&lt;b&gt; &amp; &#60;",
    "\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627 {n} {title}",
]
MAY = set(
    "article header section h2 h3 h4 p ul li bdi nav a span div mark strong svg path button details summary".split()  # noqa: SIM905
)  # every tag that the page uses
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.sampled_from(HOSTILE)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened_index(tmp_path_factory.mktemp("index") / "index") as index:
        yield index.store


def stored(document: Document, chunks: Sequence[Chunk]) -> closing[Store]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        write_store(path, [document], chunks, [chunk.text for chunk in chunks])
        return closing(Store(path))


def plain(html: str) -> str:
    """What stands between the tags; no attribute of the page holds a ">"."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def texts(html: str) -> list[str]:
    """The text of each passage, in order."""
    return [plain(found) for found in re.findall(r'<div class="words"[^>]*>(.*?)</div>', html, re.DOTALL)]


def ids(html: str) -> list[str]:
    return re.findall(r' id="([^"]*)"', html)


def test_the_catalogue_tells_what_each_document_is(store: Store) -> None:
    html = catalogue(store, T)
    cards = re.findall(r"<li class=\"card\">.*?</button></li>", html, re.DOTALL)
    assert len(cards) == 5
    first, _, features, resolution, article = map(plain, cards)
    assert "IndustriALL news: South East Asia and Japan" in first
    assert "news listing" in first
    assert f"{T.date('2022-06-24')} to {T.date('2024-10-25')}" in first
    assert "English" in first
    assert "10 passages" in first
    assert "10 of 43 results held, 1–10" in first
    assert "10 of 144 results held, 131–140" in features
    assert "84 passages" in resolution
    assert "4th Congress; the text bears no date" in resolution
    assert "held" not in resolution + article
    assert "May 2018" in article
    assert re.findall(r'data-document="([^"]+)"', html) == list(store.documents)
    assert html.count('<button type="button" class="read"') == 5


def test_the_bar_shows_which_part_of_the_list_is_held(store: Store) -> None:
    bars = re.findall(r'viewBox="0 0 (\d+) 1".*?class="part" x="(\d+)" width="(\d+)"', catalogue(store, T))
    assert bars == [("43", "0", "10"), ("394", "0", "10"), ("144", "130", "10")]


def test_every_passage_of_every_document_is_shown_verbatim(store: Store) -> None:
    for doc_id in store.documents:
        chunks = [chunk for chunk in store.chunks().values() if chunk.doc_id == doc_id]
        for query in ("", "the", "unions and"):
            html = document_page(store, doc_id, T, query)
            assert texts(html) == [chunk.text for chunk in chunks]
            assert [i for i in ids(html) if i.startswith("passage-")] == [f"passage-{chunk.id}" for chunk in chunks]
            assert len(set(ids(html))) == len(ids(html))
            assert set(re.findall(r'href="#([^"]*)"', html)) <= set(ids(html))


def test_headings_and_lead_ins_are_shown_once_where_they_begin(store: Store) -> None:
    resolution = list(store.documents)[3]
    html = document_page(store, resolution, T)
    assert [plain(found) for found in re.findall(r"<h3 .*?</h3>", html)] == [
        "I IndustriALL Global Union’s analysis and perspectives for the current political, economic, social and labour situation in the world",
        "II Strategic objectives and actions",
    ]
    sections = [plain(found) for found in re.findall(r"<h4 .*?</h4>", html)]
    assert sections[-4:] == [
        "A Fighting for equality and workers’ rights",
        "B Building trade union power",
        "C Holding capital accountable",
        "D Shaping our future through Just Transition",
    ]
    lead_ins = re.findall(r'<div class="passage lead-in">.*?</div>', html)
    assert list(map(plain, lead_ins)) == [f"¶{n}Therefore, IndustriALL will:" for n in (32, 44, 54, 63)]
    assert html.index("¶31<") < html.index("¶32<") < html.index("¶32, 1st point<") < html.index("¶33<")
    assert '<div class="words" lang="en" dir="auto">' in html


def test_matches_are_marked_counted_and_linked(store: Store) -> None:
    first = next(iter(store.documents))
    html = document_page(store, first, T, "  JUST   transition ")
    assert [plain(found) for found in re.findall(r"<mark.*?</mark>", html)] == ["Just Transition", "Just Transition"]
    assert "Search for “JUST   transition”: 2 matches in 1 passage" in plain(html)
    html = document_page(store, first, T, "japanese")
    n = len(re.findall("japanese", store.documents[first].text, re.IGNORECASE))
    assert [i for i in ids(html) if i.startswith("match-")] == [f"match-{k}" for k in range(1, n + 1)]
    steps = [plain(found) for found in re.findall(r'<nav class="steps".*?</nav>', html)]
    assert steps[0] == f"Matches 1–2 of {n}↓ Next match"
    assert steps[-1].endswith("↑ Previous match")
    assert len(steps) > 2


def test_no_query_no_marks_and_a_vain_one_says_so(store: Store) -> None:
    first = next(iter(store.documents))
    for query in ("", "   ", "\n"):
        html = document_page(store, first, T, query)
        assert "<mark" not in html
        assert 'class="finds"' not in html
    html = document_page(store, first, T, "<b>zebra</b> & co")
    assert "Nothing in this document matches “<b>zebra</b> & co”." in plain(html)
    assert "<b>" not in html


def test_matches_in_headings_and_over_line_breaks_count() -> None:
    document = text_document("Youth calls\n3 May 2024\nYouth quota now.", language="en")
    news = text_chunk(document, kind="news", date="2024-05-03", locator="3 May 2024", headings=("On youth",))
    with stored(document, [news]) as store:
        html = document_page(store, document.id, T, "youth")
        assert "3 matches in 1 passage, 1 of them in a heading" in plain(html)
        html = document_page(store, document.id, T, "CALLS 3 may")
        assert re.findall(r"<mark.*?</mark>", html, re.DOTALL) == [
            '<mark id="match-1">calls\n</mark>',
            "<mark>3 May</mark>",
        ]
        assert texts(html) == [document.text]


@pytest.mark.parametrize("wrong", ["", "no such id", "<script>", "../../etc/passwd"])
def test_an_unknown_document_is_an_error_for_a_reader(store: Store, wrong: str) -> None:
    with pytest.raises(RagError, match="There is no document"):
        document_page(store, wrong, T)


@given(st.lists(words, min_size=1, max_size=4), words, st.text(max_size=3), st.booleans())
def test_whatever_a_document_says_is_text(parts: list[str], name: str, query: str, news: bool) -> None:
    document = text_document("".join(parts), title=name, publisher=name, date=name, language=name)
    chunks, at = [], 0
    for part in parts:
        kind = {"kind": "news", "date": "2024-05-03"} if news else {"kind": "point", "group": "id ¶3"}
        chunks.append(text_chunk(document, at, at + len(part), headings=(name,), locator=name, **kind))
        at += len(part)
    with stored(document, chunks) as store:
        html = document_page(store, document.id, T, query or name)
        assert texts(html) == parts
        for page in (html, catalogue(store, T)):
            used = set(re.findall(r"<([a-z0-9]+)", page))
            assert used <= MAY
            assert not re.search(r"<[^>]*\s(?:on\w+|src|style)=", re.sub(r'"[^"]*"', '""', page))
            assert name in plain(page)


@given(words, words)
def test_marking_keeps_the_text(text: str, query: str) -> None:
    found = matches(text, query)
    assert plain(marked(text, found)) == text
    assert all(a < b for a, b in found)
    middle = len(text) // 2
    assert plain(marked(text, found, part=slice(0, middle)) + marked(text, found, part=slice(middle, None))) == text


def test_case_does_not_count_but_accents_do() -> None:
    assert matches("Región REGIÓN region", "región") == [(0, 6), (7, 13)]
    assert matches("a.b axb", "a.b") == [(0, 3)]
    assert matches("İstanbul istanbul", "ISTANBUL") == [(0, 8), (9, 17)]
    assert matches("x" * 600, "x" * 600) == [(0, 500)]
    assert marked("a<b", [(1, 2)], first=7) == 'a<mark id="match-7">&lt;</mark>b'
