"""A question of two facts, small answers to it, and their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eval.metrics import Scores, score
from eval.questions import Question

Json = dict[str, Any]
NO_TIME: Mapping[str, float | None] = {
    **{"retrieve_s": 0.1, "first_token_s": None},
    **{"first_sentence_s": None, "total_s": 0.2},
}
TEXT = {"a": "It was held in Manila on 17 September.", "b": "Sixty delegates met in Manila.", "c": "It rained in Bonn."}


def question(**changes: Any) -> Question:
    """Two facts, each in a passage of its own."""
    two = (("Manila",), ("re:\\b60\\b|sixty",))
    first = Question("q", "dev", "factoid", "en", "Where, and how many?", (), True, two, (("a",), ("b",)))
    return replace(first, **changes)


GOLD = (frozenset({"a"}), frozenset({"b"}))


def answer(*sentences: tuple[str, Sequence[str]], refused: bool = False, **changes: Any) -> Json:
    """An answer of sentences (text, ids of cited chunks), in the form of `answer_json`; quotes are whole chunks."""
    cited = list(dict.fromkeys(chunk_id for _, ids in sentences for chunk_id in ids))
    return {
        "answer": "I did not find it." if refused else " ".join(text for text, _ in sentences),
        "refused": refused,
        "sentences": [{"text": text, "citations": [cited.index(i) + 1 for i in ids]} for text, ids in sentences],
        "citations": [
            {"n": n, "chunk_id": i, "document": "d", "start": 0, "end": len(TEXT[i]), "quote": TEXT[i]}
            for n, i in enumerate(cited, start=1)
        ],
        "coverage": "",
        "timings": NO_TIME,
    } | changes


def scores_of(given: Json, asked: Question | None = None, gold: Sequence[frozenset[str]] = GOLD) -> Scores:
    return score(asked or question(), given, gold, TEXT, ["a", "b", "c"])
