"""Whether a sentence denies what its passage says, or says what the passage denies. Compared clause by clause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.words import Word, content_stems, stem, words_of

# What denies the words after it.
_DENIES = frozenset(
    """not never no without neither nor none nobody nothing cannot lack lacks lacked lacking fail fails failed failing
    unable hardly barely scarcely refuse refuses refused refusing stop stops stopped absent""".split()  # noqa: SIM905
)
# What may stand for such a word in a paraphrase, but says by itself no more than any other word.
_SOFT = frozenset(
    """reject rejects rejected rejecting against avoid avoids avoiding prevent prevents preventing rather instead oppose
    opposes opposed deny denies denied denying few little insufficient inadequate non exclude excluding excluded end
    ending eliminate combat combating fight fighting danger lose losing less beyond nor inability absence free excludes
    eliminating eliminates weak refuses refuse stop stops failure remove removing""".split()  # noqa: SIM905
)
# "Not only", "not just" and their like affirm.
_AFFIRMS = frozenset("only just merely simply solely least exclusively".split())  # noqa: SIM905
_REACH = 3  # content words after it that a denial covers
_PREFIX = re.compile(r"^(?:un|in|im|ir|il|dis|non)(?=\w{4})")
_ANSWER = re.compile(r"^\W*(yes|no)\b[\s,.:;—-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Denial:
    """A word that denies, and the stems that it denies, nearest first."""

    word: str
    stems: tuple[str, ...]
    hard: bool


@lru_cache(maxsize=8192)
def denials_of(text: str) -> tuple[Denial, ...]:
    """The denials of a text in order."""
    words = words_of(text)
    found = []
    for n, word in enumerate(words):
        hard = word.low in _DENIES or word.low.endswith("n't")
        if not hard and word.low not in _SOFT:
            continue
        if hard and n + 1 < len(words) and words[n + 1].low in _AFFIRMS:
            continue
        if word.low == "no" and _answers(words, n):
            continue
        found.append(Denial(word.low, _scope(words, n), hard))
    return tuple(found)


def _answers(words: Sequence[Word], n: int) -> bool:
    """Whether "no" is the short answer before the sentence."""
    return n == 0 and len(words) > 1 and words[1].low in (",", ".", ";", "—", ":")


def _scope(words: Sequence[Word], n: int) -> tuple[str, ...]:
    found: list[str] = []
    for word in words[n + 1 :]:
        if word.clause != words[n].clause and not (found == [] and word.low == ","):
            break
        if word.content or word.number:
            found.append(word.stem)
        if len(found) == _REACH:
            break
    if not found:  # "Women are not, however": what stands before it
        found = [word.stem for word in words[max(n - 4, 0) : n] if word.content][-1:]
    return tuple(found)


def contradiction(text: str, units: Sequence[str]) -> str:
    """What of a sentence stands denied in one and affirmed in the other; "" when nothing does.

    Args:
        text: the sentence.
        units: the cited words.
    """
    if reason := _opposite(text, units):
        return reason
    answer = _ANSWER.match(text)
    body = text[answer.end() :] if answer else text
    said = denials_of(body)
    given = [(denial, unit) for unit in units for denial in denials_of(unit)]
    if answer and answer[1].lower() == "yes" and any(_denies_the_whole(denial, body) for denial in said):
        return "it answers yes and then denies"
    said_free, given_free = _unpaired(said, [denial for denial, _ in given])
    for denial in said_free:
        if denial.hard and not _denied_there(denial, units, given_free):
            return f"“{denial.word}” is not in the cited words there"
    for denial, unit in given:
        if denial.hard and _affirmed(denial, unit, body, said, units):
            return f"the cited words have “{denial.word}” there"
    return ""


# Verbs of which one side says the contrary of the other.
_SIDES = tuple(
    tuple(frozenset(stem(word) for word in side.split()) for side in pair.split("/"))
    for pair in (
        "reject oppose refuse condemn denounce/support accept welcome back approve celebrate endorse",
        "increase grow rise widen gain expand improve strengthen/decrease fall decline shrink erode weaken narrow",
        "include/exclude",
        "allow permit/forbid ban prohibit",
    )
)
_ONLY = re.compile(r"(\bnot )?\b(?:just|only|merely|simply)\b", re.IGNORECASE)


def _opposite(text: str, units: Sequence[str]) -> str:
    """A word of the sentence that says the contrary of one of the passage, neither being on both sides."""
    mine = content_stems(text)
    theirs = frozenset().union(*(content_stems(unit) for unit in units))
    for one, other in _SIDES:
        for here, there in ((one, other), (other, one)):
            if mine & here and theirs & there and not theirs & here and not mine & there:
                return "the cited words say the contrary"
    said, given = ([bool(m[1]) for m in _ONLY.finditer(part)] for part in (text, " ".join(units)))
    if said and given and not any(said) and all(given):
        return "the cited words have “not only” there"
    return ""


def _unpaired(said: Sequence[Denial], given: Sequence[Denial]) -> tuple[list[Denial], list[Denial]]:
    """The denials on both sides without those that use the same word of the same things: "not lacking" stays "not"."""
    left, mine = list(given), []
    for denial in said:
        twin = next((o for o in left if _same_word(o, denial) and set(o.stems) & set(denial.stems)), None)
        if twin:
            left.remove(twin)
        else:
            mine.append(denial)
    words = {denial.word for denial in said}
    return mine, [o for o in left if o.hard or o.word not in words]


def _same_word(a: Denial, b: Denial) -> bool:
    return stem(a.word) == stem(b.word)


def _denies_the_whole(denial: Denial, body: str) -> bool:
    """Whether a denial is of the main clause: the first verb, before any clause that depends on it."""
    head = re.split(r"[,;:]|\b(?:that|who|which|where|because|while|without|to)\b", body, maxsplit=1)[0]
    words = {word.low for word in words_of(head)}
    return denial.word in words and (denial.hard or denial.word.startswith(("reject", "oppose", "refuse", "den")))


def _denied_there(denial: Denial, units: Sequence[str], given: Sequence[Denial]) -> bool:
    """Whether the passage denies one of the same words, or writes the denial into a word ("unresolved")."""
    mine = set(denial.stems)
    if any(mine & set(other.stems) for other in given):
        return True
    have = frozenset().union(*(content_stems(unit) for unit in units))
    if any(_PREFIX.sub("", word) in mine for word in have if _PREFIX.match(word)):
        return True
    # Nothing of what is denied is in the passage: some denial of it must be said in other words.
    return not (mine & have) and any(other.hard or other.word in have for other in given)


def _affirmed(denial: Denial, unit: str, body: str, said: Sequence[Denial], units: Sequence[str]) -> bool:
    """Whether the sentence says without denial what a passage denies."""
    if not denial.stems or not said_plainly(denial.stems, body, said, content_stems(unit)):
        return False
    # The same words may stand in the passages a second time, without the denial.
    plain = [other for other in units if other is not unit]
    return not any(set(denial.stems[:2]) <= content_stems(other) for other in plain)


def said_plainly(stems: Sequence[str], body: str, said: Sequence[Denial], known: frozenset[str]) -> bool:
    """Whether the first two of some stems stand in a sentence, none of them under a denial or a word made of one."""
    have = content_stems(body)
    if not all(word in have for word in stems[:2]):
        return False
    if any(set(stems) & set(denial.stems) for denial in said):
        return False
    return not any(_PREFIX.sub("", word) in stems for word in have - known if _PREFIX.match(word))
