"""A command starts at once: none loads what only another one needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import WriteSeeds
from fakes import HashEmbedder
from small import OLD

from rag.config import DIMENSIONS, Settings
from rag.indexing import build_index

MODELS = {"torch", "transformers", "sentence_transformers", "llama_cpp"}
PAGE = {"gradio", "fastapi", "uvicorn"}
SLOW = MODELS | PAGE | {"httpx", "requests", "matplotlib", "pandas", "scipy", "sklearn", "dateparser", "babel"}
INDEX = {"numpy", "faiss", "markdown_it", "langchain_text_splitters"}
RUN = "import sys; from rag.cli import main; sys.argv[0] = 'rag'; main()"
ROOT = Path(__file__).parents[1]
SMALL = "all-MiniLM-L6-v2"


@pytest.fixture
def ready(clean_environment: Path, write_seeds: WriteSeeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings through the environment: a small collection with its index, and no language model."""
    settings = Settings(seeds=write_seeds(OLD), index=tmp_path / "index", embedding=SMALL)
    build_index(settings, HashEmbedder(SMALL, DIMENSIONS[SMALL]))
    places = {"SEEDS": settings.seeds, "INDEX": settings.index, "CACHE": tmp_path / "cache", "EMBEDDING": SMALL}
    for key, value in places.items():
        monkeypatch.setenv(f"RAG_{key}", str(value))


def run(arguments: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, *options, "-c", RUN, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=120,
    )


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("arguments", "too_much", "said"),
    [
        (["--help"], SLOW | INDEX | {"pydantic"}, "Usage: "),
        (["index", "--help"], SLOW | INDEX | {"pydantic_settings"}, "--rebuild"),
        (["index"], SLOW | INDEX, "3 documents, 5 passages; nothing has changed, nothing was embedded."),
        (["sources"], SLOW, "3 documents, 5 passages."),
        (["sources", "--json"], SLOW, '"chunks": 5'),
        (["models"], SLOW | INDEX, "rag models --fetch NAME"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_loads_only_what_it_needs(arguments: list[str], too_much: set[str], said: str) -> None:
    done = run(arguments, "-X", "importtime")
    assert done.returncode == 0, done.stderr
    assert said in " ".join(done.stdout.split())
    loaded = set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\w+)", done.stderr, re.MULTILINE))
    assert "rag" in loaded  # or the lines look different, and nothing would be noticed
    assert loaded & too_much == set()


def test_the_help_is_there_before_one_wonders() -> None:
    """The computer's own seconds, of the fastest of three: other work on it counts little."""
    seconds = []
    for _ in range(3):
        before = os.times()
        assert run(["--help"]).returncode == 0
        after = os.times()
        seconds.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert min(seconds) < 1.5  # 0.15 on two cores of an AMD EPYC; with torch it would be 3
