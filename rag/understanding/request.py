"""What a question turns out to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    """What is to be done: only ANSWER needs the language model."""

    ANSWER = "answer"  # find it in the passages and say it
    LIST = "list"  # show all of `rows`
    COUNT = "count"  # say how many `rows` there are, and show them
    LATEST = "latest"  # show `rows`, the newest first
    EARLIEST = "earliest"  # show `rows`, the oldest first
    LOCATE = "locate"  # say where the passage stands that is nearest to `search`


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and the answer it got."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Request:
    """A question, understood. An ordinary one is only its words: task ANSWER and no rows."""

    question: str  # cleaned, as asked
    search: str  # stands alone: what to search with and to give to the language model
    task: Task = Task.ANSWER
    rows: tuple[int, ...] = ()  # of the store; () = no restriction
    exclusive: bool = False  # only `rows` may answer; else they are to be preferred
    asked_for: str = ""  # what was selected, in words that follow a number: "news items dated 2021"
    problem: str = ""  # why it cannot be answered, as a sentence for its author
    near: bool = False  # of `rows`, those that are near the question in meaning are meant
