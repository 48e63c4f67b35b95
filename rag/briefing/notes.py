"""The footnotes of a handout: source and exact quotation, numbered as Word and HTML number them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.briefing.records import Briefing
from rag.citing import reference
from rag.lead_in import lead_in_of
from rag.markdown import escape, footnote, noted
from rag.types import Chunk, Span

if TYPE_CHECKING:
    from rag.texts import Texts

_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Notes:
    """Gives each citation a footnote of its own, in the order of the page; `blocks` go below everything else."""

    def __init__(self, briefing: Briefing, t: Texts, tagged: bool) -> None:
        """Args: as for `rag.briefing.document.markdown`."""
        self.blocks: list[str] = []
        self.numbers: dict[Span, list[int]] = {}  # of the footnotes of each quotation, in order of the page
        self._documents = {document.id: document for document in briefing.documents}
        self._chunks = {point.chunk.id: point.chunk for point in briefing.points}
        self._chunks |= {dated.chunk.id: dated.chunk for dated in briefing.timeline}
        self._t = t
        self._tagged = tagged

    def cited(self, text: str, spans: Iterable[Span]) -> str:
        """Words of the documents or of the model, escaped, with the marks of a new footnote for each span."""
        spans = tuple(spans)
        language = self._documents[spans[0].doc_id].language if spans else ""
        return self._spoken(text, language) + noted("", [self._added(span) for span in spans])

    def reference(self, span: Span) -> str:
        """Where a quotation stands, as in a list of sources; not escaped."""
        return reference(self._documents[span.doc_id], self.chunk(span), self._t)

    def place(self, span: Span) -> str:
        """The same without the publisher."""
        return reference(replace(self._documents[span.doc_id], publisher=""), self.chunk(span), self._t)

    def chunk(self, span: Span) -> Chunk:
        """The passage that a quotation is of; of one that is in no point and not dated nothing but the words."""
        bare = Chunk(span.chunk_id, span.doc_id, span.start, span.end, span.quote, (), "", "", "paragraph", "")
        found = self._chunks.get(span.chunk_id, bare)
        lead_in = lead_in_of(found, self._documents[found.doc_id]) if span.start < found.start else None
        return lead_in or found

    def verbatim(self, span: Span) -> bool:
        """Whether the document says just these words at this place."""
        return self._documents[span.doc_id].text[span.start : span.end] == span.quote

    def quotation(self, span: Span) -> str:
        """The quotation between its marks, escaped."""
        return f"“{self._spoken(span.quote, self._documents[span.doc_id].language)}”"

    def _added(self, span: Span) -> str:
        """The name of a new footnote."""
        number = len(self.blocks) + 1
        note = footnote(f"n{number}", self.reference(span), span.quote)
        self.numbers.setdefault(span, []).append(number)
        self.blocks.append(note.removesuffix(f"“{escape(span.quote)}”") + self.quotation(span))
        return f"n{number}"

    def _spoken(self, text: str, language: str) -> str:
        """Escaped words that tell a reader aloud their language where it is not that of the handout."""
        foreign = self._tagged and language != self._t.language and _LANGUAGE.fullmatch(language)
        return f"[{escape(text)}]{{lang={language}}}" if foreign else escape(text)
