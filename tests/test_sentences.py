"""Sentences: exact slices of a text; of one that is still being written, the same however the model cuts its pieces."""

from __future__ import annotations

import re

import pytest
from desk import text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import Corpus
from rag.sentences import sentences_of, spans_of, written_sentences

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
SENTENCES = [
    ("Dr. Smith met Mr. Lee. They agreed.", ["Dr. Smith met Mr. Lee.", "They agreed."]),
    ("See Fig. 3 and No. 5 of the report. Then act.", ["See Fig. 3 and No. 5 of the report.", "Then act."]),
    ("It rose by US$63. 5 unions agreed.", ["It rose by US$63.", "5 unions agreed."]),
    ("Unions, e.g. in Asia, met at 10 a.m. on Monday.", ["Unions, e.g. in Asia, met at 10 a.m. on Monday."]),
    ("A title\n17 September 2024\nA teaser. ", ["A title", "17 September 2024", "A teaser."]),
    ("no full stop\n\n \n  next line", ["no full stop", "next line"]),
    ("日本の労働組合。次の文。", ["日本の労働組合。", "次の文。"]),
    ("", []),
    (" \n\t", []),
]


def test_spans_of_every_real_chunk_are_exact_slices_that_leave_out_nothing_but_spaces(corpus: Corpus) -> None:
    documents = {document.id: document for document in corpus.documents}
    for chunk in corpus.chunks:
        spans = spans_of(chunk, documents[chunk.doc_id].language)
        text = documents[chunk.doc_id].text
        assert all(text[span.start : span.end] == span.quote == span.quote.strip() for span in spans)
        assert [(span.doc_id, span.chunk_id) for span in spans] == [(chunk.doc_id, chunk.id)] * len(spans)
        assert "".join("".join(span.quote.split()) for span in spans) == "".join(chunk.text.split())


@given(
    before=st.text(max_size=5),
    text=st.text(
        alphabet=st.one_of(
            st.sampled_from("aB1 .!?。؟\n\r\t\u00a0\u2028“”()’\0"), st.characters(exclude_categories=["Cs"])
        )
    ),
    language=st.sampled_from(["en", "und", "ar", "ja", "no such language", ""]),
)
def test_spans_of_any_text_are_exact_slices_in_order(before: str, text: str, language: str) -> None:
    document = text_document(before + text + "tail")
    spans = spans_of(text_chunk(document, len(before), len(before) + len(text)), language)
    position = len(before)
    for span in spans:
        assert span.quote
        assert position <= span.start < span.end <= len(before) + len(text)
        assert document.text[span.start : span.end] == span.quote
        position = span.end


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentences_end_at_stops_and_lines_but_not_in_abbreviations(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences_of(text)] == expected


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
