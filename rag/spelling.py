"""Mends misspelt words of a question by the words of the collection. Pure.

Only what is no word is mended: a word that the embedding model's vocabulary holds whole stays, whatever stands in the
documents, since a near word of another meaning would find other passages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]{4,}")
_CLOSE = 0.8  # least similarity of a misspelt word to the word that is meant, as difflib counts it
_CLOSER = 0.87  # the same where no other word of the question is misspelt: then it may just be rare


class Speller:
    """Knows the words of a collection."""

    def __init__(self, texts: Iterable[str], is_word: Callable[[str], bool]) -> None:
        """`texts` are all of the collection; `is_word` says of a lower-case word whether it is one."""
        self._known = sorted({word for text in texts for word in _WORD.findall(text.lower())})
        self._is_word = is_word
        self._nearest = lru_cache(maxsize=1024)(self._find)

    def mend(self, question: str) -> str:
        """The question with each word that is none replaced by the nearest of the collection, if one is near."""
        strange = {word for word in _WORD.findall(question) if not self._is_right(word)}
        cutoff = _CLOSE if len(strange) > 1 else _CLOSER
        return _WORD.sub(lambda m: self._nearest(m.group(), cutoff) if m.group() in strange else m.group(), question)

    def _is_right(self, word: str) -> bool:
        """Names such as "SEA2PAC" and "ArabTUC" are no words either, and rightly so."""
        low = word.lower()
        return low in self._known or self._is_word(low) or (word != low and word[1:] != low[1:])

    def _find(self, word: str, cutoff: float) -> str:
        return next(iter(get_close_matches(word.lower(), self._known, n=1, cutoff=cutoff)), word)
