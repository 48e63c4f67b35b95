"""A document's own words as a sentence that says who says them. Pure functions."""

from __future__ import annotations

import re

from rag.names import names_of
from rag.sentences import sentences_of
from rag.types import Chunk

MOST_WORDS = 60  # of the words told; longer sentences are hard to hear
_LEAD_IN = re.compile(r"(?:Therefore,?\s+)?(?P<who>\S.*\b(?:will|must|should|shall)):")  # "IndustriALL will:"
_LIST_END = re.compile(r"[\s;,.]*(?:;\s*and\s*)?$")
# What links a sentence to the one before it, and may go without changing what is said.
_LINK = re.compile(
    r"(?:however|therefore|moreover|furthermore|additionally|in addition|along with this|for example|thus|finally)"
    r",?\s+",
    re.IGNORECASE,
)
# What means something only beside other sentences, or in the mouth of who says it.
_LEANING = re.compile(
    r"(?!it(?:’s|'s| is) (?:important|essential|crucial|necessary|vital|clear|imperative)\b)"
    r"(?:and|but|or|also|such|it|its|he|she|his|her|they|their|them|these|this|those|that|here|other|another|both|"
    r"in doing so|as such|so)\b",
    re.IGNORECASE,
)
# What tells the reader to do something, where no lead-in says who will.
_ORDER = re.compile(
    r"(?:advocate|build|create|demand|develop|encourage|ensure|establish|foster|implement|promote|provide|strengthen|"
    r"support)\b(?! of\b)",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:we|our|ours|us|i|my)\b", re.IGNORECASE)
_FIRST_PERSON_LETTERS = re.compile(r"\bUS\b")  # is no "us"


def told(quote: str, begin: str) -> str:
    """A sentence or headline of a document, told: "The resolution says that young workers need access to …".

    Args:
        quote: as it stands in the document.
        begin: who says it, up to "that".

    Returns:
        The sentence; "" where the words cannot be told without the ones around them, are a question or are too long.
    """
    words = _LINK.sub("", " ".join(quote.split()), count=1) if _LINK.match(quote) else " ".join(quote.split())
    if (
        not re.fullmatch(r"\w.*\.", words)  # a headline is no statement
        or leans(words)
        or better_quoted(words)
        or ":" in words
        or not 4 <= len(words.split()) <= MOST_WORDS
    ):
        return ""
    return f"{begin} {_going_on(words.removesuffix('.'))}."


def leans(words: str) -> bool:
    """Whether words begin with what means something only beside the sentence before them."""
    return _LEANING.match(words) is not None


def better_quoted(words: str) -> bool:
    """Whether words are to be quoted, not told: "we" is whoever speaks, and nobody is said to do what is ordered.

    A headline, too, is no statement.
    """
    plain = _FIRST_PERSON_LETTERS.sub("", words)
    return bool(_ORDER.match(words) or _FIRST_PERSON.search(plain)) or not words.endswith((".", ";"))


def told_point(chunk: Chunk, begin: str) -> str:
    """A point of a list under its lead-in: "The resolution says that IndustriALL will …"; "" for all other passages."""
    lead_in = _LEAD_IN.fullmatch(chunk.headings[-1].strip()) if chunk.kind == "point" and chunk.headings else None
    words = _LIST_END.sub("", chunk.text.strip())
    if lead_in is None or len(sentences_of(words)) != 1:
        return ""
    return f"{begin} {lead_in['who']} {_going_on(words)}."


def _going_on(words: str) -> str:
    """Words as they go on a sentence: without their capital, but for a name's."""
    named = any(words.startswith(name.text) for name in names_of(words))
    return words if named or words[1:2].isupper() else words[:1].lower() + words[1:]
