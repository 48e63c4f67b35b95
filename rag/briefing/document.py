"""A briefing as Markdown: the one master that every file to hand out is made from.

Each citation is a footnote with its source and the exact quotation, in the form of `rag.markdown.footnote`, so that a
program can read it back. Nothing that documents, users or the model say can become markup.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.briefing.chart import timeline_in_words, timeline_png
from rag.briefing.cover import cover, described, making, uncovered
from rag.briefing.notes import Notes
from rag.briefing.records import Briefing, QuizItem
from rag.markdown import escape, heading
from rag.oneline import one_line
from rag.types import Sentence, Span

if TYPE_CHECKING:
    from rag.texts import Texts

_QUOTATION_MARKS = re.compile(r"[\"“”„‟«»‹›「」『』]")
_GAP = "_" * 8
_IN = "briefing.handout"


def markdown(briefing: Briefing, t: Texts, picture: str | None = None, tagged: bool = False) -> str:
    """A whole briefing, or a page that says that the documents do not cover the topic.

    Args:
        briefing: every quotation in it a slice of one of its documents.
        t: headings and fixed words, in the language of the handout.
        picture: address of the chart of the timeline; None: the picture itself, as a `data:` address at the very end.
        tagged: whether words in another language than `t` carry it (`[words]{lang=en}`), for pandoc.
    """
    notes = Notes(briefing, t, tagged)
    parts = _parts(briefing, t, notes) if briefing.points else uncovered(briefing, t)
    blocks = [*cover(briefing, t), *parts, *making(briefing, t), *notes.blocks]
    if briefing.timeline:
        blocks.append(f"[chart]: {picture or embedded(timeline_png(briefing.timeline, t), 'png')}")
    return "\n\n".join(filter(None, blocks)) + "\n"


def _parts(briefing: Briefing, t: Texts, notes: Notes) -> Iterator[str]:
    """The parts of a briefing, each with its heading; those with nothing to say are left out."""
    yield from _part("in_brief", [_bullet(_said([sentence], notes)) for sentence in briefing.brief], t)
    yield heading(t(f"{_IN}.says"), 2)
    for theme, points in briefing.themes:
        yield heading(theme, 3)
        yield "\n\n".join(_bullet(_said(point.sentences, notes)) for point in points)
    yield from _timeline(briefing, t, notes)
    yield from _part("figures", _figures(briefing, t, notes), t)
    yield from _part("discuss", [f"{n}. {escape(line)}" for n, line in enumerate(briefing.discussion, start=1)], t)
    yield from _quiz(briefing.quiz, t, notes)
    yield from _part("gaps", [_bullet(escape(line)) for line in briefing.gaps], t)
    yield from _sources(briefing, t, notes)
    yield from _appendix(briefing, t, notes)


def _part(key: str, lines: Sequence[str], t: Texts) -> Iterator[str]:
    """A heading and a list or table below it, or nothing."""
    if lines:
        yield heading(t(f"{_IN}.{key}"), 2)
        yield "\n".join(lines)


def _bullet(markdown: str) -> str:
    """A line of a list; what cannot be seen keeps "[x]" from becoming a box to tick."""
    return f"- \u2060{markdown}" if markdown.startswith("\\[") else f"- {markdown}"


def _said(sentences: Sequence[Sentence], notes: Notes) -> str:
    return " ".join(notes.cited(sentence.text, sentence.spans) for sentence in sentences)


def _timeline(briefing: Briefing, t: Texts, notes: Notes) -> Iterator[str]:
    if not briefing.timeline:
        return
    yield heading(t(f"{_IN}.timeline"), 2)
    yield f"![{escape(timeline_in_words(briefing.timeline, t))}][chart]"
    yield "\n".join(
        f"{n}. {escape(t.date(dated.date))}: {notes.cited(dated.title.quote, [dated.title])}"
        for n, dated in enumerate(briefing.timeline, start=1)
    )


def _figures(briefing: Briefing, t: Texts, notes: Notes) -> Sequence[str]:
    """The table; a sentence that has its footnote already is named by its number."""
    rows = [_row([escape(t(f"{_IN}.{key}")) for key in ("what", "kind", "stands")]), "|:-----|:---|:--------|"]
    for figure in briefing.figures:
        first = notes.numbers.get(figure.span)
        kind = escape(t(f"{_IN}.kinds.{figure.kind}"))
        source = notes.place(figure.span)
        stands = (
            f"{escape(source)} {escape(t(f'{_IN}.note', n=first[0]))}" if first else notes.cited(source, [figure.span])
        )
        rows.append(_row([escape(figure.text), kind, stands]))
    return rows if briefing.figures else ()


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _quiz(quiz: Sequence[QuizItem], t: Texts, notes: Notes) -> Iterator[str]:
    """Sentences with a gap; the answers and their sources after the last one, so as not to be read by chance."""
    if not quiz:
        return
    yield heading(t(f"{_IN}.quiz"), 2)
    yield escape(t(f"{_IN}.gap"))
    yield "\n".join(f"{n}. {_question(item)}" for n, item in enumerate(quiz, start=1))
    yield heading(t(f"{_IN}.answers"), 3)
    yield "\n".join(
        f"{n}. {notes.cited(options_of(item)[item.right], [item.span])}" for n, item in enumerate(quiz, start=1)
    )


def gapped(item: QuizItem) -> str:
    """The sentence of a quiz with its gap; not escaped."""
    return one_line(f"{item.before}{_GAP}{item.after}")


def options_of(item: QuizItem) -> tuple[str, ...]:
    """What may fill the gap, lettered; without quotation marks, as only the right one is anybody's words."""
    letters = zip("abcd", item.options, strict=False)
    return tuple(one_line(f"{letter}) {_QUOTATION_MARKS.sub('', option)}") for letter, option in letters)


def _question(item: QuizItem) -> str:
    return "\\\n   ".join(escape(line) for line in (gapped(item), *options_of(item)))


def _sources(briefing: Briefing, t: Texts, notes: Notes) -> Iterator[str]:
    """The documents that are quoted, each with the places in it."""
    places: dict[str, dict[str, None]] = {document.id: {} for document in briefing.documents}
    for span in sorted(notes.numbers, key=lambda span: span.start):
        places[span.doc_id][notes.chunk(span).locator] = None
    lines = []
    for document in briefing.documents:
        named = "; ".join(filter(None, places[document.id]))
        if places[document.id]:
            lines.append(f"{described(document, t)}. {t(f'{_IN}.places', places=named) if named else ''}")
    yield from _part("sources", [_bullet(escape(line)) for line in lines], t)


def _appendix(briefing: Briefing, t: Texts, notes: Notes) -> Iterator[str]:
    """Every quotation once, with the numbers of its footnotes and the result of its checks."""
    entries = [
        "\\\n  ".join(
            (
                f"- {escape(t(f'{_IN}.notes', notes=', '.join(map(str, numbers))))} {escape(notes.reference(span))}",
                notes.quotation(span),
                escape(_checked(span, briefing, t, notes)),
            )
        )
        for span, numbers in notes.numbers.items()
    ]
    yield from _part("appendix", ["\n\n".join(entries)] if entries else [], t)


def _checked(span: Span, briefing: Briefing, t: Texts, notes: Notes) -> str:
    """Which checks the quotation and the sentences on it passed; and which not, if any."""
    results = {t(f"{_IN}.verbatim"): notes.verbatim(span)}
    for sentence in briefing.sentences:
        for check in sentence.checks if span in sentence.spans else ():
            name = t(f"checks.{check.name}")
            results[name] = results.get(name, True) and check.passed
    passed = "; ".join(name for name, good in results.items() if good)
    failed = "; ".join(name for name, good in results.items() if not good)
    told = [t(f"{_IN}.passed", checks=passed) if passed else "", t(f"{_IN}.failed", checks=failed) if failed else ""]
    return " ".join(filter(None, told))


def embedded(picture: bytes, kind: str) -> str:
    """The address of a picture that is the picture itself; `kind` as in image/kind."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"
