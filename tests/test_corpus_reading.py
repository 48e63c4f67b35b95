"""Reading: whatever a text holds, each piece is an exact slice of it, or the text is refused."""

from __future__ import annotations

import re

import pytest
from conftest import WriteSeeds
from documents import MODEL_TOKENS, assert_exact, parts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.corpus import read_corpus
from rag.corpus.article import parse_article
from rag.corpus.listing import parse_listing
from rag.corpus.plain import parse_markdown, parse_text
from rag.corpus.reading import one_line, unified
from rag.corpus.resolution import parse_resolution
from rag.embedding import count_tokens
from rag.errors import CorpusError


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("climate- \n caused", "climate-caused"),
        ("climate -\ncaused", "climate - caused"),
        ("it ’s and it's", "it’s and it's"),
        ("the ‘s’ in unions", "the ‘s’ in unions"),
        ("a\u00a0 \t\nb", "a b"),
        ("", ""),
    ],
)
def test_one_line(raw: str, clean: str) -> None:
    assert one_line(raw) == clean


SCRAPS = st.sampled_from([
    "\n", "\n\n", "\r\n", " ", "\t", "\u00a0", "\ufeff", "\u2028", "\x1c", "# ", "## ", "---\n", "```\n", "> ", "- ",
    "1. ", "1.\t", "2.\t", "\t", "I\n", "A - ", "We will:", "Showing 1-1 of 3 results\n\n", "Title\n\n", "3 May, 2024",
    "workers ", "Unions met. ", "re-\n", "it ’s", "é", "労働者。", "สหภาพ", "🌍", "|", "<b>", "\\", "&amp;",
    "[a]: b\n", "x" * 90,
])  # fmt: skip
ANY_TEXT = st.one_of(st.text(max_size=400), st.lists(SCRAPS, max_size=60).map("".join))


@pytest.mark.parametrize("parse", [parse_text, parse_markdown], ids=["text", "Markdown"])
@given(raw=ANY_TEXT)
@settings(max_examples=150)
def test_any_text_is_read_exactly_or_refused(parse, raw: str) -> None:
    try:
        reading = parse(unified(raw), count_tokens)  # as `_read_file` does: a bare carriage return is no line's end
    except CorpusError:
        return
    assert reading.pieces
    assert_exact(reading)


@pytest.mark.parametrize("parse", [parse_listing, parse_resolution, parse_article])
@given(raw=ANY_TEXT)
@settings(max_examples=100)
def test_any_text_in_the_wrong_kind_is_read_exactly_or_refused(parse, raw: str) -> None:
    try:
        reading = parse(raw)
    except CorpusError:
        return
    assert_exact(reading)


@given(raw=ANY_TEXT)
@settings(max_examples=100)
def test_no_word_of_a_plain_text_is_lost(raw: str) -> None:
    try:
        found = parts(parse_text(raw, count_tokens))
    except CorpusError:
        assert not re.search(r"\w", raw)
        return
    assert re.findall(r"\w", "".join(found)) == re.findall(r"\w", raw)


WORDS = st.sampled_from(
    [
        "workers ",
        "unions met. ",
        "“Yes!” ",
        "Who? ",
        "(see 4.2) ",
        "due; ",
        "re-\n",
        "\n",
        "労働者。",
        "10,000 ",
        "e.g. ",
    ]
)


@given(paragraph=st.lists(WORDS, min_size=150, max_size=400).map("".join))
@settings(max_examples=25)
def test_no_chunk_is_longer_than_the_model_reads_and_nothing_lies_between_parts(paragraph: str) -> None:
    paragraph = re.sub(r"\s*\n\s*", "\n", paragraph).strip()
    reading = parse_text(paragraph, count_tokens)
    assert_exact(reading)
    assert max(count_tokens(part) for part in parts(reading)) <= MODEL_TOKENS
    assert "".join("".join(parts(reading)).split()) == "".join(paragraph.split())


@given(content=st.binary(max_size=200))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_document_or_one_problem(write_seeds: WriteSeeds, content: bytes) -> None:
    folder = write_seeds({"good.txt": "Unions met in Manila.", "odd.txt": content, "odd.md": content + b" "})
    found = read_corpus(folder, count_tokens)
    assert len(found.documents) + len(found.problems) == 3
