"""What every fragment of the page is made with: words of others are escaped here."""

from __future__ import annotations

from html import escape

from rag.texts import Texts
from rag.types import Chunk, Document


def isolated(text: str) -> str:
    """Words of others, which must not turn round what stands beside them, as Arabic or a hidden mark can.

    Half a character, which a browser can send, becomes a question mark: it could not be sent back.
    """
    return f"<bdi>{escape(text.encode('utf-8', 'replace').decode())}</bdi>"


def lines(text: str) -> str:
    """Words of others whose line breaks are kept."""
    return isolated(text).replace("\n", "<br>")


def lang(document: Document) -> str:
    """The attribute that says which language a document is in, so that it is read aloud as it should; "" if unknown."""
    return "" if document.language in ("", "und") else f' lang="{escape(document.language)}"'


def locator(chunk: Chunk, t: Texts) -> str:
    """Where a passage stands in its document, as a reader of the page would say it; not escaped."""
    return t.date(chunk.date) if chunk.kind == "news" and chunk.date else chunk.locator
