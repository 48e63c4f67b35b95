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

SHIPPED = Path(gate.__file__).with_name("gate.json")
FIELDS = {field.name: str(field.type) for field in fields(Signals)}
AGAINST = {"lacks_number", "lacks_name", "denied"}
HIGH, LOW = {"float": 0.95, "bool": True}, {"float": 0.02, "bool": False}
GOOD = Signals(**{name: (LOW if name in AGAINST else HIGH)[kind] for name, kind in FIELDS.items()})
BAD = Signals(**{name: (HIGH if name in AGAINST else LOW)[kind] for name, kind in FIELDS.items()})
OF_TYPE = {"float": st.floats(0, 1), "bool": st.booleans()}
SIGNALS = st.builds(Signals, **{name: OF_TYPE[kind] for name, kind in FIELDS.items()})


def shipped_weights(kind: str) -> dict[str, float]:
    weights: dict[str, float] = json.loads(SHIPPED.read_text(encoding="utf-8"))[kind]["coefficients"]
    return weights


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The coefficients of the product, which other tests do without."""
    monkeypatch.setattr(gate, "FILE", SHIPPED)
    gate._models.cache_clear()
    yield
    gate._models.cache_clear()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the file that a test may change."""
    copy = tmp_path / "gate.json"
    copy.write_bytes(SHIPPED.read_bytes())
    monkeypatch.setattr(gate, "FILE", copy)
    gate._models.cache_clear()
    return copy


@given(signals=SIGNALS)
def test_whatever_is_known_it_is_a_probability(signals: Signals) -> None:
    assert 0 <= confidence(signals) <= 1


@pytest.mark.parametrize("p", [0.0, 1.0, 1e-300, 1 - 1e-16])
def test_a_model_that_is_wholly_sure_breaks_nothing(p: float) -> None:
    assert 0 <= confidence(replace(GOOD, yes=p, verified=p)) <= 1
    assert abs(logit(p)) < 14


@pytest.mark.parametrize("kind", [gate.PROBED, gate.TOLD])
def test_the_product_trusts_what_speaks_for_a_draft_and_not_what_speaks_against_it(kind: str) -> None:
    weights = shipped_weights(kind)
    assert weights.keys() >= {"intercept", *GOOD.values()}
    assert weights["yes"] > 0
    assert all(weights[name] <= 0 for name in AGAINST & GOOD.values().keys())
    probed = kind == gate.PROBED
    assert confidence(replace(BAD, probed=probed)) < 0.5 < confidence(replace(GOOD, probed=probed))


@pytest.mark.parametrize("name", ["lacks_number", "denied"])
def test_what_lacks_the_number_or_denies_is_no_answer_whatever_else_is_known(name: str) -> None:
    assert confidence(replace(GOOD, **{name: True})) == 0


@given(signals=SIGNALS, other=SIGNALS, name=st.sampled_from(sorted(FIELDS.keys() - {"probed"})))
def test_each_signal_pulls_one_way(signals: Signals, other: Signals, name: str) -> None:
    low, high = sorted((signals, replace(signals, **{name: getattr(other, name)})), key=lambda s: getattr(s, name))
    before, after = confidence(low), confidence(high)
    weights = shipped_weights(gate.PROBED if signals.probed else gate.TOLD)
    rises = weights.get(name, -1.0) >= 0
    assert before <= after + 1e-12 if rises else after <= before + 1e-12


def test_a_great_lead_counts_no_more_than_some() -> None:
    assert confidence(replace(GOOD, margin=0.3)) == confidence(replace(GOOD, margin=1.0))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_log_odds_of_a_probability_and_of_its_opposite_cancel(p: float) -> None:
    assert logit(p) == pytest.approx(-logit(1 - p))
    assert logit(0.5) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"3", b"[]", b"{}", b"\xff", b'{"coefficients": null}', b'{"coefficients": []}',
        b'{"coefficients": {}}', b'{"told": {"coefficients": {}}}', b'{"told": {}, "probed": {"coefficients": 1}}',
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
    coefficients = content[gate.TOLD]["coefficients"]
    coefficients[name] = value
    if value == "missing":
        del coefficients[name]
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
    content[gate.PROBED]["coefficients"]["yes"] += 0.001
    file.write_text(json.dumps(content), encoding="utf-8")
    gate._models.cache_clear()
    assert fingerprint() != first
