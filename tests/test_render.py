"""The HTML of answers: nothing that others wrote becomes markup, and every mark leads to its words."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from desk import text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.store import Store, write_store
from rag.types import Answer, Chunk, Hit, Sentence, Span, Support, Timings
from rag.ui import render

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "</mark></blockquote><a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; &#60;b&#62; &quot;",
    "<!-- <![CDATA[ <?php ]]> -->",
    "</textarea></style></title><iframe src=//evil.example>",
    "${7*7} {{7*7}} \\u003cb\\u003e \ufeff\u202e\0",
]
MAY = {  # every tag that the page uses, with its attributes
    "p": {"class"},
    "a": {"class", "href", "aria-label"},
    "span": {"class", "title"},
    "details": {"class"},
    "summary": set(),
    "ul": set(),
    "li": set(),
    "h2": set(),
    "h3": set(),
    "article": {"class"},
    "blockquote": {"lang"},
    "br": set(),
    "mark": {"id"},
    "sup": set(),
    "bdi": set(),
}


class Read(HTMLParser):
    """What a browser would make of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag != "br":
            self._open.append(tag)
        else:
            self.words += "\n"

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    handle_pi = unknown_decl = handle_decl

    def values(self, tag: str, attribute: str) -> list[str | None]:
        return [value for t, a, value in self.attributes if (t, a) == (tag, attribute)]


def read(html: str) -> Read:
    """Parse HTML that may hold only the tags and attributes of the page, and only links within it."""
    page = Read(html)
    assert set(page.tags) <= set(MAY)
    assert all(name in MAY[tag] for tag, name, _ in page.attributes)
    assert all(str(link).startswith("#source-") for link in page.values("a", "href"))
    return page


def sentence_on(text: str, chunk: Chunk, *quotes: str) -> Sentence:
    """A supported sentence whose spans are `quotes` of the chunk."""
    starts = [(chunk.start + chunk.text.index(quote), quote) for quote in quotes]
    spans = tuple(Span(chunk.doc_id, chunk.id, start, start + len(quote), quote) for start, quote in starts)
    return Sentence(text, spans, Support.SUPPORTED)


def answer_of(sentences: tuple[Sentence, ...], hits: tuple[Hit, ...], refused: str = "", coverage: str = "") -> Answer:
    return Answer("q", "Who?", sentences, hits, refused, coverage, Timings(0, 0, 0), "config", "model")


DOCUMENT = text_document("Lead. One met. Two met. Three met. Tail & more.\nAnother passage.", "A title")
FIRST = text_chunk(DOCUMENT, 0, 46, locator="¶1")
OTHER = text_chunk(DOCUMENT, 48, locator="¶2")
HITS = (Hit(FIRST, 1.0, 1), Hit(OTHER, 0.5, 2))
DOCUMENTS = {DOCUMENT.id: DOCUMENT}
A = sentence_on("Three did.", FIRST, "Three met.")
B = sentence_on("One and three did.", FIRST, "One met.", "Three met.")
C = sentence_on("Another is.", OTHER, "Another passage.")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_field_becomes_markup(hostile: str) -> None:
    document = text_document(f"{hostile} end.\n{hostile}", hostile, language=hostile, kind=hostile, date=hostile)
    chunk = text_chunk(document, locator=hostile, headings=(hostile, hostile, hostile), date=hostile)
    sentence = sentence_on(hostile, chunk, f"{hostile} end.")
    hits, documents = (Hit(chunk, 1.0, 1),), {document.id: document}

    assert read(render.sentences([sentence])).words.startswith(hostile)
    written = answer_of((sentence, replace(sentence, support=Support.UNSUPPORTED)), hits, coverage=hostile)
    assert hostile in read(render.answer(written)).words
    assert read(render.answer(answer_of((), hits, refused=hostile))).words == hostile
    for shown in ([], [sentence]):
        page = read(render.sources(shown, hits, documents))
        # The title twice over: in the heading the title, two headings and the locator, in the passage both lines.
        assert page.words.count(hostile) == 6
        assert page.values("blockquote", "lang") == [hostile]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_word_of_the_collection_becomes_markup(tmp_path: Path, hostile: str) -> None:
    document = text_document("text", hostile, kind=hostile, date=hostile, notes={"held": 1, "advertised": 2})
    write_store(tmp_path / "store", [document], [text_chunk(document, date=hostile)], ["text"])
    with closing(Store(tmp_path / "store")) as store:
        page = read(render.collection(store))
    assert page.words.count(hostile) == 4  # newest item, title, kind, date
    assert "1 of 2 listed news items · newest item " in page.words


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1),
    cut=st.integers(1, 20),
)
def test_any_passage_comes_out_letter_by_letter(text: str, cut: int) -> None:
    document = text_document(text)
    chunk = text_chunk(document)
    sentence = sentence_on(text, chunk, text[:cut])
    page = read(render.sources([sentence], [Hit(chunk, 1.0, 1)], {document.id: document}))
    assert page.words == f"SourcesA title › paragraph 11{text}"  # "1": the citation's number before its quote
    assert page.tags.count("mark") == 1


def test_numbers_count_the_quotes_in_order_of_their_first_use() -> None:
    page = read(render.sentences([A, B, C]))
    assert page.values("a", "href") == ["#source-1", "#source-2", "#source-1", "#source-3"]
    assert page.values("a", "aria-label") == ["Source 1", "Source 2", "Source 1", "Source 3"]
    assert page.words.count("✓checked: stands in the cited words") == 3


@pytest.mark.parametrize("n", [0, 1, 2])
def test_what_is_shown_stays_as_it_is_while_sentences_come(n: int) -> None:
    shown = [A, B, C]
    assert render.sentences(shown).startswith(render.sentences(shown[:n]))
    before, after = (read(render.sources(part, HITS, DOCUMENTS)) for part in (shown[: n + 1], shown))
    assert set(before.values("mark", "id")) <= set(after.values("mark", "id"))


def test_marks_stand_in_the_order_of_the_words_each_with_its_number() -> None:
    html = render.sources([A, B], HITS, DOCUMENTS)
    assert (
        "Lead. <mark id='source-2'><sup>2</sup><bdi>One met.</bdi></mark> Two met. "
        "<mark id='source-1'><sup>1</sup><bdi>Three met.</bdi></mark> Tail &amp; more" in html
    )
    links, marks = read(render.sentences([A, B])).values("a", "href"), read(html).values("mark", "id")
    assert {f"#{mark}" for mark in marks} == set(links)
    assert len(marks) == len(set(marks))


def test_cited_passages_come_first_and_the_others_folded() -> None:
    html = render.sources([C], HITS, DOCUMENTS)
    assert read(html).words.startswith("SourcesA title › ¶2")
    assert html.index("¶2") < html.index("<summary>1 more passage") < html.index("¶1")
    assert "nearby" not in render.sources([A, C], HITS, DOCUMENTS)


def test_without_a_citation_the_nearest_passages_are_shown() -> None:
    assert read(render.sources([], HITS, DOCUMENTS)).words.startswith("Nearest passagesA title › ¶1Lead.")
    assert render.sources([], [], DOCUMENTS) == ""


@pytest.mark.parametrize(("language", "lang"), [("en", ["en"]), ("ar", ["ar"]), ("und", [])])
def test_a_passage_says_its_language_when_it_is_known(language: str, lang: list[str]) -> None:
    documents = {DOCUMENT.id: replace(DOCUMENT, language=language)}
    assert read(render.sources([], HITS[:1], documents)).values("blockquote", "lang") == lang


@pytest.mark.parametrize(
    ("withheld", "note"), [(0, ""), (1, "1 sentence of the model"), (2, "2 sentences of the model")]
)
def test_withheld_sentences_are_counted_not_shown(withheld: int, note: str) -> None:
    lie = Sentence("Bananas are purple.", (), Support.UNSUPPORTED)
    words = read(render.answer(answer_of((A, *[lie] * withheld), HITS))).words
    assert "Three did." in words
    assert "Bananas" not in words
    assert note in words
    assert ("withheld" in words) == bool(withheld)


def test_a_collection_without_listings_does_not_speak_of_them(tmp_path: Path) -> None:
    document = text_document("text", "Only one")
    write_store(tmp_path / "store", [document], [text_chunk(document)], ["text"])
    with closing(Store(tmp_path / "store")) as store:
        words = read(render.collection(store)).words
    assert words.endswith("Only one (plain, )")
    assert "news" not in words
