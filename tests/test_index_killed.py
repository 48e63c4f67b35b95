"""A build that is killed at any moment, or that meets a full disk, leaves the old index or the new one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from fakes import HashEmbedder
from small import NEW, Small, assert_whole, texts_of

from rag.config import Settings
from rag.errors import RagError
from rag.index import open_index
from rag.indexing import build_index

Copies = Callable[[int], Path]


class SlowEmbedder(HashEmbedder):
    """Takes long enough for another process to come in between."""

    def embed_passages(self, texts: Sequence[str], report: Callable[[int], None] | None = None) -> np.ndarray:
        time.sleep(0.15)
        return super().embed_passages(texts, report)


def child(verb: str, seeds: Path, index: Path, values: list[float]) -> Iterator[int]:
    """What runs in a process of its own: per value a build in `index`/i, in a fork; yields the signal that ended it.

    A fork costs a hundredth of a fresh Python with all its imports. Nothing here has started a thread, so it is safe.
    """
    slow = verb in ("kill at time", "two at once")
    embedder = SlowEmbedder() if slow else HashEmbedder(dimension=8192 if verb == "full at size" else 64)
    for i, value in enumerate(values):
        settings = Settings(seeds=seeds, index=index / str(i))
        pids = [fork_and_build(verb, value, settings, embedder) for _ in range(2 if verb == "two at once" else 1)]
        if verb == "kill at time":
            time.sleep(value)
            os.kill(pids[0], signal.SIGKILL)
        yield max(-os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids)


def fork_and_build(verb: str, value: float, settings: Settings, embedder: HashEmbedder) -> int:
    """Start a build in a fork, which writes to stderr what came of it as a line of JSON; returns its process id."""
    if pid := os.fork():
        return pid
    said = ""
    try:
        PREPARE[verb](value)
        said = f"embedded {build_index(settings, embedder).embedded}"
    except RagError as error:
        said = f"{type(error).__name__}: {error}"
    finally:
        os.write(2, json.dumps(said or f"TRACEBACK {sys.exc_info()[1]!r}").encode() + b"\n")
        os._exit(0)


def kill_at_step(n: float) -> None:
    """Let this process kill itself right before the n-th thing that Python does to a file of an index."""
    steps = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event.split(".")[0] in ("open", "os", "shutil", "sqlite3") and any(COPIES in str(a) for a in arguments):
            steps += 1
            if steps == n:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def limit_files(size: float, handler: signal.Handlers) -> None:
    """Let no file grow beyond `size` bytes; the write that would do so is met with what `handler` says."""
    import resource  # not on every system

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    signal.signal(signal.SIGXFSZ, handler)


COPIES = "copies of the old index"
PREPARE: dict[str, Callable[[float], None]] = {
    "kill at step": kill_at_step,
    "kill at time": lambda seconds: None,
    "kill at size": lambda size: limit_files(size, signal.SIG_DFL),  # the kernel kills in the middle of a write
    "full at size": lambda size: limit_files(size, signal.SIG_IGN),  # the write fails, as on a full disk
    "two at once": lambda value: None,
}


def run_child(verb: str, seeds: Path, index: Path, values: Sequence[float]) -> tuple[list[int], list[str]]:
    """The signals that ended the builds (0: none), and what those that came to an end said."""
    command = [sys.executable, __file__, verb, str(seeds), str(index), json.dumps(list(values))]
    environment = {**os.environ, "PYTHONPATH": str(SEEDS.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    return json.loads(done.stdout), [json.loads(line) for line in done.stderr.splitlines()]


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def copies(built: Small, tmp_path: Path) -> Copies:
    """A function that makes n copies of the old index, for documents that are already the new ones."""

    def make(n: int) -> Path:
        built.write(NEW)
        for i in range(n):
            shutil.copytree(built.settings.index, tmp_path / COPIES / str(i))
        return tmp_path / COPIES

    return make


def assert_old_or_new_then_mend(seeds: Path, index: Path) -> str:
    """Which of the two an interrupted build left; a build afterwards makes it the new one and cleans up."""
    settings = Settings(seeds=seeds, index=index)
    found = open_index(settings, HashEmbedder())
    assert_whole(found)
    texts = set(texts_of(found))
    which = {len(found): "?", 5: "old", 6: "new"}[len(found)]
    assert ("They did not agree." in texts, "Energy sector unions join." in texts) == (which == "new", which == "new")
    assert ("They agreed on a plan." in texts) == (which == "old")
    found.store.close()

    assert build_index(settings, HashEmbedder()).embedded == {"old": 2, "new": 0}[which]
    mended = open_index(settings, HashEmbedder())
    assert len(mended) == 6
    assert_whole(mended)
    mended.store.close()
    assert list(index.glob(".new-*")) == []
    return which


@forks
def test_a_build_killed_before_any_of_its_steps_leaves_the_old_index_or_the_new_one(
    small: Small, copies: Copies
) -> None:
    steps = range(1, 51)
    folder = copies(len(steps))
    signals, _ = run_child("kill at step", small.seeds, folder, steps)
    n_killed = signals.count(signal.SIGKILL)
    assert signals == [signal.SIGKILL] * n_killed + [0] * (len(steps) - n_killed)
    assert 15 <= n_killed < len(steps)  # from before the first step to after the last
    left = [assert_old_or_new_then_mend(small.seeds, folder / str(i)) for i in range(len(steps))]
    assert left == ["old"] * left.count("old") + ["new"] * left.count("new")
    assert left.count("old") >= 10
    assert left[n_killed - 1] == "new"  # some kills fall between the publishing of the new and the removal of the old


@forks
def test_a_build_killed_at_any_time_leaves_the_old_index_or_the_new_one(small: Small, copies: Copies) -> None:
    times = np.linspace(0.0, 0.35, 12).tolist()
    folder = copies(len(times))
    run_child("kill at time", small.seeds, folder, times)
    left = {assert_old_or_new_then_mend(small.seeds, folder / str(i)) for i in range(len(times))}
    assert "old" in left


@forks
def test_a_build_killed_in_the_middle_of_a_write_leaves_the_old_index(small: Small, copies: Copies) -> None:
    sizes = [0, 1, 700, 1200, 4096, 10_000, 20_000, 30_000]  # manifest 1 kB, vectors 1.5 kB, store 37 kB
    folder = copies(len(sizes))
    signals, _ = run_child("kill at size", small.seeds, folder, sizes)
    assert signals == [signal.SIGXFSZ] * len(sizes)
    left = [assert_old_or_new_then_mend(small.seeds, folder / str(i)) for i in range(len(sizes))]
    assert left == ["old"] * len(sizes)


@forks
@pytest.mark.parametrize("size", [0, 8192, 100_000], ids=["nothing fits", "no store fits", "no vectors fit"])
def test_a_full_disk_is_one_line_and_leaves_the_old_index(small: Small, copies: Copies, size: int) -> None:
    folder = copies(1)
    _, (said,) = run_child("full at size", small.seeds, folder, [size])
    assert said.startswith("IndexFault: The index cannot be written to")
    assert assert_old_or_new_then_mend(small.seeds, folder / "0") == "old"


@forks
def test_of_two_builds_at_once_the_second_finds_nothing_to_do(small: Small, copies: Copies) -> None:
    folder = copies(1)
    _, said = run_child("two at once", small.seeds, folder, [0])
    assert sorted(said) == ["embedded 0", "embedded 2"]
    assert [path.name for path in (folder / "0").glob("*-*")] == ["build-000002"]
    assert assert_old_or_new_then_mend(small.seeds, folder / "0") == "new"


if __name__ == "__main__":
    verb, seeds_folder, index_folder, numbers = sys.argv[1:]
    print(json.dumps(list(child(verb, Path(seeds_folder), Path(index_folder), json.loads(numbers)))))  # noqa: T201
