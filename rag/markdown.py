"""Words of documents, users and the model as Markdown that says just these words, and the parts that hold them.

Escaped for Pandoc's Markdown with all that it can do, for CommonMark and for GitHub's. Every text becomes one line, so
that nothing in it can begin a block. Characters that mean something only in places where they seldom stand (a full stop
after the first word, two hyphens) are escaped only there: people read this file too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.oneline import one_line

_MARKUP = re.compile(
    r"""
      [\\`*_{}\[\]<>\#|~^$@&"'=+]   # emphasis, code, links, HTML, tables, formulas, citations, curly quotes
    | (?<=\.)\. | \.(?=\.)          # "..." would become one character
    | (?<=-)-   | -(?=-)            # "--" would become a dash
    | :(?=\S)                       # https://, :emoji:, :::
    | (?<=www)\.                    # a bare address would become a link
    | (?<=\\)[()]                  # formula, where backslashes are doubled
    | ^[-:%(]                       # list, definition, title, list
    | (?<=^table): | (?<=^figure):  # caption
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"^((?:\\\()?[A-Za-z0-9]+)([.)])(?=\s|$)")  # "1." and "(iv)" begin a list
_TASK = re.compile(r"^\[[ xX]\]")  # at the beginning of a list item a box to tick, even when it is escaped
_UNSEEN = "\u2060"
_BETWEEN_MARKS = "\u202f"  # or the notes 1 and 2 read as 12


def escape(text: str) -> str:
    """Markdown that is read as `text` on one line, wherever in a document it stands."""
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", one_line(text)))


def heading(text: str, level: int) -> str:
    """A heading; `level` is 1 for the title, 2 to 6 for what stands below it."""
    return f"{'#' * level} {escape(text)}"


def bullets(texts: Sequence[str]) -> str:
    """A list, a line each."""
    return "\n".join(f"- {_UNSEEN if _TASK.match(one_line(text)) else ''}{escape(text)}" for text in texts)


def noted(text: str, notes: Sequence[str]) -> str:
    """A paragraph followed by the marks of its footnotes.

    Args:
        text: of the paragraph, not escaped.
        notes: names of footnotes: letters, digits and hyphens.
    """
    return escape(text) + _BETWEEN_MARKS.join(f"[^{note}]" for note in notes)


def footnote(note: str, source: str, quote: str) -> str:
    """What a footnote says: the source, and on a line of its own the quotation between “ and ”."""
    return f"[^{note}]: {escape(source)}\\\n    “{escape(quote)}”"
