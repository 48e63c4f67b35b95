"""Parts of documents: paragraphs, points and sections that a question names, and where something stands."""

from __future__ import annotations

import pytest
from conftest import WriteSeeds

from rag.corpus import Corpus, read_corpus
from rag.understanding import Outline, Request, Task, outline_of, understand
from rag.understanding.numbers import numbers_in


@pytest.fixture(scope="module")
def outline(corpus: Corpus) -> Outline:
    return outline_of(corpus.documents, corpus.chunks)


def where(request: Request, outline: Outline) -> list[str]:
    return [outline.chunks[row].locator for row in request.rows]


NUMBERS = [
    ("What does paragraph 27 say?", (27,), ()),
    ("What is in ¶13?", (13,), ()),
    ("para. 8, please", (8,), ()),
    ("Explain the twenty-seventh paragraph", (27,), ()),
    ("paragraph forty-one", (41,), ()),
    ("¶3–7", (3, 4, 5, 6, 7), ()),
    ("Summarise paras 3 to 5", (3, 4, 5), ()),
    ("paragraphs 3, 4 and 9", (3, 4, 9), ()),
    ("para 27 and para 30", (27, 30), ()),
    ("no. 10 of the resolution", (10,), ()),
    ("number ten in the text", (10,), ()),
    ("the third point of paragraph 63", (63,), (3,)),
    ("the third point of 63", (63,), (3,)),
    ("the final point under paragraph 44", (44,), (-1,)),
    ("point 7 under paragraph 32", (32,), (7,)),
    ("points 2 and 3 of ¶54", (54,), (2, 3)),
    ("the last two points of ¶54", (54,), (-2, -1)),
    ("the first three points in paragraph 32", (32,), (1, 2, 3)),
    ("the second-to-last point of paragraph 32", (32,), (-2,)),
    ("¶63, third point", (63,), (3,)),
    ("paragraph 54's second point", (54,), (2,)),
    ("paragraph 63, point 3", (63,), (3,)),
    ("¶63(3)", (63,), (3,)),
    ("In paragraph 63, what is the last point?", (63,), (-1,)),
]


@pytest.mark.parametrize(("question", "paragraphs", "points"), NUMBERS)
def test_numbers_are_read(question: str, paragraphs: tuple[int, ...], points: tuple[int, ...]) -> None:
    named = numbers_in(question)
    assert named is not None
    assert (named.paragraphs, named.points) == (paragraphs, points)


@pytest.mark.parametrize(
    "question",
    [
        "Which ILO Conventions 100 and 111 are named?",
        "What is the first point of contact?",
        "Give me the three points that matter",
        "no. 10 in my list",
        "the Congress's paragraph on attacks against workers",
        "the last item from 12 May",
        "What happened on day 3?",
    ],
)
def test_what_names_no_paragraph_is_left_alone(question: str) -> None:
    assert numbers_in(question) is None


ASKED = [
    ("What does paragraph 27 say is essential?", Task.ANSWER, ["¶27"]),
    ("In ¶13, what do the countries of the South lack?", Task.ANSWER, ["¶13"]),
    ("Which rights does para 17 name?", Task.ANSWER, ["¶17"]),
    ("Whose challenges does point 7 under paragraph 32 deal with?", Task.ANSWER, ["¶32, 7th point"]),
    ("Read me paragraph 41.", Task.LIST, ["¶41"]),
    ("Could you quote ¶10 in full?", Task.LIST, ["¶10"]),
    ("What does paragraph 7 say?", Task.LIST, ["¶7"]),
    ("Summarise paragraphs 3 to 5 please", Task.LIST, ["¶3", "¶4", "¶5"]),
    ("What does the last paragraph of the article say?", Task.LIST, ["paragraph 7"]),
    ("What is said in the opening paragraph?", Task.LIST, ["¶1"]),
    ("Give me the third point of 63", Task.LIST, ["¶63, 3rd point"]),
    ("What are the last two points of ¶54?", Task.LIST, ["¶54, 4th point", "¶54, 5th point"]),
    ("What does ¶54 promise?", Task.LIST, [f"¶54, {n} point" for n in ("1st", "2nd", "3rd", "4th", "5th")]),
    (
        "How many points are there in paragraph 54?",
        Task.COUNT,
        [f"¶54, {n} point" for n in ("1st", "2nd", "3rd", "4th", "5th")],
    ),
    ("What does paragraph 3 of the article on migration say about 2015?", Task.ANSWER, ["paragraph 3"]),
]


@pytest.mark.parametrize(("question", "task", "locators"), ASKED)
def test_only_the_named_paragraphs_may_answer(outline: Outline, question: str, task: Task, locators: list[str]) -> None:
    request = understand(question, (), outline)
    assert (request.task, where(request, outline), request.exclusive) == (task, locators, True)
    assert request.search == request.question == question


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("What is the sixth point of ¶54?", "The resolution has no 6th point in ¶54; it has 5 points there."),
        ("What does the second point of paragraph 27 say?", "The resolution has no list of points in ¶27."),
        ("What does paragraph 99 say?", "The resolution has no ¶99; its paragraphs run from 1 to 63."),
        ("Read me the 70th paragraph", "The resolution has no ¶70; its paragraphs run from 1 to 63."),
        ("Quote paragraph 8 of the article", "The article has no paragraph 8; its paragraphs run from 1 to 7."),
    ],
)
def test_a_part_that_is_not_there_is_a_problem(outline: Outline, question: str, problem: str) -> None:
    request = understand(question, (), outline)
    assert request.problem == problem
    assert request.rows == ()


SECTIONS = [
    ("What will IndustriALL do to hold capital accountable?", Task.LIST, 54, 5),
    ("List all commitments on Just Transition", Task.LIST, 63, 7),
    ("What should IndustriALL do to build trade union power?", Task.LIST, 44, 5),
    ("What does IndustriALL pledge regarding building trade union power?", Task.LIST, 44, 5),
    ("What will IndustriALL do to fight for equality and workers' rights?", Task.LIST, 32, 8),
    ("What are the actions listed under Just Transition?", Task.LIST, 63, 7),
    ("Name every pledge on holding capital accountable", Task.LIST, 54, 5),
    ("What does section C's list contain?", Task.LIST, 54, 5),
    ("Show me the points under the heading Building trade union power.", Task.LIST, 44, 5),
    ("Tell me everything it will do under “Fighting for equality and workers’ rights”", Task.LIST, 32, 8),
    ("How many points are in section D's list?", Task.COUNT, 63, 7),
]


@pytest.mark.parametrize(("question", "task", "paragraph", "points"), SECTIONS)
def test_a_section_has_its_list(outline: Outline, question: str, task: Task, paragraph: int, points: int) -> None:
    request = understand(question, (), outline)
    assert (request.task, len(request.rows), request.exclusive) == (task, points, True)
    assert all(locator.startswith(f"¶{paragraph}, ") for locator in where(request, outline))


def test_pledges_on_a_topic_are_those_that_name_it(outline: Outline) -> None:
    request = understand("Which pledges in the section on building trade union power concern women?", (), outline)
    assert where(request, outline) == ["¶44, 5th point"]
    assert request.asked_for == "points in “B Building trade union power” on women"


def test_a_question_about_a_section_is_answered_from_it(outline: Outline) -> None:
    request = understand("What does section C say about brands?", (), outline)
    assert (request.task, request.exclusive) == (Task.ANSWER, True)
    assert where(request, outline)[0] == "¶45"
    assert where(request, outline)[-1] == "¶54, 5th point"


@pytest.mark.parametrize(
    ("question", "search"),
    [
        ("Which paragraph number of the resolution speaks of tax havens?", "tax havens"),
        ("Which paragraph mentions greenwashing?", "greenwashing"),
        (
            "In what paragraph does the Congress call for a new social contract?",
            "the Congress call for a new social contract",
        ),
        ("Where in the resolution is Industry 4.0 discussed?", "Industry 4.0"),
    ],
)
def test_where_something_stands_is_searched(outline: Outline, question: str, search: str) -> None:
    request = understand(question, (), outline)
    assert (request.task, request.search, request.exclusive) == (Task.LOCATE, search, False)
    assert all(outline.chunks[row].kind != "news" for row in request.rows)


@pytest.mark.parametrize(
    "question",
    [
        "What does the resolution say about a Just Transition?",
        "How does IndustriALL shape our future through Just Transition?",
        "What are workers' rights?",
        "What power do trade unions have?",
        "Name the four areas in which IndustriALL demands training programmes to re-skill workers.",
        "Which three things does IndustriALL intend to reinforce internally?",
        "What will IndustriALL do for young workers?",
        "How do workers fight for equality?",
        "What must a part of the industry do?",
    ],
)
def test_a_question_that_names_no_part_is_untouched(outline: Outline, question: str) -> None:
    assert understand(question, (), outline) == Request(question, question)


def test_paragraphs_are_counted(outline: Outline) -> None:
    assert len(understand("How many paragraphs does the resolution have?", (), outline).rows) == 63
    assert len(understand("How many paragraphs are there in the article?", (), outline).rows) == 7


def test_documents_of_the_user_have_paragraphs_and_sections_too(write_seeds: WriteSeeds) -> None:
    seeds = write_seeds(
        {"rules.md": "# Strike pay fund\n\nOne.\n\nTwo is paid.\n\n# Membership dues and fees\n\nThree.\n"}
    )
    own = read_corpus(seeds, lambda text: len(text.split()))
    outline = outline_of(own.documents, own.chunks)
    assert where(understand("Read me paragraph 2", (), outline), outline) == ["paragraph 2"]
    asked = understand("What does the section “Membership dues and fees” say?", (), outline)
    assert where(asked, outline) == ["paragraph 3"]
    assert understand("Quote paragraph 4", (), outline).problem == (
        "“rules” has no paragraph 4; its paragraphs run from 1 to 3."
    )


def test_a_point_nought_is_said_not_to_exist(outline: Outline) -> None:
    assert "has no 0th point in ¶54" in understand("the 0th point of paragraph 54", (), outline).problem
