"""Which countries and regions a text names, and what they are called in the languages of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel import Locale
from countryinfo import CountryInfo, all_countries

_PEOPLE = 1_000_000  # capitals of smaller countries are more often other things: Victoria, Douglas, The Valley
# What the data lack of what unions' news say.
_ALSO = {
    "Argentine": "AR", "Kazakh": "KZ", "Korea": "KR", "Korean": "KR", "Kyrgyz": "KG", "Lao": "LA", "Nepali": "NP",
    "Northern Ireland": "GB", "Philippine": "PH", "Tajik": "TJ", "UK": "GB", "USA": "US", "Uzbek": "UZ",
}  # fmt: skip
# Regions in the spelling that is shown, with the code by which Babel knows them and how else they are written.
_REGIONS = {
    "Asia Pacific": ("", r"Asia(?:[ -]|,? and (?:the )?)Pacific"),  # has no border, so no code
    "South East Asia": ("035", r"[Ss]outh[ -]?[Ee]ast(?:ern)? Asian?"),
    "South Asia": ("034", r"[Ss]outh(?:ern)? Asian?"),
    "East Asia": ("030", r"[Ee]ast(?:ern)? Asian?"),
    "Central Asia": ("143", r"[Cc]entral Asian?"),
    "Middle East": ("", r"Middle East(?:ern)?"),
    "Latin America": ("419", r"Latin American?"),
    "Central America": ("013", r"[Cc]entral American?"),
    "South America": ("005", r"[Ss]outh American?"),
    "North America": ("021", r"[Nn]orth American?"),
    "Americas": ("019", r"Americas"),
    "Caribbean": ("029", r"Caribbean"),
    "North Africa": ("015", r"[Nn]orth(?:ern)? African?"),
    "Sub-Saharan Africa": ("202", r"[Ss]ub-?[ ]?Saharan African?"),
    "West Africa": ("011", r"[Ww]est(?:ern)? African?"),
    "East Africa": ("014", r"[Ee]ast(?:ern)? African?"),
    "Southern Africa": ("018", r"[Ss]outhern African?"),
    "Africa": ("002", r"African?"),
    "Asia": ("142", r"Asian?"),
    "Europe": ("150", r"European?"),
    "Oceania": ("009", r"Oceania"),
}


def places_in(text: str) -> tuple[str, ...]:
    """English names of the countries and regions that a text names, each once, in order of appearance.

    A country is also named by its people and its capital ("Japanese", "Manila"). The longer of two names that begin
    at the same place counts, and what stands within a name does not: "South East Asia" is not also "Asia".
    """
    regions = {_group(name): name for name in _REGIONS}
    found = (regions.get(m.lastgroup or "") or _names()[m["country"]] for m in _pattern().finditer(text))
    return tuple(dict.fromkeys(found))


def name_in(place: str, language: str) -> str:
    """What a place of `places_in` is called in a language (ISO 639-1); its English name where that is not known."""
    if language == "en":
        return place
    code = _REGIONS[place][0] if place in _REGIONS else _codes().get(place, "")
    return _short(Locale(language).territories.get(code, place))


def _short(name: str) -> str:
    """Without what Babel adds in brackets: "Myanmar (Burma)"."""
    return re.sub(r" \(.*\)", "", name)


def _group(region: str) -> str:
    return re.sub(r"\W", "_", region)


@cache
def _pattern() -> re.Pattern[str]:
    """One pattern for all; case counts, so that "male" is no capital and "turkey" no country."""
    countries = "|".join(map(re.escape, sorted(_names(), key=len, reverse=True)))
    regions = "|".join(f"(?P<{_group(name)}>{pattern})" for name, (_, pattern) in _REGIONS.items())
    return re.compile(rf"(?<!\w)(?:(?P<country>{countries})|{regions})s?(?!\w)")


@cache
def _codes() -> dict[str, str]:
    """Code of each country by its English name."""
    territories = Locale("en").territories
    return {_short(name): code for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code)}


@cache
def _names() -> dict[str, str]:
    """English name of a country by each word that speaks of it."""
    english = {code: name for name, code in _codes().items()}
    said: dict[str, str] = {}
    for country in sorted(all_countries(), key=_people, reverse=True):  # "Congolese" is of the larger country
        code = country.iso(2)
        if isinstance(code, str) and code in english:
            for word in (english[code], *_words(country)):
                said.setdefault(word, english[code])
    return said | {word: english[code] for word, code in _ALSO.items()}


def _words(country: CountryInfo) -> Iterator[str]:
    """Name, people and capital as the data give them, where they give them."""
    yield country.name()
    yield from filter(None, (country.demonym() or "").split(","))
    capital = country.capital()
    if isinstance(capital, str) and capital and _people(country) >= _PEOPLE:
        yield capital


def _people(country: CountryInfo) -> int:
    try:
        return int(country.population() or 0)
    except (KeyError, TypeError, ValueError):
        return 0
