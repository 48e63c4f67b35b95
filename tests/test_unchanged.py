"""Nothing to do: told by the manifest alone exactly where a build would find the same."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from fakes import HashEmbedder
from small import NEW, Small, snapshot

from rag.config import DIMENSIONS, Settings
from rag.errors import CorpusError
from rag.manifest import BuildResult
from rag.unchanged import unchanged

MODEL = "all-mpnet-base-v2"  # what settings ask for by themselves


def embedder() -> HashEmbedder:
    return HashEmbedder(MODEL, DIMENSIONS[MODEL])


@pytest.fixture
def kept(small: Small) -> Small:
    """A small collection whose index passes for one of the embedding model's; one file of it cannot be read."""
    small.write({"bad.txt": b"\xff\xfe\xff"})
    small.build(embedder())
    return small


def test_it_tells_what_a_build_would_and_writes_nothing(kept: Small) -> None:
    before = snapshot(kept.settings.index)
    found = unchanged(kept.settings)
    assert found == kept.build(embedder())
    assert found is not None
    [problem] = found.problems
    assert "bad.txt" in problem
    assert found == BuildResult(False, 3, 5, 0, (problem,))
    assert snapshot(kept.settings.index) == before


def test_without_an_index_there_is_something_to_do(small: Small) -> None:
    assert unchanged(small.settings) is None
    assert not small.settings.index.exists()


@pytest.mark.parametrize("change", ["a paragraph", "a file more", "a file less", "the catalog"])
def test_a_change_of_the_documents_is_something_to_do(kept: Small, change: str) -> None:
    match change:
        case "a paragraph":
            kept.write({"a.txt": NEW["a.txt"]})
        case "a file more":
            kept.write({"d.txt": NEW["d.txt"]})
        case "a file less":
            (kept.seeds / "c.txt").unlink()
        case "the catalog":
            kept.write({}, catalog='["b.md"]\ntitle = "Youth demands"\n')
    assert unchanged(kept.settings) is None
    kept.build(embedder())
    assert unchanged(kept.settings) is not None


def test_another_embedding_model_is_something_to_do(kept: Small) -> None:
    assert unchanged(kept.settings.model_copy(update={"embedding": "all-MiniLM-L6-v2"})) is None


@pytest.mark.parametrize("change", [{"dimension": 384}, {"model": "other"}, {"format": 1}, {"files": {}}])
def test_a_manifest_of_something_else_is_something_to_do(kept: Small, change: dict[str, object]) -> None:
    path = kept.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    assert unchanged(kept.settings) is None
    assert kept.build(embedder()).changed


@pytest.mark.parametrize("name", ["store.sqlite", "vectors.faiss", "sentences.faiss", "manifest.json"])
def test_a_damaged_file_is_something_to_do(kept: Small, name: str) -> None:
    content = bytearray((kept.folder / name).read_bytes())
    content[len(content) // 2] ^= 0x81
    (kept.folder / name).write_bytes(content)
    assert unchanged(kept.settings) is None
    assert kept.build(embedder()).changed


def test_without_documents_it_says_what_a_build_says(kept: Small) -> None:
    settings = kept.settings.model_copy(update={"seeds": kept.seeds / "nowhere"})
    with pytest.raises(CorpusError, match="RAG_SEEDS"):
        unchanged(settings)


def test_the_length_of_each_models_vectors_is_known() -> None:
    assert set(DIMENSIONS) == set(get_args(Settings.model_fields["embedding"].annotation))
