"""The handout as Markdown: every citation a footnote that a program reads back, and nobody's words markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from briefings import PASSED, briefing_of, briefing_over, quoted, uncovered
from hypothesis import given, settings
from hypothesis import strategies as st
from test_export import NASTY, READERS, ast, kinds, nasty, notes, same, words

from rag.briefing.document import markdown
from rag.briefing.records import Audience, Briefing, Order, Point, QuizItem
from rag.corpus import Corpus
from rag.markdown import escape
from rag.oneline import one_line
from rag.texts import languages, texts_in
from rag.types import Check, Sentence, Span, Support

T = texts_in("en")
HANDOUT = READERS[-1]
PLAIN = {"Para", "Plain", "Header", "BulletList", "OrderedList", "Str", "Space", "Note", "LineBreak", "SoftBreak"}
TABLE = {"Table", "Image", "Figure"}


def spans_of(briefing: Briefing) -> Iterator[Span]:
    """Every citation that has a footnote of its own, in order of the page."""
    seen = set()
    for sentence in briefing.sentences:
        yield from sentence.spans
        seen.update(sentence.spans)
    for dated in briefing.timeline:
        yield dated.title
        seen.add(dated.title)
    for figure in briefing.figures:
        if figure.span not in seen:  # else it is named by the number of the first footnote
            yield figure.span
            seen.add(figure.span)
    for item in briefing.quiz:
        yield item.span


def part(text: str, title: str) -> str:
    """What stands below a heading of level 2."""
    return re.split(r"^## ", text.partition(f"## {title}\n\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def defined(text: str) -> list[tuple[str, str]]:
    """Each footnote: reference and quotation, without the backslashes."""
    found = re.findall(r"^\[\^n\d+\]: (.*)\\\n    “(.*)”$", text, re.MULTILINE)
    return [(re.sub(r"\\(.)", r"\1", source), re.sub(r"\\(.)", r"\1", quote)) for source, quote in found]


def test_the_parts_stand_in_their_order(corpus: Corpus) -> None:
    text = markdown(briefing_over(corpus), T)
    assert re.findall(r"^(#+ .*)$", text, re.MULTILINE) == [
        "# Briefing: just transition",
        "## In brief",
        "## What the documents say",
        "### Shaping our future through Just Transition",
        "### Fighting for equality and workers’ rights",
        "### News: South East Asia and Japan",
        "### News: Asia Pacific",
        "### Features: profiles and reports",
        "## Timeline",
        "## Figures and names",
        "## Questions to discuss",
        "## Quiz",
        "### Answers",
        "## What these documents do not cover",
        "## Sources",
        "## Appendix: every quotation and its checks",
        "## How this was made",
    ]


def test_the_cover_says_for_whom_when_and_from_what(corpus: Corpus) -> None:
    cover = markdown(briefing_over(corpus), T).partition("\n\n## ")[0].split("\n")
    assert cover[2:6] == ["For union members. Made on 25 November 2026.", "", "Made from these documents:", ""]
    assert cover[6] == "- “IndustriALL news: South East Asia and Japan”, news listing, 24 June 2022 – 25 October 2024, 10 of 43 items held"  # fmt: skip
    assert len(cover) == 11  # five documents


def test_each_citation_is_one_footnote_with_the_exact_quotation(corpus: Corpus) -> None:
    briefing = briefing_over(corpus)
    text = markdown(briefing, T)
    expected = list(spans_of(briefing))
    assert len(expected) == 30
    assert [quote for _, quote in defined(text)] == [span.quote for span in expected]
    marks = re.findall(r"\[\^(n\d+)\](?!:)", text)
    assert marks == [f"n{n}" for n in range(1, 31)]
    assert defined(text)[0][0] == "IndustriALL Global Union, “IndustriALL 4th Congress resolution: Organizing for a just future”, ¶55."  # fmt: skip
    assert all(
        document.text[span.start : span.end] == span.quote
        for span in expected
        for document in briefing.documents
        if document.id == span.doc_id
    )


def test_every_sentence_ends_with_its_footnote(corpus: Corpus) -> None:
    text = markdown(briefing_over(corpus), T)
    said = [
        line for title in ("In brief", "What the documents say", "Timeline") for line in part(text, title).split("\n")
    ]
    lines = [line for line in said if line and not line.startswith(("#", "!"))]
    assert len(lines) == 4 + 9 + 6
    assert all(re.search(r"\[\^n\d+\]$", line) for line in lines)
    for line in lines:
        if line.startswith("- "):  # a full stop is followed by a mark, never by another sentence
            assert not re.search(r"[a-z]\. [A-Z]", re.sub(r"“.*”", "", line))


def test_the_lead_in_of_a_list_is_of_its_paragraph_not_of_a_point(corpus: Corpus) -> None:
    words = "Therefore, IndustriALL will:"
    chunk = next(chunk for chunk in corpus.chunks if chunk.locator == "¶32, 4th point")
    document = next(document for document in corpus.documents if document.id == chunk.doc_id)
    start = document.text.rindex(words, 0, chunk.start)
    own = Span(chunk.doc_id, chunk.id, chunk.start, chunk.end, chunk.text)
    lead_in = Span(chunk.doc_id, chunk.id, start, start + len(words), words)
    told = Sentence("IndustriALL will.", (own, lead_in), Support.SUPPORTED)
    briefing = briefing_over(corpus, points=(Point(chunk, "The resolution", "Theme", (told,)),), brief=(told,))
    (of_own, _), (of_lead_in, quote) = defined(markdown(briefing, T))[:2]
    assert of_own.endswith(", ¶32, 4th point.")
    assert of_lead_in.endswith(", ¶32.")
    assert quote == words


def test_figures_name_the_footnote_that_their_sentence_has_already(corpus: Corpus) -> None:
    rows = part(markdown(briefing_over(corpus), T), "Figures and names").strip().split("\n")
    assert rows[0] == "| What | Kind | Where it stands |"
    assert len(rows) == 2 + 5
    assert rows[2] == "| October 22-23, 2024 | date | “Energy sector unions in Southeast Asia drive forward Just Transition strategies”, 25 October 2024. \\(note 5) |"  # fmt: skip
    assert rows[6].endswith("“Japanese metalworkers seek involvement in due diligence plans”, 24 June 2022.[^n25] |")


def test_the_quiz_has_its_answers_at_the_end_and_its_options_look_like_nobodys_words(corpus: Corpus) -> None:
    quiz = part(markdown(briefing_over(corpus), T), "Quiz")
    questions, _, answers = quiz.partition("### Answers\n\n")
    assert answers.strip().split("\n") == [
        "1. b\\) Manila[^n26]",
        "2. c\\) quality job[^n27]",
        "3. b\\) financial capacity[^n28]",
        "4. a\\) central[^n29]",
        "5. c\\) renewable energies[^n30]",
    ]
    assert "[^" not in questions  # a footnote would give the answer away
    assert "   a\\) Jakarta\\\n   b\\) Manila\\\n   c\\) Phnom Penh\\\n   d\\) Kuala Lumpur\n2. " in questions


def test_options_lose_their_quotation_marks(corpus: Corpus) -> None:
    span = quoted(corpus, "IndustriALL and its affiliates demand a seat at the table")
    item = QuizItem(
        "IndustriALL and its affiliates demand ", "", ("“nothing”", '"a vote"', "a seat at the table"), 2, span
    )
    text = part(markdown(briefing_over(corpus, quiz=(item,)), T), "Quiz")
    assert "a\\) nothing\\\n   b\\) a vote\\\n   c\\) a seat at the table" in text


def test_sources_name_the_places_and_leave_out_what_is_not_quoted(corpus: Corpus) -> None:
    lines = part(markdown(briefing_over(corpus), T), "Sources").strip().split("\n")
    assert len(lines) == 4  # the training in Kathmandu is not quoted
    assert lines[3].endswith("the text bears no date. Quoted: ¶30; ¶55; ¶58; ¶60; ¶61; ¶63, 7th point.")


def test_the_appendix_has_every_quotation_once_with_its_checks(corpus: Corpus) -> None:
    briefing = briefing_over(corpus)
    text = part(markdown(briefing, T), "Appendix: every quotation and its checks")
    entries = text.strip().split("\n\n")
    assert len(entries) == len(set(spans_of(briefing))) == 21
    assert entries[0] == (
        "- Note 1, 6: IndustriALL Global Union, “IndustriALL 4th Congress resolution: Organizing for a just future”, ¶55.\\\n"
        "  “The transition to a cleaner and more sustainable economy must be economically and socially just and fair for workers and their communities.”\\\n"
        "  Passed: word for word in the document; wording; numbers and dates; names; negation; who is speaking."
    )


def test_a_check_that_is_not_passed_is_said(corpus: Corpus) -> None:
    briefing = briefing_over(corpus)
    checks = (*PASSED[:2], Check("names", False, "Nobody"))
    first = replace(briefing.brief[0], checks=checks)
    altered = replace(briefing.brief[1], spans=(replace(briefing.brief[1].spans[0], quote="Never said"),), checks=())
    text = part(markdown(replace(briefing, brief=(first, altered)), T), "Appendix: every quotation and its checks")
    first_entry, second_entry = text.split("\n\n")[:2]
    assert first_entry.endswith("negation; who is speaking. Not passed: names.")
    assert second_entry.endswith("“Never said”\\\n  Not passed: word for word in the document.")


def test_the_end_says_how_it_was_made(corpus: Corpus) -> None:
    made = part(markdown(briefing_over(corpus), T), "How this was made")
    assert "This is not legal advice." in made
    assert "\n\n2 sentences were left out because they failed a check.\n\n" in made
    assert (
        "Index of the documents: 24 November 2026. Language model: qwen2.5-coder-1.5b. Configuration: c0ffee00." in made
    )
    assert "1 sentence was left out" in markdown(briefing_over(corpus, left_out=1), T)


def test_a_topic_that_is_not_covered_gets_a_page_that_says_so(corpus: Corpus) -> None:
    text = markdown(uncovered(corpus, gaps=("Nearest: digitalization.",)), T)
    assert re.findall(r"^(#+ .*)$", text, re.MULTILINE) == [
        "# Briefing: cryptocurrency",
        "## The documents do not cover this topic",
        "## How this was made",
    ]
    assert (
        f"Nothing on “cryptocurrency” was found in these documents. All {len(corpus.chunks)} passages were searched"
        in text
    )
    assert text.count("\n- “") == 5
    assert "- Nearest: digitalization." in text
    assert "[^" not in text
    assert "left out" not in text
    assert len(text) < 2000


def test_what_is_empty_has_no_heading(corpus: Corpus) -> None:
    nothing = dict.fromkeys(("timeline", "figures", "discussion", "quiz", "gaps"), ())
    text = markdown(briefing_over(corpus, **nothing), T)
    assert [line for line in text.split("\n") if line.startswith("## ")] == [
        "## In brief",
        "## What the documents say",
        "## Sources",
        "## Appendix: every quotation and its checks",
        "## How this was made",
    ]
    assert "[chart]" not in text


def test_a_limit_of_time_is_said(corpus: Corpus) -> None:
    order = Order("just transition", since="2022-01-01")
    assert "\n\nNews items from before 1 January 2022 were left out.\n" in markdown(
        briefing_over(corpus, order=order), T
    )
    assert "1 January 2022" in markdown(uncovered(corpus, order=order), T)


def test_a_long_topic_is_a_short_title_and_is_said_in_full(corpus: Corpus) -> None:
    topic = "just transition " * 125
    lines = markdown(briefing_over(corpus, order=Order(topic)), T).split("\n")
    assert len(lines[0]) == len("# ") + 120
    assert topic.strip() in lines


def test_the_picture_is_the_last_line_or_what_it_is_said_to_be(corpus: Corpus) -> None:
    briefing = briefing_over(corpus)
    assert markdown(briefing, T).rstrip().split("\n")[-1].startswith("[chart]: data:image/png;base64,iVBOR")
    assert markdown(briefing, T, "chart.svg").endswith("\n\n[chart]: chart.svg\n")
    assert "\n\n![Dated items by year: 2021: 1; 2022: 2; 2023: 1; 2024: 2.][chart]\n\n1. 7 May 2021: REPORT: " in markdown(briefing, T)  # fmt: skip


def test_the_same_briefing_is_the_same_text(corpus: Corpus) -> None:
    assert markdown(briefing_over(corpus), T) == markdown(briefing_over(corpus), T)


def test_words_in_another_language_say_which_when_asked_to(corpus: Corpus) -> None:
    briefing = briefing_over(corpus)
    french = replace(T, language="fr")
    tagged = markdown(briefing, french, tagged=True)
    assert "- [IndustriALL" not in markdown(briefing, french)
    assert "“[Countries in the Global South are essential for achieving a Just Transition.]{lang=en}”" in tagged
    assert re.search(r"^- \[The 4th Congress .*\]\{lang=en\}\[\^n1\]$", tagged, re.MULTILINE)
    assert "{lang" not in markdown(briefing, T, tagged=True)
    odd = replace(briefing, documents=tuple(replace(d, language="x} [y](z)") for d in briefing.documents))
    assert "{lang" not in markdown(odd, french, tagged=True)


@pytest.mark.parametrize("reader", ["markdown", "gfm", "commonmark+footnotes+pipe_tables+attributes-raw_html"])
def test_nasty_words_stay_words(reader: str) -> None:
    assert_plain([text for text in NASTY if one_line(text)], reader)


@settings(max_examples=15)
@given(st.lists(nasty.filter(one_line), min_size=1, max_size=8, unique_by=one_line))
def test_any_words_stay_words(texts: list[str]) -> None:
    assert_plain(texts, HANDOUT)


def assert_plain(texts: list[str], reader: str) -> None:
    """Whatever the words: no element that the page has not, and each quotation comes back from its footnote."""
    briefing = briefing_of(texts)
    read = ast(markdown(briefing, T, "chart.png"), reader)
    found = set(kinds(read["blocks"])) - {"AlignLeft", "AlignDefault", "Period", "Decimal", "ColWidthDefault", "ColWidth", "DefaultStyle", "DefaultDelim"}  # fmt: skip
    assert found <= PLAIN | TABLE
    assert read["meta"] == {}
    assert sum(kind == "Image" for kind in kinds(read["blocks"])) == 1
    quotes = [one_line(span.quote) for span in spans_of(briefing)]
    assert [same(note).endswith(f"“{quote}”") for note, quote in zip(notes(read["blocks"]), quotes, strict=True)] == [True] * len(quotes)  # fmt: skip
    said = same(words(read["blocks"]))
    assert all(one_line(text) in said for text in texts)


@pytest.mark.parametrize("language", languages())
def test_every_language_of_the_page_has_all_the_words(corpus: Corpus, language: str) -> None:
    t = texts_in(language)
    for audience in Audience:
        text = markdown(
            briefing_over(corpus, order=Order("just transition", audience, since="2020-01-01")), t, "chart.png"
        )
        assert t(f"briefing.handout.audience.{audience.name.lower()}") in text
        assert [quote for _, quote in defined(text)] == [
            quote for _, quote in defined(markdown(briefing_over(corpus), T, "chart.png"))
        ]
    assert t("briefing.handout.uncovered") in markdown(uncovered(corpus), t)


def test_a_text_of_3000_characters_stays_on_its_line() -> None:
    text = "word | and *more* " * 167
    assert f"- {escape(text)}[^n1]" in markdown(briefing_of([text]), T, "chart.png").split("\n")
