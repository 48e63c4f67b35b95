"""Plain text and Markdown: paragraphs, headings, and long paragraphs in parts."""

from __future__ import annotations

import re

import pytest
from conftest import WriteSeeds
from documents import MODEL_TOKENS, parts

from rag.corpus import read_corpus
from rag.corpus.plain import parse_markdown, parse_text
from rag.embedding import count_tokens


def headings(markdown: str) -> dict[str, tuple[str, ...]]:
    reading = parse_markdown(markdown, count_tokens)
    return {reading.text[p.start : p.end]: p.headings for p in reading.pieces}


def test_a_plain_text_falls_into_its_paragraphs(write_seeds: WriteSeeds) -> None:
    folder = write_seeds({"my_notes.txt": "\ufeffOne line\r\nand another.\r\n\r\n  \r\n---\r\n\r\n  Second.  \r\n"})
    found = read_corpus(folder, count_tokens)
    assert [(c.locator, c.kind, c.text) for c in found.chunks] == [
        ("paragraph 1", "paragraph", "One line\nand another."),
        ("paragraph 2", "paragraph", "Second."),
    ]
    (document,) = found.documents
    assert (document.title, document.kind, document.language, document.date) == ("my notes", "plain", "und", "")
    assert document.notes == {"paragraphs": 2}


def test_suffixes_count_in_capitals_too(write_seeds: WriteSeeds) -> None:
    found = read_corpus(write_seeds({"A.TXT": "Unions.", "B.Md": "# Head\n\nWorkers."}), count_tokens)
    assert [c.headings for c in found.chunks] == [(), ("Head",)]


def test_headings_nest_and_a_higher_one_closes_the_lower() -> None:
    assert headings("intro\n\n# A\n\na\n\n## B\n\nb\n\n### C\n\nc\n\n## D\n\nd\n\n# E\n\ne\n\n### F\n\nf\n") == {
        "intro": (),
        "a": ("A",),
        "b": ("A", "B"),
        "c": ("A", "B", "C"),
        "d": ("A", "D"),
        "e": ("E",),
        "f": ("E", "F"),
    }


def test_underlined_headings_count() -> None:
    assert headings("Title\n=====\n\na\n\nSection\n---\nb\n") == {"a": ("Title",), "b": ("Title", "Section")}


def test_a_hash_in_a_code_fence_is_no_heading() -> None:
    fence = "```sh\n# a comment\n\nrag index\n```"
    assert headings(f"# A\n\n{fence}\n\ntext\n\n    # indented\n") == {
        fence: ("A",),
        "text": ("A",),
        "# indented": ("A",),
    }


def test_lists_quotes_and_tables_are_one_block_each() -> None:
    blocks = ["- one\n- two\n\n  more", "> said\n> so", "| a | b |\n|---|---|\n| 1 | 2 |"]
    assert list(headings("\n\n".join(blocks) + "\n\n***\n\n<!-- a comment -->\n")) == blocks


@pytest.mark.parametrize("inner", ["> # B\n> quoted", "- # B\n  item"], ids=["quotation", "list"])
def test_a_heading_inside_a_quotation_or_list_does_not_head_what_follows(inner: str) -> None:
    assert headings(f"# A\n\n{inner}\n\nafter\n")["after"] == ("A",)


def test_an_empty_heading_is_none() -> None:
    assert headings("# A\n\n##\n\ntext\n") == {"text": ("A",)}


SENTENCES = [f"Number {n} of the unions met in Manila and agreed on the plan for the coming year." for n in range(60)]


def test_a_long_paragraph_is_split_at_sentence_ends_near_200_tokens() -> None:
    reading = parse_text(" ".join(SENTENCES), count_tokens)
    found = parts(reading)
    tokens = [count_tokens(part) for part in found]
    assert all(re.fullmatch(r"Number .* year\.", part) for part in found)
    assert 200 - count_tokens(SENTENCES[0]) <= min(tokens[:-1])
    assert max(tokens) <= 200
    assert " ".join(found) == reading.text
    of = len(found)
    assert [p.locator for p in reading.pieces] == [f"paragraph 1, part {n} of {of}" for n in range(1, of + 1)]


def test_hard_wraps_do_not_decide_where_a_long_paragraph_is_split() -> None:
    wrapped = " ".join(SENTENCES).replace(" and ", "\nand ")
    assert all(re.fullmatch(r"Number .* year\.", part, re.DOTALL) for part in parts(parse_text(wrapped, count_tokens)))


def test_a_paragraph_after_a_split_one_keeps_its_number() -> None:
    reading = parse_text(" ".join(SENTENCES) + "\n\nShort.", count_tokens)
    assert reading.pieces[-1].locator == "paragraph 2"
    assert reading.notes == {"paragraphs": 2}


def test_a_sentence_that_is_too_long_is_split_between_words() -> None:
    found = parts(parse_text("workers " * 500, count_tokens))
    assert [count_tokens(part) for part in found] == [200, 200, 100]


def test_the_same_sentence_again_and_again_is_split_exactly() -> None:
    reading = parse_text("Unite now. " * 300, count_tokens)
    assert [p.start for p in reading.pieces[1:]] == [p.end + 1 for p in reading.pieces[:-1]]


def test_scripts_in_which_a_character_is_several_tokens_are_split_too() -> None:
    korean = "각 " * 100  # 200 characters, 300 tokens: a syllable is written out in its letters
    assert count_tokens(korean) == 300
    assert max(count_tokens(part) for part in parts(parse_text(korean, count_tokens))) <= MODEL_TOKENS
