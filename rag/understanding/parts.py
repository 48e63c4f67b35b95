"""A question that asks for several things that may stand in different passages."""

from __future__ import annotations

import re

from rag.sentences import sentences_of

_ASKS = r"(?:(?:in|on|at|to|for|from|of|by|with|about|under|among) )?(?:what|which|who|whom|whose|where|when|why|how)\b"
_JOINT = re.compile(rf"(?:,|;|\?)?\s+(?:and|but)\s+(?={_ASKS})", re.IGNORECASE)
_QUESTION = re.compile(r"\?\s*$|^(?:name|list|tell|give|say)\b", re.IGNORECASE)
_LEANS = re.compile(r"\b(?:it|its|they|them|their|that|this|those|these|there|he|she|his|her|both)\b", re.IGNORECASE)
_MOST = 3
_FEWEST_WORDS = 4


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
    return tuple(
        " ".join([*told, *(asked[:n] if n and _LEANS.search(part) and not told else []), part])
        for n, part in enumerate(asked)
    )


def _ended(part: str) -> str:
    part = re.sub(r"^(?:and|but) ", "", part, flags=re.IGNORECASE)
    part = part[0].upper() + part[1:]
    return part if part.endswith("?") else f"{part.rstrip('.,;')}?"
