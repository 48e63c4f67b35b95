"""Who says a thing, and as what: fact, plan, wish or possibility. Compared between a sentence and its passages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rag.words import Word, content_stems, stem, words_of


class Mode(Enum):
    """As what something is said."""

    FACT = "a fact"
    MAY = "possible"
    SHOULD = "what should be"
    MUST = "what must be"
    NEED = "what is needed"
    WILL = "what is to come"
    WANT = "what somebody asks for"


_CUES: dict[str, Mode] = {
    **dict.fromkeys(
        """opportunity opportunities might could can perhaps possibly likely potentially
        potential""".split(),  # noqa: SIM905
        Mode.MAY,
    ),
    **dict.fromkeys("should ought".split(), Mode.SHOULD),  # noqa: SIM905
    **dict.fromkeys("must obliged imperative required requires require".split(), Mode.MUST),  # noqa: SIM905
    **dict.fromkeys(
        """need needs needed essential crucial vital necessary important critical priority""".split(),  # noqa: SIM905
        Mode.NEED,
    ),
    **dict.fromkeys(
        """will shall plan plans planned planning intend intends intended aim aims aimed aiming expected committed
        commits commit commitment pledge pledges pledged promise promises promised determined seek seeks sought due set
        hopes resolved decided agreed ready goal objective target""".split(),  # noqa: SIM905
        Mode.WILL,
    ),
    **dict.fromkeys(
        """would want wants wanted call calls called calling demand demands demanded demanding urge urges urged
        urging ask asks asked asking request requests requested appeal appeals appealed push pushes pushed supposed
        wish wishes advocate advocates advocated advocating propose proposes proposed""".split(),  # noqa: SIM905
        Mode.WANT,
    ),
}
# As what a sentence may say a thing that its passage says so.
_ALLOWED = {
    Mode.FACT: {Mode.FACT, Mode.WANT},
    Mode.MAY: {Mode.MAY},
    Mode.SHOULD: {Mode.SHOULD, Mode.WANT, Mode.NEED},
    Mode.MUST: {Mode.MUST, Mode.WANT, Mode.NEED},
    Mode.NEED: {Mode.NEED, Mode.MUST, Mode.SHOULD, Mode.WANT},
    Mode.WILL: {Mode.WILL, Mode.WANT},
    Mode.WANT: {Mode.WANT, Mode.SHOULD, Mode.MUST, Mode.NEED, Mode.WILL},
}
_TOLD_AS_DONE = {Mode.WILL, Mode.WANT, Mode.SHOULD, Mode.MUST, Mode.NEED}
_NOUN_FOLLOWS = frozenset("a an the its their his her our for of".split())  # noqa: SIM905
_ASPECTS = frozenset(("continu", "keep", "begin", "start", "help", "tri", "further"))  # a verb is still to come
_BEFORE = frozenset("has have had having was were been already".split())  # noqa: SIM905
_REACH = 9  # words between a cue and the verb that it governs, at most, in a sentence


@dataclass(frozen=True, slots=True)
class Frame:
    """As what a passage says a verb."""

    mode: Mode
    verb: str  # its stem
    cue: str


@lru_cache(maxsize=8192)
def frames_of(text: str) -> tuple[Frame, ...]:
    """The verbs of a text that follow a cue directly, with what the cue makes of them."""
    words = words_of(text)
    found = []
    for n, word in enumerate(words):
        mode = _mode(words, n)
        if mode is None:
            continue
        for later in words[n + 1 : n + 5]:
            if later.clause != word.clause or later.low in _NOUN_FOLLOWS:
                break
            if later.content and later.low not in _CUES and later.stem not in _ASPECTS and not later.low.endswith("ly"):
                found.append(Frame(mode, later.stem, word.low))
                break
    return tuple(found)


def _mode(words: Sequence[Word], n: int) -> Mode | None:
    word = words[n]
    if word.text == "may":
        return Mode.MAY
    if word.low in ("need", "set", "due", "call", "demand", "request", "target", "goal", "potential", "priority"):
        # nouns as well as verbs: "there is a need to", "the demands of"
        before = words[n - 1].low if n else ""
        follows = words[n + 1].low if n + 1 < len(words) else ""
        if before in ("a", "the", "in", "an") and follows != "to":
            return None
    if word.low == "due" and n + 1 < len(words) and words[n + 1].low != "to":
        return None
    return _CUES.get(word.low)


def lead_in(heading: str) -> Mode | None:
    """What a list's lead-in, "Therefore, IndustriALL will:", makes of the points under it."""
    frames = [_mode(words_of(heading), n) for n in range(len(words_of(heading)))]
    return next((mode for mode in reversed(frames) if mode), None) if heading.rstrip().endswith(":") else None


def listed_frames(text: str, mode: Mode) -> tuple[Frame, ...]:
    """The verbs that begin a list's point and its parts, under a lead-in."""
    firsts = [words_of(part) for part in re.split(r";\s*(?:and\s+)?|\b[Cc]ontinue to ", text)]
    return tuple(Frame(mode, words[0].stem, "will") for words in firsts if words and words[0].content)


def governed(text: str, verb: str) -> tuple[Mode, bool] | None:
    """As what a sentence says a verb, and whether as something done; None when it does not say it as a verb.

    Args:
        text: the sentence.
        verb: a stem.
    """
    words = words_of(text)
    for n, word in enumerate(words):
        if word.stem != verb or not word.content:
            continue
        cues = [mode for i in range(max(n - _REACH, 0), n) if (mode := _mode(words, i))]
        if cues or any(_mode(words, i) for i in range(n)):
            return (cues[-1] if cues else Mode.WANT), False
        before = [w.low for w in words[max(n - 3, 0) : n]]
        if "to" in before or word.low.endswith("ing") or (n == 0 and not word.low.endswith("ed")):
            return None
        past = word.low.endswith("ed") or word.low in _PASTS
        if past and not {"be", "is", "are"} & set(before):
            return Mode.FACT, bool(_BEFORE & set(before)) or n > 0
        if word.low.endswith("s") or word.low == word.stem or word.low.endswith("e"):
            noun = bool({"a", "the", "an", "of", "for", "their", "its", "and", "with", "in", "on"} & set(before[-1:]))
            return None if noun else (Mode.FACT, False)
        return None
    return None


_PASTS = frozenset(
    """built made led held won fought sought took taken gave given kept ran become became began begun become met found
    sent paid grown risen written said drawn seen shown done""".split()  # noqa: SIM905
)


def done(text: str) -> tuple[Word, ...]:
    """The verbs that a sentence tells as done: "has developed", "have taken", or "developed" after its subject."""
    words = words_of(text)
    found = []
    for n, word in enumerate(words):
        before = [other.low for other in words[max(n - 3, 0) : n]]
        if _past(word) and word.low not in _CUES and {"has", "have", "had"} & set(before) and "to" not in before:
            found.append(word)
    return tuple(found)


def _past(word: Word) -> bool:
    return word.low in _PASTS or (word.low.endswith("ed") and len(word.low) > 3)


def accomplished(text: str, units: Sequence[str], listed: bool) -> str:
    """What a sentence tells as done that its passages only plan, ask for or hold to be needed; "" when nothing.

    Args:
        text: the sentence.
        units: the cited words.
        listed: whether they are points under a lead-in, "Therefore, IndustriALL will:".
    """
    have = content_stems(text)
    for verb in done(text):
        same = [word for unit in units for word in words_of(unit) if word.stem == verb.stem]
        if any(_past(word) for word in same):
            continue
        for unit in units:
            words = words_of(unit)
            first = (
                0 if listed else next((n for n in range(len(words)) if _mode(words, n) in _TOLD_AS_DONE), len(words))
            )
            later = {word.stem for word in words[first + (not listed) :] if word.text[0].isalpha()}
            told = any(_past(word) and words[max(n - 1, 0)].low in ("has", "have") for n, word in enumerate(words))
            if verb.stem in later or (not same and not told and len(later & have) >= max(2, 0.5 * len(have))):
                return f"“{verb.low}” is told as done, not so in the cited words"
    return ""


def shift(text: str, frames: Sequence[Frame], quoted: bool) -> tuple[str, bool]:
    """What a sentence makes of something that its passages say otherwise; "" when nothing.

    Args:
        text: the sentence.
        frames: of its passages.
        quoted: whether the sentence is said to be somebody's words.

    Returns:
        A reason, and whether it is grave: a plan or demand told as done.
    """
    modes: dict[str, set[Mode]] = {}
    for frame in frames:
        modes.setdefault(frame.verb, set()).add(frame.mode)
    for verb, given in modes.items():
        found = governed(text, verb)
        if found is None:
            continue
        mode, done = found
        if any(mode in _ALLOWED[one] for one in given):
            continue
        first = next(iter(given))
        if done and given <= _TOLD_AS_DONE:
            return f"told as done; the cited words have {first.value}", True
        if mode is Mode.FACT and quoted and given <= _TOLD_AS_DONE:
            continue
        return f"said as {mode.value}; the cited words have {first.value}", False
    return "", False


def plainly_told(text: str) -> bool:
    """Whether a whole sentence says somebody does something, with no word that makes it a plan or wish."""
    words = words_of(text)
    if any(_mode(words, n) for n in range(len(words))) or not text.rstrip().endswith("."):
        return False
    return bool(words) and words[0].stem in _ACTORS and any(w.low.endswith("s") and w.content for w in words[1:3])


_ACTORS = frozenset(stem(word) for word in ("industriall", "it", "they", "congress", "federation"))


def raised(text: str, units: Sequence[str], frames: Sequence[Frame]) -> str:
    """What a sentence says must, should, may or will be where its passages say it without that; "" when nothing."""
    framed = {frame.verb for frame in frames}
    cues = {mode for unit in units for n in range(len(words_of(unit))) if (mode := _mode(words_of(unit), n))}
    cues |= {frame.mode for frame in frames}
    have = frozenset().union(*(content_stems(unit) for unit in units))
    for frame in frames_of(text):
        plain = frame.verb in have and frame.verb not in framed
        if plain and frame.mode is not Mode.WANT and not any(frame.mode in _ALLOWED[cue] for cue in cues):
            return f"said with “{frame.cue}”; the cited words have it plainly"
    return ""
