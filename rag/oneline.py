"""Text of others on one line, fit for a clipboard, a heading or an XML file."""

from __future__ import annotations

import re
import unicodedata

# What XML and UTF-8 cannot hold: control characters, halves of characters, and places that are no characters.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef]|[\ufffe\uffff]")
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def one_line(text: str) -> str:
    """The text with one plain space between words and without characters that no file can hold; nothing else changes.

    A line end, a tab and any other space of Unicode parts words. What is left out beside them cannot be seen.
    """
    return " ".join(_UNWRITABLE.sub("", " ".join(text.split())).split())


def unturned(text: str) -> str:
    """One line without the invisible marks that make what follows them run the other way.

    For titles, which stand amid other words. A quotation keeps all of its characters: use `one_line`.
    """
    return one_line("".join(char for char in text if unicodedata.bidirectional(char) not in _TURNING))


def shortened(text: str, most: int) -> str:
    """One line of at most `most` characters; "…" stands for what was left out."""
    line = one_line(text)
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
