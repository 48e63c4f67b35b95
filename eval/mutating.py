"""Changes exactly one number, date, name, denial or speaker of a sentence. Seeded: the same change in every run.

It reads sentences in its own way and shares no code with the checks that it tries.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CLASSES = ("number", "date", "name", "negation", "speaker")

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:[-–]\d{{1,2}})?(?: and \d{{1,2}})? (?:{_MONTH})\b(?:,? (?:19|20)\d\d)?"
    rf"|\b(?:{_MONTH}) \d{{1,2}}(?:[-–]\d{{1,2}})?(?:,? (?:19|20)\d\d)?\b|\b(?:{_MONTH}) (?:19|20)\d\d\b"
    r"|\b(?:19|20)\d\d\b"
)
_WORDS = "two three four five six seven nine twelve eighteen twenty forty sixty".split()  # noqa: SIM905
_NUMBER = re.compile(
    rf"\b(?:{'|'.join(_WORDS)})\b|(?<![\w.,-])\d+(?:,\d{{3}})*(?:\.\d+)?|(?<=YEN)[\d,]+|(?<=\$)\d+", re.I
)

PLACES = tuple(
    """Manila|Bangkok|Mumbai|Kuala Lumpur|Phnom Penh|Kathmandu|Amman|Geneva|Cambodia|Indonesia|Japan|Malaysia|Mongolia
    |Thailand|the Philippines|Ukraine|Russia|India|Nepal|Vietnam|Bangladesh|Sri Lanka|Jordan|Iran|Peru|Chile|Belarus
    |Kenya|Myanmar|Lao PDR""".replace("\n    ", "").split("|")
)
BODIES = tuple(
    """IG Metall|UA ZENSEN|BASF|ATUC|ArabTUC|SARTUC|ITUC-AP|UMMI|FENAIP|FETRIMAP|FNTTP|Union to Union|METI|JCM|ILO
    |ASSRGWA|AUKMW|INWUN|the Friedrich-Ebert-Stiftung|Friedrich-Ebert-Stiftung|the Malaysian Trades Union Congress
    |Malaysian Trades Union Congress|the Amalgamated Union of Kenya Metal Workers|ASEAN|IndustriALL Global Union
    |IndustriALL|the Union of Metalworkers and Mechanics of Iran|Industrial Chile-Constramet""".replace(
        "\n    ", ""
    ).split("|")
)
PEOPLE = ("Rose Omamo", "Jyrki Raina", "Alexandre Lukashenko")

_HELPER = re.compile(
    r"\b(is|are|was|were|will|should|must|can|could|has|have|had|would)\b(?! not\b| only\b| to (?!be)|,)(?=[ ])", re.I
)
_PLAIN_VERBS = {
    "argues": "does not argue", "says": "does not say", "met": "did not meet", "focuses": "does not focus",
    "rejects": "does not reject", "demand": "do not demand", "need": "do not need", "plans": "does not plan",
    "wants": "does not want", "works": "does not work", "require": "do not require", "aims": "does not aim",
    "discussed": "did not discuss", "committed": "did not commit", "supported": "did not support",
    "organized": "did not organize", "urges": "does not urge", "celebrated": "did not celebrate",
    "submitted": "did not submit", "agreed": "did not agree", "lacks": "does not lack", "hosted": "did not host",
}  # fmt: skip
_DENIAL = re.compile(
    r"\b(?:(?<=is|as|re) |(?<=have|will) |(?<=were) |)(?:not|never) (?!only|just)|\bdoes not (?=\w+)", re.I
)

_SAYS = re.compile(
    rf"\b(?P<who>{'|'.join(map(re.escape, PEOPLE))}) (?P<verb>says|said|argues|argued)(?: that)? "
    rf"|\bAccording to (?P<to>{'|'.join(map(re.escape, PEOPLE))}), "
)
_ASKED = re.compile(
    r"^(?P<by>.{3,80}?) (?P<verb>called on|calls on|urges|demands?|called for|calls for|rejects) (?P<what>.+)$"
)
_PLANNED = re.compile(
    r"\b(?P<who>IndustriALL|It|Unions|unions|Trade unions|Companies|companies|The trade union movement|affiliates) "
    r"(?:will|should|must|plans to|wants to|is committed to|intends to) (?:continue to |also )?"
    r"(?!be\b|not\b|only\b|further\b)(?P<verb>[a-z]+(?<!ing))\b"
)
_DONE = {
    "give": "given", "build": "built", "make": "made", "fight": "fought", "keep": "kept", "take": "taken",
    "become": "become", "invest": "invested", "develop": "developed", "organize": "organized", "work": "worked",
}  # fmt: skip
_VERB_FIRST = re.compile(r"^(?P<verb>[A-Z][a-z]+) ")


@dataclass(frozen=True, slots=True)
class Corpus:
    """What changes may put in: all numbers and dates of the documents, as written."""

    numbers: tuple[str, ...]
    dates: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Corpus:
        """Everything of that kind in some texts."""
        dates = sorted({found for text in texts for found in _DATE.findall(text)})
        numbers = sorted({found for text in texts for found in _NUMBER.findall(_DATE.sub("", text))})
        return cls(tuple(number for number in numbers if number[0].isdigit()), tuple(dates))


def mutate(text: str, what: str, corpus: Corpus, seed: str, point: bool = False) -> str | None:
    """A sentence with one thing changed, or None where it has none of that kind.

    Args:
        text: the sentence.
        what: one of CLASSES.
        corpus: see `Corpus`.
        seed: the same seed makes the same change.
        point: whether it is a point of a list under "IndustriALL will:", word for word.
    """
    chance = random.Random(f"{seed} {what}")
    makers: dict[str, Callable[[], str | None]] = {
        "number": lambda: _number(text, corpus, chance),
        "date": lambda: _date(text, corpus, chance),
        "name": lambda: _name(text, chance),
        "negation": lambda: _negation(text, chance),
        "speaker": lambda: _speaker(text, chance, point),
    }
    changed = makers[what]()
    return changed if changed and changed != text else None


def _replace(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def _number(text: str, corpus: Corpus, chance: random.Random) -> str | None:
    dates = [match.span() for match in _DATE.finditer(text)]
    found = [match for match in _NUMBER.finditer(text) if not any(a <= match.start() < b for a, b in dates)]
    if not found:
        return None
    match = chance.choice(found)
    if match.group()[0].isdigit():
        others = [n for n in corpus.numbers if _value(n) != _value(match.group())]
        if text[match.end() : match.end() + 2] in ("th", "st", "nd", "rd"):
            others = [n for n in ("5", "6", "7", "8", "9") if n != match.group()]
        return _replace(text, match, chance.choice(others))
    new = chance.choice([word for word in _WORDS if word != match.group().lower()])
    return _replace(text, match, new.capitalize() if match.group()[0].isupper() else new)


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _date(text: str, corpus: Corpus, chance: random.Random) -> str | None:
    found = list(_DATE.finditer(text))
    if not found:
        return None
    match = chance.choice(found)
    part = chance.choice(list(re.finditer(rf"\d+|{_MONTH}", match.group())))
    if len(part.group()) == 4 and part.group().isdigit():
        pool = [str(year) for year in range(2014, 2025)]
    elif part.group().isdigit():
        pool = [str(day) for day in range(1, 29)]
        low, high = re.findall(r"\d+", match.group())[:2] if re.search(r"\d[-–]\d", match.group()) else ("0", "99")
        pool = [day for day in pool if (int(day) < int(high) if part.group() == low else int(day) > int(low))]
    else:
        pool = _MONTH.split("|")
    others = [date for date in corpus.dates if _shape(date) == _shape(match.group()) and date != match.group()]
    if others and chance.random() < 0.4:  # a whole date that another passage gives
        return _replace(text, match, chance.choice(others))
    new = chance.choice([value for value in pool if value != part.group()])
    return _replace(text, match, match.group()[: part.start()] + new + match.group()[part.end() :])


def _shape(date: str) -> str:
    return re.sub(r"[A-Z]\w+", "M", re.sub(r"\d+", "0", date))


def _name(text: str, chance: random.Random) -> str | None:
    for pool in chance.sample((PLACES, BODIES, PEOPLE), 3):
        longest = "|".join(map(re.escape, sorted(pool, key=len, reverse=True)))
        found = list(re.finditer(rf"(?<![\w-])(?:{longest})(?![\w-])", text))
        if found:
            match = chance.choice(found)
            bare = match.group().removeprefix("the ").lower()
            others = [
                name
                for name in pool
                if name.removeprefix("the ").lower() not in text.lower() and bare not in name.lower()
            ]
            return _replace(text, match, chance.choice(others))
    return None


def _negation(text: str, chance: random.Random) -> str | None:
    if match := re.search(r"\b(?:do|does|did) not ([a-z]+)|\b(not|never|without|no) (?!only|just|more)", text):
        new = match[1] or ("with " if match[2] == "without" else "")
        return _replace(text, match, new)
    found = list(_HELPER.finditer(text))
    if found:
        match = found[0] if chance.random() < 0.8 else chance.choice(found)
        return _replace(text, match, f"{match.group()} not")
    for verb, denied in _PLAIN_VERBS.items():
        if match := re.search(rf"\b{verb}\b", text):
            return _replace(text, match, denied)
    return None


def _speaker(text: str, chance: random.Random, point: bool) -> str | None:
    if match := _SAYS.search(text):
        who = match["who"] or match["to"]
        if chance.random() < 0.7:
            return text.replace(who, chance.choice([name for name in PEOPLE if name != who]), 1)
        rest = text[match.end() :]
        return rest[0].upper() + rest[1:]
    if point and (match := _VERB_FIRST.match(text)):
        return f"IndustriALL has {_done(match['verb'].lower())} {text[match.end() :].rstrip(';')}".rstrip(".") + "."
    if match := _PLANNED.search(text):
        have = "has" if match["who"] in ("IndustriALL", "It", "The trade union movement") else "have"
        have = "" if chance.random() < 0.3 and match["verb"] not in _DONE else f"{have} "
        return _replace(text, match, f"{match['who']} {have}{_done(match['verb'])}")
    if match := _ASKED.match(text):
        choices = ("UA ZENSEN", "Rose Omamo", "The ministry METI", "BASF")
        return f"{chance.choice([name for name in choices if name not in text])} {match['verb']} {match['what']}"
    return None


def _done(verb: str) -> str:
    if verb in _DONE:
        return _DONE[verb]
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if re.search(r"[^aeiou]y$", verb) else verb + "ed"
