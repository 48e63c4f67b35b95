"""Citations as a person writes them in a handout: who, “what”, when, and where in it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from babel.dates import format_date

from rag.oneline import unturned
from rag.types import Chunk, Document

if TYPE_CHECKING:
    from rag.texts import Texts

_UNKNOWN = re.compile(r"not stated\b", re.IGNORECASE)  # how a catalog says that a document names no publisher
_YEAR = re.compile(r"\d{4}")
_INNER_QUOTES = str.maketrans("“”„", "‘’‚")


def reference(document: Document, chunk: Chunk, t: Texts | None = None) -> str:
    """A citation of a passage, as in a list of sources.

    `IndustriALL Global Union, “Unions in Japan play key role in promoting due diligence”, 20 February 2023.`
    A news item is cited by its own title and day. A date that the title names is not said twice, and words for a date
    that name no year ("the text bears no date") are left out. Plain text on one line.

    Args:
        document: the one that `chunk` is a passage of.
        chunk: the passage.
        t: writes dates in another language; default: English.
    """
    news = chunk.kind == "news"
    title = news_title(chunk) if news else document.title
    date = in_words(chunk.date or document.date, t)
    parts = [
        "" if _UNKNOWN.match(document.publisher.strip()) else document.publisher,
        quoted(title or document.title),
        date if _YEAR.search(date) and date not in title else "",
        "" if news and chunk.date else chunk.locator,
    ]
    return f"{', '.join(filter(None, map(unturned, parts)))}."


def news_title(chunk: Chunk) -> str:
    """The title of a news item, which is the first line of its passage."""
    return unturned(chunk.text.partition("\n")[0])


def in_words(date: str, t: Texts | None = None) -> str:
    """An ISO day, month or interval as a person writes it; whatever is none of them comes back as it is."""
    write = t.date if t else _in_english
    return " – ".join(map(write, date.split("/"))) if re.fullmatch(r"[\d-]+/[\d-]+", date) else write(date)


def quoted(title: str) -> str:
    """A title in quotation marks; those inside it become single ones."""
    inner = re.sub(r'"([^"]*)"', r"‘\1’", unturned(title)).translate(_INNER_QUOTES)
    return f"“{inner}”"


def _in_english(iso: str) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}", iso):
            return format_date(dt.date.fromisoformat(f"{iso}-01"), "MMMM y", locale="en_GB")
        return format_date(dt.date.fromisoformat(iso), "long", locale="en_GB")
    except ValueError:
        return iso
