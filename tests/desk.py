"""Parts of an assistant over a seeds folder, with the small stand-ins for both models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from conftest import SEEDS
from fakes import HashEmbedder, ScriptedGenerator

from rag.assistant import Assistant
from rag.config import Settings
from rag.given import Given
from rag.index import Index, open_index
from rag.indexing import build_index
from rag.types import Chunk, Document

DIMENSION = 1024  # so many that hardly two words share a place


@contextmanager
def opened_index(folder: Path, seeds: Path = SEEDS, embedder: HashEmbedder | None = None) -> Iterator[Index]:
    """A fresh index of `seeds` in `folder`, closed at the end."""
    settings = Settings(seeds=seeds, index=folder)
    embedder = embedder or HashEmbedder(dimension=DIMENSION)
    build_index(settings, embedder)
    index = open_index(settings, embedder)
    with closing(index.store):
        yield index


def assistant_over(index: Index, generator: ScriptedGenerator, **settings: object) -> Assistant:
    """An assistant whose language model is `generator`; `settings` as for `Settings`, which are tuned by eval/.

    Nothing that it keeps lies in the developer's own folders.
    """
    own = {"gate": 0.5, "cache": index.folder / "cache"}
    return Assistant(Settings(**{**own, **settings}), index, HashEmbedder(dimension=DIMENSION), generator)


def forget_given(assistant: Assistant) -> None:
    """As if nobody had asked anything: each question goes to the language model again."""
    assistant._given = Given()


def text_document(text: str, title: str = "A title", **changes: object) -> Document:
    """A document with `text` as its reading text."""
    fields = {"kind": "plain", "publisher": "", "language": "en", "date": "", "sha256": "0" * 64} | changes
    return Document(id=f"id of {title}", file=f"{title}.txt", title=title, text=text, **fields)


def text_chunk(document: Document, start: int = 0, end: int | None = None, **changes: object) -> Chunk:
    """A chunk of `document`, the whole of it by default."""
    end = len(document.text) if end is None else end
    fields = {"headings": (), "locator": "paragraph 1", "date": "", "kind": "paragraph", "group": ""} | changes
    return Chunk(f"chunk {start}-{end}", document.id, start, end, document.text[start:end], **fields)
