"""Opening: an index that is missing is built, one that is old is used and said, one that is damaged is neither."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from conftest import WriteSeeds
from fakes import HashEmbedder

from rag.config import Settings
from rag.errors import IndexFault
from rag.manifest import builds
from rag.opening import open_or_build


def test_a_missing_index_is_built_and_said(clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds) -> None:
    settings = Settings(seeds=write_seeds({"a.txt": "Unions met.", "b.pdf": b"%PDF"}), index=tmp_path / "new" / "index")
    said: list[str] = []
    with closing(open_or_build(settings, HashEmbedder(), said.append).store) as store:
        assert len(store) == 1
    assert builds(settings.index)
    assert said[0] == "There is no index yet: building it from the documents ..."
    assert "b.pdf" in said[1]
    said.clear()
    open_or_build(settings, HashEmbedder(), said.append).store.close()
    assert said == []


def test_an_index_older_than_the_documents_is_used_and_said(
    clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds
) -> None:
    settings = Settings(seeds=write_seeds({"a.txt": "Unions met."}), index=tmp_path / "index")
    open_or_build(settings, HashEmbedder(), lambda line: None).store.close()
    write_seeds({"b.txt": "Youth met."})
    said: list[str] = []
    with closing(open_or_build(settings, HashEmbedder(), said.append).store) as store:
        assert len(store.documents) == 1
    assert said == ["The documents have changed since the index was built. To take them in, run: rag index"]


def test_a_damaged_index_is_not_built_over(clean_environment: Path, tmp_path: Path, write_seeds: WriteSeeds) -> None:
    settings = Settings(seeds=write_seeds({"a.txt": "Unions met."}), index=tmp_path / "index")
    open_or_build(settings, HashEmbedder(), lambda line: None).store.close()
    (settings.index / "build-000001" / "vectors.faiss").write_bytes(b"")
    with pytest.raises(IndexFault, match="rag index --rebuild"):
        open_or_build(settings, HashEmbedder(), lambda line: None)
