"""The JSON of answers and sources: a contract, kept to the letter."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from desk import assistant_over
from fakes import ScriptedGenerator

from rag.index import Index
from rag.payload import answer_json, hit_json, sources_json
from rag.types import Answer, Timings

QUESTION = (
    "Do young unionists from South East Asia call on trade unions to provide a youth quota in routine union training?"
)
REPLY = (
    "Young unionists from South East Asia met in Manila. Bananas are purple. "
    "On 17 September 2024 young unionists called for a 20 percent youth quota in routine union training."
)
ANSWER_KEYS = [
    "id",
    "question",
    "answer",
    "refused",
    "sentences",
    "citations",
    "passages",
    "coverage",
    "scope",
    "again",
    "timings",
    "confidence",
    "config_id",
    "model",
]
PASSAGE_KEYS = ["document", "title", "kind", "locator", "date", "quote", "start", "end", "chunk_id", "passage"]
SOURCE_KEYS = ["id", "title", "kind", "language", "date", "chunks", "held", "advertised"]


@pytest.fixture(scope="module")
def answer(index: Index) -> Answer:
    """Of three sentences the first stands; the document's own words, on two spans, take the place of the others."""
    return assistant_over(index, ScriptedGenerator(REPLY)).ask(QUESTION, "q1")


def test_an_answer_has_the_keys_of_the_contract(index: Index, answer: Answer) -> None:
    payload = answer_json(answer, index.store.documents)
    assert list(payload) == ANSWER_KEYS
    assert [list(sentence) for sentence in payload["sentences"]] == [["text", "support", "citations"]] * 2
    assert {tuple(citation) for citation in payload["citations"]} == {("n", *PASSAGE_KEYS)}
    assert {tuple(passage) for passage in payload["passages"]} == {tuple(PASSAGE_KEYS)}
    assert list(payload["timings"]) == ["retrieve_s", "first_token_s", "first_sentence_s", "total_s"]


def test_an_answer_has_its_values(index: Index, answer: Answer) -> None:
    payload = answer_json(answer, index.store.documents)
    document = next(iter(index.store.documents.values()))
    first, last = REPLY.split(" Bananas are purple. ")[0], answer.shown[1].text
    assert sorted(sentence.text in REPLY for sentence in answer.sentences) == [False, True, True, True]
    assert [payload[key] for key in ("id", "question", "answer", "refused", "coverage", "config_id", "model")] == [
        "q1", QUESTION, f"{first} {last}", False, "", answer.config_id, "scripted"
    ]  # fmt: skip
    assert payload["sentences"] == [
        {"text": first, "support": "supported", "citations": [1]},
        {"text": last, "support": "supported", "citations": [2, 1]},
    ]
    title = "South East Asia youth calls for integration in union training"
    assert last.startswith(f"“{title}”: Young unionists from South East Asia met in Manila,14 September, and called")
    chunk = answer.hits[0].chunk
    assert payload["citations"][1] == {
        "n": 2,
        "document": document.id,
        "title": "IndustriALL news: South East Asia and Japan",
        "kind": "listing",
        "locator": "17 September 2024",
        "date": "2024-09-17",
        "quote": title,
        "start": document.text.index(title),
        "end": document.text.index(title) + len(title),
        "chunk_id": chunk.id,
        "passage": chunk.text,
    }


def test_citations_are_numbered_from_one_and_all_used(index: Index, answer: Answer) -> None:
    payload = answer_json(answer, index.store.documents)
    numbers = [citation["n"] for citation in payload["citations"]]
    assert numbers == [1, 2]
    assert {n for sentence in payload["sentences"] for n in sentence["citations"]} == set(numbers)


def test_every_quote_is_verbatim(index: Index, answer: Answer) -> None:
    payload = answer_json(answer, index.store.documents)
    for place in payload["citations"] + payload["passages"]:
        assert index.store.documents[place["document"]].text[place["start"] : place["end"]] == place["quote"]
        assert place["quote"] in place["passage"]
    assert all(passage["quote"] == passage["passage"] for passage in payload["passages"])


def test_a_passage_without_a_date_of_its_own_has_its_documents(index: Index) -> None:
    hits = (
        assistant_over(index, ScriptedGenerator(yes=0.0, again="")).ask("migrant resource centre in Amman, Jordan").hits
    )
    passage = hit_json(hits[0], index.store.documents)
    assert (passage["locator"], passage["date"]) == ("paragraph 3", "2018-05")


def test_a_refusal_has_passages_but_no_sentences(index: Index) -> None:
    answer = assistant_over(index, ScriptedGenerator(yes=0.0, again="Purple bananas ripen.")).ask(QUESTION)
    payload = answer_json(answer, index.store.documents)
    assert payload["refused"] is True
    assert payload["answer"] == "I did not find the answer in the documents I hold."
    assert (payload["sentences"], payload["citations"], len(payload["passages"])) == ([], [], 8)
    assert "10 of 43 results" in payload["coverage"]


def test_the_scope_is_null_or_the_ids_in_the_order_of_the_collection(index: Index, answer: Answer) -> None:
    documents = index.store.documents
    first, second, *_ = documents
    assert answer_json(answer, documents)["scope"] is None
    assert answer_json(answer, documents, {second, first})["scope"] == [first, second]


def test_no_question_has_neither(index: Index) -> None:
    payload = answer_json(assistant_over(index, ScriptedGenerator()).ask(" "), index.store.documents)
    assert list(payload) == ANSWER_KEYS
    assert (payload["refused"], payload["sentences"], payload["passages"]) == (True, [], [])


def test_an_answer_that_is_given_again_says_so(index: Index, answer: Answer) -> None:
    payload, again = (answer_json(given, index.store.documents) for given in (answer, replace(answer, again=True)))
    assert (payload["again"], again["again"]) == (False, True)
    assert {**again, "again": False} == payload


def test_seconds_are_rounded_to_milliseconds(index: Index, answer: Answer) -> None:
    timed = replace(answer, timings=Timings(0.12345, None, 1.9996))
    assert answer_json(timed, index.store.documents)["timings"] == {
        "retrieve_s": 0.123, "first_token_s": None, "first_sentence_s": None, "total_s": 2.0
    }  # fmt: skip


def test_it_is_json(index: Index, answer: Answer) -> None:
    for payload in (answer_json(answer, index.store.documents), sources_json(index.store)):
        assert json.loads(json.dumps(payload)) == payload


def test_sources_have_the_keys_and_values_of_the_contract(index: Index) -> None:
    payload = sources_json(index.store)
    assert payload["chunks"] == 121  # 3 * 10 news items, 84 paragraphs and points, 7 paragraphs
    assert payload["counts"] == {"news": 30, "paragraph": 59 + 7, "point": 25}
    assert all(list(source)[:8] == SOURCE_KEYS for source in payload["documents"])
    told = [[source[key] for key in SOURCE_KEYS[2:]] for source in payload["documents"]]
    assert told == [
        ["listing", "en", "2022-06-24/2024-10-25", 10, 10, 43],
        ["listing", "en", "2023-05-23/2024-09-25", 10, 10, 394],
        ["listing", "en", "2015-05-19/2022-07-07", 10, 10, 144],
        ["resolution", "en", "4th Congress; the text bears no date", 84, None, None],
        ["article", "en", "2018-05", 7, None, None],
    ]
    assert [source["id"] for source in payload["documents"]] == list(index.store.documents)
