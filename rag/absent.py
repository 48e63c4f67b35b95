"""What stands in for a language model that is not there: everything that needs none goes on working."""

from __future__ import annotations

from collections.abc import Generator as Pieces
from typing import NoReturn

from rag.errors import ModelError
from rag.types import Prompt


class AbsentGenerator:
    """A `Generator` that can do nothing but say why."""

    name = "no language model"
    probed = False

    def __init__(self, reason: str) -> None:
        """`reason` is one line that says what is missing or damaged, and the command that helps."""
        self.reason = reason

    def stream(self, prompt: Prompt, max_tokens: int) -> Pieces[str]:
        """Raises ModelError at once."""
        self._fail()

    def answerable(self, prompt: Prompt) -> float:
        """Raises ModelError."""
        self._fail()

    def read_ahead(self, prompt: Prompt) -> bool:
        """Nothing can be read."""
        return False

    def yes_probability(self, prompt: Prompt) -> float:
        """Raises ModelError."""
        self._fail()

    def count_tokens(self, text: str) -> int:
        """Raises ModelError."""
        self._fail()

    def _fail(self) -> NoReturn:
        raise ModelError(self.reason)
