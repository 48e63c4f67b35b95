"""What code compares between a sentence and the words that it rests on. Pure functions.

Each check says how bad a failure is: a wrong number, date, name, denial or speaker is not to be shown; a softened
"must" or words that stand nowhere in the passages leave a sentence partly supported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.dates import dates_of, misdated
from rag.names import holds_name, names_of, stray_names
from rag.polarity import contradiction
from rag.quantities import lone, misplaced, quantities_of
from rag.speakers import speaker_fault
from rag.stance import Frame, accomplished, frames_of, lead_in, listed_frames, plainly_told, raised, shift
from rag.types import Check, Support
from rag.words import COMMON, clauses_of, content_stems, flat, stem, words_of

NAMES = ("wording", "numbers", "names", "negation", "speaker")  # of the checks, in their order
WELL_COVERED = 0.6  # least share of a sentence's content words that must stand in what it rests on
CLAUSE_COVERED = 0.5  # and of each clause, unless fewer than these are missing:
_LEAST_OF_CLAUSE = 3
_LEAST_COPIED = 3  # words that say something when they are copied out of a longer sentence
COVERED = 0.25  # with less than this it is not supported at all
_PUBLISHED = frozenset(
    """publish report date news stori articl item post headlin headline titl featur profil newest latest recent issu
    announc appear""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a sentence may draw on."""

    units: tuple[str, ...]  # the cited words, the best first
    foreign: tuple[str, ...] = ()  # those of units and titles that are of another passage than the best
    nearby: tuple[str, ...] = ()  # more of the same passages: tells what an acronym stands for
    titles: tuple[str, ...] = ()  # titles and headings that the cited words stand under
    dates: tuple[str, ...] = ()  # when the cited news items were published, ISO
    publisher: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Cited words and titles."""
        return self.units + self.titles


@dataclass(frozen=True, slots=True)
class Finding:
    """A check and what it makes of the sentence."""

    check: Check
    support: Support


def examine(text: str, evidence: Evidence, near: float, cosine: float) -> tuple[Finding, ...]:
    """Compare a sentence with what it rests on: wording, numbers, names, negation, speaker, in this order.

    Args:
        text: one sentence of an answer.
        evidence: what it rests on.
        near: score of the nearest span, in [0, 1]; 0.5 is the least that carries a sentence.
        cosine: of the sentence to the nearest span, in [-1, 1].

    A sentence that stands word for word in one of the units passes all checks.
    """
    if verbatim(text, evidence.units):
        return tuple(_finding(name, "") for name in NAMES)
    frames = _frames(evidence)
    return (
        _wording(text, evidence, near, cosine),
        _numbers(text, evidence),
        _names(text, evidence),
        _negation(text, evidence, frames),
        _speaker(text, evidence, frames),
    )


def verbatim(text: str, units: Sequence[str]) -> bool:
    """Whether a text stands word for word in one of some units, whatever its marks and capitals."""
    wanted = flat(text)
    if wanted.count(" ") < _LEAST_COPIED - 1:
        return bool(wanted) and any(wanted == flat(unit) for unit in units)
    return any(f" {wanted} " in f" {flat(unit)} " for unit in units)


def worst(findings: Sequence[Finding]) -> Support:
    """The support of a sentence with these findings."""
    order = (Support.UNSUPPORTED, Support.PARTLY)
    return next((s for s in order if any(f.support is s for f in findings)), Support.SUPPORTED)


def _finding(name: str, reason: str, support: Support = Support.UNSUPPORTED) -> Finding:
    return Finding(Check(name, not reason, reason), support if reason else Support.SUPPORTED)


def _wording(text: str, evidence: Evidence, near: float, cosine: float) -> Finding:
    if near < 0.5:
        return _finding("wording", "no passage says this closely enough")
    stray = stray_words(text, evidence.all)
    wanted = plain_words(text)
    share = 1 - len(stray) / len(wanted) if wanted else 1.0
    reason = f"not in the cited words: {', '.join(sorted(stray.values()))}"
    if len(stray) > 1 and not words_of(text)[0].number and _other_language(text):
        return _finding("wording", "in another language, so its words cannot be compared", Support.PARTLY)
    if len(stray) > 1 and share < COVERED and cosine < 0.8:
        return _finding("wording", reason)
    if len(stray) > 1 and (share < WELL_COVERED or _bare_clause(text, stray)):
        return _finding("wording", reason, Support.PARTLY)
    return _finding("wording", "")


def _other_language(text: str) -> bool:
    """Whether a sentence of some length has none of the small words of English."""
    words = [word.low for word in words_of(text) if word.text[0].isalpha()]
    return len(words) > 4 and not any(word in COMMON for word in words)


def _bare_clause(text: str, stray: Mapping[str, str]) -> bool:
    """Whether any clause of a sentence stands mostly in no cited words: one of two merged statements may be true."""
    wanted = plain_words(text)
    for clause in clauses_of(text):
        mine = {word.stem for word in clause} & wanted.keys()
        missing = mine & stray.keys()
        if len(missing) >= _LEAST_OF_CLAUSE and len(missing) > (1 - CLAUSE_COVERED) * len(mine):
            return True
    return False


def plain_words(text: str) -> dict[str, str]:
    """Stem and spelling of a sentence's content words that belong to no name."""
    named = {part for name in names_of(text) for part in name.stems}
    return {word.stem: word.low for word in words_of(text) if word.content and word.stem not in named}


def stray_words(text: str, units: Sequence[str]) -> dict[str, str]:
    """Those of `plain_words` that stand in none of some texts."""
    have = frozenset().union(*(content_stems(unit) for unit in units)) if units else frozenset()
    return {word: low for word, low in plain_words(text).items() if word not in have}


def _numbers(text: str, evidence: Evidence) -> Finding:
    given = [quantity for unit in evidence.all for quantity in quantities_of(unit)]
    known = {(quantity.kind, quantity.value) for quantity in given}
    if given and (single := lone(text, evidence.all)):
        return _finding("numbers", f"the cited words have {single} there, not one")
    said = quantities_of(text)
    for n, quantity in enumerate(said):
        if any((q.kind, q.value, q.before) == (quantity.kind, quantity.value, quantity.before) for q in said[:n]):
            return _finding("numbers", f"counted twice: {quantity}")
        if (quantity.kind, quantity.value) not in known:
            return _finding("numbers", f"not in the cited words: {quantity}")
        if rival := misplaced(quantity, given):
            return _finding("numbers", f"the cited words have {rival} there, not {quantity}")
    return _dates(text, evidence)


def _dates(text: str, evidence: Evidence) -> Finding:
    given = [when for unit in evidence.all for when in dates_of(unit)]
    published = [when for date in evidence.dates for when in dates_of(date)]
    lines = [when for unit in evidence.units for when in dates_of(unit) if _is_date_line(unit)]
    events = [when for when in given if when not in lines]
    years = {year for when in (*given, *published) for year in when.years}
    for said in dates_of(text):
        if any(when.supports(said, years) for when in events):
            if rival := misdated(said, text, evidence.units, years):
                return _finding("numbers", f"the cited words have {rival} there, not {said}")
            continue
        if not any(when.supports(said, years) for when in (*published, *lines)):
            return _finding("numbers", f"not in the cited words: {said}")
        if said.first[1] and any(when.first[1] for when in events) and not _tells_of_publishing(text):
            return _finding("numbers", f"{said} is when it was published", Support.PARTLY)
    return _finding("numbers", "")


def _is_date_line(unit: str) -> bool:
    dates = dates_of(unit)
    return len(dates) == 1 and dates[0].end - dates[0].start >= len(unit.strip()) - 1


def _tells_of_publishing(text: str) -> bool:
    return any(word.stem in _PUBLISHED for word in words_of(text))


def _names(text: str, evidence: Evidence) -> Finding:
    stray = stray_names(text, _with_publisher(text, evidence), evidence.nearby)
    if not stray and (merged := merged_names(text, evidence)):
        return _finding("names", f"only in another passage: {', '.join(merged)}")
    return _finding("names", f"not in the cited words: {', '.join(stray)}" if stray else "")


def merged_names(text: str, evidence: Evidence) -> list[str]:
    """The names that a sentence takes from a passage which says little else of it: two statements made into one."""
    if not evidence.foreign:
        return []
    home = [unit for unit in (*evidence.units, *evidence.titles) if unit not in evidence.foreign]
    found = []
    away = [name for name in names_of(text) if not any(holds_name(name, unit, evidence.nearby) for unit in home)]
    for name in away:
        units = [unit for unit in evidence.foreign if holds_name(name, unit, evidence.nearby)]
        clause = next((c for c in clauses_of(text) if any(word.stem in name.stems for word in c)), ())
        words = {word.stem for word in clause if word.content} - {part for other in away for part in other.stems}
        if not any(len(words & content_stems(unit)) >= 0.5 * len(words) for unit in units):
            found.append(name.text)
    return found


_WE = frozenset(stem(word) for word in ("we", "our", "us", "congress"))


def _with_publisher(text: str, evidence: Evidence) -> tuple[str, ...]:
    """The units, with the publisher where the cited words say "we" or the sentence only says whose text it is."""
    ours = any(word.stem in _WE for unit in evidence.all for word in words_of(unit))
    reads = {"according", "news", "reports", "reported", "published", "article", "website", "page"}
    if ours or reads & {word.low for word in words_of(text)}:
        return (*evidence.all, evidence.publisher)
    return evidence.all


def _negation(text: str, evidence: Evidence, frames: Sequence[Frame]) -> Finding:
    if reason := contradiction(text, evidence.units):
        return _finding("negation", reason)
    reason = raised(text, evidence.units, frames)
    return _finding("negation", reason, Support.PARTLY)


def _frames(evidence: Evidence) -> tuple[Frame, ...]:
    """As what the cited words say their verbs; a point of a list is under its lead-in."""
    found = [frame for unit in evidence.units for frame in frames_of(unit)]
    modes = [mode for title in evidence.titles if (mode := lead_in(title))]
    if modes:
        found += [frame for unit in evidence.units for frame in listed_frames(unit, modes[0])]
    return tuple(found)


def _speaker(text: str, evidence: Evidence, frames: Sequence[Frame]) -> Finding:
    reason, grave = speaker_fault(text, evidence.all, evidence.publisher)
    if not reason:
        quoted = any(word.low in ("according", "says", "resolution", "congress") for word in words_of(text))
        reason, grave = shift(text, frames, quoted)
        listed = any(lead_in(title) for title in evidence.titles)
        if not reason and listed and plainly_told(text):
            reason = "said as a fact; the cited words have what is to come"
        if not grave and (told := accomplished(text, evidence.units, listed)):
            reason, grave = told, True
    return _finding("speaker", reason, Support.UNSUPPORTED if grave else Support.PARTLY)
