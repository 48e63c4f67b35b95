"""From the files in `seeds/` to documents and their chunks."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.corpus.article import parse_article
from rag.corpus.catalog import CATALOG, Entry, read_catalog
from rag.corpus.listing import parse_listing
from rag.corpus.plain import parse_markdown, parse_text
from rag.corpus.reading import Reading, unified
from rag.corpus.resolution import parse_resolution
from rag.errors import CorpusError
from rag.types import Chunk, Document

_SUFFIXES = (".txt", ".md")


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents that could be read, their chunks in reading order, and one line for each that could not."""

    documents: tuple[Document, ...]
    chunks: tuple[Chunk, ...]
    problems: tuple[str, ...]


def fingerprint(seeds: Path) -> str:
    """Hash of the catalog and of every file that would be read: unchanged while there is nothing to index anew."""
    digest = hashlib.sha256()
    for path in [seeds / CATALOG, *_files(seeds)]:
        try:
            content = path.read_bytes()
        except OSError as error:
            content = type(error).__name__.encode()
        digest.update(os.fsencode(path.name) + f"\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def read_corpus(seeds: Path, count_tokens: Callable[[str], int]) -> Corpus:
    """Read every .txt and .md file of a folder; what cannot be read becomes a line in `problems`.

    Args:
        seeds: the folder; `catalog.toml` in it is optional.
        count_tokens: length of a text in tokens of the embedding model.

    Raises:
        CorpusError: the folder is missing, its catalog is malformed, or no document could be read.
    """
    catalog = read_catalog(seeds)
    files = _files(seeds)
    documents: dict[str, Document] = {}
    chunks: list[Chunk] = []
    problems = [f"{seeds / name}: named in {CATALOG} but not there" for name in catalog if not (seeds / name).is_file()]
    for path in files:
        try:
            document, found = _read_file(path, catalog.get(path.name, Entry()), count_tokens)
            if twin := documents.get(document.id):
                raise CorpusError(f"has the same text as {twin.file}")
        except CorpusError as error:
            problems.append(f"{_printable(path)}: {error}. Left out.")
            continue
        documents[document.id] = document
        chunks += found
    if not documents:
        raise CorpusError(
            f"No document to index in {seeds}{': ' + problems[0] if problems else '.'} "
            "Put .txt or .md files there and run: rag index"
        )
    return Corpus(tuple(documents.values()), tuple(chunks), tuple(problems))


def _printable(path: Path) -> str:
    """A path that can be printed and stored: names of files need not be Unicode."""
    return os.fsencode(path).decode(errors="replace")


def _files(seeds: Path) -> list[Path]:
    if not seeds.is_dir():
        raise CorpusError(
            f"There is no folder {seeds} here. Run the command in the project's folder, or set RAG_SEEDS."
        )
    found = (path for path in seeds.iterdir() if path.name != CATALOG and not path.name.startswith("."))
    return sorted(path for path in found if not path.is_dir())


def _read_file(path: Path, entry: Entry, count_tokens: Callable[[str], int]) -> tuple[Document, list[Chunk]]:
    if str(path) != _printable(path):
        raise CorpusError("its name is not Unicode; rename it")
    if path.suffix.lower() not in _SUFFIXES:
        raise CorpusError("is not a .txt or .md file; save its text as one")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"cannot be opened ({error.strerror})") from error
    if b"\0" in content:
        raise CorpusError("is binary, not text; save its text as UTF-8")
    try:
        raw = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"is not UTF-8 text (byte {content[error.start]:#04x} at {error.start}); save it as UTF-8"
        ) from error
    if not raw.strip("\ufeff \t\r\n\f"):
        raise CorpusError("is empty")
    reading = _parse(entry.kind, path.suffix.lower(), unified(raw), count_tokens)
    return _assemble(path, entry, content, reading)


def _parse(kind: str, suffix: str, raw: str, count_tokens: Callable[[str], int]) -> Reading:
    match kind:
        case "listing":
            return parse_listing(raw)
        case "resolution":
            return parse_resolution(raw)
        case "article":
            return parse_article(raw)
        case _:
            return parse_markdown(raw, count_tokens) if suffix == ".md" else parse_text(raw, count_tokens)


def _assemble(path: Path, entry: Entry, content: bytes, reading: Reading) -> tuple[Document, list[Chunk]]:
    """Give a reading its ids: hashes of the content, so that what did not change keeps them."""
    doc_id = _hash(reading.text)
    document = Document(
        id=doc_id,
        file=path.name,
        title=entry.title or path.stem.replace("_", " "),
        kind=entry.kind,
        publisher=entry.publisher,
        language=entry.language,
        date=entry.date,
        text=reading.text,
        sha256=hashlib.sha256(content).hexdigest(),
        notes=reading.notes,
    )
    chunks = [
        Chunk(
            id=_hash(f"{doc_id}:{piece.start}:{piece.end}"),
            doc_id=doc_id,
            start=piece.start,
            end=piece.end,
            text=reading.text[piece.start : piece.end],
            headings=piece.headings,
            locator=piece.locator,
            date=piece.date,
            kind=piece.kind,
            group=f"{doc_id} {piece.group}" if piece.group else "",
        )
        for piece in reading.pieces
    ]
    return document, chunks


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
