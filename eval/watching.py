"""The assistant as users have it, with one ear at its language model: answers do not tell how sure the gate was."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Generator as Pieces

from rag.assistant import Assistant, open_or_build
from rag.config import Settings
from rag.embedding import open_embedder
from rag.llm import Generator, open_generator
from rag.types import Prompt


class Watched:
    """A language model that remembers the last probability of yes it gave. Changes nothing else, not even the name."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.yes: float | None = None  # set it to None before a question: not every question reaches the gate

    @property
    def name(self) -> str:
        """As `Generator.name`."""
        return self._generator.name

    def stream(self, prompt: Prompt, max_tokens: int) -> Pieces[str]:
        """As `Generator.stream`."""
        return self._generator.stream(prompt, max_tokens)

    def yes_probability(self, prompt: Prompt) -> float:
        """As `Generator.yes_probability`."""
        self.yes = self._generator.yes_probability(prompt)
        return self.yes

    def count_tokens(self, text: str) -> int:
        """As `Generator.count_tokens`."""
        return self._generator.count_tokens(text)


def open_watched(settings: Settings, say: Callable[[str], None]) -> tuple[Assistant, Watched]:
    """As `Assistant.open`, and its language model.

    Raises:
        RagError: something is missing or damaged; the message names the command that helps.
    """
    generator = Watched(open_generator(settings))
    embedder = open_embedder(settings)
    return Assistant(settings, open_or_build(settings, embedder, say), embedder, generator), generator
