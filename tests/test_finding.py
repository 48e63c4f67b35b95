"""Finding: what a question asks for decides what is searched, in which language, and among which passages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import WriteSeeds
from desk import DIMENSION, opened_index
from fakes import HashEmbedder, ScriptedGenerator

from rag.finding import Finder, Search
from rag.index import Index
from rag.languages import LANGUAGES, UNREADABLE
from rag.retrieval import Retriever
from rag.understanding import Task, Turn

YOUTH = "What quota do young unionists call for?"
TWO = (
    "Which youth quota do young unionists from South East Asia call for, "
    "and where was the training on labour migration held in May 2018?"
)
SPANISH = "¿Qué cuota piden los jóvenes sindicalistas de IndustriALL en Manila?"
NO_QUESTIONS = ["", " ", "?!", "\0\x07", "😀", "\ud800", "x" * 20_000, "why " * 5_000]


@dataclass
class Desk:
    """A finder and the stand-ins behind it."""

    finder: Finder
    embedder: HashEmbedder
    generator: ScriptedGenerator

    def find(self, question: str, *history: Turn, k: int = 8) -> Search:
        return self.finder.find(question, k, history)


def desk_over(index: Index, translation: str = YOUTH) -> Desk:
    embedder, generator = HashEmbedder(dimension=DIMENSION), ScriptedGenerator(translation=translation)
    return Desk(Finder(index, Retriever(index, embedder, 0.5), embedder, generator), embedder, generator)


@pytest.fixture
def desk(index: Index) -> Desk:
    return desk_over(index)


def assert_sound(search: Search) -> None:
    """Hits are ranked and none stands twice; what a part found is among them."""
    ids = [hit.chunk.id for hit in search.hits]
    assert len(set(ids)) == len(ids)
    assert [hit.rank for hit in search.hits] == list(range(1, len(ids) + 1))
    assert {hit.chunk.id for part in search.parts for hit in part.hits} <= set(ids)


def test_an_ordinary_question_is_searched_as_it_is(desk: Desk) -> None:
    search = desk.find(YOUTH)
    assert (search.language, search.request.task, search.request.exclusive) == ("en", Task.ANSWER, False)
    assert [part.question for part in search.parts] == [YOUTH]
    assert search.parts[0].hits == search.hits
    assert "20 percent youth quota" in search.hits[0].chunk.text
    assert len(search.hits) == 8
    assert not desk.generator.translated
    assert_sound(search)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_as_many_are_found_as_are_asked_for(desk: Desk, k: int) -> None:
    for question in (YOUTH, TWO, SPANISH):
        search = desk.find(question, k=k)
        assert len(search.hits) == k
        assert_sound(search)


@pytest.mark.parametrize("question", NO_QUESTIONS, ids=lambda question: ascii(question[:8]))
def test_what_is_no_question_is_not_searched(desk: Desk, question: str) -> None:
    search = desk.find(question)
    assert search.request.problem
    assert (search.hits, search.parts) == ((), ())
    assert (desk.embedder.queries, desk.generator.translated) == ([], [])


# --- what a question names -------------------------------------------------------------------------------------------


def test_of_a_paragraph_that_is_named_no_other_is_a_candidate(desk: Desk) -> None:
    search = desk.find("According to paragraph 27, who must respect human rights?")
    assert search.request.exclusive
    assert {hit.chunk.locator for hit in search.hits} == {"¶27"}


def test_of_a_paragraph_with_points_only_its_own_are_candidates(desk: Desk) -> None:
    search = desk.find("In paragraph 32, which point speaks of women?")
    assert len(search.hits) > 1
    assert all(re.match(r"¶32\b", hit.chunk.locator) for hit in search.hits)


def test_a_list_is_given_whole_however_few_are_asked_for(desk: Desk) -> None:
    search = desk.find("List the news items dated 2021.", k=1)
    assert search.request.task is Task.LIST
    assert [hit.chunk.date[:4] for hit in search.hits] == ["2021"] * 3
    assert len(search.hits) == len(search.request.rows)
    assert desk.embedder.queries == []  # nothing is searched: the rows are known
    assert_sound(search)


def test_a_paragraph_that_does_not_exist_is_a_problem(desk: Desk) -> None:
    search = desk.find("What does paragraph 927 say?")
    assert search.request.problem == "The resolution has no ¶927; its paragraphs run from 1 to 63."
    assert_sound(search)


def test_where_something_stands_is_searched_by_what_it_is_about(desk: Desk) -> None:
    search = desk.find("Which paragraph speaks of climate change?")
    assert search.request.task is Task.LOCATE
    assert desk.embedder.queries[0] == search.request.search == "climate change"
    assert "climate" in search.hits[0].chunk.text.lower()


# --- two questions in one --------------------------------------------------------------------------------------------


def test_each_part_of_a_question_has_its_own_search(desk: Desk) -> None:
    search = desk.find(TWO)
    first, second = search.parts
    assert first.question.startswith("Which youth quota")
    assert second.question == "Where was the training on labour migration held in May 2018?"
    assert "youth quota" in first.hits[0].chunk.text
    assert first.hits[0].chunk.id != second.hits[0].chunk.id
    assert [hit.chunk.id for hit in search.hits[:2]] == [first.hits[0].chunk.id, second.hits[0].chunk.id]
    assert len(search.hits) == 8
    assert_sound(search)


def test_parts_that_one_passage_answers_are_one(desk: Desk) -> None:
    search = desk.find("Where did young unionists from South East Asia meet, and what youth quota do they call for?")
    assert [part.question for part in search.parts] == [search.request.search]
    assert len(search.apart) == 2  # should it not
    assert {part.hits[0].chunk.id for part in search.apart} == {search.hits[0].chunk.id}


def test_a_follow_up_is_reworded_by_the_model_where_rules_do_not_know_how(desk: Desk) -> None:
    history = [Turn("What youth quota do young unionists call for?", "They call for 20 percent.")]
    desk.generator.rewording = "Where do the young unionists who call for 20 percent meet?"
    search = desk.find("Where do they meet?", *history)
    assert search.request.search == desk.generator.rewording
    assert search.request.question == "Where do they meet?"


@pytest.mark.parametrize("said", ["", "What is the capital of France?", "Where do they meet?"])
def test_a_rewording_that_is_none_leaves_the_turns_before_the_question(desk: Desk, said: str) -> None:
    history = [Turn("What youth quota do young unionists call for?", "They call for 20 percent.")]
    desk.generator.rewording = said
    search = desk.find("Where do they meet?", *history)
    assert search.request.search == f"{history[0].question} {history[0].answer} Where do they meet?"


def test_what_is_asked_of_two_texts_is_sought_in_two_passages(desk: Desk) -> None:
    one, other = desk.find("What happens to migrant workers, in each of the two texts?").parts
    assert one.question == other.question
    assert other.hits == one.hits[1:]


# --- other languages -------------------------------------------------------------------------------------------------


def test_a_question_in_another_language_is_translated_and_keeps_its_names(desk: Desk) -> None:
    search = desk.find(SPANISH)
    assert (search.language, search.request.question, search.request.search) == ("es", SPANISH, YOUTH)
    [prompt] = desk.generator.translated
    assert SPANISH in prompt
    assert desk.embedder.queries[0] == f"{YOUTH} IndustriALL Manila"
    assert search.parts[0].question == YOUTH  # what the model is asked
    assert "20 percent youth quota" in search.hits[0].chunk.text


def test_a_question_is_translated_once(desk: Desk) -> None:
    assert desk.find(SPANISH) == desk.find(SPANISH)
    assert len(desk.generator.translated) == 1


@pytest.mark.parametrize("said", ["", " \n", "\0"])
def test_a_question_that_the_model_cannot_translate_is_searched_as_it_is(index: Index, said: str) -> None:
    search = desk_over(index, said).find(SPANISH)
    assert search.request.search == SPANISH
    assert len(search.hits) == 8


def test_only_the_first_line_of_a_translation_counts(index: Index) -> None:
    assert desk_over(index, f" {YOUTH}\nNote: a translation.").find(SPANISH).request.search == YOUTH


def test_an_endless_translation_is_cut(index: Index) -> None:
    search = desk_over(index, "quota " * 5_000).find(SPANISH)
    assert len(search.request.search.split()) <= 80
    assert len(search.hits) == 8


def test_a_list_may_be_asked_for_in_another_language(index: Index) -> None:
    search = desk_over(index, "List the news items dated 2021.").find(
        "Enumera las noticias de IndustriALL del año 2021."
    )
    assert (search.language, search.request.task, len(search.hits)) == ("es", Task.LIST, 3)


def test_a_language_that_the_model_cannot_read_is_said_and_names_are_searched(desk: Desk) -> None:
    search = desk.find("តើកូតាយុវជនប៉ុន្មាន នៅ IndustriALL?")
    assert search.language in UNREADABLE
    assert LANGUAGES[search.language] in search.request.problem
    assert desk.embedder.queries == ["IndustriALL"]
    assert desk.generator.translated == []
    assert_sound(search)


# --- follow-ups ------------------------------------------------------------------------------------------------------


def test_a_follow_up_is_understood_by_what_was_asked_before(desk: Desk) -> None:
    search = desk.find("And in 2023?", Turn("List the news items dated 2022.", "I hold 3 news items: ..."))
    assert (search.request.task, search.request.question) == (Task.LIST, "And in 2023?")
    assert {hit.chunk.date[:4] for hit in search.hits} == {"2023"}


def test_a_follow_up_is_searched_with_the_words_of_the_question_before(desk: Desk) -> None:
    search = desk.find("How large is it?", Turn(YOUTH, "They call for 20 percent."))
    assert YOUTH in search.request.search
    assert "20 percent youth quota" in search.hits[0].chunk.text


def test_a_follow_up_does_not_ask_the_question_before_once_more(desk: Desk) -> None:
    before = Turn("Which youth quota do young unionists from South East Asia call for?", "They call for 20 percent.")
    search = desk.find("And where was their training on labour migration held?", before)
    assert len(search.parts) == 1


def test_without_history_the_same_words_stand_alone(desk: Desk) -> None:
    assert desk.find("How large is it?").request.search == "How large is it?"


# --- small collections -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", [YOUTH, TWO, SPANISH, "Where in the text are unions named?", "List all documents."]
)
def test_a_collection_of_one_passage_has_at_most_one_hit(
    tmp_path: Path, write_seeds: WriteSeeds, question: str
) -> None:
    with opened_index(tmp_path / "index", write_seeds({"a.txt": "Unions met."})) as index:
        search = desk_over(index).find(question)
    assert len(search.hits) <= 1
    assert_sound(search)


@pytest.mark.parametrize(
    ("question", "translation", "searched"),
    [
        ("¿Qué dice el párrafo 27 de la resolución?", "What does the second paragraph say?", None),
        ("¿Qué dice el párrafo 27 de la resolución?", "What does paragraph 27 say?", "What does paragraph 27 say?"),
        (
            "¿Cuáles son los 2 acuerdos de los sindicatos?",
            "Which are the two agreements?",
            "Which are the two agreements?",
        ),
        ("ماذا تقول الفقرة ٢٧ من القرار؟", "What does paragraph 27 say?", "What does paragraph 27 say?"),
    ],
)
def test_a_translation_that_loses_a_number_is_not_believed(
    index: Index, question: str, translation: str, searched: str | None
) -> None:
    desk = desk_over(index, translation)
    assert desk.find(question).request.search == (searched or question)


# --- without the language model --------------------------------------------------------------------------------------


def test_without_the_model_what_needs_none_is_found_alike(desk: Desk) -> None:
    other = desk.finder.without_model()
    for question in (
        YOUTH,
        TWO,
        "List the news items dated 2021.",
        "What does paragraph 927 say?",
        "",
        "Which unoins met?",
    ):
        assert other.find(question, 8) == desk.find(question)
        assert other.find(question, 8).fault is None


@pytest.mark.parametrize(
    ("question", "history"),
    [(SPANISH, ()), ("Who calls for it?", (Turn(YOUTH, "They call for 20 percent."),))],
    ids=["Spanish", "follow-up"],
)
def test_without_the_model_what_needs_it_has_a_fault_and_the_one_with_it_has_none(
    index: Index, question: str, history: tuple[Turn, ...]
) -> None:
    generator, embedder = ScriptedGenerator(translation=YOUTH, rewording=YOUTH), HashEmbedder(dimension=DIMENSION)
    finder = Finder(index, Retriever(index, embedder, 0.5), embedder, generator)
    before, other = finder.find(question, 8, history), finder.without_model()
    for _ in range(2):
        assert other.find(question, 8, history).fault  # not even what was translated before
        assert finder.find(question, 8, history) == before
    assert before.fault is None


def test_without_the_model_the_one_that_it_was_made_of_goes_on_translating(desk: Desk) -> None:
    other = desk.finder.without_model()
    assert other.find(SPANISH, 8).fault
    assert desk.generator.translated == []
    assert desk.find(SPANISH).request.search == YOUTH
    assert desk.find(SPANISH).request.search == YOUTH
    assert len(desk.generator.translated) == 1  # and remembers
