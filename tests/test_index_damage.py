"""Damage: an index is never trusted when a file of it is missing, changed or of another build."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import HashEmbedder
from small import NEW, Small, assert_whole

from rag.errors import IndexFault
from rag.indexing import BuildResult

FILES = ("store.sqlite", "vectors.faiss", "sentences.faiss", "manifest.json")


def cut_to(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        os.truncate(path, int(path.stat().st_size * share))

    return damage


def flip_at(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int((len(content) - 1) * share)] ^= 0x81
        path.write_bytes(content)

    return damage


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [Path.unlink, cut_to(0), cut_to(0.5), cut_to(0.99), *(flip_at(share) for share in (0, 0.2, 0.5, 0.9, 1))],
    ids=["missing", "empty", "half", "nearly whole", "flip 0%", "flip 20%", "flip 50%", "flip 90%", "flip 100%"],
)
def test_a_damaged_file_is_noticed_and_a_build_mends_it(
    built: Small, name: str, damage: Callable[[Path], None]
) -> None:
    damage(built.folder / name)
    with pytest.raises(IndexFault, match=r"^[^\n]*Run: rag index --rebuild$"):
        built.open()
    assert built.build() == BuildResult(True, 3, 5, 5, ())
    assert built.builds == ["build-000002"]
    assert_whole(built.open())


def test_any_flipped_bit_in_the_manifest_is_noticed_or_does_no_harm(built: Small) -> None:
    path = built.folder / "manifest.json"
    good = path.read_bytes()
    for at in range(0, len(good), 3):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        try:
            index = built.open()
        except IndexFault:
            continue
        assert len(index) == 5
        assert isinstance(index.manifest.built, str)
        assert index.is_current(built.seeds) in (True, False)


@pytest.mark.parametrize(
    "key", ["format", "built", "model", "dimension", "fingerprint", "chunks", "sentences", "problems", "files"]
)
def test_a_manifest_without_a_key_is_noticed_and_a_build_mends_it(built: Small, key: str) -> None:
    path = built.folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest[key]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(IndexFault, match=r"^[^\n]*Run: rag index"):
        built.open()
    assert built.build().changed
    assert_whole(built.open())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 1}, "The index has format 1, this version reads 2. Run: rag index --rebuild"),
        ({"format": None}, "The index has format None, this version reads 2. Run: rag index --rebuild"),
        (
            {"chunks": 4},
            "(rows: {'manifest': 4, 'store.sqlite': 5, 'vectors.faiss': 5}, {'manifest': 5, 'sentences.faiss': 5}). Run: rag index --rebuild",
        ),
        ({"sentences": 6}, "{'manifest': 6, 'sentences.faiss': 5}). Run: rag index --rebuild"),
        ({"model": "other"}, "was built with other (64 dimensions), the settings ask for hash (64). Run: rag index"),
        ({"dimension": 65}, "was built with hash (65 dimensions), the settings ask for hash (64). Run: rag index"),
    ],
)
def test_a_manifest_of_something_else_is_noticed_and_a_build_mends_it(
    built: Small, change: dict[str, object], said: str
) -> None:
    path = built.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(IndexFault) as fault:
        built.open()
    assert str(fault.value).endswith(said)
    assert built.build() == BuildResult(True, 3, 5, 5, ())
    assert_whole(built.open())


@pytest.mark.parametrize(
    "content", ["", "not JSON", "null", "3", "[]", '{"format": 2}', '{"format": 2, "files": []}', "\ud800"]
)
def test_a_manifest_that_is_none_is_noticed_and_a_build_mends_it(built: Small, content: str) -> None:
    (built.folder / "manifest.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(IndexFault, match=r"^The index in .* is damaged \(.*\)\. Run: rag index --rebuild$"):
        built.open()
    assert built.build() == BuildResult(True, 3, 5, 5, ())


def test_files_of_two_builds_are_not_mixed(built: Small) -> None:
    kept = built.settings.index.parent / "kept.faiss"
    shutil.copy(built.folder / "vectors.faiss", kept)
    built.write(NEW)
    built.build()
    shutil.copy(kept, built.folder / "vectors.faiss")
    with pytest.raises(IndexFault, match=r"vectors\.faiss is damaged: its hash is not the one in manifest\.json"):
        built.open()


@pytest.mark.parametrize("embedder", [HashEmbedder("other"), HashEmbedder(dimension=128)], ids=["name", "dimension"])
def test_an_index_of_another_model_is_refused(built: Small, embedder: HashEmbedder) -> None:
    said = (
        rf"with hash \(64 dimensions\), the settings ask for {embedder.name} \({embedder.dimension}\)\. Run: rag index$"
    )
    with pytest.raises(IndexFault, match=said):
        built.open(embedder)


def test_a_file_in_the_place_of_a_build_is_noticed_and_a_build_mends_it(small: Small) -> None:
    small.settings.index.mkdir()
    (small.settings.index / "build-000001").touch()
    with pytest.raises(IndexFault, match=r"Run: rag index --rebuild$"):
        small.open()
    small.build()
    assert_whole(small.open())
