"""Whether the quotations of a handout stand in the documents, also after these were changed.

Each footnote is looked up anew: its reference says where its quotation must stand, word for word but for white space.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rag.briefing.footnotes import Footnote, footnotes
from rag.citing import reference
from rag.lead_in import lead_in_of
from rag.oneline import one_line
from rag.store import Store
from rag.types import Chunk, Document

if TYPE_CHECKING:
    from rag.texts import Texts

_LONGEST = 400  # words of a quotation that are compared; more only cost time
_SLACK = 12  # words around the nearest ones, in case that some were put in or left out
_NEAR = 0.5  # share of the words from which a place is near


class Verdict(StrEnum):
    """What became of a quotation."""

    STANDS = "stands"  # word for word where its reference says
    MISPLACED = "misplaced"  # word for word, but elsewhere
    ALTERED = "altered"  # nowhere; the document that its reference names says something else
    GONE = "gone"  # nowhere, and its reference names no document
    UNQUOTED = "unquoted"  # the footnote has no quotation


@dataclass(frozen=True, slots=True)
class Checked:
    """A footnote and what became of its quotation."""

    note: Footnote
    verdict: Verdict
    where: str = ""  # reference of the place where a misplaced one stands
    nearest: str = ""  # the words of the document nearest to an altered one; "" when none are near
    differing: tuple[tuple[str, str], ...] = ()  # (words of the footnote, words of the document) where these differ


def check(file: Path, store: Store, languages: Iterable[Texts] = ()) -> tuple[Checked, ...]:
    """Look up every footnote of a handout, in the order of the page.

    Args:
        file: a briefing in Markdown or Word.
        store: of the documents as they are now.
        languages: in which its references may be written, besides English.

    Raises:
        CheckError: the file cannot be read as a handout with footnotes.
    """
    notes = footnotes(file)
    places = _Places(store, languages)
    return tuple(places.checked(note) for note in notes)


@dataclass(frozen=True, slots=True)
class _Place:
    """A passage, or a whole document, as references name it."""

    document: Document
    chunk: Chunk  # its id is "" where it is the whole document
    text: str  # on one line

    def has(self, quote: re.Pattern[str]) -> bool:
        return quote.search(self.text) is not None


class _Places:
    """All places that a reference may name."""

    def __init__(self, store: Store, languages: Iterable[Texts]) -> None:
        whole = [(document, _whole(document)) for document in store.documents.values()]
        passages = [(store.documents[chunk.doc_id], chunk) for chunk in store.chunks().values()]
        over = [(document, lead_in) for document, chunk in passages if (lead_in := lead_in_of(chunk, document))]
        self._all = [_Place(document, chunk, one_line(chunk.text)) for document, chunk in passages + over + whole]
        self._named: dict[str, list[_Place]] = {}  # by reference, in the languages that were needed so far
        self._languages = deque([None, *languages])  # None: English
        self._nearest: dict[str, _Nearest] = {}

    def checked(self, note: Footnote) -> Checked:
        """What became of a footnote's quotation."""
        if not note.quote:
            return Checked(note, Verdict.UNQUOTED)
        quote = _whole_words(note.quote)
        named = self._places_of(note.reference)
        if any(place.has(quote) for place in named):
            return Checked(note, Verdict.STANDS)
        documents = {place.document.id: place.document for place in named} or self._documents_of(note.reference)
        # What stands in the same document is nearer than the same words in another.
        elsewhere = sorted((p for p in self._all if p.has(quote)), key=lambda p: p.document.id not in documents)
        if elsewhere:
            return Checked(note, Verdict.MISPLACED, where=reference(elsewhere[0].document, elsewhere[0].chunk))
        if not documents:
            return Checked(note, Verdict.GONE)
        _, nearest, differing = max(self._near(note.quote, documents.values()), key=lambda near: near[0])
        return Checked(note, Verdict.ALTERED, nearest=nearest, differing=differing)

    def _places_of(self, named: str) -> Sequence[_Place]:
        """The places with this reference: in English, or else in whichever language has it."""
        while named not in self._named and self._languages:
            t = self._languages.popleft()
            for place in self._all:
                places = self._named.setdefault(one_line(reference(place.document, place.chunk, t)), [])
                if place not in places:
                    places.append(place)
        return self._named.get(named, ())

    def _documents_of(self, named: str) -> dict[str, Document]:
        """The documents that a reference names with a place in them that is not there."""
        return {
            place.document.id: place.document
            for known, places in self._named.items()
            for place in places
            if not place.chunk.id and named.startswith(f"{known.removesuffix('.')}, ")
        }

    def _near(
        self, quote: str, documents: Iterable[Document]
    ) -> Iterator[tuple[float, str, tuple[tuple[str, str], ...]]]:
        for document in documents:
            nearest = self._nearest.setdefault(document.id, _Nearest(document))
            yield nearest.to(quote)


class _Nearest:
    """Finds the words of a document that are nearest to some others."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def to(self, quote: str) -> tuple[float, str, tuple[tuple[str, str], ...]]:
        """(how near in [0, 1], the document's words, where they differ as in `Checked`); 0 when nothing is near."""
        words = quote.split()[:_LONGEST]
        self._matcher.set_seq1(words)
        same = self._matcher.find_longest_match()
        first = max(0, same.b - same.a - _SLACK)
        around = self._words[first : same.b - same.a + len(words) + _SLACK]
        compared = SequenceMatcher(None, words, around, autojunk=False)
        blocks = [block for block in compared.get_matching_blocks() if block.size]
        share = sum(block.size for block in blocks) / len(words)
        if share < _NEAR:
            return 0.0, "", ()
        left = blocks[0].b - blocks[0].a
        right = blocks[-1].b + len(words) - blocks[-1].a
        nearest = around[max(0, left) : right]
        compared.set_seq2(nearest)
        differing = tuple(
            (" ".join(words[a:b]), " ".join(nearest[c:d]))
            for kind, a, b, c, d in compared.get_opcodes()
            if kind != "equal"
        )
        return share, " ".join(nearest), differing

    @cached_property
    def _words(self) -> list[str]:
        return one_line(self._document.text).split()

    @cached_property
    def _matcher(self) -> SequenceMatcher[str]:
        return SequenceMatcher(None, [], self._words, autojunk=False)


def _whole(document: Document) -> Chunk:
    """A document as one passage without a place in it."""
    return Chunk("", document.id, 0, len(document.text), document.text, (), "", "", "paragraph", "")


def _whole_words(quote: str) -> re.Pattern[str]:
    """A quotation that does not begin or end amid a word or number: "acceptable" is not in "unacceptable"."""
    begin = r"(?<!\w)(?<!\w[-'’])(?<!\d[.,])" if re.match(r"\w", quote) else ""
    end = r"(?!\w)(?![-'’]\w)(?![.,]\d)" if re.search(r"\w$", quote) else ""
    return re.compile(begin + re.escape(quote) + end)
