"""Sentences of a text, and of a text that is still being written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import sentencex

from rag.types import Chunk, Span

# What models add unasked: emphasis, list marks, headings, quotation marks of Markdown, numbers of passages.
_MARKUP = re.compile(
    r"""
      [*`] | __
    | ^[ \t]*(?:[-•>#]+|\d{1,2}[.)])(?:[ \t]+|$)
    | [ \t]*\[\d+(?:[ ]?[-–,][ ]?\d+)*\]
    """,
    re.MULTILINE | re.VERBOSE,
)
_FINISHED = re.compile(r"[.!?…។。！？][”\"’')\]]*$")


def sentences_of(text: str, language: str = "en") -> list[tuple[int, int]]:
    """(start, end) of each sentence, without surrounding spaces; lines are never joined."""
    found = []
    for line in re.finditer(r"[^\n]+", text):
        for sentence in sentencex.get_sentence_boundaries(language, line.group()):
            words = sentence["text"]
            start = line.start() + sentence["start_index"] + len(words) - len(words.lstrip())
            if words.strip():
                found.append((start, start + len(words.strip())))
    return found


def spans_of(chunk: Chunk, language: str = "en") -> tuple[Span, ...]:
    """A chunk's sentences (title and date of a news item count as such) as spans of its document."""
    return tuple(
        Span(chunk.doc_id, chunk.id, chunk.start + start, chunk.start + end, chunk.text[start:end])
        for start, end in sentences_of(chunk.text, language)
    )


def written_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Whole sentences of a text that a model is writing, without markup, as soon as the next one begins.

    However the text is cut into pieces, the sentences are the same. The last one, if the model was cut off in it, is
    given only when it is the only one.
    """
    text = ""
    given = False
    for character in chain.from_iterable(pieces):
        text += character
        if not character.isalpha():
            continue
        plain = _plain(text)
        found = sentences_of(plain)
        # Until two letters of the next sentence are seen, a quotation mark or a bracket may still belong to this one.
        if len(found) > 1 and sum(map(str.isalpha, plain[found[1][0] :])) > 1 and _balanced(plain[: found[0][1]]):
            given = True
            yield plain[found[0][0] : found[0][1]]
            text = plain[found[1][0] :]
    plain = _plain(text)
    for start, end in sentences_of(plain):
        sentence = plain[start:end]
        if re.search(r"\w", sentence) and (end < len(plain.rstrip()) or _FINISHED.search(sentence) or not given):
            given = True
            yield sentence


def _plain(text: str) -> str:
    """The text without markup; half a surrogate pair, which a server may send, becomes "?"."""
    return _MARKUP.sub("", text.encode("utf-8", "replace").decode())


def _balanced(sentence: str) -> bool:
    return (
        sentence.count("“") == sentence.count("”")
        and sentence.count('"') % 2 == 0
        and sentence.count("(") == sentence.count(")")
    )
