"""The five real documents by the names of their files, and what tests of every parser need."""

from __future__ import annotations

from rag.corpus import Corpus
from rag.corpus.reading import Reading
from rag.types import Chunk, Document

SOUTH_EAST_ASIA = "000_4e2d5463c5b0dd2b.txt"
ASIA_PACIFIC = "001_95531750c1bde8ed.txt"
FEATURES = "002_55abcc0bfeca7e0f.txt"
RESOLUTION = "003_4732059dd3fa2655.txt"
ARTICLE = "004_cfa2a909a0d81c24.txt"
MODEL_TOKENS = 256  # what the embedding model reads of a text

LISTING = "Showing 1-2 of 9 results\n\nFirst title\n\n1 May, 2024A teaser.\n\nSecond title\n\n2 May, 2024Another one.\n"


def document_of(corpus: Corpus, file: str) -> Document:
    """The document of a file."""
    return next(d for d in corpus.documents if d.file == file)


def chunks_of(corpus: Corpus, file: str) -> list[Chunk]:
    """The chunks of a file's document."""
    doc_id = document_of(corpus, file).id
    return [chunk for chunk in corpus.chunks if chunk.doc_id == doc_id]


def parts(reading: Reading) -> list[str]:
    """The words of each piece."""
    return [reading.text[p.start : p.end] for p in reading.pieces]


def assert_exact(reading: Reading) -> None:
    """Pieces lie inside the text, in order, without overlap, and have no blank ends."""
    end = 0
    for piece in reading.pieces:
        assert end <= piece.start < piece.end <= len(reading.text)
        words = reading.text[piece.start : piece.end]
        assert words == words.strip()
        end = piece.end
