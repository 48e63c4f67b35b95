"""A question that asks for several things that may stand in different passages."""

from __future__ import annotations

import re

from rag.sentences import sentences_of

_ASKS = r"(?:(?:in|on|at|to|for|from|of|by|with|about|under|among) )?(?:what|which|who|whom|whose|where|when|why|how)\b"
_JOINT = re.compile(rf"(?:,|;|\?)?\s+(?:and|but)\s+(?={_ASKS})|,\s+and\s+(?=(?:\w+ ){{1,2}}{_ASKS})", re.IGNORECASE)
_QUESTION = re.compile(r"\?\s*$|^(?:name|list|tell|give|say)\b", re.IGNORECASE)
_LEANS = re.compile(
    r"\b(?:the (?:first|second|former|latter|other)|it|they|them|that|this|those|these|there|he|she|both)\b",
    re.IGNORECASE,
)
_TWICE = re.compile(
    r"\b(?:in each|each of|both (?:texts|documents|of)|of both|the two (?:texts|documents|passages)|one and the)\b",
    re.IGNORECASE,
)
_MOST = 3
_FEWEST_WORDS = 4
_SHORT = 7  # words; what asks with fewer leans on what was asked before


def parts_of(question: str) -> tuple[str, ...]:
    """The questions within a question, each with what it leans on; only the question itself when it is one.

    "When did they meet, and who paid?" asks twice. Sentences before that ask nothing are said with each part.
    """
    sentences = [question[start:end] for start, end in sentences_of(question)]
    told = [s for s in sentences if not _QUESTION.search(s)]
    asked = [part.strip() for s in sentences if _QUESTION.search(s) for part in _JOINT.split(s) if part.strip()]
    if not 1 < len(asked) <= _MOST or min(len(part.split()) for part in asked) < _FEWEST_WORDS:
        return (question,)
    asked = [_ended(part) for part in asked]
    return tuple(" ".join([*_before(n, asked, told), part]) for n, part in enumerate(asked))


def asks_of_two(question: str) -> bool:
    """Whether a question wants to know the same of two passages: "What happens to them, in each of the two texts?"."""
    return _TWICE.search(question) is not None


def _before(n: int, asked: list[str], told: list[str]) -> list[str]:
    """What a part leans on: the sentences that ask nothing, else the parts before it."""
    if not _LEANS.search(asked[n]) and len(asked[n].split()) >= _SHORT:
        return []
    return told or asked[:n]


def _ended(part: str) -> str:
    part = re.sub(r"^(?:and|but) ", "", part, flags=re.IGNORECASE)
    part = part[0].upper() + part[1:]
    return part if part.endswith("?") else f"{part.rstrip('.,;')}?"
