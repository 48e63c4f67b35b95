"""Items and passages of a time, and the item that a few words describe."""

from __future__ import annotations

from rag.understanding.dates import dates_in, days_in
from rag.understanding.outline import Outline, day_of, title_of
from rag.understanding.periods import Period, dated_as
from rag.understanding.places import places_in
from rag.understanding.vocabulary import GENERIC
from rag.understanding.words import content, has, stem


def news_in(outline: Outline, periods: tuple[Period, ...]) -> tuple[int, ...]:
    """Rows of the items that are dated within any of some periods."""
    days = {row: day for row in outline.news if (day := day_of(outline.chunks[row]))}
    return tuple(row for row, day in days.items() if any(p.holds(Period(day, day)) for p in periods))


def passages_in(outline: Outline, periods: tuple[Period, ...]) -> tuple[int, ...]:
    """Rows of the passages that are dated within some periods or speak of days that are."""
    found = []
    for row, chunk in enumerate(outline.chunks):
        day = day_of(chunk)
        body = chunk.text.split("\n", 2)[-1] if day else chunk.text
        spoken = days_in(body, day) if day else tuple(p for d in dates_in(body) for p in d.periods)
        own = Period(day, day) if day else dated_as(outline.documents[chunk.doc_id].date)
        if any(p.meets(q) for p in periods for q in (*spoken, *filter(None, [own]))):
            found.append(row)
    return tuple(found)


def best_item(words: str, outline: Outline) -> int | None:
    """Row of the item that a few words describe: the one with most of them; None when none has two thirds."""
    wanted = [said for _, said in places_in(words)]
    wanted += [(word,) for word in content(words) if stem(word) not in GENERIC and not places_in(word)]
    if not wanted:
        return None

    def share(text: str) -> int:
        return sum(any(has(text, a) for a in alternatives) for alternatives in wanted)

    scores = {row: (share(c.text), share(title_of(c))) for row in outline.news if (c := outline.chunks[row])}
    best = max(scores, key=lambda row: scores[row], default=None)
    return best if best is not None and scores[best][0] * 3 >= 2 * len(wanted) else None
