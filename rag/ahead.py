"""Reading ahead while nobody asks: each passage is read once before anybody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rag.assistant import Assistant
from rag.errors import RagError

_IDLE_S = 2.0  # since somebody asked: the next question may follow soon
_LOOK_EVERY_S = 0.25
_LEAVE_S = 60.0  # for the passage that is being read when the block is left: Python may not end in its midst


@contextmanager
def read_while_idle(assistant: Assistant) -> Iterator[threading.Thread]:
    """Read while the block lasts; who asks meanwhile waits for one passage at most, about a second."""
    ended = threading.Event()
    thread = threading.Thread(target=_read, args=(assistant, ended), name="reading ahead", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        ended.set()
        thread.join(_LEAVE_S)


def _read(assistant: Assistant, ended: threading.Event) -> None:
    with suppress(RagError):  # whoever asks next will be told
        for _ in assistant.read_ahead():
            while assistant.line.idle_seconds < _IDLE_S and not ended.wait(_LOOK_EVERY_S):
                pass
            if ended.is_set():
                return
