"""A file to hand out whose writer is killed at any moment, or meets a full disk: the old file or the new one, never half."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from briefings import briefing_over
from conftest import SEEDS

from rag.briefing.formats import write
from rag.briefing.records import Briefing
from rag.corpus import read_corpus
from rag.embedding import count_tokens
from rag.errors import RagError
from rag.export import as_docx
from rag.texts import texts_in

T = texts_in("en")
OLD = b"the old file"
BRIEFINGS = ("b.md", "b.docx", "b.pdf")
TALK = "conversation.docx"
WORDS = "# Talk\n\n" + "Who says so?[^1]\n\n" * 2000 + "[^1]: A union.\n"


def child(verb: str, folder: Path, values: Sequence[float], names: Sequence[str]) -> Iterator[int]:
    """What runs in a process of its own: per value and name a file in `folder`/i, written in a fork.

    Yields the signal that ended it. A fork costs a hundredth of a fresh Python with all its imports; nothing here has
    started a thread, so it is safe.
    """
    briefing()
    for i, (name, value) in enumerate((name, value) for name in names for value in values):
        pid = fork_and_write(verb, value, folder / str(i) / name)
        if verb == "kill at time":
            time.sleep(value)
            os.kill(pid, signal.SIGKILL)
        yield -os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@cache
def briefing() -> Briefing:
    return briefing_over(read_corpus(SEEDS, count_tokens))


def made(path: Path) -> None:
    """Write the file, in place of one that is there."""
    if path.name == TALK:
        as_docx(WORDS, path, "en", "A talk")
    else:
        write(briefing(), path, T, force=True)


def fork_and_write(verb: str, value: float, path: Path) -> int:
    """Start writing in a fork, which writes to stderr what came of it as a line of JSON; returns its process id."""
    if pid := os.fork():
        return pid
    said = ""
    try:
        PREPARE[verb](value, path.parent)
        made(path)
        said = "written"
    except RagError as error:
        said = f"{type(error).__name__}: {error}"
    finally:
        os.write(2, json.dumps(said or f"TRACEBACK {sys.exc_info()[1]!r}").encode() + b"\n")
        os._exit(0)


def kill_at_step(n: float, folder: Path) -> None:
    """Let this process kill itself right before the n-th thing that Python does to a file of a folder."""
    steps = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event.split(".")[0] in ("open", "os", "tempfile") and any(str(folder) in str(a) for a in arguments):
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


PREPARE: dict[str, Callable[[float, Path], None]] = {
    "kill at step": kill_at_step,
    "kill at time": lambda seconds, folder: None,
    "kill at size": lambda size, folder: limit_files(size, signal.SIG_DFL),  # the kernel kills in the middle of a write
    "full at size": lambda size, folder: limit_files(size, signal.SIG_IGN),  # the write fails, as on a full disk
    "just write": lambda value, folder: None,
}


def run_child(
    verb: str, folder: Path, values: Sequence[float], names: Sequence[str], within: Sequence[str] = (), **variables: str
) -> tuple[list[int], list[str]]:
    """The signals that ended the writers (0: none), and what those that came to an end said."""
    command = [*within, sys.executable, __file__, verb, str(folder), json.dumps(list(values)), json.dumps(list(names))]
    environment = {**os.environ, "PYTHONPATH": str(SEEDS.parent), **variables}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600, env=environment)
    return json.loads(done.stdout), [json.loads(line) for line in done.stderr.splitlines()]


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def folders(tmp_path: Path) -> Callable[..., list[Path]]:
    """A function that makes n folders for each name, every other one with an old file; returns the files."""

    def make(n: int, names: Sequence[str]) -> list[Path]:
        files = [tmp_path / "files" / str(i) / name for i, name in enumerate(name for name in names for _ in range(n))]
        for i, file in enumerate(files):
            file.parent.mkdir(parents=True)
            if i % 2:
                file.write_bytes(OLD)
        return files

    return make


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The whole files, and how long each takes."""
    folder = tmp_path_factory.mktemp("new")
    for name in BRIEFINGS:
        made(folder / name)
    return {name: (folder / name).read_bytes() for name in BRIEFINGS}


def left_over(file: Path) -> list[str]:
    """What lies beside a file."""
    return [path.name for path in file.parent.iterdir() if path != file]


def which(file: Path, new: dict[str, bytes], was_there: bool) -> str:
    """Whether a file is the old or the new one or absent; anything else fails."""
    if not file.exists():
        assert not was_there
        return "absent"
    content = file.read_bytes()
    if content == OLD:
        assert was_there
        return "old"
    if file.name == TALK:  # bears the time at which it was made
        assert zipfile.ZipFile(file).testzip() is None
    else:
        assert content == new[file.name]
    return "new"


def assert_unfinished_is_called_so(file: Path) -> None:
    """At most one file more, hidden, and with a name that says what it is."""
    for name in left_over(file):
        assert name.startswith(".unfinished-")
        assert name.endswith(file.suffix)
    assert len(left_over(file)) <= 1


def test_killed_before_any_of_its_steps_it_leaves_the_old_file_or_the_new_one(
    folders: Callable[..., list[Path]], new: dict[str, bytes]
) -> None:
    files = folders(8, ["b.md"])
    signals, _ = run_child("kill at step", files[0].parents[1], range(1, 9), ["b.md"])
    n_killed = signals.count(signal.SIGKILL)
    assert signals == [signal.SIGKILL] * n_killed + [0] * (8 - n_killed)
    assert 4 <= n_killed < 8  # from before the first step to after the last
    left = [which(file, new, i % 2 == 1) for i, file in enumerate(files)]
    assert "new" not in left[: n_killed - 1]
    assert set(left[n_killed:]) == {"new"}
    for file in files[:n_killed]:
        assert_unfinished_is_called_so(file)
    assert [left_over(file) for file in files[n_killed:]] == [[]] * (8 - n_killed)
    made(files[1])  # the next time it is written
    assert files[1].read_bytes() == new["b.md"]


@pytest.mark.parametrize("name", [*BRIEFINGS, TALK])
def test_killed_at_any_time_it_leaves_the_old_file_or_the_new_one(
    folders: Callable[..., list[Path]], new: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    chance, began = random.Random(name), time.monotonic()
    made(tmp_path / name)
    whole = time.monotonic() - began
    moments = sorted(chance.uniform(0, 1.3 * whole) for _ in range(6))
    files = folders(len(moments), [name])
    run_child("kill at time", files[0].parents[1], moments, [name])
    time.sleep(whole)  # a pandoc whose caller was killed goes on for a while
    for i, file in enumerate(files):
        which(file, new, i % 2 == 1)
        assert_unfinished_is_called_so(file)


def test_killed_in_the_middle_of_a_write_it_leaves_the_old_file(
    folders: Callable[..., list[Path]], new: dict[str, bytes]
) -> None:
    sizes = [0, 1, 4096, 20_000]
    assert len(new["b.md"]) > sizes[-1]
    files = folders(len(sizes), ["b.md"])
    signals, _ = run_child("kill at size", files[0].parents[1], sizes, ["b.md"])
    assert signals == [signal.SIGXFSZ] * len(sizes)
    assert [which(file, new, i % 2 == 1) for i, file in enumerate(files)] == ["absent", "old"] * 2
    for file in files:
        assert_unfinished_is_called_so(file)


@pytest.mark.parametrize("name", [*BRIEFINGS, TALK])
def test_a_disk_that_is_full_is_one_line_and_leaves_the_old_file_alone(
    folders: Callable[..., list[Path]], new: dict[str, bytes], name: str
) -> None:
    sizes = [0, 4096]
    files = folders(len(sizes), [name])
    signals, said = run_child("full at size", files[0].parents[1], sizes, [name])
    assert signals == [0, 0]
    assert [which(file, new, i % 2 == 1) for i, file in enumerate(files)] == ["absent", "old"]
    assert [left_over(file) for file in files] == [[], []]
    for line in said:
        assert line.startswith("ExportError: ")
        assert len(line.splitlines()) == 1
        assert len(line) < 500


@pytest.mark.skipif(shutil.which("unshare") is None, reason="a disk of its own needs unshare")
@pytest.mark.parametrize(
    ("full", "names"), [("target", [*BRIEFINGS, TALK]), ("temporary files", ["b.docx", "b.pdf"])], ids=str
)
def test_on_a_small_disk_nothing_is_left(tmp_path: Path, full: str, names: list[str]) -> None:
    small, roomy = tmp_path / "small", tmp_path / "roomy"
    small.mkdir()
    script = (
        f'mount -t tmpfs -o size=20k none "{small}" && mkdir -p "{small}"/0 && "$@" && find "{tmp_path}" -type f >&2'
    )
    own_disk = ["unshare", "-rm", "sh", "-c", script, "sh"]  # which is gone with the process
    if subprocess.run([*own_disk, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    target, temporary = (small, roomy) if full == "target" else (roomy, small)
    (roomy / "0").mkdir(parents=True)
    for name in names:
        _, said = run_child("just write", target, [0], [name], own_disk, TMPDIR=str(temporary))
        [line] = said  # and no file that was found
        assert line.startswith("ExportError: ")
        assert "No space left on device" in line
        assert len(line) < 500


if __name__ == "__main__":
    verb, folder, values, names = sys.argv[1:]
    print(json.dumps(list(child(verb, Path(folder), json.loads(values), json.loads(names)))))  # noqa: T201
