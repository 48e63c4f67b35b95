"""Records as fragments of HTML. Every word of a document, a question or the model is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.store import Store
from rag.types import Answer, Chunk, Document, Hit, Sentence, Span, Support, cited

Documents = Mapping[str, Document]

_CHECK_WORDS = {
    Support.SUPPORTED: ("✓", "checked: stands in the cited words"),
    Support.PARTLY: ("~", "partly in the cited words"),
}


def collection(store: Store) -> str:
    """One line on what is in the collection: documents, news items held of those advertised, newest item."""
    documents = store.documents.values()
    held = sum(d.notes.get("held", 0) for d in documents)
    parts = [_count(len(store.documents), "document"), _count(len(store), "passage")]
    if held:
        parts.append(f"{held} of {sum(d.notes.get('advertised', 0) for d in documents)} listed news items")
    if newest := store.newest_date():
        parts.append(f"newest item {newest}")
    titles = "".join(
        f"<li>{_isolated(d.title)} <span class='quiet'>({escape(d.kind)}, {escape(d.date)})</span></li>"
        for d in documents
    )
    return f"<details class='collection'><summary>{' · '.join(map(escape, parts))}</summary><ul>{titles}</ul></details>"


def sentences(shown: Sequence[Sentence]) -> str:
    """The answer so far; citation numbers link to the sources and never change while more sentences come."""
    numbers = {span: n for n, span in enumerate(cited(shown), start=1)}
    lines = []
    for sentence in shown:
        marks = "".join(
            f"<a class='cite' href='#source-{numbers[span]}' aria-label='Source {numbers[span]}'>{numbers[span]}</a>"
            for span in sentence.spans
        )
        sign, words = _CHECK_WORDS.get(sentence.support, ("", ""))
        lines.append(
            f"<p>{_isolated(sentence.text)} {marks} "
            f"<span class='check' title='{words}'>{sign}<span class='sr'>{words}</span></span></p>"
        )
    return "".join(lines)


def answer(finished: Answer) -> str:
    """The whole answer or the refusal, and what the reader should know about it."""
    body = f"<p class='refusal'>{escape(finished.refused)}</p>" if finished.refused else sentences(finished.shown)
    withheld = len(finished.sentences) - len(finished.shown)
    notes = [finished.coverage] if finished.coverage else []
    if withheld:
        notes.append(f"{_count(withheld, 'sentence')} of the model withheld: the documents do not say so.")
    return body + "".join(f"<p class='note'>{escape(note)}</p>" for note in notes)


def sources(shown: Sequence[Sentence], hits: Sequence[Hit], documents: Documents) -> str:
    """The cited passages with the quotes marked, numbered as in the answer, then the other nearest passages."""
    chunks = {hit.chunk.id: hit.chunk for hit in hits}
    quoted: dict[str, list[tuple[int, Span]]] = {}
    for n, span in enumerate(cited(shown), start=1):
        quoted.setdefault(span.chunk_id, []).append((n, span))
    cards = [_card(chunks[chunk_id], documents, marks) for chunk_id, marks in quoted.items()]
    others = [_card(hit.chunk, documents, []) for hit in hits if hit.chunk.id not in quoted]
    if not hits:
        return ""
    if not cards:
        return f"<h2>Nearest passages</h2>{''.join(others)}"
    nearby = (
        f"<details><summary>{_count(len(others), 'more passage')} nearby</summary>{''.join(others)}</details>"
        if others
        else ""
    )
    return f"<h2>Sources</h2>{''.join(cards)}{nearby}"


def _card(chunk: Chunk, documents: Documents, marks: Sequence[tuple[int, Span]]) -> str:
    document = documents[chunk.doc_id]
    where = [document.title, *chunk.headings[:2], chunk.locator]
    language = f" lang='{escape(document.language)}'" if document.language != "und" else ""
    body = _marked(chunk, marks).replace("\n", "<br>")
    title = " › ".join(map(_isolated, where))
    return f"<article class='source'><h3>{title}</h3><blockquote{language}><bdi>{body}</bdi></blockquote></article>"


def _marked(chunk: Chunk, marks: Sequence[tuple[int, Span]]) -> str:
    """The passage with its quotes marked; spans of a passage are sentences, so they never overlap."""
    text, position = [], chunk.start
    for n, span in sorted(marks, key=lambda mark: mark[1].start):
        text.append(escape(chunk.text[position - chunk.start : span.start - chunk.start]))
        text.append(f"<mark id='source-{n}'><sup>{n}</sup>{_isolated(span.quote)}</mark>")
        position = span.end
    return "".join(text) + escape(chunk.text[position - chunk.start :])


def _isolated(text: str) -> str:
    """Words of others, which must not turn round what stands beside them, as Arabic or a hidden mark can."""
    return f"<bdi>{escape(text)}</bdi>"


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
