"""From a question to passages that may answer it: its language, what it asks for, its parts, a search for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, zip_longest

from rag import prompting
from rag.embedding import is_word
from rag.index import Index
from rag.languages import LANGUAGES, UNREADABLE, language_of
from rag.llm import Generator
from rag.retrieval import Retriever
from rag.spelling import Speller
from rag.types import Hit
from rag.understanding import Request, Task, Turn, clean_question, outline_of, problem_with, understand
from rag.understanding.parts import asks_of_two, parts_of

CANNOT_READ = "I cannot read {language} well enough to answer safely. Please ask in English or another language."
_TRANSLATED_TOKENS = 80
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'&-]*[A-Z0-9][A-Za-z0-9-]*|[A-Z][a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question asks, and the passages nearest to it, best first."""

    question: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A question, understood, and what was found for it."""

    request: Request
    language: str  # ISO 639-1
    parts: tuple[Part, ...]
    hits: tuple[Hit, ...]  # of all parts, in turns, none twice


class Finder:
    """Finds passages in one index. The language model is asked only for questions that are not English."""

    def __init__(self, index: Index, retriever: Retriever, generator: Generator) -> None:
        """Parts that are open already."""
        self.outline = outline_of(index.store.documents.values(), index.store.chunks().values())
        self._retriever = retriever
        self._generator = generator
        self._rows = {chunk.id: row for row, chunk in enumerate(self.outline.chunks)}
        self._speller = Speller((chunk.text for chunk in self.outline.chunks), is_word)
        self._in_english = lru_cache(maxsize=64)(self._translated)

    def find(self, question: str, k: int, history: Sequence[Turn] = ()) -> Search:
        """The k best passages for a question.

        Args:
            question: as typed.
            k: how many; a list that is asked for is given whole.
            history: the turns before it, oldest first.

        Raises:
            ModelError: a model server fails.
        """
        asked = clean_question(question)
        request = understand(asked, (), self.outline)
        if problem_with(asked):  # no words, or too many
            return Search(request, "en", (), ())
        language = "en" if request.problem else language_of(asked)
        if not request.problem and language in UNREADABLE:
            names = " ".join(_LATIN.findall(asked))
            problem = CANNOT_READ.format(language=LANGUAGES[language])
            return Search(replace(request, problem=problem), language, (), self._retriever.retrieve(names, k))
        in_english = asked
        if not request.problem:
            in_english = asked if language == "en" else self._in_english(asked)
            request = understand(in_english, history, self.outline)
        request = replace(request, question=asked)
        if request.task not in (Task.ANSWER, Task.LOCATE) and request.rows:
            hits = self._listed(request)
            return Search(request, language, (Part(request.search, hits),), hits)
        if language == "en":
            request = replace(request, search=self._speller.mend(request.search))
        # What a translation loses most are names, and those are often written in Latin letters.
        names = "" if language == "en" else " ".join(_LATIN.findall(asked))

        def search(text: str) -> tuple[Hit, ...]:
            return self._retriever.retrieve(f"{text} {names}".strip(), k, request.rows, only=request.exclusive)

        whole = Part(request.search, search(request.search))
        # What a follow-up carries along was asked before and is not asked again.
        asks = parts_of(request.search) if request.search == in_english and not request.exclusive else ()
        parts = tuple(Part(text, search(text)) for text in asks)
        if len({part.hits[0].chunk.id for part in parts if part.hits}) < 2:  # one passage may answer all of it
            twice = asks_of_two(request.search) and not request.exclusive
            both = (whole, Part(whole.question, whole.hits[1:])) if twice else (whole,)
            return Search(request, language, both, whole.hits)
        in_turns = chain.from_iterable(zip_longest(*(part.hits for part in (*parts, whole))))
        first: dict[str, Hit] = {}
        for hit in filter(None, in_turns):
            first.setdefault(hit.chunk.id, hit)
        ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(list(first.values())[:k], start=1))
        kept = {hit.chunk.id for hit in ranked}
        parts = tuple(Part(p.question, tuple(hit for hit in p.hits if hit.chunk.id in kept)) for p in parts)
        return Search(request, language, parts, ranked)

    def _listed(self, request: Request) -> tuple[Hit, ...]:
        chunks = [self.outline.chunks[row] for row in request.rows]
        return tuple(Hit(chunk, 1.0, rank) for rank, chunk in enumerate(chunks, start=1))

    def _translated(self, question: str) -> str:
        pieces = self._generator.stream(prompting.translation(question), _TRANSLATED_TOKENS)
        said = "".join(pieces).strip().partition("\n")[0]
        return clean_question(said) or question
