"""Other people's texts as a collection of their own: an index in a temporary folder, gone afterwards.

The texts go the way that a user's own files go (a seeds folder with a catalog, read, split, embedded), so that what is
measured is the product and not a shortcut. A paragraph that is too long for the embedding model becomes several chunks.
"""

from __future__ import annotations

import bisect
import json
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from eval.errors import EvalError
from rag.config import Settings
from rag.embedding import Embedder
from rag.index import Index, open_index
from rag.indexing import build_index
from rag.store import Store

_GAP = "\n\n"  # what parts two paragraphs in a plain text file


@dataclass(frozen=True, slots=True)
class Text:
    """A document to be: each paragraph as `one_line` leaves it, and none of them empty."""

    title: str
    paragraphs: tuple[str, ...]


def one_line(text: str) -> str:
    """A text on one line, without the characters that a text file or a catalog cannot hold."""
    held = text.encode("utf-8", "replace").decode().replace("\ufeff", " ")
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in held).split())


@dataclass(frozen=True, slots=True)
class Collection:
    """Texts that were indexed."""

    settings: Settings  # with the temporary folders in them
    index: Index
    chunks: Mapping[tuple[int, int], tuple[str, ...]]  # ids, by (position of the text, position of the paragraph in it)
    seconds: float  # to read, split, embed and store everything


@contextmanager
def temporary_index(
    settings: Settings,
    texts: Sequence[Text],
    embedder: Embedder,
    step: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Iterator[Collection]:
    """Index texts in a temporary folder, which vanishes at the end.

    Args:
        settings: of the product; where its own documents and index lie does not matter.
        texts: no two with the same paragraphs, as the product takes a document only once.
        embedder: for the passages.
        step: told what is being done, how much of it is done, and of how much.

    Raises:
        RagError: the index cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="rag-eval-") as name:
        folders = {"seeds": Path(name) / "seeds", "index": Path(name) / "index"}
        own = settings.model_copy(update=folders)
        _write_seeds(own.seeds, texts)
        began = time.perf_counter()
        built = build_index(own, embedder, report=lambda done, total: step("Embedding passages", done, total))
        seconds = time.perf_counter() - began
        if built.problems:
            raise EvalError(f"A text could not be indexed: {built.problems[0]}")
        index = open_index(own, embedder)
        with closing(index.store):  # else Windows cannot remove the folder
            yield Collection(own, index, _chunks_of(texts, index.store), seconds)


def _write_seeds(folder: Path, texts: Sequence[Text]) -> None:
    folder.mkdir()
    entries = []
    for n, text in enumerate(texts):
        (folder / _file(n)).write_bytes(_GAP.join(text.paragraphs).encode())
        # A JSON string is a TOML string once control characters are gone.
        entries.append(f'["{_file(n)}"]\ntitle = {json.dumps(text.title, ensure_ascii=False)}\n')
    (folder / "catalog.toml").write_text("\n".join(entries), encoding="utf-8")


def _chunks_of(texts: Sequence[Text], store: Store) -> dict[tuple[int, int], tuple[str, ...]]:
    starts = {
        _file(n): list(accumulate((len(paragraph) + len(_GAP) for paragraph in text.paragraphs[:-1]), initial=0))
        for n, text in enumerate(texts)
    }
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for chunk in store.chunks().values():
        file = store.documents[chunk.doc_id].file
        found[int(Path(file).stem), bisect.bisect_right(starts[file], chunk.start) - 1].append(chunk.id)
    return {place: tuple(ids) for place, ids in found.items()}


def _file(n: int) -> str:
    return f"{n:08}.txt"
