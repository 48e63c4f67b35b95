"""`seeds/catalog.toml`: what each document is called, what kind it is, who published it and when."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import CorpusError

CATALOG = "catalog.toml"


class Entry(BaseModel):
    """What the catalog says of one file; a file without an entry gets these defaults and its name as title."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    kind: Literal["listing", "resolution", "article", "plain"] = "plain"
    publisher: str = ""
    language: str = "und"  # ISO 639 for "undetermined"
    date: str = ""


def read_catalog(seeds: Path) -> dict[str, Entry]:
    """Entries by file name; empty when there is no catalog.

    Raises:
        CorpusError: the catalog is not TOML, or an entry has an unknown key or value.
    """
    path = seeds / CATALOG
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read: {error}. Mend it, then run: rag index") from error
    return {name: _entry(table, f"{path}, [{name}]") for name, table in tables.items()}


def _entry(table: object, where: str) -> Entry:
    try:
        return Entry.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "entry"
        raise CorpusError(f"{where}: {key}: {first['msg']}. Mend it, then run: rag index") from error
