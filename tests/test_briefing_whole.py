"""Whole briefings by the real models, from topic to file and back: what the issue promises holds for six topics."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import docx
import numpy as np
import pytest
from test_briefing_document import part, spans_of

from rag.assistant import Assistant
from rag.briefing import briefer
from rag.briefing.briefer import SAME, Briefer
from rag.briefing.checking import Verdict, check
from rag.briefing.document import markdown
from rag.briefing.footnotes import CheckError, footnotes
from rag.briefing.formats import SUFFIXES, write
from rag.briefing.records import Briefing, Order
from rag.briefing.writing import PointWriter
from rag.markdown import escape
from rag.oneline import one_line
from rag.texts import texts_in

pytestmark = pytest.mark.model

TOPICS = (
    "just transition",
    "young workers",
    "due diligence",
    "occupational health and safety",
    "gender equality",
    "migrant workers",
)
LEAST = 8  # distinct passages
T = texts_in("en")
MARKS = r"(?:\u202f?\[\^n\d+\])+"

Brief = Callable[[str], Briefing]


@pytest.fixture(scope="module")
def brief(assistant: Assistant) -> Brief:
    """A briefing on a topic, written once."""
    return cache(lambda topic: Briefer(assistant).brief(Order(topic)))


@pytest.fixture(scope="module")
def handout(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The file of a briefing in a format, written once."""
    folder = tmp_path_factory.mktemp("handouts")

    @cache
    def written(topic: str, suffix: str) -> Path:
        path = folder / f"{topic}{suffix}"
        write(brief(topic), path, T)
        return path

    return written


@pytest.mark.parametrize("topic", TOPICS)
def test_each_footnote_quotes_its_document_word_for_word(
    assistant: Assistant, brief: Brief, handout: Callable[[str, str], Path], topic: str
) -> None:
    spans = list(spans_of(brief(topic)))
    for suffix in (".md", ".docx"):
        checked = check(handout(topic, suffix), assistant.index.store)
        assert [one for one in checked if one.verdict is not Verdict.STANDS] == []
        assert [one.note.quote for one in checked] == [one_line(span.quote) for span in spans]  # as many as citations
    texts = {document.id: document.text for document in assistant.documents.values()}
    assert all(texts[span.doc_id][span.start : span.end] == span.quote for span in spans)


@pytest.mark.parametrize("topic", TOPICS)
def test_no_sentence_is_without_a_footnote(brief: Brief, topic: str) -> None:
    briefing = brief(topic)
    text = markdown(briefing, T)
    said = {escape(sentence.text) for sentence in briefing.sentences}
    for key in ("in_brief", "says"):
        lines = [line for line in part(text, T(f"briefing.handout.{key}")).splitlines() if line]
        bullets = [line.removeprefix("- ").removeprefix("\u2060") for line in lines if not line.startswith("### ")]
        assert len(bullets) == len(briefing.brief if key == "in_brief" else briefing.points)
        for bullet in bullets:
            *sentences, rest = re.split(MARKS, bullet)
            assert rest == ""
            assert {sentence.strip() for sentence in sentences} <= said
    assert all(sentence.shown and sentence.spans for sentence in briefing.sentences)
    assert len(re.findall(MARKS, part(text, T("briefing.handout.timeline")))) == len(briefing.timeline)


@pytest.mark.parametrize("topic", TOPICS)
def test_it_draws_on_many_passages_and_says_nothing_twice(assistant: Assistant, brief: Brief, topic: str) -> None:
    points = brief(topic).points
    assert len({point.chunk.id for point in points}) == len(points) >= LEAST
    assert len({point.sentences[0].text for point in points}) == len(points)
    writer = assistant.writer(PointWriter, assistant.settings)
    vectors = np.stack([writer.vector(point) for point in points])
    assert (vectors @ vectors.T - np.eye(len(points))).max() < SAME


@pytest.mark.parametrize("topic", TOPICS)
def test_figures_quiz_and_questions_keep_their_promises(brief: Brief, topic: str) -> None:
    briefing = brief(topic)
    assert 3 <= len(briefing.brief) <= 5
    assert len(briefing.discussion) == len(set(briefing.discussion)) == 5
    assert len(briefing.quiz) == 5
    for figure in briefing.figures:
        assert figure.text in figure.span.quote
    for item in briefing.quiz:
        assert item.before + item.options[item.right] + item.after == item.span.quote
        assert 3 <= len(item.options) == len({option.casefold() for option in item.options}) <= 4
        wrong = [option for n, option in enumerate(item.options) if n != item.right]
        assert all(f"{item.before}{option}{item.after}" != item.span.quote for option in wrong)
    assert [dated.date for dated in briefing.timeline] == sorted(dated.date for dated in briefing.timeline)
    assert all(dated.title.quote in dated.chunk.text or dated.title.chunk_id == dated.chunk.id for dated in briefing.timeline)  # fmt: skip


def test_the_same_order_makes_the_same_briefing(
    assistant: Assistant, brief: Brief, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = markdown(brief("migrant workers"), T)
    monkeypatch.setattr(briefer, "drafts_dir", lambda cache: tmp_path)  # all of it is written once more
    assert markdown(Briefer(assistant).brief(Order("migrant workers")), T) == first
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize("topic", [*TOPICS[:2], "cryptocurrency"])
def test_every_format_opens(handout: Callable[[str, str], Path], topic: str) -> None:
    files = {suffix: handout(topic, suffix) for suffix in SUFFIXES}
    headings = [p.text for p in docx.Document(str(files[".docx"])).paragraphs if p.style and p.style.name == "Title"]
    assert headings == [f"Briefing: {topic}"]
    with zipfile.ZipFile(files[".pptx"]) as slides:
        assert slides.testzip() is None
        assert "ppt/slides/slide1.xml" in slides.namelist()
    assert files[".pdf"].read_bytes().startswith(b"%PDF")
    page = files[".html"].read_text(encoding="utf-8")
    assert f"Briefing: {topic}" in page
    assert not re.search(r"<script|(?:src|href)=.?(?:https?:)?//", page)


def test_a_topic_that_the_documents_do_not_cover_is_a_page_that_says_so(
    brief: Brief, handout: Callable[[str, str], Path]
) -> None:
    briefing = brief("cryptocurrency")
    assert (briefing.points, briefing.quiz, briefing.discussion) == ((), (), ())
    text = handout("cryptocurrency", ".md").read_text(encoding="utf-8")
    assert "The documents do not cover this topic" in text
    with pytest.raises(CheckError, match="has no footnotes"):
        footnotes(handout("cryptocurrency", ".md"))
