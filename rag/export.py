"""Answers to take away: as text for the clipboard, and a conversation as Markdown with footnotes.

`rag.pandoc.as_docx` makes a Word document of that Markdown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rag.citing import in_words, quoted, reference
from rag.markdown import bullets, escape, footnote, heading, noted
from rag.oneline import one_line, shortened
from rag.pandoc import as_docx
from rag.types import Answer, Document, Sentence, Span, cited

if TYPE_CHECKING:
    from rag.texts import Texts

__all__ = ["as_docx", "as_markdown", "as_text"]

Documents = Mapping[str, Document]  # by id

_LONGEST_HEADING = 160  # characters; a longer question is said in full below its heading


def as_text(answer: Answer, documents: Documents, t: Texts) -> str:
    """An answer for the clipboard: question, sentences with [1][2], what is not held, and the quoted sources."""
    lines = [one_line(answer.question), ""]
    if answer.refused:
        lines += [f"{t('export.not_answered')} {one_line(answer.refused)}"]
    number = _numbers(answer)
    for sentence in _sentences(answer):
        marks = "".join(f"[{number[span]}]" for span in sentence.spans)
        lines.append(f"{one_line(sentence.text)} {marks}".rstrip())
    lines += [line for note in _notes(answer, t) for line in ("", one_line(note))]
    if number:
        lines += ["", t("export.sources")]
    for span, n in number.items():
        lines += [f"[{n}] {_reference(span, answer, documents, t)}", f"    “{one_line(span.quote)}”"]
    return "\n".join(lines) + "\n"


def as_markdown(answers: Sequence[Answer], documents: Documents, t: Texts, made: dt.date) -> str:
    """A conversation as Markdown: a heading for each question, a footnote with the exact quotation for each citation.

    Nothing that documents, users or the model say can become markup. Footnote `q2-1` is citation 1 of question 2.

    Args:
        answers: oldest first.
        documents: those that were searched.
        t: the words of the page, in the language that the document gets.
        made: the day that the document names.
    """
    blocks = [
        heading(t("export.title"), 1),
        escape(t("export.made", date=t.date(made.isoformat()))),
        escape(t("export.collection")),
        bullets([_described(document, t) for document in documents.values()]),
    ]
    for n, answer in enumerate(answers, start=1):
        blocks += _conversed(n, answer, t)
    blocks += [heading(t("export.about"), 2), escape(t("export.checked"))]
    makers = dict.fromkeys((answer.model, answer.config_id) for answer in answers)
    blocks += [escape(t("export.made_by", model=model, config=config)) for model, config in makers]
    for n, answer in enumerate(answers, start=1):
        for span, number in _numbers(answer).items():
            blocks.append(footnote(f"q{n}-{number}", _reference(span, answer, documents, t), span.quote))
    return "\n\n".join(filter(None, blocks)) + "\n"


def _conversed(n: int, answer: Answer, t: Texts) -> Iterator[str]:
    """The blocks of one question and its answer."""
    question = one_line(answer.question) or t("export.no_question")
    yield heading(shortened(question, _LONGEST_HEADING), 2)
    if len(question) > _LONGEST_HEADING:
        yield escape(question)
    if answer.refused:
        yield escape(f"{t('export.not_answered')} {answer.refused}")
    number = _numbers(answer)
    for sentence in _sentences(answer):
        yield noted(sentence.text, [f"q{n}-{number[span]}" for span in sentence.spans])
    for note in _notes(answer, t):
        yield escape(note)


def _sentences(answer: Answer) -> tuple[Sentence, ...]:
    return () if answer.refused else answer.shown


def _numbers(answer: Answer) -> dict[Span, int]:
    """The number of each citation, as on the page."""
    return {span: n for n, span in enumerate(cited(_sentences(answer)), start=1)}


def _notes(answer: Answer, t: Texts) -> list[str]:
    """What a reader should know about an answer beside its sentences."""
    withheld = len(answer.sentences) - len(answer.shown)
    return [*filter(None, [answer.coverage]), *([t("export.withheld", n=withheld)] if withheld else [])]


def _reference(span: Span, answer: Answer, documents: Documents, t: Texts) -> str:
    chunk = next(hit.chunk for hit in answer.hits if hit.chunk.id == span.chunk_id)
    return reference(documents[span.doc_id], chunk, t)


def _described(document: Document, t: Texts) -> str:
    """A document in a list: title, kind, date, and how much of it is held."""
    notes = document.notes
    held = t("export.held", held=notes["held"], advertised=notes["advertised"]) if notes.get("advertised") else ""
    parts = [quoted(document.title), t(f"kinds.{document.kind}"), in_words(document.date, t), held]
    return ", ".join(filter(None, parts))
