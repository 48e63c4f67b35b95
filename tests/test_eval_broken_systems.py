"""Broken systems, each broken in one way: the metric of that way has to see it, and no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from eval.metrics import BINARY, METRICS, RETRIEVAL, Case, aggregate, paired, score
from eval.questions import Question
from rag.payload import answer_json
from rag.types import Answer, Chunk, Document, Hit, Sentence, Span, Support, Timings

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
