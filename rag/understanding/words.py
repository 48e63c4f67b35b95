"""Words of questions and documents made comparable: stems, spellings, and the words that carry no topic."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")
_LOCK = threading.Lock()  # a stemmer keeps the word it works on
_WORD = re.compile(r"[^\W_]+")
# Regions are written in one, in two and in hyphenated words.
_COMPASS = re.compile(r"\b(north|south)[ -](east|west)")

# What a question is made of besides its topic.
FUNCTION_WORDS = frozenset(
    """a about according across after all also am among an and another any anybody anyone anything are as at be because
    been before being between both but by came can come could did do does doing done down during each either else every
    everything few for from further get give given goes going gone good got great had has have having he her here hers
    him his how i if in into is it its itself kindly kind kinds know let like list listed look made many may me
    might more most much must my name named need neither next no none nor not now of off ok okay on once one ones only
    onto or other others our out over own please put quite rather really s say says said see shall she should show so
    some somebody someone something sort sorts still such sure tell than thank thanks that the their theirs them then
    there these they this those through thus to together too toward towards under until up upon us very want was way we
    well went were what whatever when where whether which while who whole whom whose why will with within without would
    yes yet you your yours d ll m re t ve""".split()  # noqa: SIM905
)


def fold(text: str) -> str:
    """Lower case, without accents and possessives; "South-East" is "southeast"."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return _COMPASS.sub(r"\1\2", re.sub(r"['’]s?\b", " ", plain))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of a folded word, the same for British and American spelling."""
    word = re.sub(r"(?<=\w{3})is(?=(?:e[drs]?|ers|ing|ations?)$)", "iz", word)
    word = re.sub(r"(?<=\w{3})our(?=s?$|ed$|ers?$)", "or", word)
    with _LOCK:
        return str(_STEMMER.stemWord(word))


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """The stems of all words of a text, in order."""
    return tuple(map(stem, _WORD.findall(fold(text))))


def content(text: str) -> list[str]:
    """The folded words of a text that carry a topic, in order."""
    return [word for word in _WORD.findall(fold(text)) if word not in FUNCTION_WORDS]


def has(text: str, phrase: str) -> bool:
    """Whether a text holds the words of a phrase side by side, whatever their endings."""
    return f" {' '.join(stems(phrase))} " in f" {' '.join(stems(text))} "
