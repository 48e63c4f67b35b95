"""`rag check`: is everything there that an answer needs?"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from rag import models
from rag.config import Settings
from rag.embedding import open_embedder
from rag.errors import RagError
from rag.index import open_index
from rag.models import LocalModel
from rag.offline import is_elsewhere, is_loopback

_NEEDED_MEMORY = 3_000_000_000  # bytes; the page with the default model was measured below this
_NEEDED_DISK = 1_000_000_000  # bytes; room for a new build of the index beside the old one


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `state` says how it is and, if not good, what helps."""

    what: str
    good: bool
    state: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is loaded, changed or fetched."""
    return [_language_model(settings), *_index(settings), _memory(), _disk(settings.index), *_offline(settings)]


def _language_model(settings: Settings) -> Finding:
    folder = models.models_dir(settings.cache)
    try:
        found = models.resolve(settings.llm or models.default_name(), folder)
    except RagError as error:
        return Finding("language model", False, str(error))
    if not isinstance(found, LocalModel):
        state = f"model {settings.llm_model}" if settings.llm_model else "which of its models? Set RAG_LLM_MODEL"
        return Finding("language model", bool(settings.llm_model), f"server {found.url}, {state}")
    entry = models.load_entries().get(found.name)
    if entry and models.check(entry, folder, deep=True) != "ok":
        return Finding("language model", False, f"{found.path} is damaged. Run: rag models --fetch {entry.name}")
    return Finding("language model", True, f"{found.name}, {found.path}" + (", hash holds" if entry else ""))


def _index(settings: Settings) -> list[Finding]:
    try:
        index = open_index(settings, open_embedder(settings))
        current = index.is_current(settings.seeds)
    except RagError as error:
        return [Finding("index", False, str(error))]
    findings = [
        Finding(
            "index",
            True,
            f"{len(index.store.documents)} documents, {len(index)} passages, built {index.manifest.built}",
        )
    ]
    if not current:
        findings.append(Finding("documents", False, "changed since the index was built. Run: rag index"))
    return findings + [Finding("document", False, problem) for problem in index.manifest.problems]


def _memory() -> Finding:
    free = psutil.virtual_memory().available
    return Finding("memory", free >= _NEEDED_MEMORY, f"{free / 1e9:.1f} GB free, {_NEEDED_MEMORY / 1e9:.0f} GB needed")


def _disk(index: Path) -> Finding:
    folder = next(path for path in [index.resolve(), *index.resolve().parents] if path.exists())
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk", free >= _NEEDED_DISK, f"{free / 1e9:.1f} GB free for the index, {_NEEDED_DISK / 1e9:.0f} GB needed"
    )


def _offline(settings: Settings) -> list[Finding]:
    """What could make the product speak to other machines."""
    local = is_loopback(settings.host)
    page = Finding(
        "page",
        local,
        f"served on {settings.host}" + ("" if local else ": others on the network can open it. See RAG_HOST"),
    )
    hub = os.environ.get("HF_HUB_OFFLINE", "1") == "1"
    switch = Finding("model hub", hub, "switched off" if hub else "HF_HUB_OFFLINE is not 1: unset it")
    return [page, switch, _server(settings)]


def _server(settings: Settings) -> Finding:
    if is_elsewhere(settings.llm):
        return Finding("questions", False, f"questions and passages are sent to {settings.llm} (RAG_LLM)")
    return Finding("questions", True, "stay on this machine")
