"""What a gap in a quotation may hide, and what else of the same kind might have stood there but does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

from babel import Locale

from rag.briefing.measures import dates_in, in_form_of, near, numbers_in
from rag.briefing.organisations import BODIES, Organisation, each_once, organisations_of
from rag.briefing.phrases import phrases_of
from rag.dates import When
from rag.geography import places_in
from rag.names import alike
from rag.store import Store
from rag.words import COMMON, content_stems, plain_text

_MONTH = re.compile(r"(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
_WITH_THE = re.compile(r"Philippines|Netherlands|United|Middle East|Caribbean|Americas|Czech|Dominican|Maldives")
# Before a phrase these ask for a certain form of it, or are a part of it: "the", "more".
_DETERMINERS = frozenset("a an the its their our this these those".split())  # noqa: SIM905
_LEADS = _DETERMINERS | frozenset("more most less such any each every all".split())  # noqa: SIM905
_JOINS = frozenset(("and", "of", "for", "the"))
_SHARED = 3  # passages from which a phrase is no accident, and may be a wrong answer


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a quotation, `quote[start:end]`, and wrong ones in its place."""

    start: int
    end: int
    wrong: tuple[str, ...]  # all that fit, in a fixed order; none stands in the passage


class Distractors:
    """What the documents name and count: the wrong answers are taken from it, or lie near the right number."""

    def __init__(self, store: Store) -> None:
        """Nothing is read before it is needed."""
        self._store = store

    def numbers(self, quote: str, passage: str) -> Iterator[Gap]:
        """Counts, percentages and sums of money; wrong are others near them, in the same form."""
        taken = set(re.findall(r"\d+", plain_text(passage).replace(",", "")))
        for number in numbers_in(quote):
            # "Conventions 100, 111" are names; "a two-day workshop on 18-19 May" can be reckoned
            if " " in quote[number.start : number.first] or quote.startswith("-day", number.last):
                continue
            written = quote[number.first : number.last]
            others = (other for other in near(number) if str(other) not in taken)
            yield Gap(number.first, number.last, tuple(filter(None, (in_form_of(written, other) for other in others))))

    def dates(self, quote: str, passage: str) -> Iterator[Gap]:
        """Dates; wrong are others of the documents that are written alike."""
        given = [date.when for date in dates_in(passage)]
        for date in dates_in(quote):
            shape = _shape(quote[date.start : date.end])
            others = (
                text
                for text, when in self._dates.items()
                if _shape(text) == shape
                and not any(when.supports(one, when.years) or one.supports(when, one.years) for one in given)
            )
            yield Gap(date.start, date.end, tuple(others))

    def organisations(self, quote: str, passage: str) -> Iterator[Gap]:
        """Organisations but for the publisher; wrong are others whose names have the same form."""
        known = {key for name in organisations_of(passage) for key in name.keys}
        named = organisations_of(quote)
        for name in named:
            rest = f"{quote[: name.start]} {quote[name.end :]}"
            twice = any(other.keys & name.keys for other in named if other is not name)
            if twice or name.keys & self._publishers or _given_away(name.text, rest):
                continue
            others = each_once(self._organisations, known | self._publishers)
            yield Gap(name.start, name.end, tuple(o.text for o in others if _form(o.text) == _form(name.text)))

    def places(self, quote: str, passage: str) -> Iterator[Gap]:
        """Countries and regions; wrong are others of the documents, and no region that a named one lies in."""
        named = places_in(passage)
        for place in places_in(quote):
            match = re.search(rf"(?<![\w-]){re.escape(place)}(?![\w-])", quote)
            if match is None or re.search(r"\bthe $", quote[: match.start()]):
                continue
            rest = f"{quote[: match.start()]} … {quote[match.end() :]}"
            if any(_akin(place, other) for other in places_in(rest)):  # the same by its capital or people, or near it
                continue
            yield Gap(*match.span(), tuple(other for other in self._places if _apart(other, place, named)))

    def led_phrases(self, quote: str, passage: str) -> Iterator[Gap]:
        """As `phrases`, also behind "the" and "their", where some wrong ones sound odd."""
        return self.phrases(quote, passage, _LEADS - _DETERMINERS)

    def phrases(self, quote: str, passage: str, leads: frozenset[str] = _LEADS) -> Iterator[Gap]:
        """What several passages speak of, the most special first; wrong is what this passage has no word of."""
        have = content_stems(passage)
        for text, _ in self._phrases:
            match = re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", quote)
            if (
                match is None
                or not _free(quote, match, leads)
                or _given_away(text, f"{quote[: match.start()]} {quote[match.end() :]}")
            ):
                continue
            common = (other for other, passages in self._phrases if passages >= _SHARED)
            fit = (other for other in common if _form(other) == _form(text) and not content_stems(other) & have)
            yield Gap(*match.span(), tuple(fit))

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(chunk.text for chunk in self._store.chunks().values())

    @cached_property
    def _dates(self) -> dict[str, When]:
        return {
            text[date.start : date.end]: date.when
            for text in self._texts
            for date in dates_in(text)
            if not date.when.last_year
        }

    @cached_property
    def _organisations(self) -> tuple[Organisation, ...]:
        return tuple(each_once(chain.from_iterable(map(organisations_of, self._texts))))

    @cached_property
    def _publishers(self) -> frozenset[str]:
        names = (organisations_of(document.publisher) for document in self._store.documents.values())
        return frozenset(key for name in chain.from_iterable(names) for key in name.keys)

    @cached_property
    def _places(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(map(places_in, self._texts))))

    @cached_property
    def _phrases(self) -> tuple[tuple[str, int], ...]:
        """Phrases with the number of passages that have them, the rarest first."""
        found = sorted(phrases_of(self._texts), key=lambda phrase: len(phrase.rows))
        names = "\n".join(name.text for name in self._organisations)
        return tuple(
            (phrase.text, len(phrase.rows))
            for phrase in found
            if not (places_in(phrase.text) or organisations_of(phrase.text) or phrase.text in names)
        )


def _shape(date: str) -> str:
    """How a date is written: "14 September" and "6 June" alike, "2014" not."""
    return re.sub(r"\d{1,2}(?!\d)", "9", re.sub(r"\d{4}", "Y", _MONTH.sub("M", date)))


def _form(name: str) -> tuple[object, ...]:
    """What two names must share so that neither stands out."""
    return len(name.split()) > 1, "(" in name, name.islower(), name.endswith("s"), name[0].isupper()


def _given_away(name: str, rest: str) -> bool:
    """Whether words of a name stand in the rest of the sentence: "Malaysian ... in Malaysia", or its acronym does."""
    own = content_stems(name) - BODIES
    initials = "".join(word[0].upper() for word in name.split() if word not in _JOINS)
    near = content_stems(rest)
    return any(alike(a, b) for a in own for b in near) or (len(initials) > 1 and f"({initials}" in rest)


def _free(quote: str, phrase: re.Match[str], leads: frozenset[str]) -> bool:
    """Whether only such words stand around a phrase as leave open which it is."""
    before = re.search(r"(\w+)\W$", quote[: phrase.start()])
    after = re.match(r" (\w+)", quote[phrase.end() :])
    led = before is None or (before[1].lower() in COMMON and before[1].lower() not in leads)
    return led and (after is None or after[1].lower() in COMMON)


@cache
def _countries() -> frozenset[str]:
    return frozenset(name.partition(" (")[0] for code, name in Locale("en").territories.items() if len(code) == 2)


def _apart(other: str, place: str, named: Sequence[str]) -> bool:
    """Whether a place is of the same kind as another and can lie neither in nor around one that is named."""
    if other in named or _WITH_THE.search(other) or (other in _countries()) != (place in _countries()):
        return False
    return other in _countries() or not any(_akin(other, name) for name in named)


def _akin(place: str, other: str) -> bool:
    """Whether two places are one, or regions one of which may hold the other: Asia and South Asia."""
    if place in _countries() or other in _countries():
        return place == other
    return bool({word[:5] for word in place.split()} & {word[:5] for word in other.split()})
