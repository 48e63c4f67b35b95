"""Who speaks in a passage, and under which heading, in words that a handout would use: from the document's record."""

from __future__ import annotations

import re

from rag.citing import in_words, news_title, quoted
from rag.oneline import unturned
from rag.types import Chunk, Document

_UNKNOWN = re.compile(r"not stated\b", re.IGNORECASE)  # how a catalog says that a document names no publisher
_LABEL = re.compile(r"^(?:[A-Z]|[IVXLC]+)\s+(?=\S)")  # what the printed text sets before a heading: "A", "II"
_YEAR = re.compile(r"\d{4}")


def speaker_of(chunk: Chunk, document: Document) -> str:
    """Who says what a passage says: "The 4th Congress resolution", "IndustriALL Global Union (21 June 2024)".

    A news item is its publisher's; other documents speak for themselves. In English, as the sentences are.
    """
    publisher, date = _publisher(document), in_words(chunk.date)
    if chunk.kind == "news" and date:
        return f"{publisher} ({date})" if publisher else f"The news item of {date}"
    name = _without_publisher(document.title.partition(":")[0].strip(), document)
    if document.kind in name.lower().split():  # "4th Congress resolution"
        return f"The {name}"
    what = {"plain": "document", "listing": "news listing"}.get(document.kind, document.kind)
    return f"The {what} on {_lowered(name)}"


def beginning_of(chunk: Chunk, document: Document, quote: str = "") -> str:
    """How a sentence begins that says who speaks: "The 4th Congress resolution says that".

    The headline of a news item is named where `quote`, what will be told of it, does not come right after it.
    """
    publisher, date = _publisher(document), in_words(chunk.date)
    if chunk.kind == "news" and date and publisher:
        teaser = chunk.text.partition("\n")[2].partition("\n")[2]
        if quote and not teaser.startswith(quote):
            return f"On {date}, under the headline {quoted(news_title(chunk))}, {publisher} reported that"
        return f"On {date}, {publisher} reported that"
    return f"{speaker_of(chunk, document)} says that"


def theme_of(chunk: Chunk, document: Document) -> str:
    """The document's own heading over a passage, without number or letter; where there is none, its title."""
    headings = chunk.headings[:-1] if chunk.kind == "point" else chunk.headings  # the last one is the lead-in
    if chunk.kind == "news" or not headings:
        theme = _without_publisher(document.title, document)
    else:
        theme = _LABEL.sub("", headings[-1]) if document.kind == "resolution" else headings[-1]
    return unturned(theme[:1].upper() + theme[1:])


def _publisher(document: Document) -> str:
    publisher = unturned(document.publisher).strip()
    return "" if _UNKNOWN.match(publisher) else publisher


def _without_publisher(title: str, document: Document) -> str:
    """A title without the publisher's name, or its first word, at its beginning: it is said elsewhere."""
    publisher = _publisher(document)
    for name in filter(None, (publisher, publisher.partition(" ")[0])):
        rest = title.removeprefix(f"{name} ").strip(" :-–")
        if rest and rest != title:
            return rest
    return title


def _lowered(name: str) -> str:
    """A title that goes on a sentence: "Trade unions" becomes "trade unions", "ILO training" and a name stay."""
    words = name.split()
    others = [word for word in words[1:] if word[0].isalpha()]
    plain = name[1:2].islower() and bool(others) and all(word[0].islower() for word in others)
    return name[0].lower() + name[1:] if plain else f"“{name}”"
