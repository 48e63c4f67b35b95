"""One question of the conversation with its answer, as fragments of HTML for the page.

`page.js` puts the fragments in their places and adds a sentence when it comes; nothing that is shown is drawn anew, so
numbers, focus and opened notes stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.assistant import REFUSAL
from rag.feedback import Reason
from rag.texts import Texts
from rag.types import Answer, Document, Hit, Sentence, Span, cited
from rag.ui.html import isolated, lang, locator

_NEAREST = 5  # passages that are shown before there is an answer
_SNIPPET = 180  # characters of a passage in that list


def asked(question: str) -> str:
    """The question, as it was asked."""
    return isolated(question)


def sentences(shown: Sequence[Sentence], t: Texts) -> list[str]:
    """A list item for each sentence; a citation keeps its number when more sentences come."""
    numbers = {span: n for n, span in enumerate(cited(shown), start=1)}
    return [_sentence(sentence, numbers, t) for sentence in shown]


def nearest(hits: Sequence[Hit], documents: Mapping[str, Document], t: Texts) -> str:
    """The passages that were found, before anything is written: where they stand and how they begin."""
    if not hits:
        return ""
    items = "".join(_near(hit, documents[hit.chunk.doc_id], t) for hit in hits[:_NEAREST])
    return f"<h3>{escape(t('ask.nearest', n=len(hits)))}</h3><ol class='nearest'>{items}</ol>"


def ending(answer: Answer, documents: Mapping[str, Document], copied: str, t: Texts) -> str:
    """What follows the sentences: a refusal, what is not held, what was removed, and what can be done with the answer.

    Args:
        answer: the whole answer.
        documents: by id.
        copied: the answer with its sources as plain text, for the clipboard.
        t: the language of the page.
    """
    refused = t("ask.refusal") if answer.refused == REFUSAL else answer.refused
    refusal = f"<p class='refusal'>{escape(refused)}</p>" if refused else ""
    note = f"<p class='note'>{escape(answer.coverage)}</p>" if answer.coverage else ""
    near = _nearby(answer.hits, documents, t) if answer.refused else ""
    return refusal + note + near + _removed(answer, t) + _actions(copied, t)


def _sentence(sentence: Sentence, numbers: Mapping[Span, int], t: Texts) -> str:
    marks = "".join(
        f"<button type='button' class='cite' data-source='{numbers[span]}' "
        f"aria-label='{escape(t('ask.source', n=numbers[span]))}'>{numbers[span]}</button>"
        for span in sentence.spans
    )
    names = [name for name in (f"checks.{check.name}" for check in sentence.checks if check.passed) if name in t.words]
    compared = f" title='{escape(t('ask.compared', what=', '.join(t(name) for name in names)))}'" if names else ""
    return (
        f"<li><span lang='en'>{isolated(sentence.text)}</span> {marks} "
        f"<span class='check'{compared}><span aria-hidden='true'>✓</span> {escape(t('ask.checked'))}</span></li>"
    )


def _near(hit: Hit, document: Document, t: Texts) -> str:
    text = " ".join(hit.chunk.text.split())
    cut = text if len(text) <= _SNIPPET else text[:_SNIPPET].rsplit(" ", 1)[0] + " …"
    return (
        f"<li><button type='button' class='read' data-document='{escape(document.id)}' "
        f"data-passage='{escape(hit.chunk.id)}'>{isolated(document.title)}, {isolated(locator(hit.chunk, t))}</button>"
        f"<p{lang(document)}>{isolated(cut)}</p></li>"
    )


def _nearby(hits: Sequence[Hit], documents: Mapping[str, Document], t: Texts) -> str:
    if not hits:
        return ""
    items = "".join(_near(hit, documents[hit.chunk.doc_id], t) for hit in hits[:3])
    return f"<h4>{escape(t('ask.nearby'))}</h4><ol class='nearest'>{items}</ol>"


def _removed(answer: Answer, t: Texts) -> str:
    removed = [sentence for sentence in answer.sentences if not sentence.shown]
    if not removed:
        return ""
    items = "".join(f"<li><s lang='en'>{isolated(s.text)}</s> <span>{_why(s, t)}</span></li>" for s in removed)
    return (
        f"<details class='removed'><summary>{escape(t('ask.removed', n=len(removed)))}</summary>"
        f"<p>{escape(t('ask.removed_why'))}</p><ul>{items}</ul></details>"
    )


def _why(sentence: Sentence, t: Texts) -> str:
    failed = [check for check in sentence.checks if not check.passed]
    named = [(t(f"checks.{c.name}") if f"checks.{c.name}" in t.words else c.name, c.reason) for c in failed]
    return "; ".join(f"{escape(name)}: {isolated(reason)}" if reason else escape(name) for name, reason in named)


def _actions(copied: str, t: Texts) -> str:
    reasons = "".join(
        f"<label><input type='checkbox' name='reason' value='{reason.value}'> "
        f"{escape(t(f'feedback.{reason.value}'))}</label>"
        for reason in Reason
    )
    return (
        "<div class='actions'>"
        f"<button type='button' class='copy' data-copy='{escape(copied)}'>{escape(t('ask.copy'))}</button>"
        f"<button type='button' class='vote' data-verdict='up'><span aria-hidden='true'>✓</span> "
        f"{escape(t('feedback.right'))}</button>"
        f"<details class='report'><summary><span aria-hidden='true'>✗</span> {escape(t('feedback.wrong'))}</summary>"
        f"<fieldset><legend>{escape(t('feedback.what'))}</legend>{reasons}"
        f"<label class='comment'>{escape(t('feedback.comment'))} "
        f"<textarea name='comment' rows='2' maxlength='1000'></textarea></label>"
        f"<p class='quiet'>{escape(t('feedback.local'))}</p>"
        f"<button type='button' class='vote' data-verdict='down'>{escape(t('feedback.send'))}</button>"
        "</fieldset></details></div>"
    )
