"""What a page is told of long work: not every word, and in any case how it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.errors import RagError
from rag.texts import languages, texts_in
from rag.ui.telling import Pace, told_to_the_end

T = texts_in("en")


def work(*steps: str, fault: Exception | None = None) -> Iterator[str]:
    yield from steps
    if fault:
        raise fault


def test_the_page_hears_at_once_and_then_four_times_a_second() -> None:
    seconds = [100.0, 100.1, 100.24, 100.25, 100.3, 100.5, 107.0]
    pace = Pace(iter(seconds).__next__)
    assert [pace.is_due() for _ in seconds] == [True, False, False, True, False, True, True]


def test_work_that_goes_well_is_shown_as_it_is() -> None:
    assert list(told_to_the_end(work("a", "b"), str, T)) == ["a", "b"]


@pytest.mark.parametrize("language", languages())
def test_what_is_wrong_is_said_in_the_language_of_the_page(language: str) -> None:
    t = texts_in(language)
    *steps, last = told_to_the_end(work("a", fault=RagError("No model. Run: rag models")), lambda why: f"! {why}", t)
    assert (steps, last) == (["a"], f"! {t('ask.failed', why='No model. Run: rag models')}")


def test_a_fault_of_ours_is_told_without_its_words_and_raised() -> None:
    steps = told_to_the_end(work("a", fault=ValueError("secret")), str, T)
    assert [next(steps), next(steps)] == ["a", T("ask.broken")]
    with pytest.raises(ValueError, match="secret"):
        next(steps)


def test_closing_it_closes_the_work_and_tells_nothing_more() -> None:
    steps = work("a", "b")
    told = told_to_the_end(steps, str, T)
    next(told)
    told.close()  # type: ignore[attr-defined]  # it is a generator
    assert list(steps) == []
