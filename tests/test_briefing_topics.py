"""Topics to choose from: phrases that several passages share, no names, no fragments, the same each time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import DIMENSION, opened_index
from fakes import HashEmbedder
from small import Small

from rag.briefing import topics as module
from rag.briefing.phrases import phrases_of
from rag.briefing.topics import FILE, Topic, kept_topics, topics
from rag.config import Settings
from rag.embedding import open_embedder
from rag.index import Index, open_index
from rag.indexing import build_index

HERE = [
    "Unions help migrant workers in Jordan.\n\nMigrant workers need fair recruitment.",
    "For migrant workers there is a centre, and a just transition.",
    "A just transition protects migrant workers.",
]


def texts_of(*texts: str) -> dict[str, tuple[int, ...]]:
    return {phrase.text: phrase.rows for phrase in phrases_of(texts)}


def test_phrases_stand_in_two_texts_and_as_they_are_written_most() -> None:
    assert texts_of(*HERE) == {"migrant workers": (0, 1, 2), "just transition": (1, 2)}
    assert texts_of("the Just Transition", "a Just Transition", "a just transition") == {"Just Transition": (0, 1, 2)}
    assert texts_of("Gender equality comes first.", "We want gender equality.") == {"gender equality": (0, 1)}


@pytest.mark.parametrize(
    "texts",
    [
        ("Unions need to grow.", "The unions need money."),  # a verb is no part of it
        ("We must protect workers.", "They will protect workers."),
        ("the 4th Congress of unions", "at the 4th Congress we met"),
        ("supply. Chains are", "supply, chains are"),  # parted by a mark
        ("climate change here", "nothing of it"),  # in one text only
    ],
)
def test_fragments_are_no_phrases(texts: tuple[str, ...]) -> None:
    assert texts_of(*texts) == {}


def test_only_the_longer_of_two_phrases_that_come_together_counts() -> None:
    found = texts_of(
        "human rights due diligence is law", "on human rights due diligence", "of human rights due diligence"
    )
    assert list(found) == ["human rights due diligence"]


def test_what_three_texts_join_by_and_is_one_phrase() -> None:
    safety = [f"{before} health and safety {after}" for before, after in (("the", "is"), ("of", "."), ("on", "and"))]
    assert list(texts_of(*safety)) == ["health and safety"]
    assert texts_of(*safety[:2]) == {}


def test_no_text_has_no_phrase() -> None:
    assert phrases_of([]) == phrases_of(["", "…", "\n"]) == ()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index of the real documents, made with the stand-in for the embedding model."""
    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index


def test_topics_of_the_real_documents_are_the_same_each_time(index: Index) -> None:
    embedder = HashEmbedder(dimension=DIMENSION)
    found = topics(index, embedder)
    assert 2 <= len(found) <= 14
    assert found == topics(index, HashEmbedder(dimension=DIMENSION))
    assert embedder.queries == []  # all in one batch
    known = {chunk.id for chunk in index.store.chunks().values()}
    for topic in found:
        assert len(topic.passages) >= 8
        assert len(set(topic.passages)) == len(topic.passages)
        assert known.issuperset(topic.passages)
    headings = [topic.heading for topic in found]
    assert len(set(headings)) == len(headings)
    assert not {"IndustriALL Global Union", "South East Asia", "Asia Pacific", "Kuala Lumpur"} & set(headings)


def test_few_passages_have_no_topics(built: Small) -> None:
    assert topics(built.open(), HashEmbedder()) == ()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever topics are worked out; there is always the same one."""
    made: list[int] = []

    def work_out(index: Index, embedder: HashEmbedder) -> tuple[Topic, ...]:
        made.append(1)
        return (Topic("genre et égalité", ("a", "b")),)

    monkeypatch.setattr(module, "topics", work_out)
    return made


def test_topics_are_worked_out_once_for_an_index(built: Small, counted: list[int]) -> None:
    index = built.open()
    first = kept_topics(index, HashEmbedder())
    assert kept_topics(index, HashEmbedder()) == first == (Topic("genre et égalité", ("a", "b")),)
    assert len(counted) == 1
    assert sorted(path.name for path in built.folder.iterdir()) == [
        "manifest.json", "sentences.faiss", "store.sqlite", FILE, "vectors.faiss",
    ]  # fmt: skip
    assert built.open().store.documents  # a build with the file is still whole


def test_a_new_index_has_new_topics(built: Small, counted: list[int]) -> None:
    kept_topics(built.open(), HashEmbedder())
    built.write({"d.txt": "Energy sector unions join."})
    build_index(built.settings, HashEmbedder())
    kept_topics(built.open(), HashEmbedder())
    assert len(counted) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"made_of": []}', b"\xff\xfe", b'{"topics": [1]}'])
def test_a_damaged_file_is_written_anew(built: Small, counted: list[int], content: bytes) -> None:
    (built.folder / FILE).write_bytes(content)
    assert kept_topics(built.open(), HashEmbedder()) == (Topic("genre et égalité", ("a", "b")),)
    assert json.loads((built.folder / FILE).read_text(encoding="utf-8"))["topics"][0]["passages"] == ["a", "b"]


def test_a_folder_that_cannot_be_written_keeps_nothing(
    built: Small, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *args: object, **kwargs: object) -> int:
        raise PermissionError(self)

    monkeypatch.setattr(Path, "write_text", refuse)
    for _ in range(2):
        assert kept_topics(built.open(), HashEmbedder()) == (Topic("genre et égalité", ("a", "b")),)
    assert len(counted) == 2
    assert not (built.folder / FILE).exists()


def test_what_half_was_written_is_not_left_behind(
    built: Small, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    kept_topics(built.open(), HashEmbedder())
    assert sorted(path.name for path in built.folder.iterdir() if "topics" in path.name) == []


@pytest.mark.model
def test_a_trainer_would_choose_from_the_topics_of_the_real_documents(seeds: Path, tmp_path: Path) -> None:
    settings = Settings(seeds=seeds, index=tmp_path / "index")
    embedder = open_embedder(settings)
    build_index(settings, embedder)
    index = open_index(settings, embedder)
    headings = [topic.heading for topic in topics(index, embedder)]
    index.close()
    assert 8 <= len(headings) <= 14
    assert {
        "gender equality", "migrant workers", "young workers", "due diligence", "Just Transition",
        "Occupational Safety and Health",
    } <= set(headings)  # fmt: skip
