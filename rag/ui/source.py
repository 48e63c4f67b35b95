"""The words behind a citation, in their place: the passage with the quote marked, and what stands before and after."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.citing import in_words, reference
from rag.store import Store
from rag.surroundings import surroundings
from rag.texts import Texts
from rag.types import Chunk, Document, Span
from rag.ui.html import isolated, lang, lines, locator


def sources(citations: Sequence[Span], store: Store, t: Texts) -> list[str]:
    """A section for each citation, in the order of their numbers.

    Args:
        citations: citation n is `citations[n - 1]`.
        store: the passages and documents.
        t: the language of the page.
    """
    return [_source(n, span, citations, store, t) for n, span in enumerate(citations, start=1)]


def _source(n: int, span: Span, citations: Sequence[Span], store: Store, t: Texts) -> str:
    around, document = surroundings(store, span.chunk_id), store.documents[span.doc_id]
    chunk, total = around.chunk, len(citations)
    written = reference(document, chunk, t)
    where = " › ".join(isolated(heading) for heading in chunk.headings[:2])
    return (
        f"<h3 tabindex='-1'><span class='number'>{n}</span> {isolated(document.title)}</h3>"
        f"<p class='where'>{where}{' › ' if where else ''}<strong>{isolated(locator(chunk, t))}</strong>"
        f"{_dated(chunk, document, t)}</p>"
        f"<div class='context'{lang(document)}>{_beside(around.before, t)}"
        f"<blockquote class='passage'>{_marked(chunk, [s for s in citations if s.chunk_id == chunk.id], span)}"
        f"</blockquote>{_beside(around.after, t)}</div>"
        f"<p class='turning'><button type='button' data-step='-1'{_disabled(n == 1)}>"
        f"<span aria-hidden='true'>◀</span> {escape(t('source.previous'))}</button> "
        f"<span>{escape(t('source.of', n=n, total=total))}</span> "
        f"<button type='button' data-step='1'{_disabled(n == total)}>{escape(t('source.next'))} "
        f"<span aria-hidden='true'>▶</span></button></p>"
        f"<p class='actions'><button type='button' class='copy' data-copy='{escape(f'“{span.quote}” {written}')}'>"
        f"{escape(t('source.copy'))}</button>"
        f"<button type='button' class='read' data-document='{escape(document.id)}' data-passage='{escape(chunk.id)}'>"
        f"{escape(t('source.open'))}</button>"
        f"<button type='button' class='back'>{escape(t('source.back'))}</button></p>"
    )


def _dated(chunk: Chunk, document: Document, t: Texts) -> str:
    date = "" if chunk.date else in_words(document.date, t)  # the locator of a dated item is its date
    return f" · {isolated(date)}" if date else ""


def _beside(chunk: Chunk | None, t: Texts) -> str:
    return f"<p class='beside'><small>{isolated(locator(chunk, t))}</small> {lines(chunk.text)}</p>" if chunk else ""


def _marked(chunk: Chunk, spans: Sequence[Span], current: Span) -> str:
    """The passage with what is cited of it marked: the words in question strongly, what else is cited lightly."""
    text, position = [], chunk.start
    for span in sorted(set(spans), key=lambda one: (one.start, one.end)):
        if span.start < position:  # inside of what is marked already
            if span != current:
                continue
            return _marked(chunk, [current], current)
        text.append(lines(chunk.text[position - chunk.start : span.start - chunk.start]))
        strong = " class='current'" if span == current else ""
        text.append(f"<mark{strong}>{lines(span.quote)}</mark>")
        position = span.end
    return "".join(text) + lines(chunk.text[position - chunk.start :])


def _disabled(no: bool) -> str:
    return " disabled" if no else ""
