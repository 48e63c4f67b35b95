"""The top of the page: what this is, what is in the collection, and what to ask."""

from __future__ import annotations

from html import escape

from rag.store import Store
from rag.texts import Texts
from rag.ui.html import isolated

EXAMPLES = ("understand", "list", "find")  # groups; their questions are in the texts as examples.GROUP.1, .2, ...


def header(store: Store, lacks_model: str, t: Texts) -> str:
    """Name, promise, what is held, and what is wrong if the language model cannot be used."""
    warning = (
        f"<p class='warning' role='alert'>{escape(t('page.no_model', why=lacks_model))}</p>" if lacks_model else ""
    )
    return (
        f"<header role='banner'><a class='skip' href='#question'>{escape(t('page.skip'))}</a>"
        f"<h1>{escape(t('page.title'))}</h1><p class='promise'>{escape(t('page.promise'))}</p>"
        f"<p class='collection'>{escape(collection(store, t))}</p>{warning}</header>"
    )


def collection(store: Store, t: Texts) -> str:
    """One line on what is in the collection: documents, news items held of those advertised, newest item."""
    documents = store.documents.values()
    held = sum(d.notes.get("held", 0) for d in documents)
    parts = [t("page.documents_held", n=len(documents))]
    if held:
        parts.append(t("page.held", held=held, advertised=sum(d.notes.get("advertised", 0) for d in documents)))
    if newest := store.newest_date():
        parts.append(t("page.newest", date=t.date(newest)))
    return " · ".join(parts)


def examples(t: Texts) -> str:
    """Questions to begin with, by what one wants to do; the page asks them when they are pressed."""
    groups = "".join(
        f"<li><h3>{escape(t(f'examples.group.{group}'))}</h3>"
        + "".join(f"<button type='button' class='example'>{isolated(q)}</button>" for q in questions(group, t))
        + "</li>"
        for group in EXAMPLES
    )
    return f"<h2>{escape(t('ask.examples'))}</h2><ul class='examples'>{groups}</ul>"


def questions(group: str, t: Texts) -> list[str]:
    """The example questions of one group."""
    return [words for key, words in t.words.items() if key.startswith(f"examples.{group}.")]
