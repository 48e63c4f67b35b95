"""Items of the collection: lists, counts, the newest, the oldest; and the many questions that are none of these."""

from __future__ import annotations

import pytest

from rag.corpus import Corpus
from rag.understanding import Outline, Request, Task, outline_of, understand


@pytest.fixture(scope="module")
def outline(corpus: Corpus) -> Outline:
    return outline_of(corpus.documents, corpus.chunks)


def dates(request: Request, outline: Outline) -> list[str]:
    return [outline.chunks[row].date for row in request.rows]


NOVEMBER = ["2023-11-09", "2023-11-07"]
LISTS = [
    # by time
    ("Which news items date from 2021?", ["2021-05-11", "2021-05-07", "2021-05-03"]),
    ("What was published on 7 May 2021?", ["2021-05-07"]),
    ("What came out in November 2023?", NOVEMBER),
    ("what was published in november 2023", NOVEMBER),
    ("Two stories went online in November 2023. What are they about?", NOVEMBER),
    ("There are two reports from November 2023. What does each say?", NOVEMBER),
    ("Are there any articles from between January 2019 and December 2020?", ["2020-11-18", "2019-01-08"]),
    ("Do you have any news from 2016?", ["2016-12-15"]),
    ("List all stories that appeared before 2018", ["2016-12-15", "2015-05-19"]),
    ("Show me everything published in summer 2022", ["2022-07-07", "2022-06-24"]),
    ("Could you give me the news items from the third quarter of 2023?", ["2023-09-19"]),
    ("What was published a week after the report on the nuclear workers' network?", ["2024-05-29"]),
    ("news from 2021", ["2021-05-11", "2021-05-07", "2021-05-03"]),
    ("Which articles were published between May and July 2021?", ["2021-05-11", "2021-05-07", "2021-05-03"]),
    # by topic, place and kind
    ("Which meetings took place in Manila?", ["2024-10-25", "2024-09-17"]),
    ("What was held in Bangkok? Name every event.", ["2023-09-19", "2023-05-23"]),
    ("Which workshops were held in Bangkok in May 2023?", ["2023-05-23"]),
    ("Which virtual meetings were there?", ["2024-08-23", "2024-05-22", "2024-04-19"]),
    ("List the meetings that were held online, not in person.", ["2024-08-23", "2024-05-22", "2024-04-19"]),
    ("Give me all the news on Latin America", ["2021-05-11", "2021-05-07", "2019-01-08"]),
    ("What reports do you have about Africa?", ["2022-07-07"]),
    ("Which stories deal with youth?", ["2024-09-17", "2024-08-23", "2024-05-29"]),
    ("I want to see all articles about shipbreaking", ["2021-05-03"]),
    ("Which union profiles do you have?", ["2022-07-07", "2021-05-11", "2021-05-03", "2020-11-18"]),
    ("List the special reports", ["2022-05-31"]),
    ("Which reports mention due diligence in Japan?", ["2023-02-20", "2022-10-18", "2022-06-24"]),
    ("All news about Iran", ["2016-12-15"]),
    ("Which news stories were published in December?", ["2018-12-06", "2016-12-15"]),
    ("Which news items appeared in 2019 and 2020?", ["2020-11-18", "2019-01-08"]),
    ("Give me the titles of all reports from 2020.", ["2020-11-18"]),
    ("Which story appeared on 18 November 2020, and what is it about?", ["2020-11-18"]),
    ("Which report came out the day before 8 July 2022?", ["2022-07-07"]),
    ("Which item is dated 24 June 2022?", ["2022-06-24"]),
    ("Which reports are about Chile or Peru?", ["2021-05-11", "2019-01-08"]),
    ("List all meetings that were held virtually in 2024", ["2024-08-23", "2024-05-22", "2024-04-19"]),
    ("Which events took place in October 2023?", ["2023-11-07"]),
    ("Which two meetings were held in Mumbai?", ["2024-09-25"]),
    ("Which news items mention IG Metall?", ["2023-09-19"]),
    ("Summarise the news from 2022", ["2022-10-18", "2022-07-07", "2022-06-24", "2022-05-31"]),
]


@pytest.mark.parametrize(("question", "expected"), LISTS)
def test_a_list_holds_all_that_was_asked_for_newest_first(outline: Outline, question: str, expected: list[str]) -> None:
    request = understand(question, (), outline)
    assert (request.task, dates(request, outline), request.exclusive) == (Task.LIST, expected, True)
    assert request.question == request.search == question
    assert request.asked_for.startswith("news items")


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("How many of the listed news items date from 2021?", 3),
        ("How many stories were published in 2024?", 10),
        ("How many union profiles do you hold?", 4),
        ("How many reports mention Cambodia?", 3),
        ("How many news items do you have?", 30),
        ("How many documents do you hold?", 5),
    ],
)
def test_items_are_counted(outline: Outline, question: str, count: int) -> None:
    request = understand(question, (), outline)
    assert (request.task, len(request.rows), request.exclusive) == (Task.COUNT, count, True)


@pytest.mark.parametrize(
    ("question", "task", "expected"),
    [
        ("What's the newest story you have?", Task.LATEST, ["2024-10-25"]),
        ("When was the most recent item published?", Task.LATEST, ["2024-10-25"]),
        ("Show me the three newest items", Task.LATEST, ["2024-10-25", "2024-09-25", "2024-09-17"]),
        ("What's the latest on Cambodia?", Task.LATEST, ["2024-06-21", "2024-06-13", "2024-05-29"]),
        ("What is the most recent report about due diligence?", Task.LATEST, ["2024-06-13"]),
        ("Which of the union profiles is the most recent, and from when?", Task.LATEST, ["2022-07-07"]),
        ("Which is the oldest of all the stories in the news listings?", Task.EARLIEST, ["2015-05-19"]),
        ("What is the earliest profile?", Task.EARLIEST, ["2020-11-18"]),
    ],
)
def test_the_newest_and_the_oldest(outline: Outline, question: str, task: Task, expected: list[str]) -> None:
    request = understand(question, (), outline)
    assert (request.task, dates(request, outline), request.exclusive) == (task, expected, True)


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("Any news from 2012?", "No news item dated 2012 is in the documents I hold."),
        ("How many stories date from 1999?", "No news item dated 1999 is in the documents I hold."),
        ("Which profiles are from 2016?", "No news item titled PROFILE dated 2016 is in the documents I hold."),
    ],
)
def test_a_time_without_items_is_said_to_have_none(outline: Outline, question: str, problem: str) -> None:
    assert understand(question, (), outline).problem == problem


ORDINARY = [
    "Which Japanese affiliate joined IndustriALL for the meetings with global brands?",
    "How many trade union representatives were at the online workshop?",
    "How many women were among the union representatives at the training?",
    "How many union representatives took part in the meetings in Bangkok?",
    "Which countries sent trade unionists to the workshop?",
    "Which three problems are cement unions facing?",
    "What is the first affiliate from Iran?",
    "Who wrote the latest report?",
    "Where was the meeting held that the latest story reports?",
    "What are the latest developments in Myanmar?",
    "What did the most recent meeting in Manila discuss?",
    "What does the latest report on Cambodia say about wages?",
    "Which stories deal with xylophones?",
    "Which news items do not mention Japan?",
    "Is there any news about strikes in Germany?",
    "Which textile workshop took place first, the one on diligence or the one on safety?",
    "In which city did the affiliates meet?",
    "Name the partners of the Organizers' Development Programme.",
    "Give me the numbers of the ILO Conventions named in the pledge.",
    "What should unions use new technologies for?",
    "Which memorandums of understanding does the migration article mention?",
    "Why did workers march, and may they strike?",
    "Write me a Python function that sorts a list of members by their joining date.",
    "I was dismissed last week. What can I do?",
    "¿Qué marcas de ropa siguen comprando en Myanmar?",
    "日本の労働組合の推定組織率は何パーセントですか。",
]


@pytest.mark.parametrize("question", ORDINARY)
def test_an_ordinary_question_passes_through_untouched(outline: Outline, question: str) -> None:
    assert understand(question, (), outline) == Request(question, question)


# Each has a word of the rules in it.
TEMPTING = [
    "What are the main demands of the women's committee?",
    "Which events led to the protests in Belarus?",
    "Which reports did the unions hand in to the ministry?",
    "What reports were presented at the workshop?",
    "How many meetings did IndustriALL hold with Japanese brands?",
    "How many organizers met in Bangkok?",
    "Which articles of the constitution does the Chilean union want to change?",
    "What features does a good trade union have?",
    "Which documents did the unions sign in 2015?",
    "What texts does the ILO code cover?",
    "Which training programmes will IndustriALL develop?",
    "Which courses of action are open to unions?",
    "What sources of energy do unions discuss?",
    "Which sessions did Rose Omamo attend?",
    "What does IndustriALL say on the meeting of 19 June 2024?",
    "Who published the report on Myanmar?",
    "Why was the story about Myanmar published?",
    "How long did the workshop in Bangkok last?",
    "What is the latest ILO convention on harassment?",
    "What is the most recent wage increase of Japanese metal workers?",
    "Which is the oldest union in Chile?",
    "Where was the oldest union profiled founded?",
    "What are the two unions in Peru called?",
    "List the countries that took part in the online workshop.",
    "List three reasons why organizing cement workers is hard.",
    "Name every country from which representatives came to Kathmandu.",
    "Give all the forms of abuse that the Congress wants to fight.",
    "Show me how due diligence helps organizing.",
    "Tell me about the work of the youth working group.",
    "What does the Congress list among the causes of inequality?",
    "What points do the youth raise?",
    "Which points were discussed in Manila?",
    "What part of the workforce is informal?",
    "Which section of society is hit hardest?",
    "In part I want to know about youth. What do they demand?",
    "What is the point of a social contract?",
    "Under which conditions do migrants work?",
    "What was held against the union leaders?",
    "What was organized by FES?",
    "What took place after the rigged elections?",
    "What went on strike in Kenya?",
    "When did unions first report violence in Belarus?",
    "What news agencies reported the strike?",
    "Is there any evidence that wages rose?",
    "Are there profiles of women leaders among affiliates in Iceland?",
    "Do you know how unions use artificial intelligence?",
    "All workers have rights. Which does the ILO name?",
    "Which commitments did employers make in Bangladesh?",
    "Which demands did Ukraine's nuclear workers raise in 2024?",
    "What actions does the resolution list against inequality?",
    "What promises did the Japanese brands make?",
    "May workers in Myanmar strike?",
    "What happened on the day after the election in Belarus?",
    "How many weeks before the meeting was the agenda sent?",
    "What did unions win a year after the strike?",
    "What is article 23 of the Universal Declaration?",
    "Which press releases did FENAIP send?",
    "How many pieces of clothing does Myanmar export?",
    "Which items were on the agenda in Kuala Lumpur?",
    "What entries does the ATUC database hold?",
    "Which posts are vacant at IG Metall?",
    "Which conferences did the ILO hold in Geneva in 2018?",
    "Which workshop did affiliates attend in Phnom Penh?",
    "Which stories do workers tell about violence at work?",
    "How will IndustriALL hold capital accountable?",
    "Why should capital be held accountable?",
    "What do unions do to build power?",
    "What should be done for equality and workers' rights?",
    "What rights do workers fight for?",
    "Which actions shape our future?",
    "Is Just Transition listed as a goal?",
    "Which measures does IndustriALL intend to take on the circular economy?",
    "What will IndustriALL do about precarious work?",
    "What will the union do to hold the government accountable?",
]


@pytest.mark.parametrize("question", TEMPTING)
def test_a_cue_in_another_sense_triggers_nothing(outline: Outline, question: str) -> None:
    request = understand(question, (), outline)
    assert (request.task, request.exclusive, request.problem) == (Task.ANSWER, False, "")


@pytest.mark.parametrize(
    ("question", "among"),
    [
        ("Who supported the October 2024 meeting in Manila?", "2024-10-25"),
        ("What happened in Belarus in 2020?", "2020-11-18"),
        ("On which day in 2023 did the women's committee meet?", "2023-11-07"),
        ("Which unions met on 14 September 2024?", "2024-09-17"),
        ("Sixty people went online two days before a report of 21 June 2024. What was their topic?", "2024-06-21"),
        ("What does the report of 7 June 2023 say about unions?", "2023-06-07"),
        ("Which brands sat down with UA ZENSEN in early 2023?", "2023-02-20"),
        ("Combien de représentants ont participé à l'atelier du 19 juin 2024 ?", "2024-06-21"),
    ],
)
def test_a_date_in_passing_prefers_items_of_that_time(outline: Outline, question: str, among: str) -> None:
    request = understand(question, (), outline)
    assert (request.task, request.exclusive) == (Task.ANSWER, False)
    assert among in dates(request, outline)


def test_passages_of_a_dated_document_are_preferred_too(outline: Outline) -> None:
    request = understand("Who spoke at the migration training in May 2018?", (), outline)
    assert {outline.chunks[row].locator for row in request.rows} >= {f"paragraph {n}" for n in range(1, 8)}


def test_a_collection_without_items_knows_only_its_documents() -> None:
    empty = outline_of((), ())
    for question in ("What's the newest story?", "Which meetings were held in Rome?", "What was published in 2021?"):
        assert understand(question, (), empty) == Request(question, question)
