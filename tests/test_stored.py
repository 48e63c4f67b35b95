"""`rag stored`: every place where something is kept, how much there is, and how it is deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small import Small
from typer.testing import CliRunner

from rag.briefing.drafts import drafts_dir
from rag.cli import app
from rag.config import Settings
from rag.models import models_dir
from rag.offline import LOG
from rag.stored import Place, places

MEASURED = [
    "documents", "index", "topics", "models", "read-ahead states", "briefing drafts", "log of the offline proof",
    "feedback", "settings", "list of fonts",
]  # fmt: skip
ASKED = {"feedback", "the conversation", "files that were asked for", "half-made files", "commands"}


def by_name(settings: Settings) -> dict[str, Place]:
    return {place.what: place for place in places(settings)}


def written(file: Path, size: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * size)
    return file


def test_every_place_says_what_it_holds_and_how_it_is_deleted(settings: Settings) -> None:
    found = places(settings)
    assert [place.what for place in found if place.files is not None] == MEASURED
    assert all(place.holds.endswith(".") and place.delete for place in found)
    assert {place.what for place in found if place.questions} == ASKED
    assert not by_name(settings)["models"].documents


def test_what_is_there_is_counted(built: Small, tmp_path: Path) -> None:
    feedback, cache = tmp_path / "kept" / "thumbs.jsonl", tmp_path / "cache"
    settings = built.settings.model_copy(update={"cache": cache, "feedback": feedback})
    written(feedback, 30)
    written(feedback.with_name("thumbs.jsonl.lock"), 0)
    written(models_dir(cache) / "tiny.gguf", 1000)
    written(cache / "passages" / "model" / "one.state", 500)
    written(drafts_dir(cache) / "one.jsonl", 20)
    written(cache / LOG, 7)
    found = by_name(settings)
    counted = {what: (found[what].files, found[what].bytes) for what in MEASURED}
    assert counted["feedback"] == (2, 30)
    assert counted["models"] == (1, 1000)
    assert counted["read-ahead states"] == (1, 500)
    assert counted["briefing drafts"] == (1, 20)
    assert counted["log of the offline proof"] == (1, 7)
    assert counted["topics"] == counted["settings"] == (0, 0)
    assert counted["documents"][0] == len(list(settings.seeds.iterdir()))
    files = [path for path in settings.index.rglob("*") if path.is_file()]
    assert counted["index"] == (len(files), sum(file.stat().st_size for file in files))
    assert found["topics"].where == str(settings.index / "build-000001" / "topics.json")


def test_nothing_is_made_by_looking(settings: Settings, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    places(settings.model_copy(update={"cache": tmp_path / "no" / "where"}))
    assert sorted(tmp_path.rglob("*")) == before


def test_the_command_tells_it_to_people_and_to_programs(
    clean_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    written(tmp_path / "cache" / "briefings" / "one.jsonl", 1_500_000)
    written(tmp_path / "cache" / LOG, 200)
    said = CliRunner().invoke(app, ["stored"]).output.splitlines()
    assert f"briefing drafts: {tmp_path / 'cache' / 'briefings'}  (1 file, 1.5 MB)" in said
    assert f"log of the offline proof: {tmp_path / 'cache' / LOG}  (1 file, 0.2 kB)" in said
    assert f"models: {tmp_path / 'cache' / 'models'}  (nothing there)" in said
    assert "the conversation: sessionStorage of the browser, in the tab" in said
    assert said[-1] == "Nothing of this is sent anywhere."
    listed = json.loads(CliRunner().invoke(app, ["stored", "--json"]).stdout)
    assert set(listed[0]) == {"what", "where", "holds", "documents", "questions", "delete", "files", "bytes"}
    assert [one["what"] for one in listed] == [line.split(": ")[0] for line in said if not line.startswith(" ")][:-1]


def test_a_model_on_another_computer_is_told(clean_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_LLM", "http://192.0.2.1/v1")
    said = CliRunner().invoke(app, ["stored"]).output.splitlines()
    assert said[-1] == "Questions and passages are sent to http://192.0.2.1/v1 (RAG_LLM)."
