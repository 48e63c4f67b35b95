"""Yes or no: the share of yes, from logits or log probabilities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.yes_no import NO, YES, share_of_yes

LOGITS = st.lists(st.floats(-1e6, 1e6), max_size=5)


@pytest.mark.parametrize(
    ("yes", "no", "share"),
    [
        ([math.log(0.6)], [math.log(0.2)], 0.75),  # 0.6 / (0.6 + 0.2)
        ([math.log(0.3), math.log(0.3)], [math.log(0.2)], 0.75),  # both spellings count
        ([5.0], [5.0], 0.5),
        ([-3.0], [], 1.0),
        ([], [-3.0], 0.0),
        ([], [], 0.0),
        ([1e6], [-1e6], 1.0),
        ([-1e6], [1e6], 0.0),
        ([-math.inf], [0.0], 0.0),
        ([0.0], [-math.inf], 1.0),
        ([-math.inf], [-math.inf], 0.0),  # neither can be said: that is not a yes
    ],
)
def test_the_share_of_yes(yes: list[float], no: list[float], share: float) -> None:
    assert share_of_yes(yes, no) == pytest.approx(share)


@given(yes=LOGITS, no=LOGITS)
def test_the_shares_of_yes_and_no_make_one(yes: list[float], no: list[float]) -> None:
    share = share_of_yes(yes, no)
    assert 0 <= share <= 1
    if yes or no:
        assert share + share_of_yes(no, yes) == pytest.approx(1)


def test_no_spelling_is_both() -> None:
    assert not set(YES) & set(NO)
