"""Grounding: the right span is found, and what no span carries is not supported."""

from __future__ import annotations

import math

import numpy as np
import pytest
from desk import text_chunk, text_document
from fakes import HashEmbedder
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import Corpus
from rag.embedding import Vectors
from rag.grounding import MIN_QUOTE, Context, context_of, ground, prepare, quote
from rag.sentences import spans_of
from rag.types import Chunk, Sentence, Span, Support

EMBEDDER = HashEmbedder(dimension=512)


def spans_in(*chunks: Chunk) -> list[Span]:
    return [span for chunk in chunks for span in spans_of(chunk)]


def near(text: str, spans: list[Span]) -> Vectors:
    """Cosines of a text to each span, by the stand-in embedder."""
    return EMBEDDER.embed_passages([span.quote for span in spans]) @ EMBEDDER.embed_query(text)


def grounded(text: str, *chunks: Chunk) -> Sentence:
    spans = spans_in(*chunks)
    return ground(text, spans, near(text, spans))


def chunks_about(corpus: Corpus, *words: str) -> list[Chunk]:
    """The chunks that hold all words, in reading order."""
    return [chunk for chunk in corpus.chunks if all(word in chunk.text for word in words)]


def plain_spans(*texts: str) -> list[Span]:
    """Spans of one document, each in a chunk of its own."""
    return [Span("d", f"c{n}", n * 1000, n * 1000 + len(text), text) for n, text in enumerate(texts)]


def test_the_right_span_of_the_real_passages_is_found(corpus: Corpus) -> None:
    text = "The ATUC agreement seeks to strengthen cooperation among eighteen national confederations."
    sentence = grounded(text, *chunks_about(corpus, "migrant"))
    assert sentence.support is Support.SUPPORTED
    assert sentence.spans[0].quote.startswith("At the sub regional level, the ATUC inter-union agreement")


def test_the_score_is_the_mean_of_cosine_and_shared_words() -> None:
    # {unions, met, manila}: the first span shares 3 of 3, 0.5 * 0.2 + 0.5 * 3/3 = 0.60; the second 1 of 3,
    # 0.5 * 0.9 + 0.5 * 1/3 = 0.62 at a cosine of 0.9, and 0.5 * 0.8 + 0.5 * 1/3 = 0.57 at one of 0.8.
    spans = plain_spans("In Manila the unions met.", "Delegates talked in Manila.")
    text = "Unions met in Manila."
    assert ground(text, spans, np.array([0.2, 0.9], np.float32)).spans[0] == spans[1]
    assert ground(text, spans, np.array([0.2, 0.8], np.float32)).spans[0] == spans[0]


@pytest.mark.parametrize(("cosine", "support"), [(0.51, Support.SUPPORTED), (0.49, Support.UNSUPPORTED)])
def test_half_is_near_enough(cosine: float, support: Support) -> None:
    # {alpha, beta} against {alpha, gamma}: 1 of 2 shared. 0.5 * cosine + 0.5 * 0.5 >= 0.5 from a cosine of 0.5 on.
    sentence = ground("alpha beta", plain_spans("alpha gamma"), np.array([cosine], np.float32))
    assert sentence.support is support


def test_a_date_on_another_line_of_the_passage_is_added(corpus: Corpus) -> None:
    [item] = chunks_about(corpus, "more cement workers")
    text = "On 4 October 2023 cement sector unions in Asia Pacific committed to organizing more cement workers."
    sentence = grounded(text, item)
    assert sentence.support is Support.SUPPORTED
    assert [span.quote.split()[0] for span in sentence.spans] == ["Cement", "4"]


def test_when_a_news_item_was_published_is_not_when_the_event_was(corpus: Corpus) -> None:
    [item] = chunks_about(corpus, "20 percent youth quota")
    text = "On 17 September 2024 young unionists called for a 20 percent youth quota in routine union training."
    sentence = grounded(text, item)
    assert sentence.support is Support.PARTLY
    assert sentence.checks[1].reason == "17 September 2024 is when it was published"


def test_a_name_in_another_sentence_of_the_passage_is_added(corpus: Corpus) -> None:
    [item] = chunks_about(corpus, "BASF unions")
    text = (
        "The network meetings, jointly organised by the south Asia and southeast Asia offices in Mumbai, "
        "were for unions of the chemical and pharmaceutical sector."
    )
    quotes = [span.quote for span in grounded(text, item).spans]
    assert any("Mumbai" in words for words in quotes)
    assert any("pharmaceutical" in words for words in quotes)


def test_a_span_of_another_passage_is_added_only_for_two_names_or_numbers_or_four_words() -> None:
    # A name or date weighs 2, a word 1, and another passage divides by 4: a date is 2/4, a date and a name 4/4 = 1.
    spans = plain_spans("Unions met in Manila.", "It was 14 September.", "In Bangkok it was 14 September.")
    cosines = np.array([0.9, 0.0, 0.0], np.float32)
    one = ground("Unions met in Manila on 14 September.", spans[:2], cosines[:2])
    two = ground("Unions met in Manila and in Bangkok on 14 September.", spans, cosines)
    assert (one.support, one.spans) == (Support.UNSUPPORTED, (spans[0],))
    assert (two.support, two.spans) == (Support.SUPPORTED, (spans[0], spans[2]))


def test_names_of_one_passage_do_not_slip_into_what_another_says(corpus: Corpus) -> None:
    chunks = [*chunks_about(corpus, "BASF unions"), *chunks_about(corpus, "Phnom Penh")]
    sentence = grounded("The meeting with BASF unions was held on 20 September 2024 in Phnom Penh, Cambodia.", *chunks)
    assert sentence.support is Support.UNSUPPORTED
    assert sentence.checks[2].reason == "only in another passage: Phnom Penh, Cambodia"


def test_at_most_three_spans_carry_a_sentence() -> None:
    document = text_document("alpha 1 11. beta 2 22. gamma 3 33. delta 4 44. epsilon 5 55.")
    text = document.text.replace(".", "")
    assert len(grounded(text, text_chunk(document)).spans) == 3


def test_a_wrong_number_is_not_supported_and_named(corpus: Corpus) -> None:
    [item] = chunks_about(corpus, "20 percent youth quota")
    text = "Young unionists from South East Asia called for a thirty percent youth quota in routine union training."
    sentence = grounded(text, item)
    assert sentence.support is Support.UNSUPPORTED
    assert not sentence.shown
    assert [(check.name, check.passed, check.reason) for check in sentence.checks] == [
        ("wording", True, ""),
        ("numbers", False, "not in the cited words: 30%"),
        ("names", True, ""),
        ("negation", True, ""),
        ("speaker", True, ""),
    ]


def test_a_wrong_decimal_is_not_supported() -> None:
    spans = plain_spans("Wages rose by 0.7 per cent in Japan.")
    sentence = ground("Wages rose by 0.5 per cent in Japan.", spans, np.array([0.95], np.float32))
    assert sentence.support is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The wage increase was 8,407 yen or 63 US dollars.", "wage increase"),
        ("The workshop in Bangkok was held on 18–19 May 2023.", "18-19 May, 2023"),
        ("Twenty organizers met in Bangkok to complete their 3-year programme.", "20 organizers"),
    ],
)
def test_a_right_number_in_another_spelling_is_supported(corpus: Corpus, text: str, words: str) -> None:
    [item] = chunks_about(corpus, words)
    assert grounded(text, item).checks[1].passed


def test_what_no_span_says_is_not_supported(corpus: Corpus) -> None:
    sentence = grounded("Bananas ripen quickly under purple moonlight.", *corpus.chunks[:10])
    assert sentence.support is Support.UNSUPPORTED
    assert sentence.checks[0].reason == "no passage says this closely enough"


def test_without_spans_nothing_is_supported() -> None:
    sentence = ground("Anything.", [], np.zeros(0, np.float32))
    assert (sentence.support, sentence.spans) == (Support.UNSUPPORTED, ())
    assert sentence.checks[0].reason == "no passage was found"


@given(
    text=st.text(max_size=60),
    spans=st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=6).map(lambda texts: plain_spans(*texts)),
    data=st.data(),
)
def test_any_text_is_judged_by_its_checks(text: str, spans: list[Span], data: st.DataObject) -> None:
    """Also a text without a word, spans without one and cosines below zero: no NaN makes anything supported."""
    cosines = data.draw(st.lists(st.floats(-1, 1, width=32), min_size=len(spans), max_size=len(spans)))
    sentence = ground(text, spans, np.array(cosines, np.float32))
    assert sentence.text == text
    assert 1 <= len(sentence.spans) == len(set(sentence.spans)) <= 3
    assert set(sentence.spans) <= set(spans)
    assert (sentence.support is Support.SUPPORTED) == all(check.passed for check in sentence.checks)
    assert all(check.passed != bool(check.reason) for check in sentence.checks)
    assert not math.isnan(near(text, spans).sum())


@given(data=st.data())
def test_what_is_copied_word_for_word_is_always_supported(corpus: Corpus, data: st.DataObject) -> None:
    chunk = data.draw(st.sampled_from(corpus.chunks))
    others = data.draw(st.lists(st.sampled_from(corpus.chunks), max_size=3))
    spans = list(dict.fromkeys(spans_in(chunk, *others)))
    span = data.draw(st.sampled_from(spans_of(chunk)))
    words = span.quote.split()
    first = data.draw(st.integers(0, max(len(words) - 4, 0)))
    last = data.draw(st.integers(first + 4, max(len(words), first + 4)))
    text = " ".join(words[first:last])
    sentence = ground(text, spans, near(text, spans))
    assert sentence.support is Support.SUPPORTED
    assert len(sentence.spans) == 1


def test_what_the_title_says_needs_no_citation() -> None:
    chunk = text_chunk(text_document("The union agreed to form a national council.", title="Peru: unions at work"))
    spans = list(spans_of(chunk))
    text = "In Peru the union agreed to form a council."
    contexts = {chunk.id: Context(title="Peru: unions at work")}
    assert ground(text, spans, np.array([0.9], np.float32)).support is Support.UNSUPPORTED
    assert ground(text, spans, np.array([0.9], np.float32), contexts).support is Support.SUPPORTED


def test_the_context_of_real_chunks(corpus: Corpus) -> None:
    documents = {document.id: document for document in corpus.documents}
    contexts = {chunk.text[:9]: context_of(chunk, documents[chunk.doc_id]) for chunk in corpus.chunks}
    news, point, article = contexts["Peru: Man"], contexts["Invest an"], contexts["Eighteen "]
    assert news.title == "Peru: Manufacturing unions facing up to the challenge"
    assert (news.date, news.publisher) == ("2019-01-08", "IndustriALL Global Union")
    assert point.headings[-1] == "Therefore, IndustriALL will:"
    assert (article.date, article.publisher) == ("2018-05", "not stated in the document")


def test_a_quotation_is_the_nearest_whole_sentence_word_for_word() -> None:
    spans = plain_spans("A title near to it", "Farther away.", "Near to it.")
    sentence = quote(spans, np.array([0.9, 0.5, 0.6], np.float32))
    assert sentence is not None
    assert (sentence.text, sentence.spans, sentence.support) == ("Near to it.", (spans[2],), Support.SUPPORTED)


def test_a_title_is_quoted_where_there_is_nothing_else() -> None:
    sentence = quote(plain_spans("Title one", "Title two"), np.array([0.6, 0.7], np.float32))
    assert sentence is not None
    assert sentence.text == "Title two"


def test_nothing_far_is_quoted() -> None:
    assert quote(plain_spans("Far away."), np.array([MIN_QUOTE - 0.01], np.float32)) is None
    assert quote([], np.zeros(0, np.float32)) is None


def test_reading_the_spans_beforehand_changes_nothing(corpus: Corpus) -> None:
    spans = spans_in(*corpus.chunks[:5])
    text = "Unions from South East Asia met in Manila on 14 September 2024."
    before = ground(text, spans, near(text, spans))
    prepare(spans)
    assert ground(text, spans, near(text, spans)) == before
