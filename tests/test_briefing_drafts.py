"""Drafts: what was written comes back as it was, cut anew; torn, altered or foreign lines do not count."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import SEEDS
from desk import opened_index
from hypothesis import given
from hypothesis import strategies as st

from rag.briefing.drafts import Drafts, Finished, drafts_dir
from rag.briefing.records import Order, Planned, Point
from rag.index import Index
from rag.types import Check, Hit, Sentence, Support

MADE_WITH = ("config", "index")
ORDER = Order("safety")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened_index(tmp_path_factory.mktemp("index"), SEEDS) as index:
        yield index


@pytest.fixture
def planned(index: Index) -> list[Planned]:
    """The first three passages."""
    found = []
    for rank, (row, chunk) in enumerate(list(index.store.chunks().items())[:3], start=1):
        span = next(iter(index.store.sentences([row]).values()))
        found.append(Planned(Hit(chunk, 0.5, rank), span, "Somebody", "A theme"))
    return found


def point(planned: Planned, text: str = "Somebody says so.") -> Point:
    checks = (Check("wording", True), Check("numbers", True, "why"))
    sentence = Sentence(text, (planned.quote,), Support.SUPPORTED, checks)
    return Point(planned.hit.chunk, planned.speaker, planned.theme, (sentence,))


def drafts(folder: Path, index: Index, topic: str = "safety", made_with: tuple[str, ...] = MADE_WITH) -> Drafts:
    return Drafts(folder, topic, made_with, index.store)


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_what_is_kept_comes_back_in_another_process(tmp_path: Path, index: Index, planned: list[Planned]) -> None:
    one, other, third = planned
    kept = drafts(tmp_path / "new", index)
    assert one not in kept
    kept.keep(one, point(one))
    kept.keep(other, None)
    for reader in (kept, drafts(tmp_path / "new", index)):
        assert one in reader
        assert reader[one] == point(one)
        assert other in reader
        assert reader[other] is None
        assert third not in reader
        with pytest.raises(KeyError):
            reader[third]


@given(text=st.text(max_size=60))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, index: Index, text: str) -> None:
    folder = tmp_path_factory.mktemp("drafts")
    row, chunk = next(iter(index.store.chunks().items()))
    one = Planned(Hit(chunk, 0.5, 1), next(iter(index.store.sentences([row]).values())), text, text)
    drafts(folder, index).keep(one, point(one, text))
    assert drafts(folder, index)[one] == point(one, text)


def test_a_torn_line_costs_only_itself(tmp_path: Path, index: Index, planned: list[Planned]) -> None:
    one, other, third = planned
    drafts(tmp_path, index).keep(one, point(one))
    file = only_file(tmp_path)
    whole = file.read_bytes()
    drafts(tmp_path, index).keep(other, point(other))
    added = len(file.read_bytes()) - len(whole)
    for cut in (1, added // 2, added - 2):
        file.write_bytes(file.read_bytes()[: len(whole) + cut])
        reader = drafts(tmp_path, index)
        assert one in reader
        assert other not in reader
        reader.keep(third, point(third))
        again = drafts(tmp_path, index)
        assert again[one] == point(one)
        assert again[third] == point(third)
        again.keep(other, point(other))
        assert drafts(tmp_path, index)[other] == point(other)
        file.write_bytes(whole)
        drafts(tmp_path, index).keep(other, point(other))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("spans", [[0, 5, "wrong"]]),
        ("spans", [[-3, 5, ""]]),
        ("spans", [["0", 5, "x"]]),
        ("spans", None),
        ("support", "wholly"),
        ("checks", [1]),
    ],
)
def test_what_no_longer_stands_is_not_used(
    tmp_path: Path, index: Index, planned: list[Planned], key: str, value: object
) -> None:
    one = planned[0]
    drafts(tmp_path, index).keep(one, point(one))
    file = only_file(tmp_path)
    line = json.loads(file.read_text())
    line["sentences"][0][key] = value
    file.write_text(json.dumps(line), encoding="utf-8")
    assert one not in drafts(tmp_path, index)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]\n1\nnull\n{}\n", b'{"key": 3}\n{"key": "x"}\n', b"\0" * 100]
)
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, index: Index, planned: list[Planned], content: bytes) -> None:
    drafts(tmp_path, index).keep(planned[0], point(planned[0]))
    only_file(tmp_path).write_bytes(content)
    reader = drafts(tmp_path, index)
    assert planned[0] not in reader
    assert reader.finished(ORDER) is None


def test_other_topics_indexes_and_models_have_their_own(tmp_path: Path, index: Index, planned: list[Planned]) -> None:
    one = planned[0]
    drafts(tmp_path, index).keep(one, point(one))
    assert one not in drafts(tmp_path, index, topic="pay")
    assert one not in drafts(tmp_path, index, made_with=("config", "another"))
    assert one in drafts(tmp_path, index)


def test_an_order_that_is_finished_keeps_its_day(tmp_path: Path, index: Index) -> None:
    finished = Finished("2026-11-25", ("cost", "law"))
    drafts(tmp_path, index).finish(ORDER, finished)
    assert drafts(tmp_path, index).finished(ORDER) == finished
    assert drafts(tmp_path, index).finished(Order("safety", pages=1)) is None


def test_a_folder_that_cannot_be_written_only_keeps_nothing(
    tmp_path: Path, index: Index, planned: list[Planned]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    kept = drafts(tmp_path / "file" / "folder", index)
    kept.keep(planned[0], point(planned[0]))
    assert kept[planned[0]] == point(planned[0])
    assert planned[0] not in drafts(tmp_path / "file" / "folder", index)


def aged(file: Path, days: float) -> Path:
    """A file that was used some days ago for the last time."""
    file.touch()
    os.utime(file, times=(time.time() - days * 24 * 3600,) * 2)
    return file


def test_what_was_not_used_for_a_month_goes_when_a_new_draft_is_written(
    tmp_path: Path, index: Index, planned: list[Planned]
) -> None:
    one, other, _ = planned
    drafts(tmp_path, index).keep(one, point(one))
    used = aged(only_file(tmp_path), 400)
    old, recent, foreign = (
        aged(tmp_path / name, days) for name, days in [("a.jsonl", 31), ("b.jsonl", 29), ("c", 400)]
    )
    kept = drafts(tmp_path, index)  # reading it is using it
    assert time.time() - used.stat().st_mtime < 60
    kept.keep(other, point(other))
    assert set(tmp_path.iterdir()) == {used, old, recent, foreign}  # nothing new
    drafts(tmp_path, index, "pay").keep(one, point(one))
    assert len(list(tmp_path.iterdir())) == 4
    assert {used, recent, foreign} < set(tmp_path.iterdir())
    assert drafts(tmp_path, index)[other] == point(other)


@pytest.mark.parametrize("fault", [PermissionError, FileNotFoundError, IsADirectoryError])
def test_what_cannot_be_removed_keeps_no_draft_from_being_written(
    tmp_path: Path, index: Index, planned: list[Planned], monkeypatch: pytest.MonkeyPatch, fault: type[OSError]
) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        aged(tmp_path / name, 400)
    tried = []

    def refuse(file: Path) -> None:
        tried.append(file.name)
        raise fault(file)

    monkeypatch.setattr(Path, "unlink", refuse)
    drafts(tmp_path, index).keep(planned[0], point(planned[0]))
    assert sorted(tried) == ["a.jsonl", "b.jsonl"]
    assert drafts(tmp_path, index)[planned[0]] == point(planned[0])


def test_two_that_clean_up_at_once_do_not_disturb_each_other(
    tmp_path: Path, index: Index, planned: list[Planned]
) -> None:
    for n in range(100):
        aged(tmp_path / f"{n}.jsonl", 400)
    topics = [f"topic {n}" for n in range(8)]
    with ThreadPoolExecutor(len(topics)) as pool:
        list(pool.map(lambda topic: drafts(tmp_path, index, topic).keep(planned[0], point(planned[0])), topics))
    assert len(list(tmp_path.iterdir())) == len(topics)
    assert all(planned[0] in drafts(tmp_path, index, topic) for topic in topics)


def test_drafts_lie_in_the_cache(tmp_path: Path) -> None:
    assert drafts_dir(tmp_path) == tmp_path / "briefings"
    assert drafts_dir(None).parent.name == "solidarity-desk"
