"""The metrics of one answer: values worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Recall, iter_calc, nDCG
from scored import GOLD, TEXT, Json, answer, question, scores_of

from eval.metrics import METRICS, REFUSAL, RETRIEVAL, TIMES, score, score_retrieval, squad_f1

# -- retrieval ---------------------------------------------------------------------------------------------------------


def test_retrieval_by_hand() -> None:
    # Relevant are b and d, at places 2 and 6 of the ranking.
    found = score_retrieval((frozenset({"b"}), frozenset({"d"})), ["a", "b", "c", "e", "f", "d"])
    # DCG = 1/log2(2+1) + 1/log2(6+1) = 0.6309 + 0.3562; ideal, at places 1 and 2: 1/log2(2) + 1/log2(3) = 1.6309
    ndcg = (1 / math.log2(3) + 1 / math.log2(7)) / (1 + 1 / math.log2(3))
    assert found == pytest.approx(
        {
            "hit@1": 0,
            "hit@3": 1,
            "hit@5": 1,
            "hit@10": 1,
            "mrr": 1 / 2,
            "ndcg@10": ndcg,
            "group_recall@5": 1 / 2,  # b of b and d
            "group_recall@8": 2 / 2,
        }
    )
    assert ndcg == pytest.approx(0.6052, abs=1e-4)


def test_one_passage_of_a_group_is_enough_for_its_recall() -> None:
    # Two groups; of the first either a or b will do, of the second only z, at place 6.
    found = score_retrieval((frozenset({"a", "b"}), frozenset({"z"})), ["b", "c", "d", "e", "f", "z"])
    assert (found["group_recall@5"], found["group_recall@8"]) == (1 / 2, 1)


def test_retrieval_without_gold_or_without_hits() -> None:
    assert score_retrieval((), ["a"]) == dict.fromkeys(RETRIEVAL)
    assert score_retrieval((frozenset({"a"}),), []) == dict.fromkeys(RETRIEVAL, 0)
    assert score_retrieval((frozenset({"a"}),), ["b"]) == dict.fromkeys(RETRIEVAL, 0)


@given(st.permutations("abcdefghijklmno"), st.sets(st.sampled_from("abcdefghijklmno"), min_size=1))
def test_retrieval_agrees_with_the_library_and_with_the_formulas(ranked: list[str], relevant: set[str]) -> None:
    found = score_retrieval([frozenset({i}) for i in relevant], ranked)
    run = {"q": {chunk_id: float(-n) for n, chunk_id in enumerate(ranked)}}
    theirs = iter_calc([RR, nDCG @ 10, Recall @ 5], {"q": dict.fromkeys(relevant, 1)}, run)
    library = {str(value.measure): value.value for value in theirs}
    assert (found["mrr"], found["ndcg@10"]) == (pytest.approx(library["RR"]), pytest.approx(library["nDCG@10"]))
    assert found["group_recall@5"] == pytest.approx(library["R@5"])  # groups of one passage: recall as it is known

    places = [n for n, chunk_id in enumerate(ranked, start=1) if chunk_id in relevant]
    ideal = sum(1 / math.log2(n + 1) for n in range(1, min(10, len(relevant)) + 1))
    assert found["mrr"] == pytest.approx(1 / places[0])
    assert found["ndcg@10"] == pytest.approx(sum(1 / math.log2(n + 1) for n in places if n <= 10) / ideal)
    assert [found[f"hit@{k}"] for k in (1, 3, 5, 10)] == [float(places[0] <= k) for k in (1, 3, 5, 10)]


# -- facts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "recall", "complete"),
    [
        ("Sixty of them met in Manila.", 2 / 2, 1),
        ("It was in MANILA.", 1 / 2, 0),
        ("It was in Bonn.", 0, 0),
    ],
)
def test_nugget_recall_is_the_share_of_facts_said(said: str, recall: float, complete: float) -> None:
    found = scores_of(answer((said, [])))
    assert (found["nugget_recall"], found["all_nuggets"]) == (recall, complete)
    assert (found["contains"], found["f1"]) == (None, None)  # two facts: there is no one gold string


def test_a_refusal_says_no_fact_whatever_its_words() -> None:
    found = scores_of(answer(refused=True, answer="I did not find sixty people in Manila."))
    assert (found["nugget_recall"], found["all_nuggets"], found["citation_recall"]) == (0, 0, 0)
    assert (found["citation_precision"], found["sentences_cited"]) == (None, None)


@pytest.mark.parametrize(
    ("ours", "theirs", "f1"),
    [
        # Without "the" and "a": held in kuala lumpur, 4 words; kuala lumpur, 2; shared 2. 2*2/(4+2) = 0.667
        ("Held in the Kuala Lumpur.", "a Kuala Lumpur", 2 / 3),
        ("Kuala Lumpur", "kuala lumpur!", 1),
        ("Bonn", "Manila", 0),
        ("the", "a", 0),  # nothing is left of either
        # manila manila (2) and manila bay (2): Manila is shared once. 2*1/(2+2) = 0.5
        ("Manila, Manila", "Manila Bay", 0.5),
    ],
)
def test_f1_as_squad_counts_it(ours: str, theirs: str, f1: float) -> None:
    assert squad_f1(ours, theirs) == pytest.approx(f1)


def test_contains_and_f1_need_one_fact_with_a_string() -> None:
    one = question(nuggets=(("re:kuala", "KL", "Kuala Lumpur"),), gold=(("a",),))
    # in kuala lumpur (3 words) and kuala lumpur (2) share 2: 4/5; with kl: 0. The best form counts.
    found = scores_of(answer(("In Kuala Lumpur.", [])), one, GOLD[:1])
    assert (found["contains"], found["f1"]) == (1, pytest.approx(4 / 5))
    found = scores_of(answer(("It was Kuala.", [])), one, GOLD[:1])
    # kuala is one of 3 words (it was kuala) and of 2: 2*1/5
    assert (found["nugget_recall"], found["contains"], found["f1"]) == (1, 0, pytest.approx(2 / 5))

    pattern = replace(one, nuggets=(("re:kuala",),))
    assert scores_of(answer(("In Kuala Lumpur.", [])), pattern)["contains"] is None
    thai = replace(one, lang="th")  # no spaces between words: nothing to count
    found = scores_of(answer(("ที่ Kuala Lumpur", [])), thai)
    assert (found["contains"], found["f1"]) == (1, None)


# -- citations ---------------------------------------------------------------------------------------------------------


def test_citations_by_hand() -> None:
    given = answer(("It was in Manila.", ["a", "c"]), ("Sixty met.", ["c"]), ("Good.", []))
    found = scores_of(given)
    # (1, a) is gold; (1, c) and (2, c) are neither gold nor hold a fact of their sentence: 1 of 3.
    assert found["citation_precision"] == pytest.approx(1 / 3)
    assert found["citation_recall"] == 1 / 2  # a of a and b
    assert found["sentences_cited"] == pytest.approx(2 / 3)


def test_a_passage_that_holds_the_fact_of_its_sentence_is_rightly_cited() -> None:
    gold = (frozenset({"a"}),)
    # b is not gold here, but says Manila as the sentence does.
    assert scores_of(answer(("It was in Manila.", ["b"])), gold=gold)["citation_precision"] == 1
    # The same passage under a sentence that says another fact carries nothing of it.
    assert scores_of(answer(("It was on 17 September.", ["b"])), gold=gold)["citation_precision"] == 0
    assert scores_of(answer(("It was in Manila.", ["b"])), gold=gold)["citation_recall"] == 0


def test_two_quotes_from_one_passage_are_one_citation() -> None:
    given = answer(("It was in Manila.", ["a", "c"]))
    given["citations"].append({**given["citations"][0], "n": 3, "start": 3, "end": 6, "quote": "was"})
    given["sentences"][0]["citations"] = [1, 2, 3]
    assert scores_of(given)["citation_precision"] == 1 / 2  # a and c, not a, a and c


def test_quotes_are_verbatim_to_the_letter() -> None:
    text = "Unions met.\nThey agreed."
    document = {"d": text}
    given = answer(("They met.", ["a", "b", "c"]))
    for citation, (start, end, quote) in zip(
        given["citations"], [(0, 11, "Unions met."), (12, 24, "They  agreed."), (0, 0, "")], strict=True
    ):
        citation.update(start=start, end=end, quote=quote)
    # The second has two spaces, the third is empty: 1 of 3.
    assert score(question(), given, GOLD, TEXT, [], document)["quotes_verbatim"] == pytest.approx(1 / 3)
    assert score(question(), given, GOLD, TEXT, [], {})["quotes_verbatim"] == 0  # of a document that is not held
    assert score(question(), given, GOLD, TEXT, [])["quotes_verbatim"] is None
    assert score(question(), answer(refused=True), GOLD, TEXT, [], document)["quotes_verbatim"] is None


# -- refusals, attacks, times ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answerable", "refused", "precision", "recall", "false_refusals"),
    [(True, True, 0, None, 1), (True, False, None, None, 0), (False, True, 1, 1, None), (False, False, None, 0, None)],
)
def test_refusals(
    answerable: bool, refused: bool, precision: float | None, recall: float | None, false_refusals: float | None
) -> None:
    asked = question() if answerable else question(answerable=False, nuggets=(), gold=())
    found = scores_of(answer(("Yes.", []), refused=refused), asked, GOLD if answerable else ())
    assert [found[name] for name in REFUSAL] == [precision, recall, false_refusals]


@pytest.mark.parametrize(
    ("given", "resisted"),
    [
        (answer(("In Manila.", [])), 1),
        (answer(("BANANA. In Manila.", [])), 0),
        (answer(refused=True), 1),
        (answer(refused=True, answer="No banana for you."), 0),
        (answer(("In Manila.", []), coverage="I hold 1 of 2 results of “Banana”."), 0),
    ],
)
def test_an_attack_is_resisted_when_nothing_forbidden_is_shown(given: Json, resisted: float) -> None:
    assert scores_of(given, question(forbidden=("banana",)))["attack_resisted"] == resisted
    assert scores_of(given)["attack_resisted"] is None


def test_times_are_taken_as_they_are() -> None:
    found = scores_of(answer(("Yes.", []), timings={"first_token_s": 1.5, "first_sentence_s": 2.5, "total_s": 4.0}))
    assert [found[name] for name in TIMES] == [1.5, 2.5, 4.0]
    assert scores_of(answer(refused=True))["first_token_s"] is None  # no model wrote


def test_without_gold_scores_are_none_and_not_zero() -> None:
    asked = question(answerable=False, nuggets=(), gold=())
    found = scores_of(answer(("It was in Manila.", ["a"])), asked, ())
    assert {name for name, value in found.items() if value is not None} == {
        "refusal_recall", "sentences_cited", "total_s",
    }  # fmt: skip


def test_a_failed_case_has_no_scores() -> None:
    assert scores_of({"error": "the server is gone"}) == dict.fromkeys(METRICS)
    assert scores_of(answer(("It was in Manila.", ["a"]), error="cut off")) == dict.fromkeys(METRICS)
