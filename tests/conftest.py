"""What every test may use: the real documents, settings in a temporary folder, small seeds folders; and no network.

The page, a browser and the real assistant are here, too; what they load is imported when they are asked for.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import hypothesis
import pytest
from pytest_socket import disable_socket, enable_socket
from small import OLD, Small
from stores import write
from wheels import Shelf, full_shelf

from rag import gate
from rag.config import Settings
from rag.corpus import Corpus, read_corpus
from rag.embedding import count_tokens
from rag.index import Index
from rag.indexing import BuildResult
from rag.models import models_dir
from rag.store import Store

if TYPE_CHECKING:
    from browser import Visit
    from hosting import Served
    from playwright.sync_api import Browser

    from rag.assistant import Assistant

# A shell that runs the tests in the background has them ignore Ctrl-C; here and in children it must do what it does.
signal.signal(signal.SIGINT, signal.default_int_handler)

SEEDS = Path(__file__).parents[1] / "seeds"

# The same examples in every run: a failure is the change's, never the day's.
hypothesis.settings.register_profile("project", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("project")


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test opens a socket, unless it is marked `enable_socket` or `model`."""
    if request.node.get_closest_marker("enable_socket") or request.node.get_closest_marker("model"):
        yield
        return
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="session", autouse=True)
def plain_gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A draft is as likely an answer as the passage is said to state it, but for those that code calls hopeless.

    The coefficients of the product are fitted anew now and then; no test but those of the gate depends on them.
    """
    plain = dict.fromkeys(["intercept", *gate._ANY.values()], 0.0) | {"yes": 1.0}
    file = tmp_path_factory.mktemp("gate") / "gate.json"
    file.write_text(json.dumps({kind: {"coefficients": plain} for kind in (gate.PROBED, gate.TOLD)}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "FILE", file)
        gate._models.cache_clear()
        yield
    gate._models.cache_clear()


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the five real documents."""
    return SEEDS


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The five real documents, read."""
    return read_corpus(SEEDS, count_tokens)


@pytest.fixture(scope="session")
def real_store(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The store of the five documents."""
    with closing(write(tmp_path_factory.mktemp("store") / "store.sqlite", corpus.documents, corpus.chunks)) as store:
        yield store


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The index of the five real documents, by the stand-in for the embedding model."""
    from desk import opened_index

    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index


@pytest.fixture
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No RAG_ variables, and an empty working folder, which is returned: no rag.toml of the developer's counts."""
    for key in [key for key in os.environ if key.upper().startswith("RAG_")]:
        monkeypatch.delenv(key)
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def settings(clean_environment: Path, tmp_path: Path) -> Settings:
    """Default settings over the real documents, with an index folder that does not exist yet."""
    return Settings(seeds=SEEDS, index=tmp_path / "index")


class WriteSeeds(Protocol):
    """Writes files into a seeds folder of the test's own."""

    def __call__(self, files: Mapping[str, str | bytes], catalog: str = "") -> Path:
        """Add or replace files, and the catalog when there is one; returns the folder."""


@pytest.fixture
def write_seeds(tmp_path: Path) -> WriteSeeds:
    """Writes small seeds folders; text goes out as UTF-8 with its line ends untouched."""

    def write(files: Mapping[str, str | bytes], catalog: str = "") -> Path:
        folder = tmp_path / "seeds"
        folder.mkdir(exist_ok=True)
        catalogs = {"catalog.toml": catalog} if catalog else {}
        for name, content in {**catalogs, **files}.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return write


@pytest.fixture
def small(clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds) -> Iterator[Small]:
    """A small collection without an index; what the test opens is closed."""
    small = Small(Settings(seeds=write_seeds(OLD), index=tmp_path / "index"), write_seeds)
    yield small
    for index in small.opened:
        index.store.close()


@pytest.fixture
def built(small: Small) -> Small:
    """The small collection with its index."""
    assert small.build() == BuildResult(True, 3, 5, 5, ())
    return small


@pytest.fixture
def models_folder(tmp_path: Path) -> Path:
    """Where models are kept; it does not exist yet."""
    return tmp_path / "cache" / "models"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """The tiny model in twelve wheels."""
    return full_shelf(tmp_path / "shelf")


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The real models over the real documents, for tests marked `model`: 1.5 GB, once for all of them.

    Drafts lie in a folder of the tests' own, and no settings of the developer's count.
    """
    from rag.assistant import Assistant

    folder = tmp_path_factory.mktemp("assistant")
    (folder / "cache").mkdir()
    (folder / "cache" / "models").symlink_to(models_dir(Settings().cache), target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        for key in [key for key in os.environ if key.upper().startswith("RAG_")]:
            patch.delenv(key)
        patch.chdir(folder)
        assistant = Assistant.open(Settings(seeds=SEEDS, index=folder / "index", cache=folder / "cache"))
        assistant.warm_up()
    yield assistant
    assistant.index.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file: while it is there, no other test could use asyncio."""
    from browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over the real documents with stand-ins for both models."""
    from hosting import desk

    with desk(tmp_path_factory.mktemp("desk")) as served:
        yield served


@pytest.fixture
def served(running: Served) -> Served:
    """The running page, which no other test has asked anything."""
    from desk import forget_given

    forget_given(running.assistant)
    return running


@pytest.fixture
def here(browser: Browser, served: Served) -> Iterator[Visit]:
    """Somebody who has just opened the page."""
    from browser import visit

    with visit(browser, served.url) as here:
        yield here
