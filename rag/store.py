"""`store.sqlite`: documents, chunks and their full-text search in one file.

A chunk keeps its offsets only; its text is cut from its document when it is read, so it cannot differ from it.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rag.errors import IndexFault
from rag.types import Chunk, Document, Span

_SCHEMA = """
CREATE TABLE documents (
    position INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, file TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL,
    publisher TEXT NOT NULL, language TEXT NOT NULL, date TEXT NOT NULL, text TEXT NOT NULL, sha256 TEXT NOT NULL,
    notes TEXT NOT NULL
);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, doc_id TEXT NOT NULL REFERENCES documents (id),
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, headings TEXT NOT NULL, locator TEXT NOT NULL, date TEXT NOT NULL,
    kind TEXT NOT NULL, "group" TEXT NOT NULL, embedded TEXT NOT NULL
);
CREATE TABLE sentences (
    row INTEGER PRIMARY KEY, chunk INTEGER NOT NULL REFERENCES chunks (row), "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL
);
CREATE INDEX sentences_by_chunk ON sentences (chunk);
CREATE VIRTUAL TABLE words USING fts5 (context, body, content = '', tokenize = 'porter unicode61 remove_diacritics 2');
"""
_CHUNK_COLUMNS = 'row, id, doc_id, "start", "end", headings, locator, date, kind, "group"'
_ROWS_IN = "SELECT row FROM chunks WHERE doc_id IN (SELECT value FROM json_each(?))"  # of documents, however many
_MOST_TERMS = 64  # distinct words of a question that are looked up; more only cost time
# Words of questions that say nothing about their topic. What is frequent in the documents needs no list.
_COMMON = frozenset(
    """a about all also am an and any are as at be been being but by can could did do does for from give had has have
    how i if in into is it its list looking me my name no not of on one or our please s say says should so some tell
    than that the their them then there these they this those to us want was we were what when where which who whom
    whose why will with would you your""".split()  # noqa: SIM905
)


def write_store(
    path: Path,
    documents: Sequence[Document],
    chunks: Sequence[Chunk],
    embedded: Sequence[str],
    sentences: Sequence[tuple[int, Span]] = (),
) -> None:
    """Create the file with row i = chunks[i].

    Args:
        path: a file that does not exist yet.
        documents: in the order in which they are listed.
        chunks: in reading order.
        embedded: for each chunk the text that was embedded for it, `embedding_text(chunk, document)`.
        sentences: (row of its chunk, span) of each sentence that was embedded, in the order of their vectors.
    """
    titles = {document.id: document.title for document in documents}
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.executescript(_SCHEMA)
            connection.executemany(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        i,
                        d.id,
                        d.file,
                        d.title,
                        d.kind,
                        d.publisher,
                        d.language,
                        d.date,
                        d.text,
                        d.sha256,
                        json.dumps(dict(d.notes)),
                    )
                    for i, d in enumerate(documents)
                ),
            )
            connection.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        i,
                        c.id,
                        c.doc_id,
                        c.start,
                        c.end,
                        json.dumps(c.headings),
                        c.locator,
                        c.date,
                        c.kind,
                        c.group,
                        text,
                    )
                    for i, (c, text) in enumerate(zip(chunks, embedded, strict=True))
                ),
            )
            connection.executemany(
                "INSERT INTO words (rowid, context, body) VALUES (?, ?, ?)",
                ((i, " ".join([titles[c.doc_id], *c.headings]), c.text) for i, c in enumerate(chunks)),
            )
            connection.executemany(
                "INSERT INTO sentences VALUES (?, ?, ?, ?)",
                ((i, chunk, span.start, span.end) for i, (chunk, span) in enumerate(sentences)),
            )
    finally:
        connection.close()


def embedding_text(chunk: Chunk, document: Document) -> str:
    """What is embedded for a chunk: where it stands, then its words. What is cited is the chunk's text alone."""
    date = "" if chunk.date else document.date  # a news item carries its own date in its text
    return "\n".join(filter(None, [document.title, *chunk.headings, date, chunk.text]))


class Store:
    """A store opened for reading; may be shared by threads."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            IndexFault: it is missing or not a store.
        """
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise IndexFault(f"{path} is no readable store ({error}). Run: rag index --rebuild") from error
        try:
            self.documents = {d.id: d for d in self._read_documents()}
            self._size = len(self)
        except (sqlite3.Error, ValueError, TypeError) as error:
            self.close()
            raise IndexFault(f"{path} is no readable store ({error}). Run: rag index --rebuild") from error

    def close(self) -> None:
        """Release the file, when no other thread reads it any more."""
        with self._lock:
            self._connection.close()

    def __len__(self) -> int:
        """Number of chunks."""
        return int(self._query("SELECT count(*) FROM chunks")[0][0])

    def chunks(self, rows: Sequence[int] | None = None) -> dict[int, Chunk]:
        """Chunks by row, in the order of `rows`; all of them, in reading order, when `rows` is None."""
        sql = f"SELECT {_CHUNK_COLUMNS} FROM chunks"
        if rows is None:
            return dict(self._as_chunk(found) for found in self._query(f"{sql} ORDER BY row"))
        found = dict(self._as_chunk(f) for f in self._query(f"{sql} WHERE row IN ({','.join('?' * len(rows))})", *rows))
        return {row: found[row] for row in rows}

    def rows_of(self, chunk_ids: Sequence[str]) -> list[int]:
        """Rows of some chunks, in reading order."""
        sql = f"SELECT row FROM chunks WHERE id IN ({','.join('?' * len(chunk_ids))}) ORDER BY row"
        return [int(row) for (row,) in self._query(sql, *chunk_ids)]

    def rows_in(self, documents: Collection[str]) -> list[int]:
        """Rows of the chunks of some documents, in reading order."""
        return [int(row) for (row,) in self._query(f"{_ROWS_IN} ORDER BY row", json.dumps([*documents]))]

    def sentence_rows_in(self, documents: Collection[str]) -> list[int]:
        """Rows of the sentences of some documents, in reading order."""
        sql = f"SELECT row FROM sentences WHERE chunk IN ({_ROWS_IN}) ORDER BY row"
        return [int(row) for (row,) in self._query(sql, json.dumps([*documents]))]

    def embedded(self) -> dict[str, int]:
        """Row by text that was embedded: lets an unchanged text keep its vector."""
        return dict(self._query("SELECT embedded, row FROM chunks"))

    def sentences(self, chunks: Sequence[int] | None = None) -> dict[int, Span]:
        """Sentences by row, in reading order: of some chunks, or all of them when `chunks` is None."""
        sql = 'SELECT s.row, c.doc_id, c.id, s."start", s."end" FROM sentences s JOIN chunks c ON c.row = s.chunk'
        if chunks is not None:
            sql += f" WHERE s.chunk IN ({','.join('?' * len(chunks))})"
        return {
            row: Span(doc_id, chunk_id, start, end, self.documents[doc_id].text[start:end])
            for row, doc_id, chunk_id, start, end in self._query(f"{sql} ORDER BY s.row", *(chunks or ()))
        }

    def chunks_of_sentences(self, rows: Sequence[int]) -> dict[int, int]:
        """Row of the chunk of each sentence, by row of the sentence."""
        return dict(self._query(f"SELECT row, chunk FROM sentences WHERE row IN ({','.join('?' * len(rows))})", *rows))

    def sentences_by_chunk(self, chunks: Sequence[int]) -> dict[int, list[int]]:
        """Rows of the sentences of some chunks, by row of the chunk."""
        found: dict[int, list[int]] = {}
        sql = f"SELECT row, chunk FROM sentences WHERE chunk IN ({','.join('?' * len(chunks))}) ORDER BY row"
        for row, chunk in self._query(sql, *chunks):
            found.setdefault(chunk, []).append(row)
        return found

    def counts_by_kind(self) -> dict[str, int]:
        """Number of chunks by kind."""
        return dict(self._query("SELECT kind, count(*) FROM chunks GROUP BY kind"))

    def chunks_by_document(self) -> dict[str, int]:
        """Number of chunks by document id."""
        return dict(self._query("SELECT doc_id, count(*) FROM chunks GROUP BY doc_id"))

    def newest_date(self) -> str:
        """ISO date of the newest dated chunk; "" when none is dated."""
        return str(self._query("SELECT coalesce(max(date), '') FROM chunks")[0][0])

    def search(self, question: str, k: int, documents: Collection[str] | None = None) -> list[tuple[int, float]]:
        """The k best (row, score) by BM25 over word stems; a score is in (0, 1], higher is better.

        With `documents`, only their chunks are candidates; their scores stay what they are among all.

        1 is the score of a chunk that is full of every word of the question. A word that no chunk has counts too: where
        a paraphrase shares only unimportant words with the documents, those words must not decide. A chunk needs to
        share only one word with the question. Nothing in the question is query syntax.
        """
        words = dict.fromkeys(word for word in re.findall(r"\w+", question.lower()) if word not in _COMMON)
        terms = list(words)[:_MOST_TERMS]
        if not terms or k < 1:
            return []
        highest = sum(map(self._highest_score, terms))
        match = " OR ".join(f'"{term}"' for term in terms)
        among, values = "", [match]
        if documents is not None:
            among, values = f"AND +rowid IN ({_ROWS_IN})", [match, json.dumps([*documents])]  # "+": matched first
        sql = f"SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH ? {among}"
        found = self._query(f"{sql} ORDER BY score DESC, rowid LIMIT ?", *values, k)
        return [(int(row), min(1.0, float(score) / highest)) for row, score in found]

    def _highest_score(self, term: str) -> float:
        """What BM25 as SQLite counts it gives at most for a word: its inverse document frequency times k1 + 1."""
        n = int(self._query("SELECT count(*) FROM words WHERE words MATCH ?", f'"{term}"')[0][0])
        idf = math.log((self._size - n + 0.5) / (n + 0.5))
        return 2.2 * max(idf, 1e-6)

    def _read_documents(self) -> Iterator[Document]:
        columns = "id, file, title, kind, publisher, language, date, text, sha256, notes"
        for *values, notes in self._query(f"SELECT {columns} FROM documents ORDER BY position"):
            doc_id, file, title, kind, publisher, language, date, text, sha256 = values
            yield Document(doc_id, file, title, kind, publisher, language, date, text, sha256, json.loads(notes))

    def _as_chunk(self, found: tuple[int, str, str, int, int, str, str, str, str, str]) -> tuple[int, Chunk]:
        row, chunk_id, doc_id, start, end, headings, locator, date, kind, group = found
        text = self.documents[doc_id].text[start:end]
        return row, Chunk(chunk_id, doc_id, start, end, text, tuple(json.loads(headings)), locator, date, kind, group)

    def _query(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]  # columns differ by query
        with self._lock:
            return self._connection.execute(sql, values).fetchall()
