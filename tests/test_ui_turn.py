"""A question with its answer as HTML: numbers that stay, reasons that are told, and no words of others as markup."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import text_chunk, text_document
from hypothesis import given
from hypothesis import strategies as st
from markup import DOCUMENTS, FIRST, HITS, HOSTILE, LIE, A, B, C, answer_of, read, sentence_on

from rag.assistant import REFUSAL
from rag.feedback import Reason
from rag.texts import texts_in
from rag.types import Check, Hit, Sentence, Support
from rag.ui import turn

T = texts_in("en")
ACTIONS = "Copy with sources✓ This answer is right✗ Something is wrong"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_word_becomes_markup(hostile: str) -> None:
    document = text_document(f"{hostile} end.\n{hostile}", hostile, language=hostile, kind=hostile, date=hostile)
    chunk = text_chunk(document, locator=hostile, headings=(hostile,), date=hostile)
    hits, documents = (Hit(chunk, 1.0, 1),), {document.id: document}
    said = sentence_on(hostile, chunk, f"{hostile} end.")
    failed = Sentence(
        hostile, (), Support.UNSUPPORTED, (Check(hostile, False, hostile), Check("names", False, hostile))
    )

    assert read(turn.asked(hostile)).words == hostile
    [item] = turn.sentences([said], T)
    assert read(item).inside["bdi"] == [hostile]
    near = read(turn.nearest(hits, documents, T))
    assert near.inside["button.read"] == [f"{hostile}, {hostile}"]
    assert near.inside["bdi"][2] == " ".join(f"{hostile} end. {hostile}".split())
    assert near.values("button", "data-document") == [document.id]
    assert near.values("p", "lang") == [hostile]
    answer = answer_of([said, failed], hits, refused=hostile, coverage=hostile)
    end = read(turn.ending(answer, documents, hostile, T))
    assert (end.inside["p.refusal"], end.inside["p.note"], end.inside["s"]) == ([hostile], [hostile], [hostile])
    assert f"{hostile}: {hostile}; names: {hostile}" in end.words
    assert end.values("button", "data-copy") == [hostile]


@given(st.text(max_size=60) | st.sampled_from(HOSTILE))
def test_any_text_comes_out_letter_by_letter(text: str) -> None:
    sendable = text.encode("utf-8", "replace").decode()  # half a character cannot be sent to a browser
    said = "".join(c for c in read(turn.asked(text)).words if c != "\r")
    assert said == "".join(c for c in sendable if c != "\r")
    turn.asked(text).encode()


def test_a_sentence_shows_its_sources_and_what_was_compared() -> None:
    [item] = turn.sentences([B], T)
    page = read(item)
    assert page.words == "One and three did. 12 ✓ checked"
    assert page.values("button", "data-source") == ["1", "2"]
    assert page.values("button", "aria-label") == ["Source 1: show the words", "Source 2: show the words"]
    assert page.values("span", "title") == ["Compared with the cited words: wording, names"]
    assert page.values("span", "lang") == ["en"]


def test_checks_that_have_no_words_are_not_named() -> None:
    odd = replace(A, checks=(Check("conversation", True), Check("names", False), Check("", True)))
    assert read(turn.sentences([odd], T)[0]).values("span", "title") == []


def test_numbers_count_the_quotes_in_order_of_their_first_use() -> None:
    marks = [read(item).values("button", "data-source") for item in turn.sentences([A, B, C, A], T)]
    assert marks == [["1"], ["2", "1"], ["3"], ["1"]]


@given(
    st.lists(st.sampled_from([A, B, C, sentence_on("Lead.", FIRST, "Lead.", "met.")]), max_size=6), st.integers(0, 6)
)
def test_what_is_shown_stays_as_it_is_while_sentences_come(shown: list[Sentence], n: int) -> None:
    assert turn.sentences(shown, T)[:n] == turn.sentences(shown[:n], T)


def test_the_nearest_passages_are_five_at_most_and_all_are_counted() -> None:
    many = [replace(HITS[0], rank=rank) for rank in range(1, 9)]
    page = read(turn.nearest(many, DOCUMENTS, T))
    assert page.inside["h3"] == ["8 passages found"]
    assert len(page.inside["li"]) == 5
    assert page.values("button", "data-passage") == [FIRST.id] * 5
    assert turn.nearest([], DOCUMENTS, T) == ""


def test_a_long_passage_is_cut_between_words_and_line_breaks_are_spaces() -> None:
    document = text_document("word\n" * 80)
    hits, documents = [Hit(text_chunk(document), 1.0, 1)], {document.id: document}
    snippet = read(turn.nearest(hits, documents, T)).inside["p"][0]
    assert snippet == " ".join(["word"] * 36) + " …"  # 36 words with their spaces are 180 characters
    whole = text_document("word " * 36)
    shown = turn.nearest([Hit(text_chunk(whole), 1.0, 1)], {whole.id: whole}, T)
    assert "…" not in shown


def test_a_passage_says_its_language_when_it_is_known() -> None:
    for language, lang in (("ar", ["ar"]), ("und", []), ("", [])):
        documents = {A.spans[0].doc_id: replace(DOCUMENTS[A.spans[0].doc_id], language=language)}
        assert read(turn.nearest(HITS[:1], documents, T)).values("p", "lang") == lang


def test_an_answer_ends_with_what_can_be_done_with_it() -> None:
    page = read(turn.ending(answer_of([A], HITS), DOCUMENTS, "Who?\nThree did. [1]", T))
    assert page.words.startswith(ACTIONS)
    assert page.values("button", "data-copy") == ["Who?\nThree did. [1]"]
    assert page.values("button", "data-verdict") == ["up", "down"]
    assert page.values("input", "value") == [reason.value for reason in Reason]
    assert page.values("textarea", "maxlength") == ["1000"]
    assert "refusal" not in str(page.attributes)


def test_a_refusal_says_so_and_shows_the_three_nearest_passages() -> None:
    four = [*HITS, replace(HITS[0], rank=4)]
    page = read(turn.ending(answer_of([], four, refused="I did not find it."), DOCUMENTS, "", T))
    assert page.inside["p.refusal"] == ["I did not find it."]
    assert page.inside["h4"] == ["Nearest passages"]
    assert page.values("button", "data-passage") == [hit.chunk.id for hit in HITS]
    assert "Nearest" not in turn.ending(answer_of([], [], refused="Please ask in words."), DOCUMENTS, "", T)


def test_what_is_not_held_is_said() -> None:
    page = read(turn.ending(answer_of([A], HITS, coverage="10 of 43 are held."), DOCUMENTS, "", T))
    assert page.inside["p.note"] == ["10 of 43 are held."]


@pytest.mark.parametrize(("n", "said"), [(1, "1 sentence was removed"), (2, "2 sentences were removed")])
def test_withheld_sentences_are_counted_struck_and_explained(n: int, said: str) -> None:
    page = read(turn.ending(answer_of([A, *[LIE] * n], HITS), DOCUMENTS, "", T))
    [removed] = page.inside["details.removed"]
    assert removed.startswith(f"{said}The model wrote this, but no document carries it.")
    assert page.inside["s"] == ["Bananas are purple."] * n
    assert removed.count("wording: stands nowhere") == n
    assert "Three did." not in page.words


def test_nothing_is_said_of_removed_sentences_when_there_are_none() -> None:
    assert "removed" not in turn.ending(answer_of([A], HITS), DOCUMENTS, "", T)


def test_a_check_without_a_reason_is_named_alone() -> None:
    lie = replace(LIE, checks=(Check("speaker", False), Check("numbers", True)))
    page = read(turn.ending(answer_of([lie], HITS), DOCUMENTS, "", T))
    assert "Bananas are purple. who is speaking" in page.words
    assert "numbers" not in page.inside["details.removed"][0]


def test_the_refusal_is_said_in_the_language_of_the_page() -> None:
    refused = answer_of([], [], refused=REFUSAL)
    assert "No encontré" in turn.ending(refused, DOCUMENTS, "", texts_in("es"))
    assert REFUSAL in turn.ending(refused, DOCUMENTS, "", T)
