"""The answers that were given, to be given again. In memory alone: what was asked is nobody's business tomorrow."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence

from rag.types import Answer
from rag.understanding import Turn, clean_question

MOST = 256  # answers
_Key = tuple[str, tuple[Turn, ...], frozenset[str] | None]


class Given:
    """Answers by question, conversation and documents, the least used forgotten first. May be shared by threads.

    It belongs to one assistant, and so to one index and one configuration.
    """

    def __init__(self, most: int = MOST) -> None:
        """`most` is how many answers are kept."""
        self._most = most
        self._lock = threading.Lock()
        self._answers: OrderedDict[_Key, Answer] = OrderedDict()

    def find(self, question: str, history: Sequence[Turn], documents: Collection[str] | None) -> Answer | None:
        """The answer to the same question, after the same turns, of the same documents; None if there is none."""
        key = _key(question, history, documents)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, question: str, history: Sequence[Turn], documents: Collection[str] | None, answer: Answer) -> None:
        """Keep an answer."""
        key = _key(question, history, documents)
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)


def _key(question: str, history: Sequence[Turn], documents: Collection[str] | None) -> _Key:
    return clean_question(question), tuple(history), None if documents is None else frozenset(documents)
