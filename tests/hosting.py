"""The page as it is hosted for a browser: over the real documents, with quick stand-ins for both models."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conftest import SEEDS
from desk import DIMENSION, assistant_over, opened_index
from fakes import HashEmbedder, ScriptedGenerator

from rag.assistant import Assistant
from rag.types import Prompt

HOST = "127.0.0.1"
FALSE = "Seventy-seven delegates sang in Reykjavik."
_PASSAGE = re.compile(r"Passage:\n\n(?:\([^)]*\) )?(.*?)\n\nQuestion: (.*?)\n\n", re.DOTALL)


class Copying(ScriptedGenerator):
    """Answers with the sentence of the passage that ends it; what the question says about the answer comes true.

    "unheard": no passage states the answer. "falsely": something false is said, too. "slowly": writes until
    `released` is set, or for two minutes.
    """

    def __init__(self) -> None:
        super().__init__(name="copying")
        self.released = threading.Event()
        self.stopped = threading.Event()  # a slow answer was ended by its reader

    def hold(self) -> None:
        """Let slow answers wait, whatever was before."""
        self.released.clear()
        self.stopped.clear()

    def yes_probability(self, prompt: Prompt) -> float:
        return 0.0 if "unheard" in prompt.user else 1.0

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        found = _PASSAGE.search(prompt.user)
        assert found, prompt.user
        passage, question = found.groups()
        said = passage.splitlines()[-1] + (f" {FALSE}" if "falsely" in question else "")
        return self._slowly(said) if "slowly" in question else self._pieces(said, 10_000)

    def _slowly(self, said: str) -> Generator[str, None, None]:
        until = time.monotonic() + 120
        try:
            while not self.released.is_set() and time.monotonic() < until:
                yield " "
                time.sleep(0.02)
            yield said
        except GeneratorExit:
            self.stopped.set()
            raise


@dataclass
class Served:
    """The page as it is served."""

    url: str
    assistant: Assistant
    feedback: Path

    @property
    def model(self) -> Copying:
        model = self.assistant._generator
        assert isinstance(model, Copying)
        return model


@contextmanager
def serving(assistant: Assistant, feedback: Path, port: int = 0) -> Iterator[Served]:
    """The page over an assistant, on a free port or on this one."""
    import app

    port = port or free_port()
    page = app.build_app(assistant, feedback)
    app.launch(page, HOST, port)
    try:
        yield Served(f"http://{HOST}:{port}", assistant, feedback)
    finally:
        page.close(verbose=False)


def started(folder: Path, port: int) -> subprocess.Popen[str]:
    """The same in a process of its own, which can be killed; returns when it serves."""
    process = subprocess.Popen([sys.executable, __file__, folder, str(port)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "served\n"
    return process


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def desk(folder: Path, seeds: Path = SEEDS) -> Iterator[Served]:
    """The page over an index of `seeds` with stand-ins for both models."""
    with opened_index(folder / "index", seeds, HashEmbedder(dimension=DIMENSION)) as index:
        assistant = assistant_over(index, Copying())
        assistant.warm_up()
        with serving(assistant, folder / "candidates.jsonl") as page:
            yield page


if __name__ == "__main__":
    _, here, at = sys.argv
    with opened_index(Path(here, "index"), embedder=HashEmbedder(dimension=DIMENSION)) as opened:
        with serving(assistant_over(opened, Copying()), Path(here, "candidates.jsonl"), int(at)):
            sys.stdout.write("served\n")
            sys.stdout.flush()
            threading.Event().wait()
