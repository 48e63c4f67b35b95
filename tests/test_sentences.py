"""Sentences of a text that is still being written: the same however the model cuts its pieces."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import written_sentences

GOOD = "Young unionists called for a 20 percent youth quota in routine union training."
GOOD_TOO = "Young unionists from South East Asia met in Manila."
CUT = [
    [GOOD, GOOD_TOO, "They met on 14 September."],
    [
        "The ILO met, e.g. in No. 5 of U.S. streets.",
        "Dr. Lee said 8,407 yen.",
        "5 unions agreed!",
        "Yes.",
        "1.5 million left.",
    ],
    ["5 unions met.", "“Young people first,” they said.", "“Unions must act. Now.”", "Then they left."],
    ["5 unions met.", '"Young people first," they said.', '"Unions must act. Now."', "Then they left."],
    ["They agreed (after a long day. It was late.) and left.", "Nobody stayed."],
    ["An open bracket (is never closed.", "Nothing is lost.", "Nothing at all."],
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 1000])
@pytest.mark.parametrize("sentences", CUT)
def test_sentences_do_not_depend_on_how_the_model_cuts_its_pieces(sentences: list[str], size: int) -> None:
    reply = " ".join(sentences)
    assert list(written_sentences(reply[at : at + size] for at in range(0, len(reply), size))) == sentences


WORDS = ["Unions", "met", "Manila.", "(They", "agreed.)", "“Go.”", "Yes!", "U.S.", "No.", "5", "é", "労働。", "8,407", "e.g.",
         "“", "”", "(", ")", '"', "**bold**", "[1]", "\n"]  # fmt: skip


@given(words=st.lists(st.sampled_from(WORDS), max_size=12), size=st.integers(1, 9), end=st.sampled_from(["", " End."]))
def test_sentences_of_any_reply_are_the_same_however_it_is_cut_and_lose_nothing(
    words: list[str], size: int, end: str
) -> None:
    reply = " ".join(words) + end
    sentences = list(written_sentences([reply]))
    assert list(written_sentences(reply[at : at + size] for at in range(0, len(reply), size))) == sentences
    said, asked = (re.sub(r"[\W_]", "", text.replace("[1]", "")) for text in ("".join(sentences), reply))
    assert said == asked if end else asked.startswith(said)
    assert not re.search(r"\*|\[1\]", "".join(sentences))
