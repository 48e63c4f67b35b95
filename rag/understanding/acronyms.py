"""What the acronyms of a collection stand for, as its own texts say: "artificial intelligence (AI)"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.understanding.words import fold

_SHORT = re.compile(r"\((?P<short>[A-Z][A-Za-z&-]*[A-Z])s?\)")
_WORD = re.compile(r"[^\W_]+")


def wordings(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    """A name, and what some texts also call it: the words behind an acronym, the acronym of some words."""
    wanted = fold(name).strip()
    also: dict[str, None] = {}
    for text in texts:
        for found in _SHORT.finditer(text):
            short = found["short"]
            before = _WORD.findall(text[: found.start()])[-len(short) :]
            if [word[0].lower() for word in before] != list(short.lower()):
                continue
            full = fold(" ".join(before)).strip()
            if wanted in (short.lower(), full):
                also[full if wanted == short.lower() else short] = None
    return (name, *also)
