"""The yardstick: plain retrieval-augmented generation on the same models: fixed pieces, vectors, one prompt."""

from __future__ import annotations

import re
import time

from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.config import Settings
from rag.embedding import Embedder
from rag.index import Index
from rag.llm import Generator
from rag.payload import Json, answer_json
from rag.sentences import sentences_of
from rag.types import Answer, Chunk, Document, Hit, Prompt, Sentence, Span, Support, Timings

PIECE, OVERLAP, NEAREST = 500, 50, 5  # characters of a piece, and that two share; pieces that the model reads
_SYSTEM = (
    "Use the numbered passages to answer the question in complete sentences. Name the facts asked for: numbers, dates, "
    "names, places. If the passages do not hold the answer, just say: I don't know; do not make up an answer."
)
_TASK = "Answer in one to three sentences and put the number of its passage at the end of each, like [1]."
_REFUSED = re.compile(r"\bI (?:don['’]?t|do not) know\b|^\W*(?:the )?passages? do(?:es)?\W?n['’o]t\b", re.IGNORECASE)
_MARK = re.compile(r"\s*\[(\d+(?:\s*[-–,]\s*\d+)*)\]")
_LATE_MARKS = re.compile(rf"([.!?])((?:{_MARK.pattern})+)")  # "Manila. [1]" belongs before the full stop


class Plain:
    """Cuts the documents of an index into pieces of its own and answers questions over them."""

    def __init__(self, settings: Settings, index: Index, embedder: Embedder, generator: Generator) -> None:
        self.chunks = tuple(index.store.chunks().values())
        self._documents, self._settings = index.store.documents, settings
        self._embedder, self._generator = embedder, generator
        splitter = RecursiveCharacterTextSplitter(chunk_size=PIECE, chunk_overlap=OVERLAP, add_start_index=True)
        self.pieces = tuple(
            _piece(document, n := part.metadata["start_index"], n + len(part.page_content))
            for document in self._documents.values()
            for part in splitter.create_documents([document.text])
        )
        self._vectors = embedder.embed_passages([piece.text for piece in self.pieces])

    def nearest(self, question: str, k: int = NEAREST) -> tuple[Hit, ...]:
        """The k nearest pieces by cosine, best first."""
        cosines = self._vectors @ self._embedder.embed_query(question)
        best = sorted(range(len(self.pieces)), key=lambda i: (-float(cosines[i]), i))[:k]
        return tuple(Hit(self.pieces[i], float(cosines[i]), rank) for rank, i in enumerate(best, start=1))

    def ask(self, question: str, question_id: str = "") -> Json:
        """An answer as `rag.payload.answer_json`; the citations are of pieces, see `eval.plain_run.credited`."""
        began, hits = time.perf_counter(), self.nearest(question)
        retrieved, first, reply = time.perf_counter() - began, None, ""
        passages = "\n\n".join(f"[{hit.rank}] {hit.chunk.text}" for hit in hits)
        prompt = Prompt(_SYSTEM, f"Passages:\n\n{passages}\n\nQuestion: {question}\n\n{_TASK}")
        for said in self._generator.stream(prompt, self._settings.answer_tokens):
            first = time.perf_counter() - began if first is None and said else first
            reply += said
        refused = "" if reply.strip() and not _REFUSED.search(reply) else reply.strip() or "I don't know."
        sentences = () if refused else _sentences(reply, hits)
        timings = Timings(retrieved, first, time.perf_counter() - began)
        answer = Answer(question_id, question, sentences, hits, refused, "", timings, "plain", self._generator.name)
        return answer_json(answer, self._documents)


def _piece(document: Document, start: int, end: int) -> Chunk:
    name = f"{document.id}:{start}"
    return Chunk(name, document.id, start, end, document.text[start:end], (), name, "", "piece", "")


def _sentences(reply: str, hits: tuple[Hit, ...]) -> tuple[Sentence, ...]:
    marked = re.sub(r"^(\[\d+\])[.:]", r"\1", _LATE_MARKS.sub(lambda m: m[2] + m[1], reply.strip()))
    spans = [Span(h.chunk.doc_id, h.chunk.id, h.chunk.start, h.chunk.end, h.chunk.text) for h in hits]
    found = []
    for start, end in sentences_of(marked):
        numbers = dict.fromkeys(int(n) for m in _MARK.finditer(marked, start, end) for n in re.findall(r"\d+", m[1]))
        cited = tuple(spans[n - 1] for n in numbers if 1 <= n <= len(spans))
        found.append(Sentence(_MARK.sub("", marked[start:end]).strip(), cited, Support.SUPPORTED))
    return tuple(found)
