"""Who is said to say a thing, in a sentence and in its passages. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.names import Name, holds_name, names_of
from rag.words import COMMON, Word, content_stems, plain_text, words_of

_REPORTS = frozenset(
    """say says said argue argues argued claim claims claimed warn warns warned explain explains explained stress
    stresses stressed emphasize emphasizes emphasized emphasise emphasises emphasised insist insists insisted believe
    believes believed think thinks thought add adds added declare declares declared tell tells told state states stated
    note notes noted""".split()  # noqa: SIM905
)
# These have an object: what follows is asked for, not said to be so.
_ASKS = frozenset(
    """urge urges urged call calls called demand demands demanded ask asks asked appeal appeals appealed""".split()  # noqa: SIM905
)
# Reading a document aloud is not citing a speaker.
_PAPERS = frozenset(
    """article document text passage report story news resolution congress item page feature profile source title
    headline publication collection statement it they he she paragraph point list""".split()  # noqa: SIM905
)
_NOUNS = frozenset("state states note notes claim claims stress stresses".split())  # noqa: SIM905
_OPENING = frozenset("in at on during after before for with when since".split())  # noqa: SIM905
_QUOTED = re.compile(r'^"(.{20,})"?\s*$', re.DOTALL)
_CALLED = re.compile(r"\b(?:so|is|are|was|were|be|often|been|also) $", re.IGNORECASE)  # "what is often called"


@dataclass(frozen=True, slots=True)
class Saying:
    """A speaker and what is said."""

    speaker: str  # as written; "" where somebody is quoted without a name
    names: tuple[Name, ...]
    said: frozenset[str]  # stems
    asks: bool

    @property
    def paper(self) -> bool:
        """Whether it is a document that says it, or nobody who is named."""
        low = {word.low for word in words_of(self.speaker)}
        return not self.names and bool(low & _PAPERS or not low - COMMON)


@lru_cache(maxsize=8192)
def sayings_of(text: str) -> tuple[Saying, ...]:
    """Who says what in a text."""
    plain = plain_text(text)
    found = []
    if match := re.match(r"\W*according to ([^,]+),\s*(.*)", plain, re.IGNORECASE | re.DOTALL):
        found.append(_saying(match[1], match[2], False))
    elif match := re.search(r"(.*?),?\s+according to ([^,.]+)[.]?$", plain, re.IGNORECASE | re.DOTALL):
        found.append(_saying(match[2], match[1], False))
    match = re.match(r"([A-Z][A-Z]+(?: [A-Z][A-Z]+)+): (.*)", plain)  # "JYRKI RAINA: Welcome"
    if match and not {word.low for word in words_of(match[1])} & _PAPERS:
        found.append(_saying(match[1].title(), match[2], False))
    words = words_of(text)
    for n, word in enumerate(words):
        if word.low not in _REPORTS | _ASKS or _CALLED.search(plain[: word.start]) or (n and words[n - 1].low == "the"):
            continue
        asks = word.low in _ASKS
        following = words[n + 1].low if n + 1 < len(words) else ""
        if word.low.startswith("call") and following not in ("on", "for", "upon"):
            continue
        if word.low in _NOUNS and following not in ("that", ":"):
            continue
        rest = plain[word.end :]
        inverted = re.match(r"\s+((?:[A-Z][\w'-]*\s?)+|the [^,.]+)(?=[,.]|$)", rest)
        if not asks and inverted and n and (words[n - 1].low in ',"' or words[n - 1].low == '"'):
            found.append(_saying(inverted[1], plain[: word.start], False))
        elif subject := _subject(words, n, plain):
            found.append(_saying(subject, rest, asks))
    return tuple(found)


def _subject(words: Sequence[Word], n: int, plain: str) -> str:
    """The words before a verb, back to where the clause begins; an apposition between commas is passed over."""
    first = n
    while first and n - first < 30 and words[first - 1].low not in ("that", ";", ":", ".", '"', "but", "while"):
        first -= 1
    before = plain[words[first].start : words[n].start].strip(" ,") if first < n else ""
    # "In his welcome to Global Worker, Jyrki Raina says"
    return before.partition(",")[2].strip() if "," in before and words[first].low in _OPENING else before


def _saying(speaker: str, said: str, asks: bool) -> Saying:
    return Saying(speaker.strip(), names_of("- " + speaker), content_stems(said), asks)


def speaker_fault(text: str, units: Sequence[str], publisher: str) -> tuple[str, bool]:
    """What is wrong with who is said to say a sentence; "" when nothing.

    Args:
        text: the sentence.
        units: the cited words, then the titles and headings that they stand under.
        publisher: whose document it is: it may be said to say what nobody else in it says.

    Returns:
        A reason, and whether it is grave: another speaker than in the passage.
    """
    mine = sayings_of(text)
    theirs = [saying for unit in units for saying in sayings_of(unit)]
    quoted = any(_QUOTED.match(plain_text(unit).strip()) for unit in units)
    for saying in mine:
        if saying.asks and (asked := _turned(saying, theirs)):
            return f"said by {_short(asked)} in the cited words", True
        if saying.paper or not saying.names:
            continue
        heard = [other for other in theirs if len(other.said & saying.said) >= 2 or other.speaker.istitle()] or theirs
        if heard and not any(_same_speaker(saying, other) for other in heard):
            if _is_publisher(saying, publisher) and not any(other.names for other in heard):
                continue
            who = next((other.speaker for other in heard if other.names), heard[0].speaker)
            return f"said by {_short(who)} in the cited words", True
        if not heard and not saying.asks and not _is_publisher(saying, publisher):
            return f"nobody says it in the cited words, nor does {_short(saying.speaker)}", True
    if not mine and (owner := _owner(text, units, theirs, quoted)):
        return f"the view of {_short(owner)}, told as a fact", False
    return "", False


def _turned(mine: Saying, theirs: Sequence[Saying]) -> str:
    """Who asks in the passages, where the sentence has those ask who are asked there; "" where it has not."""
    subject = content_stems(mine.speaker)
    for other in theirs:
        if other.asks and subject and not subject & content_stems(other.speaker) and subject <= other.said:
            return other.speaker
    return ""


def _same_speaker(mine: Saying, theirs: Saying) -> bool:
    """Whether every name in one subject is in the other."""
    return all(holds_name(name, theirs.speaker) for name in mine.names)


def _is_publisher(saying: Saying, publisher: str) -> bool:
    return bool(publisher) and all(holds_name(name, publisher + " Congress") for name in saying.names)


def _owner(text: str, units: Sequence[str], theirs: Sequence[Saying], quoted: bool) -> str:
    """Whose view a sentence gives without saying so."""
    have = content_stems(text)
    if not have or '"' in plain_text(text) or _attributes(text):
        return ""
    for saying in theirs:
        speaker = content_stems(saying.speaker)
        said = saying.said - speaker
        if len(have & said) >= max(3, 0.6 * len(have)) and not have & speaker:
            return saying.speaker
    if quoted and any(len(have & content_stems(unit)) >= 0.6 * len(have) for unit in units if unit.startswith('"')):
        return "a speaker"
    return ""


_HEDGES = frozenset(
    """should must will would want wants demand demands urge urges view views opinion hope hopes ask asks push advocate
    agreed committed asked request describes described calls sees finds considers want wanted wish urged promises
    promised""".split()  # noqa: SIM905
)


def _attributes(text: str) -> bool:
    """Whether a sentence is told as a wish or a view in some other way."""
    return bool({word.low for word in words_of(text)} & _HEDGES)


def _short(speaker: str) -> str:
    return " ".join(speaker.split()[-8:])
