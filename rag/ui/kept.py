"""An answer as the browser keeps it: the server remembers no conversation, so each question brings the earlier ones.

What comes back is not believed: quotes are cut anew out of the documents, and an answer whose words no longer stand
there is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.payload import Json
from rag.store import Store
from rag.types import Answer, Check, Hit, Sentence, Span, Support, Timings
from rag.understanding import Turn

MOST_TURNS = 100  # that are taken back from a browser
_MOST_CHARACTERS = 20_000
_MOST_PARTS = 1_000  # sentences, passages or citations of one answer


def kept(answer: Answer) -> Json:
    """What a browser keeps of an answer; JSON."""
    return {
        "id": answer.id,
        "question": answer.question,
        "sentences": [
            {
                "text": s.text,
                "support": s.support.value,
                "spans": [[span.chunk_id, span.start, span.end] for span in s.spans],
                "checks": [[check.name, check.passed, check.reason] for check in s.checks],
            }
            for s in answer.sentences
        ],
        "passages": [[hit.chunk.id, round(hit.score, 4)] for hit in answer.hits],
        "refused": answer.refused,
        "coverage": answer.coverage,
        "seconds": answer.timings.total_s,
        "config_id": answer.config_id,
        "model": answer.model,
        "again": answer.again,
    }


def restored(turns: object, store: Store) -> tuple[Answer, ...]:
    """The answers that a browser kept, as far as they are whole and their words still stand in the documents.

    Args:
        turns: what `kept` made of each, after a way through the browser: anything may come.
        store: the passages and documents.
    """
    listed = turns[-MOST_TURNS:] if isinstance(turns, list) else []
    found = []
    for turn in listed:
        try:
            found.append(_restored(turn, store))
        except (LookupError, TypeError, ValueError):
            continue
    return tuple(found)


def history(answers: Sequence[Answer]) -> tuple[Turn, ...]:
    """The conversation so far, as a follow-up is understood by."""
    return tuple(Turn(answer.question, answer.text) for answer in answers)


def _restored(turn: dict[str, Any], store: Store) -> Answer:
    parts = [*turn["sentences"], *turn["passages"], *(ref for s in turn["sentences"] for ref in s["spans"])]
    if len(parts) > _MOST_PARTS:
        raise ValueError(f"{len(parts)} parts")
    wanted = {_text(ref[0]) for ref in turn["passages"]}  # what is cited is one of them
    chunks = {chunk.id: chunk for chunk in store.chunks(store.rows_of(list(wanted))).values()}

    def span(chunk_id: str, start: int, end: int) -> Span:
        chunk = chunks[chunk_id]
        if not (isinstance(start, int) and isinstance(end, int) and chunk.start <= start < end <= chunk.end):
            raise ValueError(f"{start}-{end} is no part of passage {chunk_id}")
        return Span(chunk.doc_id, chunk_id, start, end, chunk.text[start - chunk.start : end - chunk.start])

    sentences = tuple(
        Sentence(
            _text(s["text"]),
            tuple(span(*ref) for ref in s["spans"]),
            Support(s["support"]),
            tuple(Check(_text(name), bool(passed), _text(reason)) for name, passed, reason in s["checks"]),
        )
        for s in turn["sentences"]
    )
    if any(s.shown and not s.spans for s in sentences):
        raise ValueError("a sentence without a citation")
    hits = tuple(Hit(chunks[ref[0]], _number(ref[1]), rank) for rank, ref in enumerate(turn["passages"], start=1))
    return Answer(
        id=_text(turn["id"]),
        question=_text(turn["question"]),
        sentences=sentences,
        hits=hits,
        refused=_text(turn["refused"]),
        coverage=_text(turn["coverage"]),
        timings=Timings(0.0, None, _number(turn["seconds"])),
        config_id=_text(turn["config_id"]),
        model=_text(turn["model"]),
        again=bool(turn.get("again")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
        raise TypeError("no text")
    value.encode()  # half a character, which JSON can hold, would break the page's answer
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not abs(value) < 1e9:
        raise TypeError("no number")
    return float(value)
