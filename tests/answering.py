"""An assistant over the real documents whose model says what a test wants, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from desk import assistant_over
from fakes import ScriptedGenerator
from slow import QUESTION

from rag.index import Index
from rag.types import Answer, Event, Progress, Sentence


def answer_to(index: Index, reply: str, question: str = QUESTION, **settings: object) -> Answer:
    return assistant_over(index, ScriptedGenerator(again=reply), **settings).ask(question)


def without_progress(events: Iterable[Event]) -> Iterator[Event]:
    return (event for event in events if not isinstance(event, Progress))


def texts(sentences: tuple[Sentence, ...]) -> list[str]:
    return [sentence.text for sentence in sentences]
