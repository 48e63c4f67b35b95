"""Unions, companies and institutions that a text names, as slices of it. By form alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.embedding import is_word
from rag.geography import places_in
from rag.names import is_acronym
from rag.words import COMMON

_CAPITAL = r"(?:[A-Z]|[a-z]+[A-Z]{2})[\w’'-]*"
_ROW = re.compile(rf"(?<![\w-]){_CAPITAL}(?:(?: (?:of|for|to|and|&)(?: the)?)? {_CAPITAL})*")
_LISTED = re.compile(rf"(?:, {_CAPITAL})+,? and {_CAPITAL}")  # "Ministry of Economy, Trade and Industry"
_WORD = re.compile(r"[^ ]+")
_EXPLAINED = re.compile(r"(?P<owner>[’']s?)? \((?P<short>[A-Z][\w+-]*)\)")
_SHORT = re.compile(r"\(([A-Z][\w-]*?)s?\)")
_ROMAN = re.compile(r"[IVX]+")
# What an organisation calls itself: a name has one of these or is an acronym.
BODIES = frozenset(
    """union unions congress council councils confederation federation association organization organisation network
    ministry committee foundation stiftung bank institute company corporation commission limited ltd inc gmbh centre
    center fund party university agency alliance secretariat conference court parliament chamber society
    group""".split()  # noqa: SIM905
)
# What names nobody by itself: "Global Union", "Executive Committee", "Trade Unions".
_ANYBODY = frozenset(
    """trade trades global national international regional world executive women youth workers central general local
    working joint new federal the all our young annual""".split()  # noqa: SIM905
)
# Acronyms of things and places that texts often use unexplained.
_THINGS = frozenset(
    """AI CBA CEO COVID CSR EPZ ESG EV FAQ FOA GBV GBVH GDP GFA GFAs HIV HR HRDD ICT ID IT LGBT LGBTI LGBTQ MNC MNCs MNE
    MNEs MoU NGO NGOs OHS OK OSH PDF PDR PPE SDG SDGs SME SMEs TGSL TV US USD""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A name as it stands in a text: `text[start:end]`."""

    text: str
    start: int
    end: int
    keys: frozenset[str]  # in lower case, its name and its acronym: what names of the same organisation share


@lru_cache(maxsize=4096)
def organisations_of(text: str) -> tuple[Organisation, ...]:
    """The organisations that a text names, in order, each as often as it stands there.

    Capitalised words that have in them what an organisation calls itself, with the acronym in brackets behind them, and
    acronyms by themselves. Acronyms of countries, of what a text explains to be something else ("artificial
    intelligence (AI)") and of what is commonly abbreviated are left out.
    """
    found: list[Organisation] = []
    for row in _ROW.finditer(text):
        if text[row.end() : row.end() + 1] == ":" and row.group().isupper():  # "REPORT: ..."
            continue
        for start, end in _names(text, row):
            if not found or start >= found[-1].end:  # the acronym in brackets belongs to the name before it
                found.append(_organisation(text, start, end))
    # What is in brackets behind something else is short for that.
    owned = {key for name in found if name.text.endswith(")") or len(name.keys) > 1 for key in name.keys}
    things = {short for short in _SHORT.findall(text) if short.lower() not in owned}
    return tuple(name for name in found if name.text not in things)


def each_once(names: Iterable[Organisation], known: Iterable[str] = ()) -> Iterator[Organisation]:
    """The first name of each organisation that has none of the `known` keys."""
    seen = set(known)
    for name in names:
        if not seen & name.keys:
            yield name
        seen |= name.keys


def _names(text: str, row: re.Match[str]) -> Iterator[tuple[int, int]]:
    """(start, end) of the names in a row of capitalised words."""
    words = [(row.start() + word.start(), row.start() + word.end()) for word in _WORD.finditer(row.group())]
    piece: list[tuple[int, int]] = []
    n = 0
    while n < len(words):
        if not _is_short(_bare(text, words[n])):
            piece.append(words[n])
            n += 1
            continue
        yield from _of_piece(text, piece)
        last = _last_of_short(text, words, n)
        if _bare(text, words[n]) not in _THINGS or last > n:
            yield words[n][0], words[last][1]
        piece, n = [], last + 1
    yield from _of_piece(text, piece)


def _last_of_short(text: str, words: Sequence[tuple[int, int]], n: int) -> int:
    """The last word of a name that begins with an acronym: "IndustriALL Global Union", "IG Metall", "UA ZENSEN"."""
    if text[words[n][1] - 1] in "s’'" and re.search(r"[’']s?$", text[words[n][0] : words[n][1]]):
        return n
    last = n
    while last + 1 < len(words) and _bare(text, words[last + 1]).lower() in _ANYBODY | BODIES:
        last += 1
    if last > n:
        return last if _bare(text, words[last]).lower() in BODIES else n
    follows = _bare(text, words[n + 1]) if n + 1 < len(words) else ""
    proper = follows[:1].isupper() and (follows.isupper() or not (is_word(follows.lower()) or places_in(follows)))
    return n + proper


def _of_piece(text: str, piece: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """(start, end) of the name in capitalised words without acronyms, if they are one."""
    while piece and (_bare(text, piece[0]).lower() in COMMON or not text[piece[0][0]].isupper()):
        piece = piece[1:]
    low = [_bare(text, word).lower() for word in piece]
    bodies = [n for n, word in enumerate(low) if _is_body(word)]
    if not bodies:
        return
    first, last = 0, bodies[-1]
    whole = next(
        (n for n in bodies if low[n + 1 : n + 2] in (["of"], ["for"], ["to"]) and _capital(text, piece[n + 2 :])), None
    )
    if whole is not None:  # "Union of ..." takes in what follows, and of what stands before only its own words
        first, last = max((n + 1 for n in range(whole) if low[n] in ("and", "&")), default=0), len(piece) - 1
    if all(word in _ANYBODY or word in BODIES or word in COMMON for word in low[first : last + 1]) and "to" not in low:
        return
    listed = _LISTED.match(text, piece[last][1]) if whole is not None else None
    yield piece[first][0], listed.end() if listed else piece[last][1]


def _capital(text: str, words: Sequence[tuple[int, int]]) -> bool:
    return any(text[start].isupper() for start, _ in words[:2])


def _organisation(text: str, start: int, end: int) -> Organisation:
    """The name, with its acronym in brackets unless it stands in the genitive."""
    end = start + len(re.sub(r"[’']s?$|(?<=s)[’']$", "", text[start:end]))
    name = text[start:end]
    head = name.partition(" ")[0]
    keys = {head.lower() if _is_mixed(head) else name.lower()}
    if explained := _EXPLAINED.match(text, end):
        keys.add(explained["short"].lower())
        end = end if explained["owner"] else explained.end()
    return Organisation(text[start:end], start, end, frozenset(keys))


def _bare(text: str, word: tuple[int, int]) -> str:
    return re.sub(r"[’']s?$", "", text[word[0] : word[1]])


def _is_body(low: str) -> bool:
    return low in BODIES or low.endswith("stiftung")


def _is_short(word: str) -> bool:
    """Whether a word is an acronym that may be an organisation's."""
    parts = word.split("-")
    return (
        any(is_acronym(part) for part in parts)
        and not any(map(str.isdigit, word))
        and not _ROMAN.fullmatch(word)
        and not places_in(word)
    )


def _is_mixed(word: str) -> bool:
    """Whether a word is a name like IndustriALL, which needs nothing behind it."""
    return _is_short(word) and any(map(str.islower, word)) and word not in _THINGS
