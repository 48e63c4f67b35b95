"""Which documents count for one question: all of them, or those that were chosen for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.errors import RagError
from rag.types import Document
from rag.understanding import Intent, Outline, Request, Task, Turn, outline_of, understand
from rag.understanding.general import documents_named

_HELD = "the documents I hold"
_CHOSEN = "the documents chosen for this question"
_ELSEWHERE = "The documents chosen for this question have no {what}, but {titles} {has}."


class ScopeError(RagError):
    """The documents chosen for a question are none, or are not in the collection."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents that count for a question, among all that there are."""

    whole: Outline
    outline: Outline  # of those that count; `whole` itself when all do. Its rows count from 0
    rows: tuple[int, ...]  # of the store, by row of `outline`

    @property
    def chosen(self) -> bool:
        """Whether some documents do not count."""
        return self.outline is not self.whole

    @property
    def ids(self) -> frozenset[str] | None:
        """Ids of the documents that count; None when all do."""
        return frozenset(self.outline.documents) if self.chosen else None

    @property
    def size(self) -> str:
        """Such as "121 passages of 5 documents", "84 passages of 1 of 5 documents"."""
        of_all = f" of {len(self.whole.documents)}" if self.chosen else ""
        return f"{len(self.outline.chunks)} passages of {len(self.outline.documents)}{of_all} documents"

    def in_store(self, rows: Iterable[int]) -> tuple[int, ...]:
        """Rows of the store for rows of `outline`."""
        return tuple(self.rows[row] for row in rows)

    def said(self, refusal: str) -> str:
        """A refusal that speaks of all documents held, as one that speaks of those that count."""
        return refusal.replace(_HELD, _CHOSEN) if self.chosen else refusal

    def understand(self, question: str, history: Sequence[Turn] = (), intent: Intent = Intent.CONTENT) -> Request:
        """What a question asks for of the documents that count; arguments as for `rag.understanding.understand`.

        Rows are those of `outline`. What rules find in other documents only is a problem, which names them.
        """
        request = understand(question, history, self.outline, intent)
        if not self.chosen:
            return request
        if problem := self._elsewhere(request, understand(question, history, self.whole)):
            return Request(request.question, request.search, problem=problem)
        return replace(request, problem=self.said(request.problem))

    def _elsewhere(self, request: Request, everywhere: Request) -> str:
        """Why a request must not be answered that asks the whole collection for what only other documents have."""
        ordinary = request.task is Task.ANSWER and not (request.exclusive or request.problem)
        holders = dict.fromkeys(self.whole.chunks[row].doc_id for row in everywhere.rows if everywhere.exclusive)
        if not holders:
            return everywhere.problem if ordinary else ""
        inside = self.outline.documents.keys()
        named = documents_named(everywhere.search, self.whole)
        others_named = bool(named) and inside.isdisjoint(named)  # "paragraph 3 of the resolution" is not the article's
        if not inside.isdisjoint(holders) or not (ordinary or others_named):
            return ""
        titles = " and ".join(f"“{self.whole.documents[doc_id].title}”" for doc_id in holders)
        return _ELSEWHERE.format(what=everywhere.asked_for, titles=titles, has="have" if len(holders) > 1 else "has")


def scope_of(whole: Outline, documents: Collection[str] | None = None) -> Scope:
    """The scope of some documents.

    Args:
        whole: of the collection, with the rows of the store.
        documents: their ids; None: all of them.

    Raises:
        ScopeError: it is none, or an id is unknown.
    """
    if documents is not None and not documents:
        raise ScopeError("No document is chosen for this question. Choose at least one.")
    unknown = min((doc_id for doc_id in documents or () if doc_id not in whole.documents), default=None)
    if unknown is not None:
        raise ScopeError(f"There is no document {unknown!r}. To see the ids, run: rag sources --json")
    ids: Collection[str] = whole.documents.keys() if documents is None else set(documents)
    rows = tuple(row for row, chunk in enumerate(whole.chunks) if chunk.doc_id in ids)
    if len(ids) == len(whole.documents):
        return Scope(whole, whole, rows)
    counting = (document for doc_id, document in whole.documents.items() if doc_id in ids)
    return Scope(whole, outline_of(counting, (whole.chunks[row] for row in rows)), rows)


def documents_called(names: Iterable[str], documents: Mapping[str, Document]) -> tuple[str, ...]:
    """Ids of the documents that somebody names, in the order of the collection.

    Args:
        names: each an id, the name of a file, or a part of a title in any case that only one title has.
        documents: by id.

    Raises:
        ScopeError: a name fits no document, or several.
    """
    ids = {_called(name.strip(), documents) for name in names}
    return tuple(doc_id for doc_id in documents if doc_id in ids)


def _called(name: str, documents: Mapping[str, Document]) -> str:
    exact = [d.id for d in documents.values() if name in (d.id, d.file) or name.casefold() == d.title.casefold()]
    partly = [d.id for d in documents.values() if name and name.casefold() in d.title.casefold()]
    found = exact or partly
    if not found:
        raise ScopeError(f"There is no document {name!r}. To see what there is, run: rag sources")
    if len(found) > 1:
        titles = ", ".join(f"“{documents[doc_id].title}”" for doc_id in found)
        raise ScopeError(f"{name!r} may be any of {titles}. Give more of the title, or an id: rag sources --json")
    return found[0]
