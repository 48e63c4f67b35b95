"""From a question to an answer: the wiring of all stages, and nothing else."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from rag import grounding, prompting, understanding
from rag.config import Settings
from rag.coverage import coverage_line
from rag.embedding import Embedder, MiniLM
from rag.index import Index, builds, open_index
from rag.indexing import build_index
from rag.llm import Generator, open_generator
from rag.prompting import Prompts
from rag.retrieval import Retriever, worth_reading
from rag.sentences import written_sentences
from rag.types import Answer, Document, Event, Found, Hit, Prompt, Sentence, Timings

REFUSAL = "I did not find the answer in the documents I hold."


class Assistant:
    """Answers questions over one index with one language model. May be shared by threads: the model takes turns."""

    def __init__(self, settings: Settings, index: Index, embedder: Embedder, generator: Generator) -> None:
        """Wire the parts; `Assistant.open` makes them."""
        self.settings = settings
        self.index = index
        self.retriever = Retriever(index, embedder, settings.vector_weight)
        self._embedder = embedder
        self._generator = generator
        identity = [settings.id, generator.name, index.manifest.fingerprint, prompting.fingerprint()]
        self.config_id = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:8]

    @classmethod
    def open(cls, settings: Settings, say: Callable[[str], None] = lambda line: None) -> Assistant:
        """Load the models and open the index; build it first if there is none.

        Args:
            settings: all of them.
            say: is told in a line what takes long or needs attention.

        Raises:
            RagError: something is missing or damaged; the message names the command that helps.
        """
        generator = open_generator(settings)  # first, as it is what is most often missing
        embedder = MiniLM()
        return cls(settings, open_or_build(settings, embedder, say), embedder, generator)

    @property
    def documents(self) -> dict[str, Document]:
        """The documents by id, in the order of the collection."""
        return self.index.store.documents

    @property
    def model(self) -> str:
        """Name of the language model."""
        return self._generator.name

    def warm_up(self) -> None:
        """Do once what the first question would wait for."""
        self.retriever.retrieve("warm up", 1)
        self._generator.yes_probability(Prompt(prompting.load("system"), ""))

    def ask(self, question: str, question_id: str = "") -> Answer:
        """The whole answer at once; arguments and errors as for `stream`."""
        *_, answer = self.stream(question, question_id)
        if not isinstance(answer, Answer):
            raise TypeError(f"the last event of a stream is its Answer, not {type(answer).__name__}")
        return answer

    def stream(self, question: str, question_id: str = "") -> Iterator[Event]:
        """One Found, then each shown Sentence when it is checked, then the Answer. Closing it stops the model.

        Whatever the question is, the last event is an Answer: what cannot be answered is refused.

        Args:
            question: as typed.
            question_id: comes back as `Answer.id`; default: a hash of the question.

        Raises:
            ModelError: a model server fails.
        """
        clock = _Clock()
        question = understanding.clean_question(question)

        def finish(sentences: Sequence[Sentence], hits: tuple[Hit, ...], refused: str) -> Answer:
            cited = [span.doc_id for sentence in sentences if sentence.shown for span in sentence.spans]
            concerned = cited or [hit.chunk.doc_id for hit in hits[:1]]
            return Answer(
                id=question_id or hashlib.sha256(question.encode()).hexdigest()[:12],
                question=question,
                sentences=tuple(sentences),
                hits=hits,
                refused=refused,
                coverage=coverage_line(question, bool(refused), concerned, self.documents),
                timings=clock.timings(),
                config_id=self.config_id,
                model=self.model,
            )

        if problem := understanding.problem_with(question):
            yield finish((), (), problem)
            return
        hits = self.retriever.retrieve(question, self.settings.passages)
        clock.retrieved = clock.seconds()
        yield Found(hits)

        prompts = Prompts(question, worth_reading(hits), self.settings.prompt_tokens, self._generator.count_tokens)
        if not (prompts.shown and self._generator.yes_probability(prompts.gate) >= self.settings.gate):
            yield finish((), hits, REFUSAL)
            return

        grounder = _Grounder(prompts.shown, self._embedder, self.documents)
        sentences: list[Sentence] = []
        with closing(self._generator.stream(prompts.answer, self.settings.answer_tokens)) as pieces:
            for text in written_sentences(clock.watched(pieces)):
                sentence = grounder.ground(text)
                sentences.append(sentence)
                if sentence.shown:
                    yield sentence
        if not any(sentence.shown for sentence in sentences):
            quotation = grounder.quotation(question)
            if quotation is None:
                yield finish(sentences, hits, REFUSAL)
                return
            sentences.append(quotation)
            yield quotation
        yield finish(sentences, hits, "")


class _Clock:
    """Seconds since a question was asked."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.retrieved = 0.0
        self._first_token: float | None = None

    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def watched(self, pieces: Iterator[str]) -> Iterator[str]:
        """The same pieces; remembers when the first one came that is not empty, as a server's may be."""
        for piece in pieces:
            if piece and self._first_token is None:
                self._first_token = self.seconds()
            yield piece

    def timings(self) -> Timings:
        return Timings(self.retrieved, self._first_token, self.seconds())


class _Grounder:
    """The candidate spans of the passages that the model read, embedded once for all sentences of an answer."""

    def __init__(self, hits: Sequence[Hit], embedder: Embedder, documents: dict[str, Document]) -> None:
        self._embedder = embedder
        languages = {doc_id: document.language for doc_id, document in documents.items()}
        self._spans = [span for hit in hits for span in grounding.spans_of(hit.chunk, languages[hit.chunk.doc_id])]
        self._vectors = embedder.embed_passages([span.quote for span in self._spans])

    def ground(self, text: str) -> Sentence:
        return grounding.ground(text, self._spans, self._vectors @ self._embedder.embed_query(text))

    def quotation(self, question: str) -> Sentence | None:
        """The nearest span to the question, if any is near: when no sentence of the model could be kept."""
        return grounding.quote(self._spans, self._vectors @ self._embedder.embed_query(question))


def open_or_build(settings: Settings, embedder: Embedder, say: Callable[[str], None]) -> Index:
    """Open the index; build it if there is none, say so if it is older than the documents.

    Raises:
        RagError: as `open_index` and `build_index`.
    """
    if not builds(settings.index):
        say("There is no index yet: building it from the documents ...")
        for problem in build_index(settings, embedder).problems:
            say(problem)
    index = open_index(settings, embedder)
    if not index.is_current(settings.seeds):
        say("The documents have changed since the index was built. To take them in, run: rag index")
    return index
