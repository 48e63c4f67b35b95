"""`rag check`: what is missing, damaged or open to others is found, and nothing is changed by looking."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from conftest import WriteSeeds
from fakes import HashEmbedder

from rag import health, models
from rag.config import Settings
from rag.health import Finding, examine
from rag.indexing import build_index
from rag.models import ModelEntry, Source

WEIGHTS = b"GGUF and some weights"
TINY = ModelEntry(
    "tiny", "tiny.gguf", len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest(), "Apache-2.0", "Small.",
    (Source("url", "http://127.0.0.1/tiny.gguf"),),
)  # fmt: skip
ELSEWHERE = [
    "http://192.168.0.7:8080/v1",
    "https://models.example.org/v1",
    "http://localhost.example.org/v1",
    "http://127.0.0.1.example.org/v1",
    "http://localhost@example.org/v1",
    "http://example.org//localhost/v1",
    "http://example.org/?//127.0.0.1",
]


@pytest.fixture
def healthy(
    clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings under which everything is there: an index made for the embedder's name, and a tiny model."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(health, "_NEEDED_MEMORY", 1)
    monkeypatch.setattr(health, "_NEEDED_DISK", 1)
    known = {**models.load_entries(), "tiny": TINY}
    monkeypatch.setattr(models, "load_entries", lambda: known)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.gguf").write_bytes(WEIGHTS)
    settings = Settings(
        seeds=write_seeds({"a.txt": "Unions met."}),
        index=tmp_path / "index",
        cache=tmp_path,
        llm="tiny",
        embedding="all-MiniLM-L6-v2",
    )
    build_index(settings, HashEmbedder("all-MiniLM-L6-v2", 384))
    return settings


def changed(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update=changes)


def faults(settings: Settings) -> dict[str, str]:
    """What is not good, and how it is."""
    return {finding.what: finding.state for finding in examine(settings) if not finding.good}


def state(settings: Settings, what: str) -> Finding:
    [found] = [finding for finding in examine(settings) if finding.what == what]
    return found


def test_all_is_well(healthy: Settings) -> None:
    findings = examine(healthy)
    assert all(finding.good for finding in findings)
    assert [finding.what for finding in findings] == [
        "language model", "index", "memory", "disk", "page", "model hub", "questions"
    ]  # fmt: skip
    assert "tiny.gguf, hash holds" in findings[0].state
    assert ", built 20" in findings[1].state


def test_a_missing_model_is_found_with_what_fetches_it(healthy: Settings) -> None:
    assert faults(changed(healthy, llm=""))["language model"].endswith("Run: rag models --fetch")
    assert "no language model 'nosuch'" in faults(changed(healthy, llm="nosuch"))["language model"]


def test_a_model_of_the_right_size_but_other_bytes_is_damaged(healthy: Settings, tmp_path: Path) -> None:
    (tmp_path / "models" / "tiny.gguf").write_bytes(WEIGHTS.replace(b"some", b"same"))
    assert faults(healthy)["language model"].endswith("tiny.gguf is damaged. Run: rag models --fetch tiny")


def test_a_file_of_ones_own_is_taken_as_it_is(healthy: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    assert state(changed(healthy, llm=str(own)), "language model") == Finding("language model", True, f"own, {own}")
    own.write_bytes(b"ZIP!")
    assert "is not a GGUF file" in faults(changed(healthy, llm=str(own)))["language model"]


def test_a_missing_index_is_found_and_not_made(healthy: Settings, tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "where"
    assert "rag index" in faults(changed(healthy, index=nowhere))["index"]
    assert not nowhere.parent.exists()


def test_a_damaged_index_is_found(healthy: Settings) -> None:
    (healthy.index / "build-000001" / "manifest.json").write_text("{")
    assert "Run: rag index --rebuild" in faults(healthy)["index"]


def test_documents_newer_than_the_index_are_found(healthy: Settings) -> None:
    (healthy.seeds / "b.txt").write_text("Youth met.")
    assert faults(healthy) == {"documents": "changed since the index was built. Run: rag index"}


def test_a_document_that_was_left_out_is_found(healthy: Settings) -> None:
    (healthy.seeds / "b.pdf").write_bytes(b"%PDF")
    build_index(healthy, HashEmbedder("all-MiniLM-L6-v2", 384))
    assert list(faults(healthy)) == ["document"]
    assert "b.pdf" in faults(healthy)["document"]


def test_a_missing_seeds_folder_is_found(healthy: Settings, tmp_path: Path) -> None:
    assert "There is no folder" in faults(changed(healthy, seeds=tmp_path / "nowhere"))["index"]


@pytest.mark.parametrize(("what", "constant"), [("memory", "_NEEDED_MEMORY"), ("disk", "_NEEDED_DISK")])
def test_too_little_room_is_found(healthy: Settings, monkeypatch: pytest.MonkeyPatch, what: str, constant: str) -> None:
    monkeypatch.setattr(health, constant, 10**18)
    assert "1000000000 GB needed" in faults(healthy)[what]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_page_on_this_machine_is_well(healthy: Settings, host: str) -> None:
    assert state(changed(healthy, host=host), "page").good


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", ""])
def test_a_page_for_others_is_found(healthy: Settings, host: str) -> None:
    assert "others on the network can open it" in faults(changed(healthy, host=host))["page"]


def test_an_open_model_hub_is_found(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert "HF_HUB_OFFLINE" in faults(healthy)["model hub"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/v1", "http://localhost:8080/v1", "http://[::1]:8080/v1", "http://LOCALHOST/v1"]
)
def test_a_server_on_this_machine_is_well(healthy: Settings, url: str) -> None:
    assert faults(changed(healthy, llm=url, llm_model="small")) == {}


@pytest.mark.parametrize("url", ELSEWHERE)
def test_questions_that_leave_this_machine_are_found(healthy: Settings, url: str) -> None:
    assert "are sent to" in faults(changed(healthy, llm=url, llm_model="small"))["questions"]


def test_a_server_without_a_model_is_found(healthy: Settings) -> None:
    """`rag ask` refuses it: `rag check` must not call it good."""
    assert "RAG_LLM_MODEL" in faults(changed(healthy, llm="http://127.0.0.1:8080/v1"))["language model"]


def test_looking_changes_nothing(healthy: Settings) -> None:
    def files() -> dict[Path, tuple[int, int]]:
        paths = [path for folder in (healthy.seeds, healthy.index) for path in folder.rglob("*")]
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}

    before = files()
    examine(healthy)
    assert files() == before
