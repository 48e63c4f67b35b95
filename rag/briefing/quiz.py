"""A quiz on the quotations of a briefing: sentences with a gap. Only what fills it rightly is the documents'."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from rag.briefing.distractors import Distractors, Gap
from rag.briefing.records import Point, QuizItem
from rag.store import Store
from rag.types import Span, cited

_MOST = 5
_WRONG = 3  # at most; two at least
_OF_A_KIND = 2  # items with a gap of the same kind, while there are others
_EVERYWHERE = 2  # quotations that may have a right answer; what more of them have is the topic, and easily guessed
_LENGTH = range(8, 61)  # words of a sentence that makes a question
_ENDS = re.compile(r"[.!?;][”\"’')\]]*$")
_ARTICLE = re.compile(r"\b(an?) $", re.IGNORECASE)


Found = tuple[int, int, QuizItem]  # (kind, place among the points, item)


def items(points: Sequence[Point], store: Store) -> tuple[QuizItem, ...]:
    """Five items, or as many as there are points, in the order of the points.

    One a passage, of what the briefing quotes; if these are too few, other sentences of the same passages are asked for
    too. A gap hides a number, an organisation, a date, a place or a phrase; the wrong options are of the same kind and
    form, from other passages of the documents (numbers: near the right one), and none of them stands in the passage. A
    part that the rest of the sentence gives away is not asked for. The same points give the same items.
    """
    distractors = Distractors(store)
    quoted = [cited(s for s in point.sentences if s.shown) for point in points]
    quotes = [span.quote.lower() for spans in quoted for span in spans]
    most = min(_MOST, sum(map(bool, quoted)))
    chosen: list[Found] = []

    def choose(spans_of: Sequence[Sequence[Span]], limit: int, *, again: bool) -> None:
        """Add items; up to `limit` of a kind, and `again` from a passage that has one already."""
        found = [one for place, point in enumerate(points) if (one := asked(place, point, spans_of[place]))]
        for kind, place, item in sorted(found, key=lambda one: one[:2]):
            same = sum(kind == other for other, _, _ in chosen)
            taken = not again and any(place == at for _, at, _ in chosen)
            repeated = any(item.span == other.span or _right(item) == _right(other) for _, _, other in chosen)
            if len(chosen) < most and same < limit and not (taken or repeated):
                chosen.append((kind, place, item))

    def asked(place: int, point: Point, spans: Sequence[Span]) -> Found | None:
        """The most telling item of a passage that is not the topic itself, and so easily guessed."""
        for kind, item in _of_spans(spans, point, distractors):
            if sum(_right(item) in quote for quote in quotes) <= _EVERYWHERE:
                return kind, place, item
        return None

    for limit in (_OF_A_KIND, _MOST):
        choose(quoted, limit, again=False)
    if len(chosen) < most:
        sentences = store.sentences(store.rows_of([point.chunk.id for point in points])).values()
        known = {span for spans in quoted for span in spans}
        others = [[s for s in sentences if s.chunk_id == point.chunk.id and s not in known] for point in points]
        for again in (False, True):
            choose(others, _MOST, again=again)
    return tuple(item for _, _, item in sorted(chosen, key=lambda one: one[1]))


def _of_spans(spans: Sequence[Span], point: Point, distractors: Distractors) -> Iterator[tuple[int, QuizItem]]:
    """(kind, item) for each gap of some quotations of a point's passage, the most telling kinds first."""
    spans = [span for span in spans if _asks(span.quote)]
    kinds = (
        distractors.numbers, distractors.organisations, distractors.dates, distractors.places, distractors.phrases,
        distractors.led_phrases,
    )  # fmt: skip
    for kind, gaps in enumerate(kinds):
        for span in spans:
            for gap in gaps(span.quote, point.chunk.text):
                if item := _item(span, gap):
                    yield kind, item


def _asks(quote: str) -> bool:
    return len(quote.split()) in _LENGTH and _ENDS.search(quote) is not None


def _item(span: Span, gap: Gap) -> QuizItem | None:
    """The item with a gap; None where too little fits or the answer stands in the sentence once more."""
    before, right, after = span.quote[: gap.start], span.quote[gap.start : gap.end], span.quote[gap.end :]
    again = re.search(rf"(?<!\w){re.escape(right)}(?!\w)", f"{before} … {after}", re.IGNORECASE)
    fit = {other.lower(): other for other in gap.wrong if _same_article(before, right, other)}
    fit.pop(right.lower(), None)
    wrong: list[str] = []
    for other in sorted(fit.values(), key=lambda text: _mixed(span.quote, "wrong", text)):
        if len(wrong) < _WRONG and not any(_overlap(other, one) for one in wrong):
            wrong.append(other)
    if again or len(wrong) < 2:
        return None
    options = sorted((right, *wrong), key=lambda text: _mixed(span.quote, "order", text))
    return QuizItem(before, after, tuple(options), options.index(right), span)


def _same_article(before: str, right: str, other: str) -> bool:
    """Whether "a" or "an" before the gap fits both."""
    return not _ARTICLE.search(before) or (right[0].lower() in "aeiou") == (other[0].lower() in "aeiou")


def _overlap(a: str, b: str) -> bool:
    """Whether one says the other too: "due diligence" and "human rights due diligence"; numbers never do."""
    return " " in a and " " in b and (a in b or b in a)


def _mixed(*parts: str) -> str:
    """An order that looks like chance and is the same each time."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _right(item: QuizItem) -> str:
    return item.options[item.right].lower()
