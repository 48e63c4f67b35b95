"""The gate: its probabilities are probabilities, each signal pulls one way, and a damaged file is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import gate
from rag.errors import ConfigError
from rag.gate import Signals, confidence, fingerprint, logit

GOOD = Signals(yes=0.9, verified=0.9, score=0.8, margin=0.2, lacks=False, strangers=0, said=0.6, supported=True)
SHIPPED = Path(gate.__file__).with_name("gate.json")
SHARE = st.floats(0, 1)
SIGNALS = st.builds(
    Signals,
    yes=SHARE,
    verified=SHARE,
    score=SHARE,
    margin=st.floats(-1, 1),
    lacks=st.booleans(),
    strangers=st.integers(0, 50),
    said=SHARE,
    supported=st.booleans(),
    denied=st.booleans(),
)


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The coefficients of the product, which other tests do without."""
    monkeypatch.setattr(gate, "FILE", SHIPPED)
    gate._model.cache_clear()
    yield
    gate._model.cache_clear()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the file that a test may change."""
    copy = tmp_path / "gate.json"
    copy.write_bytes(SHIPPED.read_bytes())
    monkeypatch.setattr(gate, "FILE", copy)
    gate._model.cache_clear()
    return copy


@given(signals=SIGNALS)
def test_whatever_is_known_it_is_a_probability(signals: Signals) -> None:
    assert 0 <= confidence(signals) <= 1


@pytest.mark.parametrize("p", [0.0, 1.0, 1e-300, 1 - 1e-16])
def test_a_model_that_is_wholly_sure_breaks_nothing(p: float) -> None:
    assert 0 <= confidence(replace(GOOD, yes=p, verified=p)) <= 1
    assert abs(logit(p)) < 14


def test_the_product_trusts_what_speaks_for_a_draft_and_not_what_speaks_against_it() -> None:
    weights = json.loads(SHIPPED.read_text(encoding="utf-8"))["coefficients"]
    assert weights.keys() == {"intercept", *GOOD.values()}
    assert weights["yes"] > 0 > weights["lacks"]
    assert weights["denied"] <= 0
    bad = Signals(yes=0.01, verified=0.01, score=0.2, margin=0.0, lacks=True, strangers=3, said=0.0, denied=True)
    assert confidence(bad) < 0.5 < confidence(GOOD)


@given(signals=SIGNALS, other=SIGNALS, name=st.sampled_from([field.name for field in fields(Signals)]))
def test_each_signal_pulls_one_way(signals: Signals, other: Signals, name: str) -> None:
    weight = json.loads(SHIPPED.read_text(encoding="utf-8"))["coefficients"][name]
    low, high = sorted((signals, replace(signals, **{name: getattr(other, name)})), key=lambda s: getattr(s, name))
    before, after = confidence(low), confidence(high)
    assert before <= after + 1e-12 if weight >= 0 else after <= before + 1e-12


def test_many_strangers_or_a_great_lead_count_no_more_than_some() -> None:
    assert confidence(replace(GOOD, strangers=3)) == confidence(replace(GOOD, strangers=99))
    assert confidence(replace(GOOD, margin=0.3)) == confidence(replace(GOOD, margin=1.0))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_log_odds_of_a_probability_and_of_its_opposite_cancel(p: float) -> None:
    assert logit(p) == pytest.approx(-logit(1 - p))
    assert logit(0.5) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"3", b"[]", b"{}", b"\xff", b'{"coefficients": null}', b'{"coefficients": []}',
        b'{"coefficients": {}}', b'{"coefficients": {"intercept": 1}}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_line_with_what_helps(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for use in (lambda: confidence(GOOD), fingerprint):
        with pytest.raises(ConfigError, match=r"^[^\n]*gate\.json cannot be read \([^\n]*\)\. .*make setup$"):
            use()


@pytest.mark.parametrize("name", ["intercept", *GOOD.values()])
@pytest.mark.parametrize("value", ["missing", None, "much", [1], float("nan"), float("inf")])
def test_a_coefficient_that_is_none_is_said(file: Path, name: str, value: object) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    content["coefficients"][name] = value
    if value == "missing":
        del content["coefficients"][name]
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"gate\.json cannot be read"):
        confidence(GOOD)


def test_a_missing_file_is_said(file: Path) -> None:
    file.unlink()
    with pytest.raises(ConfigError, match=r"gate\.json cannot be read .*No such file"):
        confidence(GOOD)


def test_the_fingerprint_changes_with_any_coefficient(file: Path) -> None:
    first = fingerprint()
    content = json.loads(file.read_text(encoding="utf-8"))
    content["coefficients"]["said"] += 0.001
    file.write_text(json.dumps(content), encoding="utf-8")
    gate._model.cache_clear()
    assert fingerprint() != first
