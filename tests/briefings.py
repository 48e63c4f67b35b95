"""A finished briefing of two pages over the real documents, written by hand: no index and no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from desk import text_chunk, text_document

from rag.briefing.records import Briefing, Dated, Figure, FigureKind, Order, Point, QuizItem
from rag.checks import NAMES
from rag.corpus import Corpus
from rag.sentences import spans_of
from rag.types import Check, Chunk, Document, Sentence, Span, Support

CONGRESS = "The 4th Congress resolution"
PASSED = tuple(Check(name, True) for name in NAMES)

# Theme; speaker; and what is said, each sentence with the quotations that it rests on.
_POINTS = (
    (
        "Shaping our future through Just Transition",
        CONGRESS,
        ("The 4th Congress resolution says that the transition must be economically and socially just and fair for workers and their communities.", "The transition to a cleaner and more sustainable economy must be economically and socially just and fair for workers and their communities."),
        ("Its primary objective should be a new, quality job for every job that is lost.", "The primary objective should be the creation of a new, quality job for every job that is lost in the process."),
    ),
    (
        "Shaping our future through Just Transition",
        CONGRESS,
        ("The 4th Congress resolution demands a seat at the table for IndustriALL and its affiliates.", "IndustriALL and its affiliates demand a seat at the table", "IndustriALL needs to continue to fight for a Just Transition with the creation of millions of secure union jobs, delivered through social dialogue at the highest levels."),
    ),
    (
        "Shaping our future through Just Transition",
        CONGRESS,
        ("The 4th Congress resolution says that countries in the Global South are essential for achieving a Just Transition.", "Countries in the Global South are essential for achieving a Just Transition."),
        ("They often lack the financial capacity to transition towards greener economies.", "These states often lack the financial capacity to transition towards greener economies."),
    ),
    (
        "Shaping our future through Just Transition",
        CONGRESS,
        ("The 4th Congress resolution says that trade unions must assume a central role in advocating for a Just Transition.", "Trade unions can and indeed must assume a central role in advocating for a Just Transition."),
    ),
    (
        "Shaping our future through Just Transition",
        CONGRESS,
        ("The 4th Congress resolution calls on IndustriALL to recognize the gendered impact of technological change and of the transition towards a greener economy.", "Recognize the gendered impact of both technological change and transition towards a greener economy, and therefore the negative impact that a gender-neutral strategy towards these transitions will have on gender equality."),
    ),
    (
        "Fighting for equality and workers’ rights",
        CONGRESS,
        ("The 4th Congress resolution says that IndustriALL will continue to give priority to organizing workers in sectors such as renewable energies.", "IndustriALL will continue to give priority to organizing workers in the new-developing sectors, such as renewable energies, as new jobs arise from advancements in technology."),
    ),
    (
        "News: South East Asia and Japan",
        "IndustriALL, 25 October 2024",
        ("IndustriALL, 25 October 2024: IndustriALL hosted a meeting in Manila on October 22-23, 2024, to discuss the future of energy and Just Transition in Southeast Asia.", "On October 22-23, 2024, IndustriALL, supported by Friedrich-Ebert-Stiftung (FES), hosted a meeting in Manila to discuss the future of energy and Just Transition in Southeast Asia."),
        ("Delegates gathered to strategize on workers’ rights and job security amid the shift to sustainable energy.", "Delegates from across the region gathered to strategize on prioritizing workers’ rights and job security amid the shift to sustainable energy."),
    ),
    (
        "News: Asia Pacific",
        "IndustriALL, 7 November 2023",
        ("IndustriALL, 7 November 2023: “IndustriALL’s proposed gender-based violence policy, cost of living crises, trade union violations and Just Transition were some of the agenda items debated at IndustriALL’s Asia Pacific women’s committee and executive committee meetings held in Kuala Lumpur on 30 and 31 October, respectively.”", "IndustriALL’s proposed gender-based violence policy, cost of living crises, trade union violations and Just Transition were some of the agenda items debated at IndustriALL’s Asia Pacific women’s committee and executive committee meetings held in Kuala Lumpur on 30 and 31 October, respectively."),
    ),
    (
        "Features: profiles and reports",
        "IndustriALL, 7 May 2021",
        ("IndustriALL, 7 May 2021: affiliates in Latin America and the Caribbean have come up with an agenda that ensures a fair transition to a low-carbon economy.", "IndustriALL affiliates in Latin America and the Caribbean have come up with a sector-based political and union agenda to promote regional reindustrialization, focusing on sustainable development and ensuring a fair transition to a low-carbon economy"),
    ),
)  # fmt: skip
_DATED = (
    "REPORT: Latin American unions look for ways to push for reindustrialization",
    "Japanese metalworkers seek involvement in due diligence plans",
    "Human rights due diligence in Japanese supply chains",
    "IndustriALL’s Asia-Pacific affiliates meet in Kuala Lumpur",
    "Human rights and responsible business conduct in Asia Pacific’s textile sector",
    "Energy sector unions in Southeast Asia drive forward Just Transition strategies",
)
_FIGURES = (
    ("October 22-23, 2024", FigureKind.DATE, "hosted a meeting in Manila to discuss"),
    ("Friedrich-Ebert-Stiftung (FES)", FigureKind.ORGANISATION, "hosted a meeting in Manila to discuss"),
    ("30 and 31 October", FigureKind.DATE, "meetings held in Kuala Lumpur on 30 and 31 October"),
    ("millions of secure union jobs", FigureKind.NUMBER, "with the creation of millions of secure union jobs"),
    ("Japan Council of Metalworkers' Unions (JCM)", FigureKind.ORGANISATION, "submitted a request to the Ministry"),
)
_QUIZ = (
    ("Manila", ("Jakarta", "Manila", "Phnom Penh", "Kuala Lumpur"), "hosted a meeting in Manila to discuss"),
    ("quality job", ("bonus", "training place", "quality job"), "a new, quality job for every job that is lost"),
    ("financial capacity", ("political will", "financial capacity", "public support"), "lack the financial capacity"),
    ("central", ("central", "minor", "supporting", "ceremonial"), "must assume a central role"),
    ("renewable energies", ("shipping", "coal mining", "renewable energies"), "such as renewable energies"),
)
_DISCUSSION = (
    "What would a seat at the table look like in your workplace?",
    "Which jobs near you may be lost, and which quality jobs could take their place?",
    "What holds unions back where you live from taking a central role?",
    "How does the transition touch women and men differently in your industry?",
    "What could affiliates in the Global South and the Global North do together?",
)
_GAPS = (
    "“IndustriALL news: South East Asia and Japan” holds 10 of 43 items; what the others say is not known here.",
    "There is no item of 2016 to 2020.",
    "“coal phase-out” was searched, and nothing was found.",
)


def quoted(corpus: Corpus, words: str) -> Span:
    """The first place in the documents with these words."""
    for chunk in corpus.chunks:
        start = chunk.text.find(words)
        if start >= 0:
            return Span(chunk.doc_id, chunk.id, chunk.start + start, chunk.start + start + len(words), words)
    raise LookupError(words)


def sentence_with(corpus: Corpus, words: str) -> Span:
    """The first sentence of the documents with these words."""
    return next(span for chunk in corpus.chunks for span in spans_of(chunk) if words in span.quote)


def briefing_over(corpus: Corpus, **changes: object) -> Briefing:
    """The briefing on just transition; `changes` replace its fields."""
    chunks = {chunk.id: chunk for chunk in corpus.chunks}
    points = tuple(_point(corpus, chunks, *point) for point in _POINTS)
    titles = [quoted(corpus, title) for title in _DATED]
    briefing = Briefing(
        order=Order("just transition"),
        made="2026-11-25",
        documents=tuple(corpus.documents),
        brief=tuple(points[n].sentences[0] for n in (0, 1, 2, 6)),
        points=points,
        timeline=tuple(Dated(chunks[title.chunk_id].date, chunks[title.chunk_id], title) for title in titles),
        figures=tuple(Figure(text, kind, sentence_with(corpus, words)) for text, kind, words in _FIGURES),
        discussion=_DISCUSSION,
        quiz=tuple(_quiz(corpus, *item) for item in _QUIZ),
        gaps=_GAPS,
        left_out=2,
        searched=len(chunks),
        config_id="c0ffee00",
        model="qwen2.5-coder-1.5b",
        index_made="2026-11-24T08:15:00+00:00",
    )
    return replace(briefing, **changes)


def uncovered(corpus: Corpus, topic: str = "cryptocurrency", **changes: object) -> Briefing:
    """What comes of a topic that the documents do not speak of."""
    nothing = dict.fromkeys(("brief", "points", "timeline", "figures", "discussion", "quiz"), ())
    fields = {**nothing, "order": Order(topic), "gaps": (), "left_out": 0, **changes}
    return briefing_over(corpus, **fields)


def briefing_of(texts: Sequence[str], **changes: object) -> Briefing:
    """A briefing in which each of some texts is topic, title, quotation, sentence, figure, option and question."""
    documents = tuple(text_document(text, title=text, publisher=text, date="2021-03-09") for text in texts)
    chunks = tuple(text_chunk(document, kind="paragraph", locator=document.text) for document in documents)
    spans = tuple(map(_whole, documents, chunks))
    sentences = tuple(Sentence(span.quote, (span,), Support.SUPPORTED, PASSED) for span in spans)
    points = tuple(
        Point(chunk, text, text, (said,)) for chunk, text, said in zip(chunks, texts, sentences, strict=True)
    )
    briefing = Briefing(
        order=Order(texts[0]),
        made="2026-11-25",
        documents=documents,
        brief=sentences,
        points=points,
        timeline=tuple(Dated("2021-03-09", chunk, span) for chunk, span in zip(chunks, spans, strict=True)),
        figures=tuple(Figure(span.quote, FigureKind.ORGANISATION, span) for span in spans),
        discussion=tuple(texts),
        quiz=tuple(QuizItem("", "", (span.quote, "another", "a third"), 0, span) for span in spans),
        gaps=tuple(texts),
        left_out=1,
        searched=len(chunks),
        config_id="c0ffee00",
        model=texts[0],
        index_made="2026-11-24T08:15:00+00:00",
    )
    return replace(briefing, **changes)


def _whole(document: Document, chunk: Chunk) -> Span:
    return Span(document.id, chunk.id, 0, len(document.text), document.text)


def _point(corpus: Corpus, chunks: dict[str, Chunk], theme: str, speaker: str, *said: tuple[str, ...]) -> Point:
    sentences = tuple(
        Sentence(text, tuple(quoted(corpus, quote) for quote in quotes), Support.SUPPORTED, PASSED)
        for text, *quotes in said
    )
    return Point(chunks[sentences[0].spans[0].chunk_id], speaker, theme, sentences)


def _quiz(corpus: Corpus, right: str, options: tuple[str, ...], words: str) -> QuizItem:
    span = sentence_with(corpus, words)
    before, _, after = span.quote.partition(right)
    return QuizItem(before, after, options, options.index(right), span)
