"""The words behind a citation: verbatim, in their place, every mark on the words that are cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from desk import text_chunk, text_document
from hypothesis import given, settings
from hypothesis import strategies as st
from markup import CHUNKS, DOCUMENT, FIRST, HOSTILE, LAST, OTHER, A, B, C, read, sentence_on, stored

from rag.store import Store
from rag.texts import texts_in
from rag.types import Chunk, Span, cited
from rag.ui.source import sources

T = texts_in("en")
TEXT = FIRST.text


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with stored(DOCUMENT, CHUNKS) as opened:
        yield opened


def span(chunk: Chunk, start: int, end: int) -> Span:
    """A slice of the chunk, counted from its beginning."""
    at = chunk.start + start, chunk.start + end
    return Span(chunk.doc_id, chunk.id, *at, DOCUMENT.text[slice(*at)])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_word_becomes_markup(hostile: str) -> None:
    text = f"{hostile} before\n{hostile} end.\n{hostile}\n{hostile} after"
    document = text_document(text, hostile, language=hostile, date=hostile, publisher=hostile)
    ends = [0, *(n for n, c in enumerate(text) if c == "\n"), len(text)]
    fields = {"locator": hostile, "headings": (hostile, hostile, hostile)}
    before, chunk, after = (
        replace(text_chunk(document, start, end, **fields), id=f"{hostile} {start}")
        for start, end in ((0, ends[1]), (ends[1] + 1, ends[3]), (ends[3] + 1, ends[4]))
    )
    with stored(document, [before, chunk, after]) as store:
        [html] = sources(sentence_on("x", chunk, f"{hostile} end.").spans, store, T)
    page = read(html)
    assert page.inside["mark.current"] == [f"{hostile} end."]
    assert page.inside["blockquote.passage"] == [chunk.text]
    assert page.inside["p.beside"] == [f"{hostile} {before.text}", f"{hostile} {after.text}"]
    assert page.inside["p.where"] == [f"{hostile} › {hostile} › {hostile} · {hostile}"]
    assert page.values("div", "lang") == [hostile]
    assert page.values("button", "data-passage") == [chunk.id]
    [copied] = page.values("button", "data-copy")
    assert str(copied).startswith(f"“{hostile} end.” ")


def test_a_source_stands_between_what_is_before_and_after(store: Store) -> None:
    first, second = (read(html) for html in sources(cited([A, C]), store, T))
    assert first.inside["h3"] == ["1 A title"]
    assert first.inside["p.where"] == ["Part I › Section A › ¶1"]
    assert first.inside["p.beside"] == ["¶2 Another passage."]
    assert second.inside["p.beside"] == [f"¶1 {TEXT}", "¶3 The last."]
    assert second.inside["blockquote.passage"] == ["Another passage."]
    assert second.values("div", "lang") == ["en"]


def test_one_turns_from_source_to_source_and_stops_at_the_ends(store: Store) -> None:
    pages = [read(html) for html in sources(cited([A, B, C]), store, T)]
    assert [page.inside["p.turning"] for page in pages] == [[f"◀ Previous Source {n} of 3 Next ▶"] for n in (1, 2, 3)]
    assert [page.values("button", "data-step") for page in pages] == [["-1", "1"]] * 3
    first, middle, last = (
        re.findall(r"data-step='(-?1)' disabled", html) for html in sources(cited([A, B, C]), store, T)
    )
    assert (first, middle, last) == (["-1"], [], ["1"])
    [only] = sources(cited([C]), store, T)
    assert only.count(" disabled") == 2


def test_a_citation_can_be_copied_and_its_document_opened(store: Store) -> None:
    [html] = sources(cited([C]), store, T)
    page = read(html)
    assert page.values("button", "data-copy") == ["“Another passage.” “A title”, ¶2."]
    assert page.values("button", "data-document") == [DOCUMENT.id]
    assert page.values("button", "data-passage") == [OTHER.id]


def test_two_citations_of_a_passage_are_both_marked_the_one_in_question_strongly(store: Store) -> None:
    one, three = (read(html) for html in sources(cited([B]), store, T))
    assert (one.inside["mark.current"], one.inside["mark"]) == (["One met."], ["Three met."])
    assert (three.inside["mark.current"], three.inside["mark"]) == (["Three met."], ["One met."])


@pytest.mark.parametrize(
    ("spans", "marks"),
    [  # "Lead. One met. Two met. Three met. Tail & more."; for each span: what is marked strongly, and lightly
        ([(6, 14), (6, 23)], [("One met.", []), ("One met. Two met.", [])]),
        ([(6, 23), (15, 34)], [("One met. Two met.", []), ("Two met. Three met.", [])]),
        ([(6, 34), (15, 23)], [("One met. Two met. Three met.", []), ("Two met.", [])]),
        ([(6, 14), (14, 15)], [("One met.", [" "]), (" ", ["One met."])]),
        ([(0, 47)], [(TEXT, [])]),
        ([(40, 47), (0, 5)], [("& more.", ["Lead."]), ("Lead.", ["& more."])]),
    ],
)
def test_spans_that_overlap_never_hide_the_one_in_question(
    store: Store, spans: list[tuple[int, int]], marks: list[tuple[str, list[str]]]
) -> None:
    pages = [read(html) for html in sources([span(FIRST, *one) for one in spans], store, T)]
    assert [(page.inside["mark.current"], page.inside.get("mark", [])) for page in pages] == [
        ([strong], light) for strong, light in marks
    ]
    assert all(page.inside["blockquote.passage"] == [TEXT] for page in pages)


some = st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, len(TEXT))).filter(lambda pair: pair[0] < pair[1])


@settings(max_examples=60)
@given(st.lists(some, min_size=1, max_size=5, unique=True))
def test_whatever_is_cited_the_mark_is_the_quote_and_the_passage_whole(
    store: Store, pairs: list[tuple[int, int]]
) -> None:
    spans = [span(FIRST, *pair) for pair in pairs]
    for one, html in zip(spans, sources(spans, store, T), strict=True):
        page = read(html)
        assert page.inside["mark.current"] == [one.quote] == [DOCUMENT.text[one.start : one.end]]
        assert page.inside["blockquote.passage"] == [FIRST.text]
        assert set(page.inside.get("mark", [])) <= {other.quote for other in spans}


@settings(max_examples=15)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1),
    cut=st.integers(1, 20),
)
def test_any_passage_comes_out_letter_by_letter(text: str, cut: int) -> None:
    document = text_document(text)
    chunk = text_chunk(document)
    with stored(document, [chunk]) as store:
        [html] = sources(sentence_on(text, chunk, text[:cut]).spans, store, T)
    page = read(html)
    assert page.inside["blockquote.passage"] == [text]
    assert page.inside["mark.current"] == [text[:cut]]


def test_a_news_item_is_dated_once_in_the_words_of_the_language() -> None:
    document = text_document("Youth met\nin Manila.", date="2024-09-01/2024-09-30")
    news = text_chunk(document, kind="news", date="2024-09-17", locator="17 September 2024")
    plain = replace(news, kind="paragraph", date="", locator="paragraph 1")
    for chunk, where in ((news, "17 September 2024"), (plain, "paragraph 1 · 1 September 2024 – 30 September 2024")):
        with ExitStack() as stack:
            opened = stack.enter_context(stored(document, [chunk]))
            [html] = sources(sentence_on("x", chunk, "Youth met\nin").spans, opened, T)
        page = read(html)
        assert page.inside["p.where"] == [where]
        assert page.inside["mark.current"] == ["Youth met\nin"]


def test_the_last_passage_has_nothing_after_it(store: Store) -> None:
    [html] = sources([span(LAST, 0, 3)], store, T)
    assert read(html).inside["p.beside"] == ["¶2 Another passage."]
