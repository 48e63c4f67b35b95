"""Anybody's SQuAD file (v1.1 or v2) as questions over an index of its paragraphs."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from eval.errors import EvalError
from eval.lines import json_object
from eval.outside import Text, one_line
from eval.questions import Question

_T = TypeVar("_T")

Place = tuple[int, int]  # position of the article, position of the paragraph in it


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a SQuAD file; `answers` is empty when it is impossible to answer."""

    id: str
    question: str
    answers: tuple[str, ...]
    paragraph: str


@dataclass(frozen=True, slots=True)
class Squad:
    """A SQuAD file: its articles, each paragraph once, and its questions in the order of the file."""

    texts: tuple[Text, ...]
    asked: tuple[Asked, ...]

    def without(self, paragraphs: frozenset[str]) -> tuple[Text, ...]:
        """The articles without some of their paragraphs.

        Raises:
            EvalError: nothing is left.
        """
        kept = [Text(t.title, tuple(p for p in t.paragraphs if p not in paragraphs)) for t in self.texts]
        if not any(text.paragraphs for text in kept):
            raise EvalError("--drop-gold: each paragraph is needed by some question. Ask fewer: --limit N")
        return tuple(text for text in kept if text.paragraphs)


def read_squad(path: Path) -> Squad:
    """Read a SQuAD file whole, as it is one JSON object.

    Raises:
        EvalError: it is not one; the message names the file and the line of broken JSON, or the place of what is wrong.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path} cannot be read: {error}") from error
    articles = _get(json_object(content, str(path)), "data", list, str(path))
    if not articles:
        raise EvalError(f"{path}: 'data' holds no articles")
    texts: list[Text] = []
    asked: dict[str, Asked] = {}
    seen: set[str] = set()
    for n, article in enumerate(articles):
        where = f"{path}: data[{n}]"
        title = one_line(_get(article, "title", str, where)) if "title" in _mapping(article, where) else ""
        own: list[str] = []
        for paragraph, questions in _paragraphs(article, where):
            if paragraph not in seen:  # the same text twice is one paragraph: whichever is found is the right one
                seen.add(paragraph)
                own.append(paragraph)
            for question in questions:
                if question.id in asked:
                    raise EvalError(f"{where}: the question id {question.id!r} stands there a second time")
                asked[question.id] = question
        if own:
            texts.append(Text(title.replace("_", " ") or f"Article {n + 1}", tuple(own)))
    if not asked:
        raise EvalError(f"{path}: holds no questions")
    return Squad(tuple(texts), tuple(asked.values()))


def sample(asked: Sequence[Asked], limit: int, seed: int) -> tuple[Asked, ...]:
    """So many of them by chance, always the same for a seed, in their order; all when `limit` is 0."""
    if not 0 < limit < len(asked):
        return tuple(asked)
    return tuple(asked[i] for i in sorted(random.Random(seed).sample(range(len(asked)), limit)))


def as_questions(
    asked: Sequence[Asked], texts: Sequence[Text], chunks: Mapping[Place, tuple[str, ...]]
) -> tuple[Question, ...]:
    """The questions in the form of questions.jsonl.

    Args:
        asked: the questions.
        texts: what was indexed; a question whose paragraph is not among it cannot be answered.
        chunks: ids of the chunks of each paragraph, as in `eval.outside.Collection`.
    """
    place_of = {p: (n, m) for n, text in enumerate(texts) for m, p in enumerate(text.paragraphs)}
    questions = []
    for one in asked:
        held = one.paragraph in place_of
        answerable = bool(one.answers) and held
        questions.append(
            Question(
                id=one.id,
                split="test",
                kind="answerable" if answerable else "impossible" if held else "paragraph removed",
                lang="en",
                question=one.question,
                history=(),
                answerable=answerable,
                nuggets=(tuple(map(_form, one.answers)),) if answerable else (),
                gold=(chunks[place_of[one.paragraph]],) if answerable else (),
            )
        )
    return tuple(questions)


def _form(answer: str) -> str:
    """An answer as a form of `eval.questions.matches`, which would read "re:" as the mark of a regular expression."""
    return f"re:{re.escape(answer)}" if answer.startswith("re:") else answer


def _paragraphs(article: dict[str, Any], where: str) -> Iterator[tuple[str, list[Asked]]]:
    for n, entry in enumerate(_get(article, "paragraphs", list, where)):
        place = f"{where}.paragraphs[{n}]"
        paragraph = one_line(_get(entry, "context", str, place))
        if not re.search(r"\w", paragraph):
            raise EvalError(f"{place}: 'context' holds no words")
        questions = _get(entry, "qas", list, place)
        yield paragraph, [_asked(qa, paragraph, f"{place}.qas[{m}]") for m, qa in enumerate(questions)]


def _asked(entry: object, paragraph: str, where: str) -> Asked:
    question = one_line(_get(entry, "question", str, where))
    answers = _get(entry, "answers", list, where)
    texts = [one_line(_get(answer, "text", str, f"{where}.answers[{n}]")) for n, answer in enumerate(answers)]
    impossible = _mapping(entry, where).get("is_impossible", False)
    if not isinstance(impossible, bool):
        raise EvalError(f"{where}: 'is_impossible' needs to be true or false")
    if impossible == any(texts):
        raise EvalError(f"{where}: " + ("is impossible, yet has answers" if impossible else "has no answers"))
    if not question:
        raise EvalError(f"{where}: 'question' is empty")
    return Asked(_get(entry, "id", str, where), question, tuple(dict.fromkeys(filter(None, texts))), paragraph)


def _mapping(entry: object, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise EvalError(f"{where}: needs to be a JSON object, not {type(entry).__name__}")
    return entry


def _get(entry: object, key: str, kind: type[_T], where: str) -> _T:
    value = _mapping(entry, where).get(key)
    if not isinstance(value, kind):
        found = "" if value is None else f", not {type(value).__name__}"
        raise EvalError(f"{where}: needs {key!r} as {'a text' if kind is str else 'a list'}{found}")
    return value
