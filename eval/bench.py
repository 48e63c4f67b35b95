"""How fast the product is, each figure measured several times: start-up, index, answers, and llama.cpp beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from eval.errors import EvalError
from eval.questions import Question
from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding import Embedder
from rag.indexing import build_index
from rag.prompting import Prompts
from rag.types import Hit, Prompt
from rag.understanding import Turn

PROMPTS = 5  # whose reading and writing is timed beside llama.cpp's own
WRITTEN = 32  # tokens for each of them
_PAGE_S = 180.0  # after which a page that does not come is a fault
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured several times."""

    name: str
    unit: str  # s | tokens/s | tokens
    values: tuple[float, ...]
    most: float | None = None  # what it should not exceed; None: no such bar

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)


def commands(repeat: int) -> Iterator[Figure]:
    """Whole processes, from the first instruction to the last."""
    for name, arguments, most in (
        ("rag --help", ("--help",), 0.3),
        ("rag sources", ("sources",), None),
        ("rag index, nothing changed", ("index",), 0.6),
    ):
        run = [sys.executable, "-c", "from rag.cli import main; main()", *arguments]
        times = (_timed(lambda: _quietly(run)) for _ in range(repeat))  # noqa: B023  # used at once
        yield Figure(name, "s", tuple(times), most)


def page(repeat: int) -> Figure:
    """From starting the server until the page answers."""
    return Figure("rag serve to the page", "s", tuple(_timed(_open_page) for _ in range(repeat)), 8.0)


def indexing(settings: Settings, embedder: Embedder, repeat: int) -> Figure:
    """All documents read and embedded anew, into a folder of its own."""
    with TemporaryDirectory() as folder:
        elsewhere = settings.model_copy(update={"index": Path(folder)})
        times = tuple(_timed(lambda: build_index(elsewhere, embedder, rebuild=True)) for _ in range(repeat))
    return Figure("rag index, everything anew (models loaded)", "s", times)


def asking(
    assistant: Assistant, questions: Sequence[Question], repeat: int, step: Callable[[int, int], None]
) -> Iterator[Figure]:
    """Questions asked `repeat` times each; a value for each question, the median of its times.

    Args:
        assistant: warmed up.
        questions: with their turns before.
        repeat: how often each is asked; answers given before are not given again here.
        step: is told how much is done, and of how much.
    """
    rows: list[tuple[float, float, float]] = []
    for n, question in enumerate(questions):
        history = [Turn(turn.question, turn.answer) for turn in question.history]
        found, first, whole = [], [], []
        for i in range(repeat):
            step(n * repeat + i, len(questions) * repeat)
            timings = assistant.ask(question.question, history=history).timings
            found.append(timings.retrieve_s)
            whole.append(timings.total_s)
            if timings.first_sentence_s is not None:
                first.append(timings.first_sentence_s)
        rows.append((median(found), median(first) if first else float("nan"), median(whole)))
    step(len(questions) * repeat, len(questions) * repeat)
    answered = tuple(first for _, first, _ in rows if first == first)  # NaN is not itself
    yield Figure("understanding and retrieval", "s", tuple(found for found, _, _ in rows))
    if answered:
        yield Figure("first checked sentence", "s", answered, 1.5)
    yield Figure("whole answer", "s", tuple(whole for _, _, whole in rows), 3.5)


def prompts_of(assistant: Assistant, questions: Sequence[Question], count: Callable[[str], int]) -> list[Prompt]:
    """The answer prompts of some questions with their nearest passage, as the product would write from."""
    found: list[Prompt] = []
    for question in questions:
        hits: tuple[Hit, ...] = assistant.search(question.question, 1)
        prompts = Prompts(question.question, hits, assistant.settings.prompt_tokens, count)
        if prompts.shown:
            found.append(prompts.answer)
        if len(found) == PROMPTS:
            break
    return found


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _quietly(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EvalError(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")


def _open_page() -> None:
    """Start a server of its own, wait for the page, end it."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from rag.cli import main; main()", "serve", "--no-browser", "--port", str(port)]
    with _running(command) as process:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.perf_counter() + _PAGE_S
        while time.perf_counter() < until and process.poll() is None:
            with suppress(OSError), opener.open(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(_LOOK_EVERY_S)
    raise EvalError("The page did not come. To see why, run: rag serve --no-browser")


@contextmanager
def _running(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
