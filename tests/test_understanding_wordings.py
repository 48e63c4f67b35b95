"""The many ways in which people name a paragraph, a section, a time or a topic, over the real documents."""

from __future__ import annotations

import pytest

from rag import collection
from rag.corpus import Corpus
from rag.understanding import Intent, Outline, Request, Task, outline_of, understand
from rag.understanding.acronyms import wordings
from rag.understanding.dates import dates_in
from rag.understanding.numbers import numbers_in


@pytest.fixture(scope="module")
def outline(corpus: Corpus) -> Outline:
    return outline_of(corpus.documents, corpus.chunks)


def where(request: Request, outline: Outline) -> list[str]:
    return [outline.chunks[row].locator for row in request.rows]


@pytest.mark.parametrize(
    ("question", "paragraphs", "points"),
    [
        ("What follows ¶12?", (13,), ()),
        ("Please show the paragraph right before paragraph 20", (19,), ()),
        ("the paragraph that comes after 41", (42,), ()),
        ("two paragraphs after paragraph ten", (12,), ()),
        ("What stands between paragraphs 50 and 52?", (51,), ()),
        ("32: number of points?", (32,), ()),
        ("how many points has 44", (44,), ()),
        ("the pledges beneath 44", (44,), ()),
        ("Second of the pledges listed under 44, what is it about", (44,), (2,)),
        ("the 5th bullet under 32 means what", (32,), (5,)),
        ("Does 63 have an eighth point?", (63,), (8,)),
    ],
)
def test_numbers_are_named_without_the_word_paragraph(
    question: str, paragraphs: tuple[int, ...], points: tuple[int, ...]
) -> None:
    named = numbers_in(question)
    assert named is not None
    assert (named.paragraphs, named.points) == (paragraphs, points)


@pytest.mark.parametrize(
    "question",
    [
        "the first point of 5 demands",
        "Which points did 300 workers raise?",
        "in how many points of 12 countries",
        "What happened after 300 workers left?",
        "What came out before 12 May 2021?",
        "the second item of 7 May 2021",
    ],
)
def test_a_number_that_counts_or_dates_something_is_no_paragraph(question: str) -> None:
    assert numbers_in(question) is None


@pytest.mark.parametrize(
    ("question", "task", "locators"),
    [
        (
            "the last paragraph of section B",
            Task.LIST,
            [f"¶44, {n} point" for n in ("1st", "2nd", "3rd", "4th", "5th")],
        ),
        ("What does the second paragraph of section D say?", Task.LIST, ["¶56"]),
        ("Opening paragraph of section C please", Task.LIST, ["¶45"]),
        ("What are the sections of the resolution called?", Task.LIST, ["¶12", "¶23", "¶33", "¶45", "¶55"]),
        ("How many sections are there in the resolution?", Task.COUNT, ["¶12", "¶23", "¶33", "¶45", "¶55"]),
        ("How many paragraphs does section D have?", Task.COUNT, [f"¶{n}" for n in range(55, 63)] + ["¶63, 1st point"]),
        ("quote no. 17", Task.LIST, ["¶17"]),
        ("What section is paragraph 40 in?", Task.LIST, ["¶40"]),
    ],
)
def test_parts_are_counted_within_their_section(
    outline: Outline, question: str, task: Task, locators: list[str]
) -> None:
    request = understand(question, (), outline)
    assert (request.task, request.exclusive, where(request, outline)) == (task, True, locators)


def test_a_section_has_no_paragraph_beyond_its_last(outline: Outline) -> None:
    request = understand("Show the 12th paragraph of section D", (), outline)
    assert request.problem == "“D Shaping our future through Just Transition” has no 12th paragraph; it has 9."


def test_sections_are_listed_with_their_headings(outline: Outline) -> None:
    said = collection.sentences_for(understand("Name the sections of the resolution.", (), outline), outline)
    assert said[0].text.startswith("There are 5 sections: “I IndustriALL Global Union’s analysis")
    assert said[2].text.startswith("“B Building trade union power”, which begins with ¶33: “")


def test_paragraphs_are_counted_in_other_words_when_that_is_meant(outline: Outline) -> None:
    question = "At which number do the paragraphs of the resolution end?"
    assert understand(question, (), outline).task is Task.ANSWER
    request = understand(question, (), outline, Intent.COUNT_POINTS)
    assert (request.task, len(request.rows)) == (Task.COUNT, 63)


@pytest.mark.parametrize(
    ("question", "asked_for", "locators"),
    [
        (
            "In which passages is artificial intelligence mentioned?",
            "artificial intelligence",
            ["30 July 2024", "¶11", "¶62"],
        ),
        ("Where is AI mentioned, anywhere in your texts?", "AI", ["30 July 2024", "¶11", "¶62"]),
        ("every paragraph that speaks of apprenticeships", "apprenticeships", ["¶53"]),
        ("All references to Nepal, wherever they are", "Nepal", ["paragraph 1", "paragraph 2", "paragraph 7"]),
    ],
)
def test_every_passage_on_a_topic_is_listed(
    outline: Outline, question: str, asked_for: str, locators: list[str]
) -> None:
    request = understand(question, (), outline)
    assert (request.task, request.asked_for) == (Task.LIST, f"passages that mention “{asked_for}”")
    assert where(request, outline) == locators


@pytest.mark.parametrize(
    "question",
    [
        "Which places are mentioned in the article on migration?",
        "What parts of society does the resolution speak of?",
        "What happened in all the places where workers were dismissed?",
        "Where was every delegate from?",
        "How does the resolution deal with every point of view?",
        "Which passages speak of quidditch?",
        "It was number 3 of the country's unions",
        "Did any report say how many workers died?",
        "Some unions left - why?",
        "What does any union need?",
    ],
)
def test_what_only_sounds_like_it_is_left_alone(outline: Outline, question: str) -> None:
    assert understand(question, (), outline) == Request(question, question)


def test_an_acronym_is_also_what_the_texts_say_it_is() -> None:
    texts = ["They use artificial intelligence (AI).", "The Old Iron (AI) club"]
    assert wordings("AI", texts) == ("AI", "artificial intelligence")
    assert wordings("Artificial Intelligence", texts) == ("Artificial Intelligence", "AI")
    assert wordings("wages", texts) == ("wages",)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("newer than 3 June 2023", "2023-06-04", "9999-12-31"),
        ("no earlier than June 2023", "2023-06-01", "9999-12-31"),
        ("not later than June 2023", "0001-01-01", "2023-06-30"),
        ("ahead of June 2023", "0001-01-01", "2023-05-31"),
        ("beginning with June 2023", "2023-06-01", "9999-12-31"),
        ("up to and including June 2023", "0001-01-01", "2023-06-30"),
        ("on International Women's Day 2023", "2023-03-08", "2023-03-08"),
        ("from May Day 2023 to New Year’s Eve 2023", "2023-05-01", "2023-12-31"),
    ],
)
def test_periods_in_other_words(text: str, first: str, last: str) -> None:
    assert [(str(p.first), str(p.last)) for d in dates_in(text) for p in d.periods] == [(first, last)]


@pytest.mark.parametrize(
    ("question", "task", "days"),
    [
        ("What was the very last item of 2019?", Task.LATEST, ["8 January 2019"]),
        ("The first report of 2022?", Task.EARLIEST, ["31 May 2022"]),
        ("I heard that a story came out on 3 May 2021. What was it about?", Task.LIST, ["3 May 2021"]),
        ("Is there any story about shipbreaking?", Task.LIST, ["3 May 2021"]),
        ("Shipbreaking: any story?", Task.LIST, ["3 May 2021"]),
        ("In which of the news items does Peru come up?", Task.LIST, ["8 January 2019"]),
    ],
)
def test_items_are_asked_for_in_other_words(outline: Outline, question: str, task: Task, days: list[str]) -> None:
    request = understand(question, (), outline)
    assert (request.task, where(request, outline)) == (task, days)


def test_the_newest_is_not_meant_where_something_else_is_asked(outline: Outline) -> None:
    question = "Which of the strikes in Kenya was the latest, and how long did it last?"
    assert understand(question, (), outline, Intent.NEWEST).task is Task.ANSWER


def test_a_place_that_no_item_names_is_said(outline: Outline) -> None:
    request = understand("Any news from Bolivia?", (), outline)
    assert request.problem == "No news item that mentions “Bolivia” is in the documents I hold."
