"""Questions to discuss: what a trainer asks of a demand, a commitment, something that happened, or a figure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from rag.briefing.measures import Number, dates_in, numbers_in
from rag.briefing.records import Audience, Point
from rag.stance import Mode, frames_of, lead_in
from rag.types import cited
from rag.words import COMMON

if TYPE_CHECKING:
    from rag.texts import Texts

_QUESTIONS = 5
_LEAST, _MOST = 9, 20  # words that are quoted of a longer sentence
_ASKED = {Mode.WANT, Mode.SHOULD, Mode.MUST, Mode.NEED}
_CUE = re.compile(r"\b(?:must|should|will|commit(?:s|ted)?|requests?)\b")
_DEMANDS = re.compile(r"\b(?:demand(?:s|ed)?(?! of\b)|call(?:s|ed)? (?:on|for|upon)|urge[sd]?)\b")
_WORD = re.compile(r"\S+")
_INNER = str.maketrans('“”„"', "‘’‚’")  # the words are put in quotation marks themselves
_PAUSE = re.compile(r"[,;:.!?]$")


class Kind(StrEnum):
    """What a passage says; each has wordings of its own in the texts."""

    FIGURE = "figure"
    DEMAND = "demand"
    COMMITMENT = "commitment"
    EVENT = "event"
    VIEW = "view"  # may be asked of every point


_WORDINGS = {Kind.FIGURE: 2, Kind.DEMAND: 2, Kind.COMMITMENT: 2, Kind.EVENT: 2, Kind.VIEW: 3}


def questions(points: Sequence[Point], audience: Audience, t: Texts) -> tuple[str, ...]:
    """Five questions, all different, in the language of `t`; fewer where there are too few points, none without any.

    Each quotes a few words of a point and says where they stand; the rest is the texts' own and claims nothing. Kinds
    of statement, points and themes take turns. The same points give the same questions.

    Args:
        points: of the briefing, in its order.
        audience: who will discuss.
        t: the words; its section briefing.discussion has the wordings for each audience and kind.
    """
    offered = [
        (kind, point, quote) for point in points for quote in _quotes(point)[:1] for kind in _kinds(point, quote)
    ]
    asked: dict[str, None] = {}
    used: Counter[object] = Counter()

    def turns(offer: tuple[Kind, Point, str]) -> tuple[float, bool]:
        kind, point, _ = offer
        return used[kind] + used[point.chunk.id] + used[point.theme] / 2, kind is Kind.VIEW

    while offered and len(asked) < _QUESTIONS:
        offer = min(offered, key=turns)
        kind, point, quote = offer
        wording = used[kind] % _WORDINGS[kind] + 1
        asked.setdefault(_question(kind, wording, point, quote, audience, t))
        used.update((kind, point.chunk.id, point.theme, offer))
        if used[offer] == _WORDINGS[kind]:
            offered.remove(offer)
    return tuple(asked)


def _question(kind: Kind, wording: int, point: Point, quote: str, audience: Audience, t: Texts) -> str:
    chunk = point.chunk
    place = t.date(chunk.date) if chunk.date else chunk.locator
    if kind is Kind.EVENT and chunk.kind == "news":
        quote = chunk.text.partition("\n")[0]  # its headline says best what happened
    return t(
        f"briefing.discussion.{audience.name.lower()}.{kind}_{wording}",
        words=_few(quote, kind, chunk.kind == "point").translate(_INNER),
        where=t("briefing.discussion.where", theme=point.theme, place=place),
        theme=point.theme,
    )


def _quotes(point: Point) -> list[str]:
    return [span.quote for span in cited(s for s in point.sentences if s.shown)]


def _kinds(point: Point, quote: str) -> Iterator[Kind]:
    """What may be asked about a quotation, the most telling first."""
    modes = {frame.mode for frame in frames_of(quote)} | ({Mode.WANT} if _DEMANDS.search(quote) else set())
    if point.chunk.kind == "point" and point.chunk.headings and (told := lead_in(point.chunk.headings[-1])):
        modes = {told}
    if _counts(quote):
        yield Kind.FIGURE
    if modes & (_ASKED - {Mode.NEED} if point.chunk.kind == "news" else _ASKED):
        yield Kind.DEMAND
    elif Mode.WILL in modes:
        yield Kind.COMMITMENT
    elif point.chunk.date or dates_in(quote):
        yield Kind.EVENT
    yield Kind.VIEW


def _counts(quote: str) -> list[Number]:
    """The numbers that count or measure something; not "Conventions 100 and 111" nor "a two-day workshop"."""
    return [n for n in numbers_in(quote) if n.end > n.last and n.start == n.first and quote[n.last] != "-"]


def _few(quote: str, kind: Kind, begins: bool) -> str:
    """A few words of a quotation, as they stand there, with "…" where it goes on; its first ones if so asked."""
    words = list(_WORD.finditer(quote))
    first = 0 if begins or len(words) <= _MOST else _first(quote, words, kind)
    last = min(len(words), first + _MOST)
    if last < len(words):
        last = max(_ends(words, first, last), default=last)
    said = quote[words[first].start() : words[last - 1].end()]
    return ("… " if first else "") + said.rstrip(".;,:") + (" …" if last < len(words) else "")


def _ends(words: Sequence[re.Match[str]], first: int, last: int) -> Iterator[int]:
    """Where a part of a sentence may end that is long enough: after a mark, or before a word that begins another."""
    for n in range(first + _LEAST, last):
        if _PAUSE.search(words[n - 1].group()) or (words[n].group() in COMMON and words[n - 1].group() not in COMMON):
            yield n


def _first(quote: str, words: Sequence[re.Match[str]], kind: Kind) -> int:
    """The word to begin with: a demand itself, the part of the sentence with "will", somewhat before a figure."""
    demand, cue, at = _DEMANDS.search(quote), _CUE.search(quote), 0
    if kind is Kind.FIGURE:
        at = _counts(quote)[0].start
    elif kind is Kind.DEMAND and demand:
        at = demand.start()
    elif kind in (Kind.DEMAND, Kind.COMMITMENT) and cue:
        at = max((m.end() for m in re.finditer(r"[,;:.] ", quote) if m.end() <= cue.start()), default=0)
    n = next(n for n, word in enumerate(words) if word.end() > at)
    return max(0, n - _MOST // 2) if kind is Kind.FIGURE else min(n, len(words) - _LEAST)
