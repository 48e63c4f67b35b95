"""Any other text or Markdown file: a chunk is a paragraph, and a long paragraph is split where sentences end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import zip_longest

from rag.corpus.reading import Piece, Reading
from rag.errors import CorpusError

PARAGRAPH_TOKENS = 200  # the embedding model reads 256 tokens; headings and title need room beside the paragraph
_CHARACTERS_A_TOKEN = 8
_SENTENCE_ENDS = [r"(?<=[.!?…][\"”’')\]])\s+", r"(?<=[.!?…])\s+", r"(?<=[。！？។។])", r"[;:]\s+", r"\s+", r""]

Block = tuple[int, int, tuple[str, ...]]  # start, end, headings


def parse_text(text: str, count_tokens: Callable[[str], int]) -> Reading:
    """Read a plain text file; the reading text is the file's text.

    Args:
        text: the decoded file, its line ends unified.
        count_tokens: length of a text in tokens of the embedding model.

    Raises:
        CorpusError: the file holds no words.
    """
    found = re.finditer(r"\S(?:.|\n(?!\s*\n))*", text)
    return _reading(text, ((m.start(), m.start() + len(m.group().rstrip()), ()) for m in found), count_tokens)


def parse_markdown(text: str, count_tokens: Callable[[str], int]) -> Reading:
    """Read a Markdown file: as `parse_text`, but blocks are those of CommonMark and headings become headings.

    Raises:
        CorpusError: the file holds no words.
    """
    return _reading(text, _markdown_blocks(text), count_tokens)


def _markdown_blocks(text: str) -> Iterator[Block]:
    from markdown_it import MarkdownIt  # where the documents are as they were, nothing is parsed

    line_starts = [0, *(m.end() for m in re.finditer("\n", text)), len(text)]
    headings: dict[int, str] = {}  # level -> text, outermost first
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for token, words in zip_longest(tokens, tokens[1:]):
        if token.type == "heading_open" and token.level == 0:  # deeper ones stand in a quotation or a list
            level = int(token.tag[1])
            headings = {kept: text for kept, text in headings.items() if kept < level}
            if words.content:
                headings[level] = words.content
        elif (
            token.map
            and token.level == 0
            and token.nesting >= 0
            and token.type not in ("heading_open", "hr", "html_block")
        ):
            start, end = line_starts[token.map[0]], line_starts[token.map[1]]
            body = text[start:end]
            start += len(body) - len(body.lstrip())
            yield start, start + len(body.strip()), tuple(headings.values())


def _reading(text: str, found: Iterator[Block] | list[Block], count_tokens: Callable[[str], int]) -> Reading:
    pieces: list[Piece] = []
    paragraphs = 0
    for start, end, headings in found:
        if not re.search(r"\w", text[start:end]):
            continue  # a line of dashes or stars
        paragraphs += 1
        parts = list(_split(text[start:end], count_tokens))
        for n, (offset, length) in enumerate(parts, start=1):
            locator = f"paragraph {paragraphs}" + (f", part {n} of {len(parts)}" if len(parts) > 1 else "")
            pieces.append(Piece(start + offset, start + offset + length, locator, "paragraph", headings))
    if not pieces:
        raise CorpusError("holds no words")
    return Reading(text, tuple(pieces), {"paragraphs": paragraphs})


def _split(paragraph: str, count_tokens: Callable[[str], int]) -> Iterator[tuple[int, int]]:
    """(offset, length) of the parts of a paragraph, each near `PARAGRAPH_TOKENS` or shorter."""
    if _length(paragraph, count_tokens) <= PARAGRAPH_TOKENS:
        yield 0, len(paragraph)
        return
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # slow to import, seldom needed

    splitter = RecursiveCharacterTextSplitter(
        separators=_SENTENCE_ENDS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=PARAGRAPH_TOKENS,
        chunk_overlap=0,
        length_function=lambda text: _length(text, count_tokens),
        add_start_index=True,
    )
    for part in splitter.create_documents([paragraph]):
        offset, words = part.metadata["start_index"], part.page_content
        if paragraph[offset : offset + len(words)] != words:  # the splitter does not promise its offsets
            raise CorpusError(f"a long paragraph could not be split exactly near {words[:40]!r}")
        yield offset, len(words)


def _length(text: str, count_tokens: Callable[[str], int]) -> int:
    """Tokens of a text, but at least one for every eight characters.

    The tokenizer takes a long run without spaces, as Thai and Khmer are written, for one unknown word.
    """
    return max(count_tokens(text), len(text) // _CHARACTERS_A_TOKEN)
