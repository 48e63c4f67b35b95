"""Text of others on one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.oneline import one_line, shortened


@given(st.text(), st.integers(1, 20))
def test_lines_are_never_longer_than_asked_for(text: str, most: int) -> None:
    line = one_line(text)
    assert one_line(line) == line
    line.encode("utf-8")
    short = shortened(text, most)
    assert len(short) <= most
    assert short == line or (short.endswith("…") and line.startswith(short[:-1]))
