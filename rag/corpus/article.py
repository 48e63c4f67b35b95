"""An article saved from a web page: paragraphs between blank lines, with the captions of pictures among them."""

from __future__ import annotations

import re

from rag.corpus.reading import Piece, Reading, TextBuilder, blocks, one_line
from rag.errors import CorpusError

_CAPTION_WORDS = 12  # a shorter block without the end of a sentence is a caption, not text
_SENTENCE_END = re.compile(r"[.!?:…][”\"’')\]]*$")


def parse_article(raw: str) -> Reading:
    """Read an article; each paragraph is a piece, captions are left out of the reading text.

    Raises:
        CorpusError: no paragraph is left.
    """
    out = TextBuilder()
    pieces: list[Piece] = []
    for block in map(one_line, blocks(raw)):
        if len(block.split()) <= _CAPTION_WORDS and not _SENTENCE_END.search(block):
            continue
        start, end = out.add(block)
        out.add("\n\n")
        pieces.append(Piece(start, end, f"paragraph {len(pieces) + 1}", "paragraph"))
    if not pieces:
        raise CorpusError("no paragraph was found, only captions")
    return Reading(out.text, tuple(pieces), {"paragraphs": len(pieces)})
