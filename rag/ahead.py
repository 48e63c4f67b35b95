"""Reading ahead while nobody asks: each passage is read once before anybody waits for it."""

from __future__ import annotations

import threading
import time

from rag.assistant import Assistant
from rag.errors import RagError

_IDLE_S = 2.0  # since somebody asked: the next question may follow soon
_LOOK_EVERY_S = 0.25


def read_while_idle(assistant: Assistant) -> threading.Thread:
    """Begin to read; who asks meanwhile waits for one passage at most, about a second. Returns the thread."""
    thread = threading.Thread(target=_read, args=(assistant,), name="reading ahead", daemon=True)
    thread.start()
    return thread


def _read(assistant: Assistant) -> None:
    try:
        for _ in assistant.read_ahead():
            while assistant.line.idle_seconds < _IDLE_S:
                time.sleep(_LOOK_EVERY_S)
    except RagError:  # whoever asks next will be told
        return
