"""The Documents tab: what is in the collection, and each document to read and to search in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from babel import Locale

from rag.errors import RagError
from rag.store import Store
from rag.texts import Texts
from rag.types import Chunk, Document
from rag.ui.html import isolated, lang
from rag.ui.verbatim import MOST_QUERY, Match, marked, matches

_ICONS = {  # what a kind of document looks like, as a path in a square of 24
    "listing": "M4 5h16v14H4zM7 8h4v4H7zM14 9h3M14 12h3M7 15.5h10",
    "resolution": "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 15h7M9 18h4",
    "article": "M5 4h14v16H5zM8 8h8M8 11.5h8M8 15h5",
    "plain": "M6 3h9l4 4v14H6zM14 3v5h5",
}


def catalogue(store: Store, t: Texts) -> str:
    """Every document of the collection as a card, in the order of the collection."""
    counts = store.chunks_by_document()
    cards = "".join(_card(document, counts.get(document.id, 0), t) for document in store.documents.values())
    return (
        f'<section class="reading"><h2>{escape(t("documents.heading"))}</h2>'
        f'<p class="quiet">{escape(t("documents.intro"))}</p><ul class="shelf" role="list">{cards}</ul></section>'
    )


def document_page(store: Store, doc_id: str, t: Texts, query: str = "") -> str:
    """A document to read: each passage in reading order, with what was searched for marked.

    Args:
        store: the collection.
        doc_id: id of the document; may come from the browser.
        t: the words of the page.
        query: what to mark; only its first 500 characters count.

    Raises:
        RagError: there is no such document; the documents may have changed since it was shown.
    """
    document = store.documents.get(doc_id)
    if document is None:
        raise RagError(
            f"There is no document {doc_id!r} in the index; the documents may have changed. Reload the page."
        )
    parts = _parts([chunk for chunk in store.chunks().values() if chunk.doc_id == doc_id], query)
    n_passages = sum(part.chunk is not None for part in parts)
    n_matches = parts[-1].last if parts else 0
    body = "".join(_part(part, n_matches, document, t) for part in parts)
    return (
        f'<article class="reading paper"><header><h2{lang(document)}>{isolated(document.title)}</h2>'
        f"{_facts(document, n_passages, t)}{_held(document, t)}"
        f'<p class="quiet">{escape(t("documents.shown"))}</p></header>'
        f"{_search_line(parts, n_matches, query, t)}{_contents(parts, document, t)}{body}</article>"
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A heading, the lead-in of a list, or a passage, in reading order."""

    n: int  # from 1
    text: str
    found: Sequence[Match]
    first: int  # number of its first match in the document
    level: int = 0  # of a heading, from 0; -1: a lead-in
    chunk: Chunk | None = None  # None for headings and lead-ins
    where: str = ""  # of a lead-in: which paragraph it is

    @property
    def last(self) -> int:
        """Number of the last match so far."""
        return self.first + len(self.found) - 1


def _parts(chunks: Sequence[Chunk], query: str) -> list[_Part]:
    """The chunks of a document with each heading where it changes, their matches numbered through."""
    parts: list[_Part] = []
    headings: tuple[str, ...] = ()
    group, first = "", 1

    def add(text: str, level: int = 0, chunk: Chunk | None = None, where: str = "") -> None:
        nonlocal first
        parts.append(_Part(len(parts) + 1, text, matches(text, query), first, level, chunk, where))
        first = parts[-1].last + 1

    for chunk in chunks:
        outer = chunk.headings[:-1] if chunk.group else chunk.headings  # the last heading of a point is its lead-in
        same = next((n for n, (a, b) in enumerate(zip(outer, headings, strict=False)) if a != b), len(outer))
        for level, heading in list(enumerate(outer))[min(same, len(headings)) :]:
            add(heading, level)
        headings = outer
        if chunk.group and chunk.group != group and chunk.headings:
            add(chunk.headings[-1], -1, where=chunk.group.removeprefix(f"{chunk.doc_id} "))
        group = chunk.group
        add(chunk.text, chunk=chunk)
    return parts


def _part(part: _Part, n_matches: int, document: Document, t: Texts) -> str:
    steps = _steps(part, n_matches, t)
    if part.chunk is None and part.level >= 0:
        tag = f"h{min(6, part.level + 3)}"
        words = marked(part.text, part.found, part.first)
        return f'<{tag} id="{_anchor(part)}"{lang(document)} dir="auto">{words}</{tag}>{steps}'
    if part.chunk is None:
        words = f'<p class="words"{lang(document)} dir="auto">{marked(part.text, part.found, part.first)}</p>'
        return f'<div class="passage lead-in"><span class="where">{isolated(part.where)}</span>{words}{steps}</div>'
    here = f"passage-{escape(part.chunk.id)}"
    kind = " point" if part.chunk.kind == "point" else ""
    return (
        f'<div class="passage{kind}" id="{here}"><a class="where" href="#{here}">{isolated(part.chunk.locator)}</a>'
        f"{_words(part, document)}{steps}</div>"
    )


def _words(part: _Part, document: Document) -> str:
    """The text of a passage; the first line of a news item is a heading to find it by."""
    headline = ""
    rest = 0
    if part.chunk is not None and part.chunk.kind == "news":
        rest = part.text.find("\n") + 1 or len(part.text)
        headline = f'<h3 dir="auto">{marked(part.text, part.found, part.first, slice(0, rest))}</h3>'
    words = marked(part.text, part.found, part.first, slice(rest, None))
    return f'<div class="words"{lang(document)} dir="auto">{headline}{words}</div>'


def _anchor(part: _Part) -> str:
    return f"heading-{part.n}"


def _steps(part: _Part, n_matches: int, t: Texts) -> str:
    """Links from the matches of a part to those before and after them."""
    if not part.found:
        return ""
    links = [
        _link(n, words, sign)
        for n, words, sign in (
            (part.first - 1, t("documents.previous"), "↑"),
            (part.last + 1, t("documents.next"), "↓"),
        )
        if 1 <= n <= n_matches
    ]
    numbers = str(part.first) if part.first == part.last else f"{part.first}–{part.last}"
    said = escape(t("documents.match", n=len(part.found), numbers=numbers, all=n_matches))
    return f'<nav class="steps" aria-label="{said}"><span>{said}</span>{"".join(links)}</nav>'


def _link(n: int, words: str, sign: str) -> str:
    return f'<a href="#match-{n}"><span aria-hidden="true">{sign}</span> {escape(words)}</a>'


def _search_line(parts: Sequence[_Part], n: int, query: str, t: Texts) -> str:
    """How often the document holds what was searched for; "" when nothing was."""
    asked = query[:MOST_QUERY].strip()
    if not asked:
        return ""
    if not n:
        return f'<p class="finds">{_with(asked, "documents.no_matches", t)}</p>'
    headings = sum(len(part.found) for part in parts if part.chunk is None)
    passages = sum(bool(part.found) for part in parts if part.chunk is not None)
    said = t("documents.matches", n=n)
    if passages:
        said += " " + t("documents.in_passages", n=passages)
    if headings:
        said += ", " + t("documents.in_headings", n=headings)
    return (
        f'<p class="finds">{_with(asked, "documents.matches_for", t)} <strong>{escape(said)}</strong> '
        f"{_link(1, t('documents.first_match'), '↓')}</p>"
    )


def _with(query: str, key: str, t: Texts) -> str:
    """Words of the page around words of the user."""
    before, _, after = t(key, query="\0").partition("\0")
    return f"{escape(before)}{isolated(query)}{escape(after)}"


def _contents(parts: Sequence[_Part], document: Document, t: Texts) -> str:
    headings = [part for part in parts if part.chunk is None and part.level >= 0]
    if len(headings) < 2:
        return ""
    links = "".join(
        f'<li class="level-{min(part.level, 3)}"><a href="#{_anchor(part)}">{isolated(part.text)}</a></li>'
        for part in headings
    )
    name = escape(t("documents.contents"))
    return (
        f'<details class="contents"><summary>{name}</summary><nav aria-label="{name}">'
        f'<ul role="list"{lang(document)}>{links}</ul></nav></details>'
    )


def _card(document: Document, n_passages: int, t: Texts) -> str:
    icon = _ICONS.get(document.kind, _ICONS["plain"])
    doc_id, label = escape(document.id), escape(t("documents.read_label", title=document.title))
    return (
        f'<li class="card"><svg class="kind" viewBox="0 0 24 24" aria-hidden="true"><path d="{icon}"/></svg>'
        f"<div><h3{lang(document)}>{isolated(document.title)}</h3>"
        f"{_facts(document, n_passages, t)}{_held(document, t)}</div>"
        f'<button type="button" class="read" data-document="{doc_id}" aria-label="{label}">'
        f"{escape(t('documents.read'))}</button></li>"
    )


def _facts(document: Document, n_passages: int, t: Texts) -> str:
    facts = (
        escape(t(f"kinds.{document.kind}")),
        isolated(_dates(document.date, t)) if document.date else "",
        escape(_language(document.language, t)),
        escape(t("documents.passages", n=n_passages)),
        isolated(t("documents.publisher", name=document.publisher)) if document.publisher else "",
    )
    shown = "".join(f"<li>{fact}</li>" for fact in facts if fact)
    return f'<ul class="facts" role="list">{shown}</ul>'


def _held(document: Document, t: Texts) -> str:
    """How much of a longer list a listing is, in words and as a bar; "" for other documents."""
    held, advertised = document.notes.get("held", 0), document.notes.get("advertised", 0)
    if not held or not advertised:
        return ""
    if held >= advertised:
        return f'<p class="held">{escape(t("documents.all_held"))}</p>'
    first, last = document.notes["first"], document.notes["last"]
    said = f"{t('documents.held', held=held, advertised=advertised)}, {first}–{last}"
    bar = (
        f'<svg viewBox="0 0 {advertised} 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="all" width="{advertised}" height="1"/>'
        f'<rect class="part" x="{first - 1}" width="{last - first + 1}" height="1"/></svg>'
    )
    return f'<p class="held">{bar}<strong>{escape(said)}</strong> {escape(t("documents.held_note"))}</p>'


def _dates(date: str, t: Texts) -> str:
    """A day, month or period in words; what the catalog says in words stays as it is."""
    first, _, last = date.partition("/")
    if re.fullmatch(r"[\d-]+/[\d-]+", date):
        return t("documents.period", first=t.date(first), last=t.date(last))
    return t.date(date)


def _language(code: str, t: Texts) -> str:
    return Locale(t.language).languages.get(code) or t("documents.unknown_language")
