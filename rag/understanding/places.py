"""Countries and regions: a question on Latin America is also one on Peru, and "Japanese" speaks of Japan."""

from __future__ import annotations

import re
from functools import cache

from countryinfo import CountryInfo, all_countries

from rag.understanding.words import fold

# Usual names of regions, by the names in the data.
_REGIONS = {
    "latin america": ("Latin America and the Caribbean",),
    "south america": ("Latin America and the Caribbean",),  # the data know no finer region
    "caribbean": ("Latin America and the Caribbean",),
    "north america": ("Northern America",),
    "americas": ("Americas",),
    "southeast asia": ("South-eastern Asia", "South-Eastern Asia"),
    "south asia": ("Southern Asia",),
    "east asia": ("Eastern Asia",),
    "central asia": ("Central Asia",),
    "middle east": ("Western Asia",),
    "north africa": ("Northern Africa",),
    "sub saharan africa": ("Sub-Saharan Africa",),
    "africa": ("Africa",),
    "asia": ("Asia",),
    "europe": ("Europe",),
    "eastern europe": ("Eastern Europe",),
    "western europe": ("Western Europe",),
    "oceania": ("Oceania",),
}
_NOT_A_REGION = re.compile(r"\basia[ -](?:and[ -](?:the[ -])?)?pacific\b")  # a region of its own, without a border


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Folded name or demonym -> all words that speak of the place."""
    found: dict[str, tuple[str, ...]] = {}
    inside: dict[str, list[str]] = {}
    for country in sorted(all_countries(), key=_people, reverse=True):  # "Indian" is of India, not of an ocean
        said = (country.name(), country.demonym(), country.capital())
        words = tuple(word for word in said if isinstance(word, str) and word)  # a few have several capitals
        for key in (country.name(), country.demonym()):
            if key and len(key) > 3:
                found.setdefault(fold(key), words)
        for region in {country.region(), country.subregion()}:
            inside.setdefault(region or "", []).extend(words)
    for name, regions in _REGIONS.items():
        countries = [word for region in regions for word in inside[region]]
        words = (name, f"{name}n", *countries)
        found[name] = found[f"{name}n"] = tuple(dict.fromkeys(words))
    return found


def _people(country: CountryInfo) -> int:
    """How many live in a country; 0 where the data do not say."""
    try:
        return int(country.population() or 0)
    except (KeyError, TypeError, ValueError):
        return 0


def places_in(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(name as folded in the text, all words that speak of it) of each country and region that a text names.

    A longer name hides a shorter one in it: "Southeast Asia" is not also "Asia".
    """
    plain = _NOT_A_REGION.sub(" ", fold(text).replace("-", " "))
    found = []
    for name in sorted(_names(), key=len, reverse=True):
        if name in plain and re.search(rf"\b{re.escape(name)}\b", plain):  # most names need no pattern
            plain = re.sub(rf"\b{re.escape(name)}\b", " ", plain)
            found.append((name, _names()[name]))
    return tuple(found)
