"""What a page is told of long work: where it stands, though not at every word, and in any case how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from rag.errors import RagError
from rag.texts import Texts

_EVERY_S = 0.25
S = TypeVar("S")


class Pace:
    """Says when the page is to hear again of work that goes on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._told = float("-inf")

    def is_due(self) -> bool:
        """Whether a quarter of a second has passed since it was last due."""
        now = self._clock()
        if now - self._told < _EVERY_S:
            return False
        self._told = now
        return True


def told_to_the_end(steps: Iterator[S], failed: Callable[[str], S], t: Texts) -> Iterator[S]:
    """The steps of some work; if it fails, last what is to be shown then. Closing it closes the work.

    Args:
        steps: what is to be shown, one after the other.
        failed: what is to be shown with these words on what went wrong.
        t: the language of the page.

    Raises:
        Exception: a fault of ours, after the page was told, which must not wait for ever; the terminal shall tell, too.
    """
    try:
        yield from steps
    except RagError as error:
        yield failed(t("ask.failed", why=str(error)))
    except Exception:
        yield failed(t("ask.broken"))
        raise
