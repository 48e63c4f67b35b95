"""The suite of changed sentences: changes are single and repeatable, and grounding catches them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fakes import HashEmbedder

from eval.errors import EvalError
from eval.mutating import CLASSES, mutate
from eval.mutating import Corpus as Pool
from eval.mutations import SENTENCES, Case, Row, cases_of, load_paraphrases, measure, tabulate
from rag.corpus import Corpus
from rag.types import Support
from rag.words import content_stems

POOL = Pool(("20", "63", "80"), ("14 September", "19 June", "2015"))


@pytest.fixture(scope="module")
def cases(corpus: Corpus) -> list[Case]:
    return cases_of(corpus.chunks, {document.id: document for document in corpus.documents})


@pytest.mark.parametrize(
    ("what", "text", "kept"),
    [
        ("number", "The 18 unions met in Bangkok.", "unions met in Bangkok"),
        ("date", "Unions met on 14 May 2018.", "Unions met on"),
        ("name", "Unions met in Bangkok.", "Unions met in"),
        ("negation", "Unions should fight.", "Unions should"),
        ("negation", "Members are not sufficient.", "sufficient"),
        ("speaker", "IndustriALL will develop training programmes.", "developed training programmes"),
        ("speaker", "Rose Omamo says that unions are strong.", "nions are strong"),
        ("speaker", "Young unionists called on unions to act.", "called on unions to act"),
    ],
)
def test_one_thing_is_changed_and_always_the_same(what: str, text: str, kept: str) -> None:
    changed = mutate(text, what, POOL, "seed")
    assert changed is not None
    assert changed != text
    assert kept in changed
    assert changed == mutate(text, what, POOL, "seed")


def test_what_has_nothing_of_a_kind_is_not_changed() -> None:
    assert [mutate("Better cooperation.", what, POOL, "seed") for what in CLASSES] == [None] * len(CLASSES)


def test_the_suite_is_large_and_each_case_changes_its_sentence(cases: list[Case]) -> None:
    counts = Counter(case.what for case in cases)
    kinds = Counter(case.kind for case in cases if case.what == "control")
    assert counts["control"] >= 300
    assert kinds["paraphrase"] >= 120
    assert all(counts[what] >= 100 for what in CLASSES)
    assert all((case.text == case.origin) == (case.what == "control") for case in cases)
    assert {case.tuned for case in cases} == {True, False}


def test_paraphrases_are_no_copies(cases: list[Case]) -> None:
    paraphrases = [case for case in cases if case.kind == "paraphrase" and case.what == "control"]
    assert sum(case.text in case.chunk.text for case in paraphrases) == 0
    assert all(content_stems(case.text) & content_stems(case.chunk.text) for case in paraphrases)


def test_grounding_catches_changes_without_the_embedding_model(corpus: Corpus, cases: list[Case]) -> None:
    """With a stand-in for the embedder the bars need not hold; copies are supported and most changes caught all the same."""
    documents = {document.id: document for document in corpus.documents}
    some = [case for case in cases if case.id[-1] in "05"]
    outcomes = measure(some, corpus.chunks, documents, HashEmbedder(dimension=512))
    copies = [o for o in outcomes if o.case.kind == "verbatim" and o.case.what == "control"]
    assert all(o.sentence.support is Support.SUPPORTED for o in copies)
    rows = {row.what: row for row in tabulate(outcomes) if (row.kind, row.half) == ("all", "all")}
    assert all(rows[what].share >= 0.85 for what in CLASSES)


def test_a_row_has_its_interval_and_its_bar() -> None:
    # Wilson, 9 of 10: 0.596 to 0.982.
    row = Row("negation", "all", "all", 10, 9, 2)
    assert row.share == 0.9
    assert [round(bound, 3) for bound in row.interval] == [0.596, 0.982]
    assert row.passes
    assert not Row("number", "all", "all", 10, 9, 0).passes
    assert not Row("control", "all", "all", 10, 1, 0).passes


def test_a_passage_that_is_none_is_named(tmp_path: Path, corpus: Corpus) -> None:
    path = tmp_path / "sentences.jsonl"
    path.write_text('{"id": "a-001", "text": "x", "passage": "No such opening"}\n', encoding="utf-8")
    with pytest.raises(EvalError, match="line 1: 0 passages begin with 'No such opening'"):
        load_paraphrases(path, corpus.chunks)
    assert len(load_paraphrases(SENTENCES, corpus.chunks)) >= 120
