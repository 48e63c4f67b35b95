"""Answers from the documents that were chosen: in what code answers, in what is written and in what is said of it."""

from __future__ import annotations

import pytest
from desk import assistant_over
from documents import ARTICLE, ASIA_PACIFIC, FEATURES, RESOLUTION, SOUTH_EAST_ASIA
from fakes import ScriptedGenerator
from hypothesis import given
from hypothesis import strategies as st
from scopes import FILES, YOUTH, ids

from rag.assistant import Assistant
from rag.errors import RagError
from rag.index import Index
from rag.scope import ScopeError
from rag.types import Answer, Found
from rag.understanding import Task, Turn

GOOD = "Young unionists called for a 20 percent youth quota in routine union training."


@pytest.fixture
def silent(index: Index) -> Assistant:
    """An assistant whose model must not be asked to write."""
    return assistant_over(index, ScriptedGenerator(yes=0.0))


def assert_inside(answer: Answer, documents: frozenset[str]) -> None:
    """Nothing comes from another document."""
    assert {hit.chunk.doc_id for hit in answer.hits} <= documents
    assert {span.doc_id for sentence in answer.sentences for span in sentence.spans} <= documents


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ((), "No document is chosen for this question. Choose at least one."),
        (("nosuch",), "There is no document 'nosuch'. To see the ids, run: rag sources --json"),
        ("ab", "There is no document 'a'. To see the ids, run: rag sources --json"),
    ],
)
def test_none_and_an_unknown_one_are_errors_everywhere(silent: Assistant, documents: object, says: str) -> None:
    assert issubclass(ScopeError, RagError)
    for ask in (
        lambda: next(iter(silent.stream(YOUTH, documents=documents))),
        lambda: silent.ask("", documents=documents),
        lambda: silent.find(YOUTH, 5, documents=documents),
        lambda: silent.search(YOUTH, 5, documents),
    ):
        with pytest.raises(ScopeError) as error:
            ask()
        assert str(error.value) == says


def test_a_plain_search_knows_the_scope_too(silent: Assistant, index: Index) -> None:
    hits = silent.search(YOUTH, 12, ids(index, ARTICLE))
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5, 6, 7]
    assert {hit.chunk.doc_id for hit in hits} == ids(index, ARTICLE)
    assert silent.search(YOUTH, 3) == silent.search(YOUTH, 3, list(index.store.documents))


def test_all_documents_chosen_are_as_none_chosen(silent: Assistant, index: Index) -> None:
    everywhere = list(index.store.documents)
    for question in (YOUTH, "How many news items are there?", "What does paragraph 927 say?"):
        one, other = silent.find(question, 8), silent.find(question, 8, documents=everywhere)
        assert one == other


# --- answers by code -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "files", "begins"),
    [
        (
            "List the news items dated 2024.",
            (ASIA_PACIFIC,),
            "I hold 6 news items dated 2024 in the documents chosen, of 10 in all: “",
        ),
        ("How many news items are there?", (SOUTH_EAST_ASIA, FEATURES), "I hold 20 news items in the documents chosen"),
        ("What is the newest news item?", (FEATURES,), "Of the news items in the documents chosen, the newest that I"),
        ("Which documents do you hold?", (FEATURES, RESOLUTION), "You chose 2 documents: “IndustriALL features"),
        ("Which documents do you hold?", (RESOLUTION,), "You chose 1 document: “IndustriALL 4th Congress"),
        (
            "What does paragraph 27 say?",
            (RESOLUTION, FEATURES),
            "In “A Fighting for equality and workers’ rights”, ¶27",
        ),
        ("Read me paragraph 3", (ARTICLE,), "paragraph 3: "),
        ("List all points of ¶54", (RESOLUTION,), "¶54 lists 5 points: "),
        ("What does section C say?", (RESOLUTION,), "There are "),
        ("How many paragraphs does the resolution have?", (RESOLUTION,), "There are 63 paragraphs in “IndustriALL"),
        ("Which paragraph speaks of migrant workers?", (ARTICLE,), "paragraph "),
    ],
)
def test_code_answers_from_the_documents_chosen(
    silent: Assistant, index: Index, question: str, files: tuple[str, ...], begins: str
) -> None:
    answer = silent.ask(question, documents=ids(index, *files))
    assert answer.text.startswith(begins)
    assert not answer.refused
    assert_inside(answer, ids(index, *files))


def test_the_newest_of_a_scope_is_the_newest_in_it(silent: Assistant, index: Index) -> None:
    newest = max(c.date for c in index.store.chunks().values() if c.doc_id in ids(index, FEATURES))
    [sentence, *_] = silent.ask("What is the newest news item?", documents=ids(index, FEATURES)).shown
    assert newest == "2022-07-07"
    assert "(7 July 2022)" in sentence.text


@pytest.mark.parametrize(
    ("question", "files", "says"),
    [
        (
            "What does paragraph 27 say?",
            (ARTICLE,),
            "The article has no paragraph 27; its paragraphs run from 1 to 7.",
        ),
        (
            "What does paragraph 27 say?",
            (FEATURES, ASIA_PACIFIC),
            "The documents chosen for this question have no ¶27, "
            "but “IndustriALL 4th Congress resolution: Organizing for a just future” has.",
        ),
        (
            "What does paragraph 3 of the resolution say?",
            (ARTICLE,),
            "The documents chosen for this question have no ¶3, "
            "but “IndustriALL 4th Congress resolution: Organizing for a just future” has.",
        ),
        ("What does paragraph 927 say?", (FEATURES,), "The resolution has no ¶927; its paragraphs run from 1 to 63."),
        (
            "According to paragraph 27, who must respect human rights?",
            (FEATURES,),
            "The documents chosen for this question have no ¶27, "
            "but “IndustriALL 4th Congress resolution: Organizing for a just future” has.",
        ),
        (
            "List the news items dated 2021.",
            (RESOLUTION, ARTICLE),
            "The documents chosen for this question have no news items dated 2021, "
            "but “IndustriALL features: profiles and reports” has.",
        ),
        (
            "List the news items dated 2021.",
            (ASIA_PACIFIC,),
            "No news item dated 2021 is in the documents chosen for this question.",
        ),
        (
            "How many news items are there?",
            (ARTICLE,),
            "The documents chosen for this question have no news items, but “IndustriALL news: South East Asia and "
            "Japan” and “IndustriALL news: Asia Pacific” and “IndustriALL features: profiles and reports” have.",
        ),
    ],
)
def test_what_only_other_documents_have_is_not_answered_from_them(
    silent: Assistant, index: Index, question: str, files: tuple[str, ...], says: str
) -> None:
    answer = silent.ask(question, documents=ids(index, *files))
    assert (answer.refused, answer.sentences) == (says, ())
    assert_inside(answer, ids(index, *files))
    assert answer.hits
    assert answer.coverage.startswith("I searched ")


def test_a_follow_up_keeps_to_the_scope_that_it_is_asked_with(silent: Assistant, index: Index) -> None:
    before = [Turn("What does paragraph 27 say?", "¶27: ...")]
    assert "¶28: Today young" in silent.ask("And paragraph 28?", "", before, ids(index, RESOLUTION)).text
    refused = silent.ask("And paragraph 28?", "", before, ids(index, FEATURES)).refused
    assert refused.startswith("The documents chosen for this question have no ¶28, but ")


@given(
    question=st.sampled_from(
        [
            "List the news items dated 2021.",
            "Which news items are about Asia?",
            "What does paragraph 5 say?",
            "What does section C say?",
            "What will IndustriALL do to hold capital accountable?",
            "Which paragraph speaks of climate change?",
            "Which documents do you hold?",
            "What's the latest on Cambodia?",
            "What happens to migrant workers, in each of the two texts?",
            "Who met in Manila, and what was said on 17 September 2024?",
            "¿Qué cuota piden los jóvenes?",
            "តើកូតាយុវជនប៉ុន្មាន នៅ IndustriALL?",
        ]
    ),
    files=st.sets(st.sampled_from(FILES), min_size=1),
)
def test_nothing_ever_comes_from_a_document_that_was_not_chosen(index: Index, question: str, files: set[str]) -> None:
    documents = ids(index, *files)
    assistant = assistant_over(index, ScriptedGenerator(again=GOOD, translation=YOUTH))
    found, *_, answer = assistant.stream(question, documents=documents)
    assert isinstance(found, Found)
    assert isinstance(answer, Answer)
    assert_inside(answer, documents)
    assert {hit.chunk.doc_id for hit in found.hits} <= documents
    chosen = {d.title for d in index.store.documents.values() if d.id in documents}
    others = {d.title for d in index.store.documents.values()} - chosen
    assert not any(title in answer.coverage for title in others)


# --- what is said ----------------------------------------------------------------------------------------------------


def test_a_refusal_says_what_was_searched_of_all_there_is(silent: Assistant, index: Index) -> None:
    refusing = assistant_over(index, ScriptedGenerator(yes=0.0, again="Purple bananas ripen."))
    answer = refusing.ask("What youth quota is asked for?", documents=ids(index, RESOLUTION))
    assert answer.refused == "I did not find the answer in the documents chosen for this question."
    assert answer.coverage == "I searched 84 passages of 1 of 5 documents."


def test_coverage_speaks_of_listings_in_the_scope_only(silent: Assistant, index: Index) -> None:
    answer = silent.ask("How many news items are there?", documents=ids(index, ASIA_PACIFIC, RESOLUTION))
    assert answer.coverage == (
        "I hold 10 of 394 results of “IndustriALL news: Asia Pacific” (1–10); other items may exist."
    )


def test_an_answer_is_written_from_the_documents_chosen(index: Index) -> None:
    generator = ScriptedGenerator(again=GOOD)
    answer = assistant_over(index, generator).ask(YOUTH, documents=ids(index, SOUTH_EAST_ASIA))
    assert answer.text == GOOD
    assert_inside(answer, ids(index, SOUTH_EAST_ASIA))
    elsewhere = assistant_over(index, generator).ask(YOUTH, documents=ids(index, ARTICLE))
    assert GOOD not in elsewhere.text
    assert_inside(elsewhere, ids(index, ARTICLE))


def test_the_scope_is_no_part_of_the_configuration(index: Index) -> None:
    assistant = assistant_over(index, ScriptedGenerator(again=GOOD))
    one, other = assistant.ask(YOUTH), assistant.ask(YOUTH, documents=ids(index, ARTICLE))
    assert (one.config_id, one.id) == (other.config_id, other.id)


def test_what_is_found_says_in_which_scope(silent: Assistant, index: Index) -> None:
    search = silent.find("List the news items dated 2021.", 5, documents=ids(index, FEATURES))
    assert search.scope.ids == ids(index, FEATURES)
    assert search.request.task is Task.LIST
    assert [search.scope.outline.chunks[row] for row in search.request.rows] == [hit.chunk for hit in search.hits]
