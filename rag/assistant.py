"""From a question to an answer: the wiring of all stages, and nothing else."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from rag import asked, collection, gate, grounding, probe, prompting
from rag.absent import AbsentGenerator
from rag.config import Settings
from rag.coverage import coverage_line
from rag.embedding import Embedder, open_embedder
from rag.errors import ModelError
from rag.finding import Finder, Search
from rag.given import Given
from rag.index import Index
from rag.languages import IN_ENGLISH
from rag.line import Line
from rag.llm import Generator, open_generator
from rag.opening import open_or_build
from rag.prompting import Prompts
from rag.retrieval import Retriever
from rag.types import Answer, Document, Event, Found, Hit, Progress, Prompt, Sentence, Stage, Timings
from rag.understanding import Task, Turn, clean_question, intent
from rag.writing import Writer

W = TypeVar("W", bound=Writer)
_STATED = 0.6  # probability that a named passage states the answer, below which it is shown whole
_MOST_WHOLE = 4  # passages
REFUSAL = "I did not find the answer in the documents I hold."


class Assistant:
    """Answers questions over one index with one language model. May be shared by threads: the model takes turns."""

    def __init__(self, settings: Settings, index: Index, embedder: Embedder, generator: Generator) -> None:
        """Wire the parts; `Assistant.open` makes them."""
        self.settings = settings
        self.index = index
        self.line = Line()  # for all who ask the language model in this process
        self.retriever = Retriever(index, embedder, settings.vector_weight)
        self._finder = Finder(index, self.retriever, embedder, generator)
        self._by_code = self._finder.without_model()
        self._given = Given()
        self._writer = Writer(settings, index, embedder, generator)
        self._embedder = embedder
        self._generator = generator
        made_of = [settings.id, generator.name, index.manifest.fingerprint]
        identity = [*made_of, prompting.fingerprint(), gate.fingerprint(), probe.fingerprint(), intent.fingerprint()]
        self.config_id = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:8]

    @classmethod
    def open(
        cls, settings: Settings, say: Callable[[str], None] = lambda line: None, without_model: bool = False
    ) -> Assistant:
        """Load the models and open the index; build it first if there is none.

        Args:
            settings: all of them.
            say: is told in a line what takes long or needs attention.
            without_model: go on without the language model if it cannot be opened; `lacks_model` then says why.

        Raises:
            RagError: something is missing or damaged; the message names the command that helps.
        """
        generator: Generator
        try:
            generator = open_generator(settings)  # first, as it is what is most often missing
        except ModelError as error:
            if not without_model:
                raise
            generator = AbsentGenerator(str(error))
        embedder = open_embedder(settings)
        return cls(settings, open_or_build(settings, embedder, say), embedder, generator)

    def writer(self, kind: type[W], settings: Settings) -> W:
        """A writer of another kind over the same parts, for those who measure."""
        return kind(settings, self.index, self._embedder, self._generator)

    @property
    def documents(self) -> dict[str, Document]:
        """The documents by id, in the order of the collection."""
        return self.index.store.documents

    @property
    def embedder(self) -> Embedder:
        """The embedding model."""
        return self._embedder

    @property
    def model(self) -> str:
        """Name of the language model."""
        return self._generator.name

    @property
    def lacks_model(self) -> str:
        """Why there is no language model, in a line that names the command that helps; "" when there is one."""
        return self._generator.reason if isinstance(self._generator, AbsentGenerator) else ""

    def warm_up(self) -> None:
        """Do once what the first question would wait for."""
        self.retriever.retrieve("warm up", 1)
        if not self.lacks_model:
            self._generator.yes_probability(Prompt(prompting.load("system"), ""))

    def read_ahead(self) -> Iterator[int]:
        """Let the language model read each passage before anybody asks, in turns of about a second.

        Between two turns others may ask. What is read is kept in files, so that it is done once. Yields how many
        passages are read; ends when all are, or when there is no more room for what is kept.
        """
        budget, count = self.settings.prompt_tokens, self._generator.count_tokens
        for row in () if self.lacks_model else range(len(self.index)):
            hit = Hit(self.index.store.chunks([row])[row], 0.0, 1)
            prompts = Prompts("", (hit,), budget, count)
            if prompts.shown and not self._generator.read_ahead(prompts.passages):
                return
            yield row + 1

    def search(self, question: str, k: int, documents: Collection[str] | None = None) -> tuple[Hit, ...]:
        """The k passages nearest to the words of a question, whatever it asks for; no language model is needed.

        Args:
            question: as typed.
            k: how many.
            documents: ids of those that count; None: all of them.

        Raises:
            ScopeError: `documents` is empty, or an id is unknown.
        """
        return self.retriever.retrieve(clean_question(question), k, documents=self._finder.scope(documents).ids)

    def find(
        self, question: str, k: int, history: Sequence[Turn] = (), documents: Collection[str] | None = None
    ) -> Search:
        """What a question asks for and the k nearest passages, as for an answer; errors as for `stream`."""
        search = self._finder.find(question, k, history, documents)
        if search.fault:
            raise search.fault
        return search

    def ask(
        self,
        question: str,
        question_id: str = "",
        history: Sequence[Turn] = (),
        documents: Collection[str] | None = None,
    ) -> Answer:
        """The whole answer at once; arguments and errors as for `stream`."""
        *_, answer = self.stream(question, question_id, history, documents)
        if not isinstance(answer, Answer):
            raise TypeError(f"the last event of a stream is its Answer, not {type(answer).__name__}")
        return answer

    def stream(
        self,
        question: str,
        question_id: str = "",
        history: Sequence[Turn] = (),
        documents: Collection[str] | None = None,
    ) -> Iterator[Event]:
        """One Found, then Progress and each shown Sentence when it is checked, then the Answer.

        Whatever the question is, the last event is an Answer: what cannot be answered is refused. A draft is written
        and judged as a whole before its sentences come; closing the stream stops the model within a token.

        Args:
            question: as typed.
            question_id: comes back as `Answer.id`; default: a hash of the question.
            history: the turns before it, oldest first; "And in 2023?" is understood by them.
            documents: ids of those that count for this question; None: all of them.

        Raises:
            ModelError: a model server fails, or there is no model and this question needs one; Found comes before.
            ScopeError: `documents` is empty, or an id is unknown.
        """
        clock = _Clock()
        search = self._finder.find(question, self.settings.passages, history, documents)
        for event in self._events(search, clock, question_id):
            if isinstance(event, Answer):
                self._given.keep(question, history, documents, event)
            yield event

    def at_once(
        self,
        question: str,
        question_id: str = "",
        history: Sequence[Turn] = (),
        documents: Collection[str] | None = None,
    ) -> Answer | None:
        """The answer to a question that needs no turn of the language model; None where one is needed.

        That is what was asked before, in the same conversation and of the same documents, and what code answers alone.
        Arguments and errors as for `stream`.
        """
        clock = _Clock()
        if given := self._given.find(question, history, documents):
            return replace(given, id=question_id or given.id, again=True, timings=clock.timings())
        search = self._by_code.find(question, self.settings.passages, history, documents)
        if search.fault or not (search.request.problem or search.request.task is not Task.ANSWER):
            return None
        *_, answer = self._events(search, clock, question_id)
        return answer if isinstance(answer, Answer) else None

    def _events(self, search: Search, clock: _Clock, question_id: str) -> Iterator[Event]:
        """From what was found to the answer."""
        request = search.request
        clock.retrieved = clock.seconds()
        if search.hits:
            yield Found(search.hits)
        if search.fault:
            raise search.fault
        sentences: list[Sentence] = []
        confidences: list[float] = []
        refused = request.problem
        if not refused:
            for event in self._sentences(search, confidences):
                if isinstance(event, Progress):
                    clock.saw(event)
                    yield event
                    continue
                sentences.append(event)
                if event.shown:
                    clock.spoke()
                    yield event
            refused = "" if any(sentence.shown for sentence in sentences) else search.scope.said(REFUSAL)
        yield Answer(
            id=question_id or hashlib.sha256(request.question.encode()).hexdigest()[:12],
            question=request.question,
            sentences=tuple(sentences),
            hits=search.hits,
            refused=refused,
            coverage=self._coverage(search, sentences, refused),
            timings=clock.timings(),
            config_id=self.config_id,
            model=self.model,
            confidence=max(confidences, default=None),
        )

    def _sentences(self, search: Search, confidences: list[float]) -> Iterator[Progress | Sentence]:
        """All that was written for a question and may stand, and what was withheld of it; fills `confidences`."""
        request, scope = search.request, search.scope
        if request.task is Task.LOCATE:
            yield from collection.located(search.hits, scope.outline)
            return
        if request.task is not Task.ANSWER:
            yield from collection.sentences_for(request, scope.outline, chosen=scope.chosen)
            return
        said: set[str] = set()
        together = all(self._writer.states(part.question, part.hits[0]) for part in search.apart if part.hits)
        for part in search.parts if together else search.apart:
            draft = yield from self._writer.write(part.question, part.hits, named=request.exclusive)
            confidences.append(draft.confidence)
            unsure = draft.stated < _STATED or not (draft.signals and draft.signals.supported)
            if request.exclusive and unsure and len(request.rows) <= _MOST_WHOLE:
                # What a named paragraph says is better read than missed.
                yield from collection.sentences_for(replace(request, task=Task.LIST), scope.outline)
                return
            if draft.confidence < self.settings.gate:
                yield from map(grounding.withheld, draft.sentences)
                continue
            for sentence in draft.sentences:
                if not sentence.shown or sentence.text not in said:  # two parts may be answered alike
                    yield sentence
                if sentence.shown:
                    said.add(sentence.text)

    def _coverage(self, search: Search, sentences: Sequence[Sentence], refused: str) -> str:
        """What was searched, for a refusal; what the question assumes and the passages do not say; what is not held."""
        request, documents = search.request, self.documents
        if request.problem and not search.hits:
            return ""
        cited = {span.chunk_id: span.doc_id for sentence in sentences if sentence.shown for span in sentence.spans}
        listed = request.task not in (Task.ANSWER, Task.LOCATE)
        concerned = list(cited.values()) or [hit.chunk.doc_id for hit in search.hits[:1]]
        if listed:
            concerned = list(collection.documents_concerned(request, search.scope.outline))
        lines = [
            f"I searched {search.scope.size}." if refused else "",
            "" if refused or listed else self._premises(search, cited),
            "" if refused else IN_ENGLISH.get(search.language, ""),
            coverage_line(request.search, bool(refused), concerned, documents, about_all=listed),
        ]
        return " ".join(filter(None, lines))

    def _premises(self, search: Search, cited: Mapping[str, str]) -> str:
        """Names and numbers of the question that no cited passage has: a reader may have been told something wrong."""
        if search.language != "en" or search.request.search != search.request.question:
            return ""  # a translation or an earlier turn is not what was typed
        chunks = [hit.chunk for hit in search.hits if hit.chunk.id in cited]
        texts = [text for chunk in chunks for text in (chunk.text, chunk.date, chunk.locator, *chunk.headings)]
        texts += [text for d in map(self.documents.get, cited.values()) if d for text in (d.title, d.publisher, d.date)]
        missing = asked.strangers(search.request.question, tuple(texts))
        named = ", ".join(f"“{name}”" for name in missing)
        return f"The question names {named}; the cited passages do not." if missing else ""


class _Clock:
    """Seconds since a question was asked."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.retrieved = 0.0
        self._first_token: float | None = None
        self._first_sentence: float | None = None

    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def saw(self, progress: Progress) -> None:
        """Remembers when the first word was written."""
        if progress.stage is Stage.WRITING and self._first_token is None:
            self._first_token = self.seconds()

    def spoke(self) -> None:
        """A sentence may be shown now."""
        if self._first_sentence is None:
            self._first_sentence = self.seconds()

    def timings(self) -> Timings:
        return Timings(self.retrieved, self._first_token, self.seconds(), self._first_sentence)
