"""What people type about a briefing, made into what an `Order` holds; whatever cannot be is said in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.errors import RagError
from rag.oneline import shortened
from rag.types import Chunk
from rag.understanding import clean_question
from rag.understanding.dates import dates_in
from rag.understanding.periods import ALWAYS, Period, dated_as, read

MAX_TOPIC = 200  # characters
_ISO = re.compile(r"\d{4}(?:-\d\d){1,2}")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


class OrderError(RagError):
    """What was typed about a briefing cannot be understood or carried out."""


def topic_of(typed: str) -> str:
    """A topic on one clean line.

    Raises:
        OrderError: it has no word, or too many.
    """
    topic = clean_question(typed)
    if not re.search(r"\w", topic):
        raise OrderError('Give a topic in words, for example: rag brief "just transition" -o briefing.docx')
    if len(topic) > MAX_TOPIC:
        raise OrderError(f"The topic has {len(topic):,} characters; please name it in at most {MAX_TOPIC}.")
    return topic


def since_of(typed: str, chunks: Iterable[Chunk]) -> str:
    """The ISO day from which news items count, for "2023", "May 2023", "1 May 2023", "2023-05-01", "mai 2023".

    Args:
        typed: as people write dates; "" for all news items.
        chunks: of the documents that count.

    Raises:
        OrderError: it is no date, or lies after the newest item, so that none would be left.
    """
    if not typed.strip():
        return ""
    period = _period(" ".join(typed.split()))
    if period is None or period.first == ALWAYS.first:
        raise OrderError(
            f'"{shortened(typed, 40)}" is no date that can be read. Write a day, month or year, such as 2023-05-01, '
            '"May 2023" or 2023.'
        )
    since = period.first.isoformat()
    newest = max((chunk.date for chunk in chunks), default="")
    if newest and since > newest:
        raise OrderError(f"The newest news item is of {newest}; there is none since {since}. Give an earlier date.")
    return since


def _period(typed: str) -> Period | None:
    """The day, month, year or part of one that some words are, and nothing else."""
    if _ISO.fullmatch(typed) or not _YEAR.search(typed):  # without a year it would be counted from today
        return dated_as(typed)
    whole = [dated for dated in dates_in(typed) if (dated.start, dated.end) == (0, len(typed))]
    return whole[0].periods[0] if whole else read(typed)
