"""A stand-in for the language model that is slow when a test wants it, and a question that the documents answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

from fakes import ScriptedGenerator

from rag.types import Prompt

QUESTION = (
    "Do young unionists from South East Asia call on trade unions to provide a youth quota in routine union training?"
)
GOOD = "Young unionists called for a 20 percent youth quota in routine union training."
ALSO = "Young unionists from South East Asia met in Manila."
SOON = 20  # seconds; what takes longer hangs


class Slow(ScriptedGenerator):
    """When its reply is "slow", writes until it is released or closed, or for longer than any test waits."""

    def __init__(self, *replies: str) -> None:
        super().__init__(*replies)
        self.writing = threading.Event()
        self.released = threading.Event()
        self.closed = threading.Event()

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        if self.replies and self.replies[0] == "slow":
            self.replies.clear()
            self.released.clear()
            self.closed.clear()
            return self._slowly()
        return super().stream(prompt, max_tokens)

    def _slowly(self) -> Generator[str, None, None]:
        until = time.monotonic() + 2 * SOON
        try:
            while not self.released.is_set() and time.monotonic() < until:
                self.writing.set()
                yield "unions "
                time.sleep(0.01)
        finally:
            self.writing.clear()
            self.closed.set()
