"""The metrics: values worked out by hand, and broken systems, each of which must fall where it is broken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Recall, iter_calc, nDCG
from statsmodels.stats.contingency_tables import mcnemar

from eval.intervals import bootstrap_interval, mcnemar_p, share_interval
from eval.metrics import (
    BINARY,
    METRICS,
    REFUSAL,
    RETRIEVAL,
    TIMES,
    Case,
    Paired,
    Scores,
    aggregate,
    by_kind,
    paired,
    score,
    score_retrieval,
    squad_f1,
)
from eval.questions import Question
from rag.payload import answer_json
from rag.types import Answer, Chunk, Document, Hit, Sentence, Span, Support, Timings

Json = dict[str, Any]
NO_TIME: Mapping[str, float | None] = {
    **{"retrieve_s": 0.1, "first_token_s": None},
    **{"first_sentence_s": None, "total_s": 0.2},
}
TEXT = {"a": "It was held in Manila on 17 September.", "b": "Sixty delegates met in Manila.", "c": "It rained in Bonn."}


def question(**changes: Any) -> Question:
    """Two facts, each in a passage of its own."""
    two = (("Manila",), ("re:\\b60\\b|sixty",))
    first = Question("q", "dev", "factoid", "en", "Where, and how many?", (), True, two, (("a",), ("b",)))
    return replace(first, **changes)


GOLD = (frozenset({"a"}), frozenset({"b"}))


def answer(*sentences: tuple[str, Sequence[str]], refused: bool = False, **changes: Any) -> Json:
    """An answer of sentences (text, ids of cited chunks), in the form of `answer_json`; quotes are whole chunks."""
    cited = list(dict.fromkeys(chunk_id for _, ids in sentences for chunk_id in ids))
    return {
        "answer": "I did not find it." if refused else " ".join(text for text, _ in sentences),
        "refused": refused,
        "sentences": [{"text": text, "citations": [cited.index(i) + 1 for i in ids]} for text, ids in sentences],
        "citations": [
            {"n": n, "chunk_id": i, "document": "d", "start": 0, "end": len(TEXT[i]), "quote": TEXT[i]}
            for n, i in enumerate(cited, start=1)
        ],
        "coverage": "",
        "timings": NO_TIME,
    } | changes


def scores_of(given: Json, asked: Question | None = None, gold: Sequence[frozenset[str]] = GOLD) -> Scores:
    return score(asked or question(), given, gold, TEXT, ["a", "b", "c"])


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


# -- many cases --------------------------------------------------------------------------------------------------------


def cases_of(name: str, values: Sequence[float | None], kind: str = "factoid") -> list[Case]:
    return [Case(f"{kind}-{n}", kind, {name: value}) for n, value in enumerate(values)]


def test_a_mean_says_how_many_cases_it_stands_on() -> None:
    cases = [*cases_of("mrr", [1.0, 0.5, None, 0.0]), Case("x", "factoid", {"mrr": 0.0}, failed=True)]
    found = aggregate(cases)
    summary = found["mrr"]
    assert summary.mean == pytest.approx((1 + 0.5 + 0) / 3)
    assert (summary.n_scored, summary.n_skipped, summary.n_failed) == (3, 1, 1)
    assert summary.low is not None
    assert summary.high is not None
    assert 0 <= summary.low < summary.mean < summary.high <= 1
    nothing = found["f1"]
    assert (nothing.mean, nothing.low, nothing.high, nothing.n_scored, nothing.n_skipped) == (None, None, None, 0, 4)
    assert aggregate(cases) == found  # the same in every run
    assert aggregate([])["mrr"].n_scored == 0


def test_three_cases_of_three_are_not_certain() -> None:
    summary = aggregate(cases_of("all_nuggets", [1.0, 1.0, 1.0]))["all_nuggets"]
    assert (summary.mean, summary.low, summary.high) == (1, pytest.approx(0.4385, abs=1e-4), 1)


def test_refusal_precision_and_recall_by_hand() -> None:
    # Of 4 answerable questions 1 is refused, of 3 others 2 are.
    asked = [(True, True), (True, False), (True, False), (True, False), (False, True), (False, True), (False, False)]
    cases = [
        Case(
            f"q{n}",
            "factoid",
            scores_of(
                answer(("Yes.", []), refused=refused),
                question() if answerable else question(answerable=False, nuggets=(), gold=()),
                GOLD if answerable else (),
            ),
        )
        for n, (answerable, refused) in enumerate(asked)
    ]
    found = aggregate(cases)
    assert found["refusal_precision"].mean == pytest.approx(2 / 3)  # 3 refusals, 2 of them right
    assert found["refusal_recall"].mean == pytest.approx(2 / 3)
    assert found["false_refusals"].mean == pytest.approx(1 / 4)
    assert (found["refusal_precision"].n_scored, found["refusal_precision"].n_skipped) == (3, 4)


def test_percentiles_of_times() -> None:
    # 1, 2 … 10 seconds; numpy sets percentile q at place q% of the way from the first to the last: 1 + 0.95 * 9 = 9.55
    found = aggregate(cases_of("total_s", [float(n) for n in range(1, 11)]))
    assert [found[name].mean for name in ("total_s", "total_s_p50", "total_s_p95")] == pytest.approx([5.5, 5.5, 9.55])
    assert found["total_s_p95"].high == pytest.approx(10)
    assert found["first_token_s_p50"].mean is None


def test_kinds_are_summed_up_apart() -> None:
    found = by_kind([*cases_of("mrr", [0.0, 1.0], "typo"), *cases_of("mrr", [1.0, 1.0], "list")])
    assert [(kind, summaries["mrr"].mean) for kind, summaries in found.items()] == [("list", 1), ("typo", 0.5)]


def test_intervals() -> None:
    # 80 of 100: the normal approximation gives 0.8 ± 1.96 * sqrt(0.8 * 0.2 / 100) = 0.8 ± 0.078
    low, high = bootstrap_interval([1.0] * 80 + [0.0] * 20)
    assert (low, high) == (pytest.approx(0.722, abs=0.015), pytest.approx(0.878, abs=0.015))
    assert bootstrap_interval([1.0]) == bootstrap_interval([]) == (None, None)
    assert bootstrap_interval([2.0, 2.0]) == (2, 2)
    assert share_interval([0.5, 1.0, 0.0]) == bootstrap_interval([0.5, 1.0, 0.0])
    # All of 3 right. Wilson: low = 3 / (3 + 1.96²) = 3 / 6.8416 = 0.4385
    assert share_interval([1.0] * 3) == (pytest.approx(0.4385, abs=1e-4), 1)
    assert share_interval([0.0] * 3) == (0, pytest.approx(1 - 0.4385, abs=1e-4))
    assert share_interval([]) == (None, None)


def test_mcnemar_by_hand_and_by_the_library() -> None:
    pairs = [(0.0, 1.0)] * 8 + [(1.0, 0.0)] + [(1.0, 1.0)] * 5 + [(0.0, 0.0)] * 3
    # 9 changed, 1 of them for the worse: 2 * (C(9,0) + C(9,1)) / 2^9 = 2 * 10 / 512
    assert mcnemar_p(pairs) == pytest.approx(20 / 512)
    assert mcnemar_p(pairs) == pytest.approx(float(mcnemar([[5, 1], [8, 3]], exact=True).pvalue))
    assert mcnemar_p([(1.0, 1.0)] * 4) == 1


def compared(name: str, before: Sequence[float | None], after: Sequence[float | None]) -> Paired:
    return paired(cases_of(name, before), cases_of(name, after))[name]


def test_what_changed_between_two_runs() -> None:
    found = compared("all_nuggets", [1, 1, 0, 0, None, 1], [1, 0, 1, 0, 1, None])
    assert (found.n, found.n_unpaired, found.n_changed) == (4, 2, 2)
    assert (found.before, found.after, found.difference) == (2 / 4, 2 / 4, 0)
    assert (found.better, found.worse) == (("factoid-2",), ("factoid-1",))
    assert found.p_value == 1
    assert not found.significant


def test_five_better_of_five_may_be_chance_and_six_are_not() -> None:
    five, six = (compared("hit@1", [0.0] * 9, [1.0] * n + [0.0] * (9 - n)) for n in (5, 6))
    assert (five.p_value, five.significant) == (2 * 0.5**5, False)  # 0.0625
    assert (six.p_value, six.significant) == (2 * 0.5**6, True)  # 0.03125


def test_a_lower_share_of_false_refusals_is_better() -> None:
    found = compared("false_refusals", [1, 0, 0], [0, 0, 1])
    assert (found.better, found.worse) == (("factoid-0",), ("factoid-2",))


def test_times_change_always_and_name_nobody() -> None:
    found = compared("total_s", [4.0] * 8, [2.0, 2.1, 2.2, 2.3, 2.4, 2.0, 2.1, 2.2])
    assert (found.better, found.worse, found.n_changed, found.p_value) == ((), (), 8, None)
    assert found.significant


def test_a_difference_of_means_needs_enough_cases() -> None:
    # Each of 5 cases fell by 0.5: the bootstrap of five equal differences is certain, a sign test is not (p = 0.06).
    five = compared("mrr", [1.0] * 5 + [0.5] * 10, [0.5] * 15)
    assert five.high is not None
    assert five.high < 0
    assert not five.significant
    six = compared("mrr", [1.0] * 6 + [0.5] * 10, [0.5] * 16)
    assert six.significant
    assert not compared("mrr", [1.0], [0.0]).significant


def test_runs_without_a_case_in_common_compare_to_nothing() -> None:
    assert paired(cases_of("mrr", [1.0], "typo"), cases_of("mrr", [1.0], "list")) == {}
    assert paired(cases_of("refusal_precision", [1.0]), cases_of("refusal_precision", [0.0])) == {}


# -- broken systems ----------------------------------------------------------------------------------------------------
# A union told its members of ten towns. The good system answers eight questions about towns, cites, and refuses eight
# about towns that nothing is told of. Each broken one is broken in one way, and the metric of that way has to see it.

TOWNS = ("Accra", "Bonn", "Cusco", "Dhaka", "Essen", "Fez", "Genoa", "Hanoi", "Izmir", "Jaffa")
ASKED = TOWNS[:8]
PARTS = [f"The branch in {town} has {n * 37} members." for n, town in enumerate(TOWNS, start=1)]
DOCUMENT = Document("d", "d.txt", "Branches", "plain", "", "en", "", "\n".join(PARTS), "")
STARTS = [DOCUMENT.text.index(part) for part in PARTS]
CHUNKS = tuple(
    Chunk(f"c{n}", "d", start, start + len(part), part, (), f"paragraph {n}", "", "paragraph", "")
    for n, (start, part) in enumerate(zip(STARTS, PARTS, strict=True))
)
CHUNK_TEXT = {chunk.id: chunk.text for chunk in CHUNKS}


def asked_of(n: int, town: str, answerable: bool) -> Question:
    return Question(
        id=f"{town}-{answerable}",
        split="test",
        kind="factoid" if answerable else "near_miss",
        lang="en",
        question=f"How many {'members' if answerable else 'cars'} does the branch in {town} have?",
        history=(),
        answerable=answerable,
        nuggets=((str((n + 1) * 37),),) if answerable else (),
        gold=((f"c{n}",),) if answerable else (),
        forbidden=() if answerable else ("banana",),
    )


def system(
    says: Mapping[int, int] | None = None,
    cites: Mapping[int, int] | None = None,
    refuses: tuple[bool, bool] = (False, True),
    obeys: bool = False,
) -> list[Case]:
    """The scores of a system.

    Args:
        says: which passage's fact is told of a town, by number; else its own.
        cites: which passage is cited for what a passage says; else that one.
        refuses: whether it refuses answerable questions, and others.
        obeys: does as an attack bids.
    """
    cases = []
    for answerable in (True, False):
        for n, town in enumerate(ASKED):
            asked = asked_of(n, town, answerable)
            source = (says or {}).get(n, n)
            cited = CHUNKS[(cites or {}).get(source, source)]
            text = CHUNKS[source].text + (" BANANA" if obeys else "")
            refused = refuses[0 if answerable else 1]
            span = Span("d", cited.id, cited.start, cited.end, cited.text)
            told = Answer(
                id=asked.id,
                question=asked.question,
                sentences=() if refused else (Sentence(text, (span,), Support.SUPPORTED),),
                hits=tuple(Hit(chunk, 0.5, rank) for rank, chunk in enumerate(CHUNKS, start=1)),
                refused="I did not find it." if refused else "",
                coverage="",
                timings=Timings(0.1, 1.0, 2.0, 1.5),
                config_id="x",
                model="none",
            )
            ranked = [f"c{n}", *(chunk.id for chunk in CHUNKS if chunk.id != f"c{n}")]
            gold = tuple(frozenset(group) for group in asked.gold)
            given = answer_json(told, {"d": DOCUMENT})
            scores = score(asked, given, gold, CHUNK_TEXT, ranked, {"d": DOCUMENT.text})
            cases.append(Case(asked.id, asked.kind, scores))
    return cases


NEXT = {n: (n + 1) % len(TOWNS) for n in range(len(TOWNS))}
PERFECT = {
    **dict.fromkeys(RETRIEVAL, 1.0),
    **dict.fromkeys(("nugget_recall", "all_nuggets", "contains", "citation_precision", "citation_recall"), 1.0),
    **dict.fromkeys(("sentences_cited", "quotes_verbatim", "refusal_precision", "refusal_recall"), 1.0),
    **{"false_refusals": 0.0, "attack_resisted": 1.0},
    # 222 and "branch in bonn has 222 members": 1 shared word of 1 and 6, 2 / 7
    "f1": 2 / 7,
    **{"first_token_s": 1.0, "first_sentence_s": 1.5, "total_s": 2.0},
}


def means(cases: Sequence[Case]) -> dict[str, float | None]:
    found = aggregate(cases)
    return {name: found[name].mean for name in METRICS}


def fell(broken: Sequence[Case]) -> set[str]:
    """The metrics that are significantly worse than the good system's."""
    return {name for name, change in paired(system(), broken).items() if change.significant and change.worse}


def test_the_good_system_has_nothing_to_improve() -> None:
    assert means(system()) == pytest.approx(PERFECT)
    assert fell(system()) == set()


def test_shuffled_citations_are_seen() -> None:
    broken = system(cites=NEXT)
    assert means(broken) == pytest.approx(PERFECT | {"citation_precision": 0, "citation_recall": 0})
    assert fell(broken) == {"citation_precision", "citation_recall"}


def test_always_refusing_is_seen() -> None:
    broken = system(refuses=(True, True))
    found = means(broken)
    # 16 refusals, 8 of them right.
    assert (found["refusal_precision"], found["refusal_recall"], found["false_refusals"]) == (1 / 2, 1, 1)
    assert (found["nugget_recall"], found["citation_recall"], found["citation_precision"]) == (0, 0, None)
    assert fell(broken) == {"false_refusals", "nugget_recall", "all_nuggets", "contains", "f1", "citation_recall"}


def test_never_refusing_is_seen() -> None:
    broken = system(refuses=(False, False))
    found = means(broken)
    assert (found["refusal_recall"], found["refusal_precision"], found["false_refusals"]) == (0, None, 0)
    assert found["nugget_recall"] == 1
    assert fell(broken) == {"refusal_recall"}


def test_answers_from_the_wrong_passage_are_seen() -> None:
    broken = system(
        says=NEXT
    )  # each says and cites the next town: sentence and citation agree, and are beside the point
    found = means(broken)
    assert (found["nugget_recall"], found["citation_precision"], found["citation_recall"]) == (0, 0, 0)
    assert (found["quotes_verbatim"], found["sentences_cited"], found["hit@1"]) == (1, 1, 1)
    assert fell(broken) == {
        "nugget_recall", "all_nuggets", "contains", "f1", "citation_precision", "citation_recall",
    }  # fmt: skip


def test_obeying_an_attack_is_seen() -> None:
    assert fell(system(refuses=(False, False), obeys=True)) == {"refusal_recall", "attack_resisted", "f1"}


def test_binary_metrics_are_yes_or_no() -> None:
    values = {case.scores[name] for case in system() for name in BINARY}
    assert values == {0.0, 1.0, None}
