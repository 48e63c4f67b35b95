"""Phrases that several passages share: what the documents themselves call the things they speak of."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.words import COMMON, stem

_TOKEN = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*['’]?|\S")
_LENGTHS = range(2, 5)  # words
_SHARED = 2  # passages that a phrase stands in at least
_PAIRED = 3  # passages with "health and safety" from which "and" belongs to the phrase
_WHOLE = (
    0.6  # share of a phrase's ends at which something else than its next word stands: "due diligence", not "rights due"
)
_PART = 0.5  # share of its occurrences within one longer phrase, above which only the longer one counts
# Where these stand before most of them, a phrase begins with a verb: "to protect workers".
_BEFORE_VERBS = frozenset("to will must should can could would may might not".split())  # noqa: SIM905
# Words that end a phrase, besides the commonest: they judge, measure, order or do, and name nothing.
_IDLE = frozenset(
    """able actively additional agree allow appropriate approach approaches aspect aspects available better build
    building capable certain challenge challenges clear clearly close closely committed common comprehensive contribute
    contributes create creates creating critical crucial current currently defend defending develop developing
    different effective effectively efficient empower enhance enhancing ensure ensures ensuring essential establish
    exist existing face facing fight fighting focus focused focusing further general good great greater grow growing
    high highest hold holding holds important improve improving include included includes including increase increased
    increases increasing increasingly key lack large larger last lead leading less level levels like-minded limit
    limits long main major meet met million millions need needs negatively new next number numbers objective
    objectives old older particular positive possible potential present pressing primary prioritize priority protect
    protecting protects provide provides providing promote promoting proper question ready real recent reduce reducing
    region regional regions role serious significant similar special specific strengthen strengthening strong support
    supporting take taking th together towards urgent use using various vital vitally ways weak well-functioning wide
    widely work working national nationally international internationally global globally local binding enforceable
    actions action activities programmes processes affiliates affiliated joint""".split()  # noqa: SIM905
) - {"global", "international", "work"}  # "global agreements", "precarious work"
_STOPS = (COMMON | _IDLE) - {"just", "over", "own"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two to four words in a row that several texts share."""

    text: str  # as it is written most often
    stems: tuple[str, ...]
    rows: tuple[int, ...]  # positions of the texts that have it, in order


@dataclass(slots=True)
class _Found:
    written: Counter[str] = field(default_factory=Counter)
    rows: set[int] = field(default_factory=set)
    ends: int = 0  # of its occurrences, at which a phrase ends
    verbs: int = 0  # occurrences after a word that has a verb follow


def phrases_of(texts: Sequence[str]) -> tuple[Phrase, ...]:
    """The phrases that at least two of these texts have, in order of first appearance.

    Only words that name something: a phrase is cut at common words, marks, and words that merely judge or do.
    """
    pairs = _pairs(texts)
    found: dict[tuple[str, ...], _Found] = defaultdict(_Found)
    for row, text in enumerate(texts):
        for before, words in _runs(text, pairs):
            for first, last in _parts(words):
                seen = found[tuple(map(_stem, words[first:last]))]
                seen.written[" ".join(words[first:last]).rstrip("'’")] += 1
                seen.rows.add(row)
                seen.ends += (first == 0) + (last == len(words))
                seen.verbs += first == 0 and before in _BEFORE_VERBS
    kept = {stems: seen for stems, seen in found.items() if len(seen.rows) >= _SHARED and _names(seen)}
    return tuple(
        Phrase(_usual(seen.written), stems, tuple(sorted(seen.rows)))
        for stems, seen in kept.items()
        if not any(
            _within(stems, other) and longer.written.total() > _PART * seen.written.total()
            for other, longer in kept.items()
        )
    )


def _names(seen: _Found) -> bool:
    """Whether a phrase mostly stands by itself and mostly begins with no verb."""
    times = seen.written.total()
    return seen.ends >= _WHOLE * 2 * times and seen.verbs <= times / 2


def _usual(written: Counter[str]) -> str:
    """The commonest way of writing; of equally common ones the one with fewer capitals."""
    return min(written, key=lambda text: (-written[text], sum(map(str.isupper, text)), text))


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return len(part) < len(whole) and any(whole[n : n + len(part)] == part for n in range(len(whole) - len(part) + 1))


def _stem(word: str) -> str:
    return stem(re.sub(r"['’]s?$", "", word.lower().replace("’", "'")))


def _runs(text: str, pairs: frozenset[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """(the word before in lower case, the words) of each run of words that nothing parts."""
    for line in text.split("\n"):
        tokens = _TOKEN.findall(line)
        run: list[str] = []
        before = ""
        for n, token in enumerate(tokens):
            joins = token == "and" and run and n + 1 < len(tokens) and (_stem(run[-1]), _stem(tokens[n + 1])) in pairs
            if joins or (token[0].isalpha() and token.lower() not in _STOPS):
                run.append(token)
                continue
            if run:
                yield before, run
            run, before = [], token.lower()
        if run:
            yield before, run


def _parts(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(first, last) of each part of a run that may be a phrase."""
    for length in _LENGTHS:
        for first in range(len(words) - length + 1):
            if "and" not in (words[first], words[first + length - 1]):
                yield first, first + length


def _pairs(texts: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Stems of what several texts join by “and”."""
    rows: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row, text in enumerate(texts):
        tokens = _TOKEN.findall(text)
        for a, joint, b in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if joint == "and" and not {a.lower(), b.lower()} & _STOPS:
                rows[_stem(a), _stem(b)].add(row)
    return frozenset(pair for pair, found in rows.items() if len(found) >= _PAIRED)
