"""The words of the page and of handouts: one TOML file a language, in this folder; English is the one to follow."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

_FOLDER = Path(__file__).parent
DEFAULT = "en"
_ACCEPTED = re.compile(r"\s*([a-z]{1,8})(?:[-_][a-z0-9_-]*)?\s*(?:;\s*q=([01](?:\.[0-9]*)?)\s*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Texts:
    """The words in one language: `t("ask.button")`, `t("documents.passages", n=3)`."""

    language: str  # ISO 639-1
    words: Mapping[str, str]  # by "section.key"; a key that depends on a number ends in .one, .other, ...

    def __call__(self, key: str, /, **values: object) -> str:
        """The words for a key with `values` in the places of its {names}; numbers are written as the language does.

        `n` chooses the plural form where the key has some.

        Raises:
            KeyError: there is no such key, or a value for one of its places is missing.
        """
        n = values.get("n")
        if key not in self.words and isinstance(n, int):
            form = f"{key}.{Locale(self.language).plural_form(n)}"
            key = form if form in self.words else f"{key}.other"
        return self.words[key].format_map({name: self._written(value) for name, value in values.items()})

    def date(self, iso: str) -> str:
        """A day ("2024-09-17") or month ("2018-05") in words; whatever is no such date comes back as it is."""
        try:
            if len(iso) == len("2018-05"):
                return format_skeleton("yMMMM", dt.date.fromisoformat(f"{iso}-01"), locale=self._locale)
            return format_date(dt.date.fromisoformat(iso), "long", locale=self._locale)
        except ValueError:
            return iso

    @property
    def _locale(self) -> str:
        return self.words.get("language.locale", self.language)

    def _written(self, value: object) -> str:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return format_decimal(value, locale=self.language) if number else str(value)  # type: ignore[arg-type]


@cache
def languages() -> dict[str, str]:
    """What each language calls itself, by code; English first."""
    return {code: texts_in(code)("language.name") for code in _codes()}


@cache
def texts_in(language: str) -> Texts:
    """The words in a language that has a file.

    Raises:
        KeyError: there is no file for it.
    """
    if language not in _codes():  # may come from a browser; no other file is to be read
        raise KeyError(language)
    file = _FOLDER / f"{language}.toml"
    return Texts(language, dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")))))


def preferred(accepted: str) -> str:
    """The language of the page that fits a browser's Accept-Language header best; English when none does."""
    ranges = filter(None, map(_ACCEPTED.fullmatch, accepted.split(",")))
    ranked = sorted(((float(one[2] or 1), one[1].lower()) for one in ranges), key=lambda one: one[0], reverse=True)
    return next((language for weight, language in ranked if weight and language in _codes()), DEFAULT)


@cache
def _codes() -> tuple[str, ...]:
    return tuple(sorted((path.stem for path in _FOLDER.glob("*.toml")), key=lambda code: (code != DEFAULT, code)))


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", str(value))]
    return found
