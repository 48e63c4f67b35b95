"""The builds of an index and their `manifest.json`: what one was built from and with, what its files must hash to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import IndexFault

FORMAT = 2
STORE, VECTORS, SENTENCES, MANIFEST = "store.sqlite", "vectors.faiss", "sentences.faiss", "manifest.json"
BUILD = "build-"


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did: whether anything had to be written, how many chunks there are and were embedded anew."""

    changed: bool
    documents: int
    chunks: int
    embedded: int
    problems: tuple[str, ...]


class Manifest(BaseModel):
    """The manifest of one build."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: int
    built: str  # ISO 8601, UTC
    model: str
    dimension: int
    settings: dict[str, str | int]
    fingerprint: str  # of the documents, see rag.corpus.fingerprint
    chunks: int
    sentences: int
    documents: dict[str, dict[str, str]]  # by file: id and SHA-256
    problems: list[str]  # a line for each file that could not be read
    files: dict[str, str]  # SHA-256 by name

    def write(self, folder: Path) -> None:
        """Write it into a build's folder."""
        (folder / MANIFEST).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def builds(folder: Path) -> list[Path]:
    """The builds in an index folder, the newest last."""
    return sorted(path for path in folder.glob(f"{BUILD}*") if path.name.removeprefix(BUILD).isdigit())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a build, after the build's files were found to be those that it names.

    Raises:
        IndexFault: it is missing, malformed or of another format, or a file is missing or not the one it names.
    """
    try:
        raw = json.loads((folder / MANIFEST).read_bytes())
        if raw["format"] != FORMAT:
            raise IndexFault(
                f"The index has format {raw['format']}, this version reads {FORMAT}. Run: rag index --rebuild"
            )
        manifest = Manifest.model_validate(raw)
        for name in (STORE, VECTORS, SENTENCES):
            if sha256(folder / name) != manifest.files.get(name):
                raise IndexFault(
                    f"{folder / name} is damaged: its hash is not the one in {MANIFEST}. Run: rag index --rebuild"
                )
    except ValidationError as error:
        first = error.errors()[0]
        raise _damaged(folder, f"{MANIFEST}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{type(error).__name__}: {error}") from error
    return manifest


def _damaged(folder: Path, reason: str) -> IndexFault:
    return IndexFault(f"The index in {folder} is damaged ({reason}). Run: rag index --rebuild")


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
