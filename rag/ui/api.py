"""What programs may call: the same three things as the page, as endpoints of the app and, with --mcp, as tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

from pydantic import ValidationError, validate_call

from rag.assistant import Assistant
from rag.errors import RagError
from rag.payload import Json, answer_json, hit_json, sources_json
from rag.types import Answer
from rag.ui.telling import Pace
from rag.understanding import MAX_CHARACTERS, Turn, clean_question

_MOST_PASSAGES = 50
_LOOK_EVERY_S = 1.0  # whether it is this question's turn
F = TypeVar("F", bound=Callable[..., Any])


def _checked(method: F) -> F:
    """Programs may send anything: what is not of a parameter's type is a RagError that names the parameter."""
    signature, validated = inspect.signature(method), validate_call(method)

    @wraps(method)
    def checked(*arguments: object, **named: object) -> object:
        (_, api), *rest = signature.bind(*arguments, **named).arguments.items()
        try:
            return validated(api, **dict(rest))
        except ValidationError as error:
            first = error.errors()[0]
            raise RagError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error

    return checked  # type: ignore[return-value]  # the same parameters


class Api:
    """The functions that the app offers to programs; they stand in the same line as the page."""

    def __init__(self, assistant: Assistant) -> None:
        """One assistant, with its line."""
        self._assistant = assistant

    @_checked
    def ask(
        self, question: str, documents: list[str] | None = None, history: list[list[str]] | None = None
    ) -> Iterator[Json]:
        """Answer a question from the union federation's documents; every sentence cites the exact words it stands on.

        Args:
            question: in English or one of 16 other languages.
            documents: ids of the documents that count, from `sources`; all of them if none are given.
            history: earlier turns of the conversation as pairs of question and answer, oldest first.

        Returns:
            The answer as `rag ask --json` prints it: "answer", "refused", "sentences" with their "citations", the
            "citations" with document, locator, exact "quote" and its place, "passages", "coverage". Before it, for
            those who listen, {"ahead": n}: how many questions come before this one, 0 while it is being answered.
        """
        # Told step by step, as who leaves is noticed between two steps: then the place in the line is free at once.
        if any(len(turn) != 2 for turn in history or ()):
            raise RagError("history: each turn is a pair of question and answer.")
        turns = [Turn(question, answer) for question, answer in history or ()]
        if answer := self._assistant.at_once(question, history=turns, documents=documents or None):
            yield answer_json(answer, self._assistant.documents, documents or None)
            return
        with self._assistant.line.place() as place:
            while not place.at_front(timeout=_LOOK_EVERY_S):
                yield {"ahead": place.ahead}
            pace = Pace()
            for event in self._assistant.stream(question, history=turns, documents=documents or None):
                if isinstance(event, Answer):
                    yield answer_json(event, self._assistant.documents, documents or None)
                elif pace.is_due():
                    yield {"ahead": 0}

    @_checked
    def search(self, query: str, k: int = 5, documents: list[str] | None = None) -> list[Json]:
        """Find the passages nearest to a query, best first; no language model takes part.

        Args:
            query: what to look for.
            k: how many passages, 50 at most.
            documents: ids of the documents to search, from `sources`; all of them if none are given.

        Returns:
            For each passage "rank", "score" in [0, 1], document, title, locator, date and its words.
        """
        if not 1 <= k <= _MOST_PASSAGES:
            raise RagError(f"k is {k}; it must be from 1 to {_MOST_PASSAGES}.")
        hits = self._assistant.search(clean_question(query[:MAX_CHARACTERS]), k, documents or None)
        known = self._assistant.documents
        return [{"rank": hit.rank, "score": round(hit.score, 4), **hit_json(hit, known)} for hit in hits]

    def sources(self) -> Json:
        """List the documents: id, title, kind, date, language, passages, how much of a listing is held."""
        return sources_json(self._assistant.index.store)
