"""What a browser would make of the page's fragments, and small answers to make fragments of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

from desk import text_chunk, text_document

from rag.store import Store, write_store
from rag.types import Answer, Check, Chunk, Document, Hit, Sentence, Span, Support, Timings

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "</mark></blockquote><a href='javascript:alert(1)'>x</a>",
    "![x](http://evil.example/x.png) [y](javascript:alert(1)) `code` **bold**",
    "&lt;b&gt; &amp; &#60;b&#62; &quot;",
    "<!-- <![CDATA[ <?php ]]> -->",
    "</textarea></style></title><iframe src=//evil.example>",
    "${7*7} {{7*7}} {n} {title} \\u003cb\\u003e \ufeff\u202e\u2066\0",
]
MAY = {  # every tag that answers, sources and the page's top use, with its attributes
    "a": {"class", "href"},
    "bdi": set(),
    "blockquote": {"class"},
    "br": set(),
    "button": {
        *("type", "class", "disabled", "aria-label"),
        *("data-source", "data-document", "data-passage", "data-copy", "data-verdict", "data-step"),
    },
    "details": {"class"},
    "div": {"class", "lang"},
    "fieldset": set(),
    "h1": set(),
    "h2": set(),
    "h3": {"tabindex"},
    "h4": set(),
    "header": {"role"},
    "input": {"type", "name", "value", "checked"},
    "label": {"class"},
    "legend": set(),
    "li": set(),
    "mark": {"class"},
    "ol": {"class"},
    "p": {"class", "lang", "role"},
    "q": {"lang"},
    "s": {"lang"},
    "small": set(),
    "span": {"class", "title", "lang", "aria-hidden"},
    "strong": set(),
    "summary": set(),
    "textarea": {"name", "rows", "maxlength"},
    "ul": {"class", "role"},
}
_EMPTY = {"br", "input"}


class Read(HTMLParser):
    """The words and tags of some HTML, which must be well formed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.inside: dict[str, list[str]] = {}  # the words of each element, by "tag" or "tag.class"
        self._open: list[tuple[str, str, int]] = []  # tag, its name in `inside`, where its words begin
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "br":
            self.words += "\n"
        if tag not in _EMPTY:
            name = f"{tag}.{kind}" if (kind := dict(attrs).get("class")) else tag
            self._open.append((tag, name, len(self.words)))

    def handle_endtag(self, tag: str) -> None:
        opened, name, start = self._open.pop()
        assert opened == tag
        self.inside.setdefault(name, []).append(self.words[start:])

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
    assert all(str(link).startswith("#") for link in page.values("a", "href"))
    return page


def sentence_on(text: str, chunk: Chunk, *quotes: str) -> Sentence:
    """A supported sentence whose spans are `quotes` of the chunk."""
    starts = [(chunk.start + chunk.text.index(quote), quote) for quote in quotes]
    spans = tuple(Span(chunk.doc_id, chunk.id, start, start + len(quote), quote) for start, quote in starts)
    return Sentence(text, spans, Support.SUPPORTED, (Check("wording", True), Check("names", True)))


def answer_of(
    sentences: Sequence[Sentence], hits: Sequence[Hit], refused: str = "", coverage: str = "", question: str = "Who?"
) -> Answer:
    timings = Timings(0.0, None, 1.5)
    return Answer("q", question, tuple(sentences), tuple(hits), refused, coverage, timings, "config", "model")


@contextmanager
def stored(document: Document, chunks: Sequence[Chunk]) -> Iterator[Store]:
    """A store of one document."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "store.sqlite")
        write_store(path, [document], chunks, [chunk.text for chunk in chunks])
        with closing(Store(path)) as store:
            yield store


DOCUMENT = text_document("Lead. One met. Two met. Three met. Tail & more.\nAnother passage.\nThe last.", "A title")
FIRST = text_chunk(DOCUMENT, 0, 47, locator="¶1", headings=("Part I", "Section A", "Deep"))
OTHER = text_chunk(DOCUMENT, 48, 64, locator="¶2")
LAST = text_chunk(DOCUMENT, 65, locator="¶3")
CHUNKS = (FIRST, OTHER, LAST)
HITS = tuple(Hit(chunk, 1 / 2**rank, rank) for rank, chunk in enumerate(CHUNKS, start=1))
DOCUMENTS = {DOCUMENT.id: DOCUMENT}
A = sentence_on("Three did.", FIRST, "Three met.")
B = sentence_on("One and three did.", FIRST, "One met.", "Three met.")
C = sentence_on("Another is.", OTHER, "Another passage.")
LIE = Sentence("Bananas are purple.", (), Support.UNSUPPORTED, (Check("wording", False, "stands nowhere"),))
