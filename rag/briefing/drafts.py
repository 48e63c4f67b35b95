"""What was written for a briefing and is kept, so that one that was stopped or killed goes on from there.

A file of JSON lines, one a passage, for each topic on one index, model and settings. What is read back is cut anew from
the documents and compared with what was kept: a quotation that no longer stands is not used.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.briefing.records import Order, Planned, Point
from rag.config import cache_dir
from rag.store import Store
from rag.types import Check, Document, Sentence, Span, Support

_UNUSED_S = 30 * 24 * 3600  # after which a draft is removed

_WRITTEN_BY = "2"  # counted up when the code tells points in another way, so that no older words stay


def drafts_dir(cache: Path | None) -> Path:
    """Name the folder of what was written, in `cache` or else in the user's cache folder; it need not exist."""
    return cache_dir(cache) / "briefings"


@dataclass(frozen=True, slots=True)
class Finished:
    """What of a finished briefing is neither in the documents nor in its points."""

    made: str  # ISO day
    in_vain: tuple[str, ...]  # what was searched in vain, see `gaps.searched_in_vain`


class Drafts:
    """What was written on one topic. A folder that cannot be written to only means that nothing is kept."""

    def __init__(self, folder: Path, topic: str, made_with: tuple[str, ...], store: Store) -> None:
        """Read what is kept.

        Args:
            folder: of all drafts.
            topic: as in the order.
            made_with: what else decides what is written (index, model, settings): of other ones nothing is read.
            store: that quotations are cut from.
        """
        self._file = folder / f"{_hash(_WRITTEN_BY, topic, *made_with)}.jsonl"
        self._documents: Mapping[str, Document] = store.documents
        self._lines: dict[str, Any] = {}  # by passage or order
        with suppress(OSError, UnicodeDecodeError):
            for line in self._file.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):  # torn, when its writer was killed
                    match json.loads(line):
                        case {"key": str(key), **kept}:
                            self._lines.setdefault(key, kept)
        with suppress(OSError):
            os.utime(self._file)  # it is used

    def __contains__(self, planned: Planned) -> bool:
        """Whether it is known what can be said from a passage."""
        return self._read(planned) is not None

    def __getitem__(self, planned: Planned) -> Point | None:
        """The point that was written from a passage; None when it does not speak of the topic."""
        sentences = self._read(planned)
        if sentences is None:
            raise KeyError(planned.hit.chunk.id)
        return Point(planned.hit.chunk, planned.speaker, planned.theme, sentences) if sentences else None

    def keep(self, planned: Planned, point: Point | None) -> None:
        """Add what was written from a passage."""
        self._add(planned.hit.chunk.id, {"sentences": [_as_json(s) for s in point.sentences] if point else []})

    def finished(self, order: Order) -> Finished | None:
        """How an order was finished; None when it was not."""
        match self._lines.get(_hash(repr(order))):
            case {"made": str(made), "in_vain": list(in_vain)}:
                return Finished(made, tuple(map(str, in_vain)))
        return None

    def finish(self, order: Order, finished: Finished) -> None:
        """Add that an order is finished."""
        self._add(_hash(repr(order)), asdict(finished))

    def _add(self, key: str, kept: dict[str, Any]) -> None:
        self._lines[key] = kept
        line = json.dumps({"key": key, **kept}, ensure_ascii=True)
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._file.exists():
                _remove_unused(self._file.parent)
            with self._file.open("ab") as file:  # a line break first: the last line may be torn
                file.write(f"\n{line}\n".encode())
                file.flush()
                os.fsync(file.fileno())

    def _read(self, planned: Planned) -> tuple[Sentence, ...] | None:
        """What is kept of a passage; None when there is nothing, or it no longer stands in the document."""
        try:
            kept = self._lines[planned.hit.chunk.id]["sentences"]
            return tuple(self._sentence(planned, one) for one in kept)
        except (KeyError, TypeError, ValueError):
            return None

    def _sentence(self, planned: Planned, kept: Mapping[str, Any]) -> Sentence:
        chunk, spans = planned.hit.chunk, []
        for start, end, quote in kept["spans"]:
            if not 0 <= start < end or quote != self._documents[chunk.doc_id].text[start:end]:
                raise ValueError(quote)
            spans.append(Span(chunk.doc_id, chunk.id, start, end, quote))
        checks = tuple(Check(str(name), passed is True, str(reason)) for name, passed, reason in kept["checks"])
        return Sentence(str(kept["text"]), tuple(spans), Support(kept["support"]), checks)


def _remove_unused(folder: Path) -> None:
    """Remove drafts that were not used for a month, as far as that can be done; others may be doing the same."""
    oldest = time.time() - _UNUSED_S
    with suppress(OSError):
        for file in folder.glob("*.jsonl"):
            with suppress(OSError):
                if file.stat().st_mtime < oldest:
                    file.unlink()


def _as_json(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "support": sentence.support.value,
        "spans": [[span.start, span.end, span.quote] for span in sentence.spans],
        "checks": [[check.name, check.passed, check.reason] for check in sentence.checks],
    }


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
