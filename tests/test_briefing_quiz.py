"""The quiz: a quotation with a gap, one right answer and wrong ones that nothing gives away or makes true."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from briefings import briefing_over
from desk import opened_index
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.briefing.quiz import items
from rag.briefing.records import Point, QuizItem
from rag.corpus import Corpus
from rag.store import Store
from rag.types import Sentence, Support


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The real documents."""
    with opened_index(tmp_path_factory.mktemp("index")) as index:
        yield index.store


def point_on(store: Store, words: str, *, shown: bool = True) -> Point:
    """A point that rests on the first sentence with these words."""
    span = next(span for span in store.sentences().values() if words in span.quote)
    chunk = store.chunks(store.rows_of([span.chunk_id])).popitem()[1]
    support = Support.SUPPORTED if shown else Support.UNSUPPORTED
    return Point(chunk, "A speaker", "A theme", (Sentence(span.quote, (span,), support),))


def item_on(store: Store, words: str) -> QuizItem:
    (item,) = items([point_on(store, words)], store)
    return item


def assert_fair(item: QuizItem, store: Store) -> None:
    """What holds for every item."""
    right = item.options[item.right]
    assert item.before + right + item.after == item.span.quote
    assert store.documents[item.span.doc_id].text[item.span.start : item.span.end] == item.span.quote
    assert 3 <= len(item.options) <= 4
    assert len({option.lower() for option in item.options}) == len(item.options)
    assert not any(" " in a and a != b and a in b for a in item.options for b in item.options)
    passage = store.chunks(store.rows_of([item.span.chunk_id])).popitem()[1].text
    for wrong in item.options:
        if wrong != right:
            assert not re.search(rf"(?<!\w){re.escape(wrong)}(?!\w)", passage), wrong
    assert not re.search(rf"(?<!\w){re.escape(right)}(?!\w)", f"{item.before} … {item.after}", re.IGNORECASE)


@pytest.mark.parametrize(
    ("words", "right", "wrong"),
    [
        ("percent youth quota", "20", {"10", "15", "25", "30"}),
        ("metalworkers’ unions have achieved", "YEN8,407", {"YEN5,044", "YEN6,726", "YEN10,509", "YEN12,610"}),
        ("18 national confederations", "18", {"11", "14", "22", "27"}),
        ("Eighteen (nine women)", "Eighteen", {"Eleven", "Fourteen"}),
    ],
)  # fmt: skip
def test_numbers_have_others_near_them(store: Store, words: str, right: str, wrong: set[str]) -> None:
    item = item_on(store, words)
    assert item.options[item.right] == right
    assert set(item.options) - {right} <= wrong
    assert_fair(item, store)


@pytest.mark.parametrize(
    ("words", "right", "kind"),
    [
        ("supported by Friedrich-Ebert-Stiftung", "Friedrich-Ebert-Stiftung (FES)", r".+\(\w+\)"),
        ("ILO Conventions 100", "ILO", r"[A-Z]\w+"),
        ("20 August, members of", "20 August", r"\d+ [A-Z][a-z]+"),
        ("developing their regional", "", ""),
        ("are determined to fight", "Cambodia", r"[A-Z][a-z]+(?: [A-Z][a-z]+)?"),
        ("guarantee job security, income", "social protection", r"[a-z]+ [a-z]+"),
    ],
)
def test_wrong_answers_are_of_the_kind_and_form_of_the_right_one(
    store: Store, words: str, right: str, kind: str
) -> None:
    found = items([point_on(store, words)], store)
    if not right:  # another sentence of the passage is asked for
        assert all(words not in item.span.quote for item in found)
        return
    (item,) = found
    assert item.options[item.right] == right
    assert all(re.fullmatch(kind, option) for option in item.options)
    assert_fair(item, store)


def test_what_the_sentence_gives_away_is_not_asked(store: Store) -> None:
    # "the Malaysian Trades Union Congress ... in Malaysia": its name says the country, and the country its name
    item = items([point_on(store, "Malaysian Trades Union Congress")], store)
    assert all("Malaysia" not in one.options[one.right] for one in item)
    # "the International Labour Organization’s (ILO)": the acronym stands behind it
    item = items([point_on(store, "pivotal item on the agenda")], store)
    assert all("Labour" not in one.options[one.right] for one in item)


def test_the_topic_itself_is_not_asked_for(store: Store) -> None:
    time_to = point_on(store, "It’s time to make gender equality")
    asked = [item.options[item.right] for item in items([time_to], store)]
    assert asked == ["gender equality"]
    many = [
        point_on(store, span.quote) for span in store.sentences().values() if "gender equality" in span.quote.lower()
    ]
    assert len(many) > 2
    assert all("gender equality" not in one.options[one.right] for one in items([time_to, *many], store))


def test_the_publisher_is_never_the_answer_nor_an_option(store: Store) -> None:
    every = (span.quote for span in store.sentences().values())
    points = [point_on(store, quote) for quote in every if "IndustriALL" in quote]
    for n in range(0, len(points), 10):
        assert not any("IndustriALL" in option for item in items(points[n : n + 10], store) for option in item.options)


def test_at_most_five_one_a_passage_in_the_order_of_the_points(store: Store) -> None:
    points = [point_on(store, span.quote) for span in store.sentences().values() if len(span.quote) > 80]
    found = items(points, store)
    assert len(found) == 5
    assert len({item.span.chunk_id for item in found}) == 5
    places = [next(n for n, p in enumerate(points) if p.chunk.id == item.span.chunk_id) for item in found]
    assert places == sorted(places)
    for item in found:
        assert_fair(item, store)


def test_the_same_points_give_the_same_quiz(store: Store, corpus: Corpus) -> None:
    points = briefing_over(corpus).points
    assert items(points, store) == items(points, store) != ()


def test_without_quotations_there_is_no_quiz(store: Store) -> None:
    assert items([], store) == ()
    assert items([point_on(store, "percent youth quota", shown=False)], store) == ()


def test_the_right_answer_is_not_always_at_the_same_place(store: Store) -> None:
    points = [point_on(store, span.quote) for span in store.sentences().values() if len(span.quote) > 60]
    every = [item for n in range(0, len(points), 20) for item in items(points[n : n + 20], store)]
    assert {item.right for item in every} == {0, 1, 2, 3}
    assert max(sum(item.right == n for item in every) for n in range(4)) < 0.6 * len(every)


@settings(max_examples=25)
@given(data=st.data())
def test_every_item_is_fair(store: Store, data: st.DataObject) -> None:
    spans = list(store.sentences().values())
    chosen = data.draw(st.lists(st.sampled_from(spans), max_size=12))
    for item in items([point_on(store, span.quote) for span in chosen], store):
        assert_fair(item, store)
