"""Prompt texts are files in `rag/prompts/`; this module loads, checks and fills them.

All prompts about one question begin alike (passages, then question), so that the model reads that part once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from string import Template

from rag.errors import ConfigError
from rag.types import Chunk, Hit, Prompt
from rag.understanding import Turn

_TURNS = 3  # of a conversation that a follow-up may lean on
_ANSWER_WORDS = 60
_FOLDER = Path(__file__).parent / "prompts"
_FIELDS = {
    "system": set[str](),
    "context": {"passages", "question"},
    "gate": set[str](),
    "answer": set[str](),
    "point": set[str](),
    "verify": {"answer"},
    "translate": {"question"},
    "reword": {"conversation", "question"},
}


class Prompts:
    """The prompts about one question over the passages that fit."""

    def __init__(self, question: str, hits: Sequence[Hit], budget: int, count_tokens: Callable[[str], int]) -> None:
        """Take passages, best first, while they fit into `budget` tokens; `shown` says which were taken."""
        room = budget - count_tokens(load("system") + load("context") + load("answer") + question)
        texts: list[str] = []
        for hit in hits:
            text = _passage(hit.chunk)
            room -= count_tokens(text)
            if room < 0:
                break
            texts.append(text)
        self.shown = tuple(hits[: len(texts)])
        self._texts = "\n\n".join(texts)
        self._context = fill("context", passages=self._texts, question=question)

    @property
    def passages(self) -> Prompt:
        """What all prompts over these passages begin with, whatever the question."""
        return Prompt(load("system"), fill("context", passages=self._texts, question="").rstrip())

    @property
    def gate(self) -> Prompt:
        """Asks whether the passages state the answer."""
        return Prompt(load("system"), self._context + load("gate"))

    @property
    def answer(self) -> Prompt:
        """Asks for the answer."""
        return Prompt(load("system"), self._context + load("answer"))

    def point(self, begin: str) -> Prompt:
        """Asks what the passage says, in a sentence that begins with these words."""
        return Prompt(load("system"), self._context + load("point"), begin)

    def verify(self, answer: str) -> Prompt:
        """Asks whether an answer that was written answers the question."""
        return Prompt(load("system"), self._context + fill("verify", answer=answer))


def translation(question: str) -> Prompt:
    """Asks for a question in English."""
    return Prompt("You translate questions into English.", fill("translate", question=question))


def rewording(question: str, history: Sequence[Turn]) -> Prompt:
    """Asks for a follow-up question in words that stand alone; the last turns are shown."""
    turns = [f"Q: {turn.question}\nA: {_beginning(turn.answer)}" for turn in history[-_TURNS:]]
    return Prompt("You reword questions.", fill("reword", conversation="\n".join(turns), question=question))


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:_ANSWER_WORDS])


def _passage(chunk: Chunk) -> str:
    """A passage as the model reads it, with few words around it, as each costs time.

    A news item brings its title and date in its text; a point of a list is no sentence without its lead-in.
    """
    where = "" if chunk.kind == "news" else f"({chunk.locator}) "
    lead_in = f"{chunk.headings[-1]} " if chunk.kind == "point" else ""
    return where + lead_in + chunk.text


def fill(name: str, **values: str) -> str:
    """A prompt text with its placeholders filled; values are inserted as they are, never read as placeholders."""
    return Template(load(name)).substitute(values)


@cache
def load(name: str) -> str:
    """A prompt text, after its placeholders were found to be those that the code fills.

    Raises:
        ConfigError: the file is missing or has other placeholders; names them.
    """
    path = _FOLDER / f"{name}.md"
    try:
        template = Template(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The prompt {path} cannot be read ({error}). Install the package again: make setup"
        ) from error
    if set(template.get_identifiers()) != _FIELDS[name] or not template.is_valid():
        raise ConfigError(
            f"The prompt {path} must have the placeholders {sorted(_FIELDS[name])}, "
            f"it has {sorted(template.get_identifiers())}"
        )
    return template.template


def fingerprint() -> str:
    """All prompt texts as one string: what answers depend on besides settings and models."""
    return "\0".join(load(name) for name in _FIELDS)
