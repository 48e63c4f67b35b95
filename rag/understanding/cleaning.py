"""A typed question as one clean line, and whether it is a question at all."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 1000
_JOINERS = "\u200c\u200d"

EMPTY = "Please ask a question in words."
TOO_LONG = "The question has {n} characters; please ask in at most {most}."


def clean_question(raw: str) -> str:
    """The question on one line: control and invisible characters become spaces, composed characters are unified.

    The joiners stay: Khmer, Persian and emoji are written with them.
    """
    text = unicodedata.normalize("NFC", raw.encode("utf-8", "replace").decode())
    kept = (c if c in _JOINERS or not unicodedata.category(c).startswith("C") else " " for c in text)
    return " ".join("".join(kept).split())


def problem_with(question: str) -> str:
    """Why a cleaned question cannot be looked up, as a sentence for its author; "" when it can."""
    if not re.search(r"\w", question):
        return EMPTY
    if len(question) > MAX_CHARACTERS:
        return TOO_LONG.format(n=f"{len(question):,}", most=f"{MAX_CHARACTERS:,}")
    return ""
