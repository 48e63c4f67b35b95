"""The probe: what it makes of a state, which model it belongs to, and what a damaged file says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag import probe
from rag.errors import ConfigError
from rag.probe import Probe, fingerprint, probe_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of probes."""
    monkeypatch.setattr(probe, "FOLDER", tmp_path)
    probe_of.cache_clear()
    yield tmp_path
    probe_of.cache_clear()


def write(folder: Path, **changes: object) -> None:
    entry = {"layer": 3, "bias": 0.5, "weights": [1.0, -2.0], **changes}
    (folder / "small.json").write_text(json.dumps(entry), encoding="utf-8")


def test_a_state_becomes_a_probability(folder: Path) -> None:
    write(folder)
    found = probe_of("small")
    assert found is not None
    assert (found.model, found.layer) == ("small", 3)
    # 0.5 + 1 * 3 - 2 * 1 = 1.5
    state = np.array([3, 1], dtype=np.float32)
    assert found.probability(state) == pytest.approx(1 / (1 + math.exp(-1.5)))


@pytest.mark.parametrize("scale", [1e6, -1e6])
def test_a_wild_state_is_still_a_probability(scale: float) -> None:
    wild = Probe("small", 3, 0.0, np.ones(2, dtype=np.float32))
    assert 0 <= wild.probability(np.full(2, scale, dtype=np.float32)) <= 1


@pytest.mark.parametrize("name", ["other", "../small", "/etc/passwd", ""])
def test_another_model_has_none(folder: Path, name: str) -> None:
    write(folder)
    assert probe_of(name) is None


@pytest.mark.parametrize("weights", [None, "much", [[1, 2]], [1, float("nan")], [1, "two"]])
def test_a_damaged_file_is_one_line_with_what_helps(folder: Path, weights: object) -> None:
    write(folder, weights=weights)
    with pytest.raises(ConfigError, match=r"^[^\n]*small\.json cannot be read \([^\n]*\)\. .*make setup$"):
        probe_of("small")


def test_the_fingerprint_changes_with_any_coefficient(folder: Path) -> None:
    write(folder)
    before = fingerprint()
    write(folder, bias=0.6)
    assert fingerprint() != before


def test_the_default_model_has_one_of_its_size() -> None:
    found = probe_of("qwen2.5-coder-1.5b")
    assert found is not None
    assert found.weights.shape == (1536,)
    assert 0 < found.layer < 28
