"""From a question to passages that may answer it: its language, what it asks for, its parts, a search for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain, zip_longest

from rag import prompting
from rag.absent import AbsentGenerator
from rag.embedding import Embedder, is_word
from rag.errors import ModelError
from rag.index import Index
from rag.languages import LANGUAGES, UNREADABLE, language_of
from rag.llm import Generator
from rag.retrieval import Retriever
from rag.scope import Scope, scope_of
from rag.sentences import sentences_of
from rag.spelling import Speller
from rag.types import Hit
from rag.understanding import Intent, Request, Task, Turn, clean_question, outline_of, problem_with
from rag.understanding.followups import is_rewording, resolved
from rag.understanding.instructions import without_instructions
from rag.understanding.intent import has_intents, intent_of
from rag.understanding.numbers import in_digits
from rag.understanding.parts import asks_of_two, parts_of

NOT_ASKED = "I answer questions about the documents I hold, and nothing else."
CANNOT_READ = "I cannot read {language} well enough to answer safely. Please ask in English or another language."
_TRANSLATED_TOKENS = 80
_MOST_NEAR = 12  # items that meaning chooses
_LEAST_NEAR = 0.3  # score of the least of them
_NEARLY = 0.75  # share of the best one's score
_NUMBER = re.compile(r"\d{1,18}")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'&-]*[A-Z0-9][A-Za-z0-9-]*|[A-Z][a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question asks, and the passages nearest to it, best first."""

    question: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A question, understood, and what was found for it."""

    scope: Scope  # the documents that count; the rows of `request` are those of its outline
    request: Request
    language: str  # ISO 639-1
    parts: tuple[Part, ...]
    hits: tuple[Hit, ...]  # of all parts, in turns, none twice
    apart: tuple[Part, ...] = ()  # of a question whose parts one passage may answer: its parts, should it not
    fault: ModelError | None = None  # why it could not be translated or reworded: the hits are those of its own words


class Finder:
    """Finds passages in one index. The language model is asked only for questions that are not English."""

    def __init__(self, index: Index, retriever: Retriever, embedder: Embedder, generator: Generator) -> None:
        """Parts that are open already."""
        self._embedder = embedder
        outline = outline_of(index.store.documents.values(), index.store.chunks().values())
        self._retriever = retriever
        self._generator = generator
        self._whole = scope_of(outline)
        self._chosen_scope = lru_cache(maxsize=64)(partial(scope_of, outline))
        self._speller = Speller((chunk.text for chunk in outline.chunks), is_word)
        self._in_english: Callable[[str], str] = lru_cache(maxsize=64)(self._translated)

    def without_model(self) -> Finder:
        """One that asks no language model: a `Search` that needs one has a `fault`."""
        other = copy(self)
        other._generator = AbsentGenerator("This question needs the language model.")
        other._in_english = other._translated
        return other

    def scope(self, documents: Collection[str] | None = None) -> Scope:
        """The scope of the documents with these ids; None: of all of them.

        Raises:
            ScopeError: it is none, or an id is unknown.
        """
        return self._whole if documents is None else self._chosen_scope(frozenset(documents))

    def find(
        self, question: str, k: int, history: Sequence[Turn] = (), documents: Collection[str] | None = None
    ) -> Search:
        """The k best passages for a question.

        Args:
            question: as typed.
            k: how many; a list that is asked for is given whole.
            history: the turns before it, oldest first.
            documents: ids of those that count; None: all of them.

        Raises:
            ScopeError: `documents` is empty, or an id is unknown.
        """
        scope = self.scope(documents)
        asked = clean_question(question)
        request = scope.understand(asked)
        if problem_with(asked):  # no words, or too many
            return Search(scope, request, "en", (), ())
        language = "en" if request.problem else language_of(asked)
        if not request.problem and language in UNREADABLE:
            names = " ".join(_LATIN.findall(asked))
            problem = CANNOT_READ.format(language=LANGUAGES[language])
            return Search(scope, replace(request, problem=problem), language, (), self._near(scope, names, k))
        bare = without_instructions(asked)
        if not bare:
            return Search(scope, replace(request, problem=NOT_ASKED), "en", (), ())
        in_english = bare
        if not request.problem:
            try:
                in_english = bare if language == "en" else self._in_english(bare)
                alone, history = self._standing_alone(in_english, history)
            except ModelError as error:
                own = resolved(bare, history)[0]
                return Search(scope, Request(asked, own), language, (), self._near(scope, own, k), fault=error)
            request = scope.understand(alone, history)
            if request.task is Task.ANSWER and not request.problem:  # no rule knows what it wants besides an answer
                request = scope.understand(alone, history, self._intent(alone))
        request = self._chosen(scope, replace(request, question=asked))
        if request.task not in (Task.ANSWER, Task.LOCATE) and request.rows:
            hits = self._listed(scope, request)
            return Search(scope, request, language, (Part(request.search, hits),), hits)
        if language == "en":
            request = replace(request, search=self._speller.mend(request.search))
        # What a translation loses most are names, and those are often written in Latin letters.
        names = "" if language == "en" else " ".join(_LATIN.findall(asked))
        # What a follow-up carries along was asked before and is not asked again.
        parted = request.search == in_english and not request.exclusive
        return self._searched(scope, request, language, names, k, parted=parted)

    def _near(
        self, scope: Scope, text: str, k: int, rows: Sequence[int] = (), *, only: bool = False
    ) -> tuple[Hit, ...]:
        return self._retriever.retrieve(text, k, scope.in_store(rows), only=only, documents=scope.ids)

    def _searched(self, scope: Scope, request: Request, language: str, names: str, k: int, *, parted: bool) -> Search:
        """The passages for a question and, if it may be `parted`, for each of its parts; `names` are searched too."""

        def search(text: str) -> tuple[Hit, ...]:
            return self._near(scope, f"{text} {names}".strip(), k, request.rows, only=request.exclusive)

        whole = Part(request.search, search(request.search))
        if not parted:
            return Search(scope, request, language, (whole,), whole.hits)
        parts = tuple(Part(text, search(text)) for text in parts_of(request.search))
        if len(parts) < 2:
            twice = asks_of_two(request.search)
            both = (whole, Part(whole.question, whole.hits[1:])) if twice else (whole,)
            return Search(scope, request, language, both, whole.hits)
        if len({part.hits[0].chunk.id for part in parts if part.hits}) < 2:  # one passage may answer all of it
            ranked, parts = _in_turns((whole, *parts), k)
            return Search(scope, request, language, parts[:1], ranked, parts[1:])
        ranked, parts = _in_turns((*parts, whole), k)
        return Search(scope, request, language, parts[:-1], ranked)

    def _standing_alone(self, question: str, history: Sequence[Turn]) -> tuple[str, Sequence[Turn]]:
        """(a wording that stands alone, the turns that it still leans on): by rules, else by the language model."""
        carried = resolved(question, history)[1]
        if not carried:
            return question, history
        pieces = self._generator.stream(prompting.rewording(question, history), _TRANSLATED_TOKENS)
        said = clean_question("".join(pieces).strip().partition("\n")[0])
        return (said, ()) if is_rewording(said, question, history) else (question, history)

    def _intent(self, question: str) -> Intent:
        """What a question wants; of several sentences, what the last one wants that says so."""
        if not has_intents(self._embedder.name):
            return Intent.CONTENT
        sentences = [question[start:end] for start, end in sentences_of(question)]
        for text in (question, *reversed(sentences if len(sentences) > 1 else ())):
            intent = intent_of(self._embedder.embed_query(text), self._embedder.name)
            if intent is not Intent.CONTENT:
                return intent
        return Intent.CONTENT

    def _chosen(self, scope: Scope, request: Request) -> Request:
        """The request with those of its rows that are near it, where meaning has to choose; else as it is."""
        if not request.near:
            return request
        hits = self._near(scope, request.search, _MOST_NEAR, request.rows, only=True)
        least = max(_LEAST_NEAR, _NEARLY * max((hit.score for hit in hits), default=0.0))
        near = [hit.chunk for hit in hits if hit.score >= least]
        if not near:
            return replace(request, task=Task.ANSWER, rows=(), exclusive=False, near=False)
        row_of = {scope.outline.chunks[row].id: row for row in request.rows}
        rows = [row_of[chunk.id] for chunk in sorted(near, key=lambda chunk: chunk.date, reverse=True)]
        return replace(request, rows=tuple(rows))

    def _listed(self, scope: Scope, request: Request) -> tuple[Hit, ...]:
        chunks = [scope.outline.chunks[row] for row in request.rows]
        return tuple(Hit(chunk, 1.0, rank) for rank, chunk in enumerate(chunks, start=1))

    def _translated(self, question: str) -> str:
        pieces = self._generator.stream(prompting.translation(question), _TRANSLATED_TOKENS)
        said = clean_question("".join(pieces).strip().partition("\n")[0])
        # A number that is lost was taken for another: "párrafo 27" became the second paragraph.
        return said if said and _numbers(question) <= _numbers(in_digits(said)) else question


def _numbers(text: str) -> set[int]:
    """The numbers of a text that are written in digits, whatever the script."""
    return {int(digits) for digits in _NUMBER.findall(text)}


def _in_turns(parts: tuple[Part, ...], k: int) -> tuple[tuple[Hit, ...], tuple[Part, ...]]:
    """(the first k passages of all parts in turns, none twice; the parts with those of their passages)."""
    first: dict[str, Hit] = {}
    for hit in filter(None, chain.from_iterable(zip_longest(*(part.hits for part in parts)))):
        first.setdefault(hit.chunk.id, hit)
    ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(list(first.values())[:k], start=1))
    kept = {hit.chunk.id for hit in ranked}
    return ranked, tuple(Part(p.question, tuple(hit for hit in p.hits if hit.chunk.id in kept)) for p in parts)
