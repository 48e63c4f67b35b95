"""Names and acronyms of a sentence, and whether the words that it rests on hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import pycountry

from rag.dates import dates_of
from rag.words import COMMON, Word, stem, words_of

_JOINING = frozenset("of the for and de & to in on".split())  # noqa: SIM905
_TITLES = frozenset("mr mrs ms dr prof sir q a us".split())  # noqa: SIM905
_SIDES = frozenset("north south east west southeast northeast latin central".split())  # noqa: SIM905
# Where people of a country are not called after its name.
_PEOPLES = {
    "filipino": "philippin", "burmes": "myanmar", "dutch": "netherland", "swiss": "switzerland", "french": "franc",
    "spanish": "spain", "british": "britain", "danish": "denmark", "american": "america",
}  # fmt: skip
_ENDINGS = re.compile(r"^(?:n|an|ian|vian|ean|ese|nese|i|ni|ish|s|es|e|a|ia|land|in|ine|ines|)$")


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a sentence: one capitalised word or several in a row."""

    text: str
    stems: tuple[str, ...]  # of its capitalised words
    acronym: bool


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    """The countries whose name is one word, as stems."""
    names = (getattr(country, key, "") for country in pycountry.countries for key in ("name", "common_name"))
    return frozenset(stem(name.lower()) for name in (full.partition(",")[0] for full in names) if name.isalpha())


@lru_cache(maxsize=8192)
def names_of(text: str) -> tuple[Name, ...]:
    """The names of a text in order. A word that only begins a sentence is none unless it looks like one."""
    dates = dates_of(text)
    found: list[Name] = []
    row: list[Word] = []
    words = [word for word in words_of(text) if not any(when.start <= word.start < when.end for when in dates)]
    for n, word in enumerate(words):
        if _is_name(words, n):
            if row and (word.opens or is_acronym(word.text) != is_acronym(row[-1].text) or _parted(words, row[-1], n)):
                found.append(_name(row))
                row = []
            row.append(word)
        elif row and word.low not in _JOINING - {"and", "in", "on"}:
            found.append(_name(row))
            row = []
    return (*found, _name(row)) if row else tuple(found)


def _parted(words: Sequence[Word], last: Word, n: int) -> bool:
    """Whether more than a joining word stands between two capitalised ones."""
    return n - next(i for i in range(n - 1, -1, -1) if words[i] is last) > 3


def _name(row: Sequence[Word]) -> Name:
    return Name(" ".join(word.text for word in row), tuple(word.stem for word in row), is_acronym(row[0].text))


def is_acronym(text: str) -> bool:
    """Whether a word is written like ILO, MoU, ArabTUC or MNCs."""
    return sum(letter.isupper() for letter in text) > 1 and len(text) < 12


def _is_name(words: Sequence[Word], n: int) -> bool:
    word = words[n]
    if not word.text[0].isupper() or word.low in COMMON or word.low in _TITLES or word.text == "I":
        return False
    if not word.opens or is_acronym(word.text) or any(letter.isupper() for letter in word.text[1:]):
        return True
    follows = words[n + 1] if n + 1 < len(words) else None
    if follows is not None and follows.low in ("of", "to") and n + 2 < len(words):  # "Union to Union"
        follows = words[n + 2]
    together = follows is not None and follows.text[0].isupper() and not is_acronym(follows.text)
    return bool(together or same_people(word.stem, _countries()))


@lru_cache(maxsize=65536)
def alike(a: str, b: str) -> bool:
    """Whether two stems name the same country, its people or its things: "japan" and "japanes"."""
    if a == b:
        return True
    a, b = _PEOPLES.get(a, a), _PEOPLES.get(b, b)
    shared = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 4 and bool(_ENDINGS.match(a[shared:]) and _ENDINGS.match(b[shared:]))


def same_people(word: str, known: Iterable[str]) -> bool:
    """Whether any of these is the same country."""
    return any(alike(word, other) for other in known)


def stray_names(text: str, units: Sequence[str], nearby: Sequence[str]) -> list[str]:
    """The names of a sentence that stand nowhere in what it may draw on.

    Args:
        text: the sentence.
        units: the cited words and their context; all words of a name must stand in one of them.
        nearby: more of the same passages, which may only tell what an acronym stands for.
    """
    return [name.text for name in names_of(text) if not any(holds_name(name, unit, nearby) for unit in units)]


def holds_name(name: Name, unit: str, nearby: Sequence[str] = ()) -> bool:
    """Whether a text holds a name, as it stands, as an acronym or in full."""
    have = _stems(unit)
    if all(any(alike(part, other) for other in have) for part in name.stems) and _in_place(name, unit):
        return True
    if name.acronym and len(name.stems) == 1:
        return _spells(name.text, unit) or any(
            have >= full for text in (*nearby, unit) for short, full in _defined(text) if short == _bare(name.text)
        )
    initials = "".join(part[0] for part in name.stems)
    return len(initials) > 2 and any(
        initials == _bare(word.text).lower() for word in words_of(unit) if is_acronym(word.text)
    )


def _in_place(name: Name, unit: str) -> bool:
    """Whether "South" stands before the same word as in the name: "South Asia" is not in "South East Asia"."""
    row = [word.stem for word in words_of(unit) if word.text[0].isalpha() and word.low not in _JOINING]
    wanted = [pair for pair in pairwise(name.stems) if pair[0] in _SIDES or pair[0] == pair[1]]
    pairs = list(pairwise(row))
    return all(any(a == first and alike(b, second) for a, b in pairs) for first, second in wanted)


@lru_cache(maxsize=8192)
def _stems(text: str) -> frozenset[str]:
    return frozenset(word.stem for word in words_of(text) if word.text[0].isalpha())


def _bare(acronym: str) -> str:
    """An acronym without the s of its plural."""
    return acronym[:-1] if acronym.endswith("s") and acronym[:-1].isupper() else acronym


def _spells(acronym: str, unit: str) -> bool:
    """Whether capitalised words in a row have these initials; joining words may be passed over."""
    capitals = [word.text for word in words_of(unit) if word.text[0].isupper()]
    wanted = _bare(acronym).upper()
    return len(wanted) > 1 and wanted in "".join(word[0] for word in capitals if not is_acronym(word))


@lru_cache(maxsize=8192)
def _defined(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Acronyms that a text explains, "multinational companies (MNCs)", with the stems of the words before them."""
    words = words_of(text)
    found = []
    for n, word in enumerate(words[:-1]):
        if n > 1 and words[n - 1].low == "(" and words[n + 1].low == ")" and is_acronym(word.text):
            short = _bare(word.text)
            full = [w for w in words[max(n - 12, 0) : n - 1] if w.content][-sum(c.isupper() for c in short) :]
            # "multinational companies (MNC)": only from the word that the acronym begins with
            while full and full[0].low[0] != short[0].lower():
                full = full[1:]
            if full:
                found.append((short, frozenset(w.stem for w in full)))
    return tuple(found)
