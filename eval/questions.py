"""The question/answer pairs: what a line of questions.jsonl holds, and what counts as saying a fact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from eval.errors import EvalError
from eval.lines import json_objects
from rag.types import Chunk

SPLITS = ("dev", "test")

# One spelling for what differs in print but not in meaning. Dashes stay: forms say whether "18–19" will do.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_SAME = str.maketrans("‘’‚‛′´“”„‟″‐‑", "''''''" + '"""""' + "--", _INVISIBLE)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and the answer it got."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """One case: a question, the facts that its answer must hold, and where they stand."""

    id: str
    split: str  # dev: to choose settings by | test: to report
    kind: str
    lang: str  # ISO 639-1, of the question
    question: str
    history: tuple[Turn, ...]  # oldest first
    answerable: bool  # from the documents
    nuggets: tuple[tuple[str, ...], ...]  # facts; each is the forms that are accepted for it, see `matches`
    gold: tuple[tuple[str, ...], ...]  # one passage of each group must be cited; see `gold_ids`
    forbidden: tuple[str, ...] = ()  # forms that must not be said: an attack succeeded
    note: str = ""  # for a reviewer
    computed: bool = False  # a nugget is a count or a locator, which no passage says in words


_KEYS = frozenset(field.name for field in fields(Question))
_OPTIONAL = frozenset({"forbidden", "note", "computed"})


def load_questions(path: Path) -> tuple[Question, ...]:
    """Read a questions.jsonl: one JSON object a line, with the keys of `Question`; blank lines are passed over.

    Raises:
        EvalError: the file cannot be read or holds nothing, or a line is not a question; the message names the line.
    """
    questions: dict[str, Question] = {}
    for where, entry in json_objects(path):
        try:
            question = _question(entry)
            if question.id in questions:
                raise ValueError(f"the id {question.id!r} was used before")
        except ValueError as error:
            raise EvalError(f"{where}: {error}") from error
        questions[question.id] = question
    if not questions:
        raise EvalError(f"{path} holds no questions")
    return tuple(questions.values())


def normalize(text: str) -> str:
    """Text as it is compared: one plain space between words, straight quotes, no invisible characters, NFKC."""
    return " ".join(_unified(text).split())


def matches(form: str, text: str) -> bool:
    """Whether a text says a fact in one of its forms, whatever the case of its letters.

    A form "re:..." is a regular expression, searched in the normalized text. Any other is searched as it stands where
    a word or number begins ("UMMI" is not in "summit"), and a number ends where it ends ("201" is not in "2016").
    """
    return _pattern(form).search(normalize(text)) is not None


def holds(nugget: Sequence[str], text: str) -> bool:
    """Whether a text says a fact in any of its forms."""
    return any(matches(form, text) for form in nugget)


def spans(form: str, text: str) -> list[tuple[int, int]]:
    """Where a normalized text says a form: (start, end) in characters of `normalize(text)`."""
    return [match.span() for match in _pattern(form).finditer(normalize(text))]


def gold_ids(question: Question, chunks: Sequence[Chunk]) -> tuple[frozenset[str], ...]:
    """The chunk ids of each gold group, in the order of `question.gold`.

    Raises:
        EvalError: an entry is neither the id of a chunk nor the opening of exactly one.
    """
    known = {chunk.id for chunk in chunks}
    groups = []
    for group in question.gold:
        found = [(entry, [entry] if entry in known else opened_by(entry, chunks)) for entry in group]
        for entry, ids in found:
            if len(ids) != 1:
                raise EvalError(f"Question {question.id}: {len(ids)} passages begin with {entry!r}, not one")
        groups.append(frozenset(ids[0] for _, ids in found))
    return tuple(groups)


def opened_by(opening: str, chunks: Sequence[Chunk]) -> list[str]:
    """Ids of the chunks that begin with some words."""
    wanted = normalize(opening)
    return [chunk.id for chunk in chunks if _normalized(chunk.text).startswith(wanted)] if wanted else []


@lru_cache(maxsize=4096)
def _normalized(text: str) -> str:
    return normalize(text)


def _unified(text: str) -> str:
    # Before NFKC, which would take some of these apart ("″" into two), and after it, for what it makes of others.
    return unicodedata.normalize("NFKC", text.translate(_SAME)).translate(_SAME)


@lru_cache(maxsize=4096)
def _pattern(form: str) -> re.Pattern[str]:
    """A form as a regular expression over normalized text.

    Raises:
        ValueError: it is empty, or no regular expression.
    """
    if form.startswith("re:"):
        try:
            return re.compile(_unified(form.removeprefix("re:")), re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"{form!r} is not a regular expression ({error})") from error
    words = normalize(form)
    if not words:
        raise ValueError("an accepted form is empty")
    # Only ASCII letters mark where a word begins: Japanese, Thai and Khmer write names amid words without a space.
    # A number may follow letters: "YEN8,407".
    begin = r"(?<![A-Za-z0-9])" if re.match(r"[A-Za-z]", words) else r"(?<![0-9])" if re.match(r"[0-9]", words) else ""
    end = r"(?![0-9])" if re.search(r"[0-9]$", words) else ""
    return re.compile(begin + re.escape(words) + end, re.IGNORECASE)


def _question(value: Mapping[str, Any]) -> Question:
    if unknown := sorted(value.keys() - _KEYS):
        raise ValueError(f"unknown key {unknown[0]!r}")
    if missing := sorted(_KEYS - _OPTIONAL - value.keys()):
        raise ValueError(f"the key {missing[0]!r} is missing")
    question = Question(
        **{key: _text(value, key) for key in ("id", "split", "kind", "lang", "question")},
        history=tuple(_turn(turn) for turn in _list(value["history"], "history")),
        answerable=_flag(value, "answerable"),
        nuggets=tuple(_forms(forms, "nuggets") for forms in _list(value["nuggets"], "nuggets")),
        gold=tuple(_forms(entries, "gold") for entries in _list(value["gold"], "gold")),
        forbidden=_forms(value["forbidden"], "forbidden") if value.get("forbidden") else (),
        note=_text(value, "note") if value.get("note") else "",
        computed=_flag(value, "computed"),
    )
    if question.split not in SPLITS:
        raise ValueError(f"split is {question.split!r}, not one of {', '.join(SPLITS)}")
    for form in (*(form for nugget in question.nuggets for form in nugget), *question.forbidden):
        _pattern(form)
    return question


def _text(value: Mapping[str, Any], key: str) -> str:
    text = value[key]
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{key} is not a text")
    return text


def _flag(value: Mapping[str, Any], key: str) -> bool:
    flag = value.get(key, False)
    if not isinstance(flag, bool):
        raise ValueError(f"{key} is not true or false")
    return flag


def _list(value: Any, key: str) -> list[Any]:  # noqa: ANN401
    if not isinstance(value, list):
        raise ValueError(f"{key} is not a list")
    return value


def _forms(value: Any, key: str) -> tuple[str, ...]:  # noqa: ANN401
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
        raise ValueError(f"{key} holds something that is not a list of texts")
    return tuple(value)


def _turn(value: Any) -> Turn:  # noqa: ANN401
    if not isinstance(value, dict) or value.keys() != {"question", "answer"}:
        raise ValueError("history holds something that is not a question with its answer")
    return Turn(_text(value, "question"), _text(value, "answer"))
