"""Which exact words carry a sentence, and whether code can confirm that they do. Pure functions.

The model is never asked to cite: attaching spans afterwards was measured at a citation precision of 0.95 where small
models that cite for themselves reached 0.36 (pilot, see ARCHITECTURE.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from rag.checks import NAMES, Evidence, examine, plain_words, verbatim, worst
from rag.dates import When, dates_of
from rag.embedding import Vectors
from rag.names import Name, holds_name, names_of
from rag.quantities import Quantity, quantities_of
from rag.types import Check, Chunk, Document, Sentence, Span, Support
from rag.words import content_stems

MIN_SUPPORT = 0.5  # least mix of meaning and shared words at which a span is said to carry a sentence
MIN_QUOTE = (
    0.2  # least cosine to the question at which words of a passage may stand; whether they answer, the gate says
)
_NEARLY = 0.8  # share of the best cosine from which a second sentence is quoted too
_MEANING = 0.5  # share of the cosine in that mix, the rest goes to shared words
_MOST_SPANS = 3


@dataclass(frozen=True, slots=True)
class Context:
    """What a sentence may draw on besides the cited words of one passage; see `context_of`."""

    title: str = ""  # of the news item, or of the document
    headings: tuple[str, ...] = ()  # outermost first, with a list's lead-in
    date: str = ""  # ISO, of the news item
    publisher: str = ""


def context_of(chunk: Chunk, document: Document) -> Context:
    """The context of a chunk. A listing's own title names places that an item of it may not be about."""
    title = chunk.text.partition("\n")[0] if chunk.kind == "news" else document.title
    date = chunk.date or (document.date if document.date[:4].isdigit() and document.kind != "listing" else "")
    return Context(title, chunk.headings, date, document.publisher)


def prepare(spans: Iterable[Span]) -> None:
    """Read the spans once, before the first sentence comes: some 50 ms for 60 spans; each sentence then takes a few."""
    for span in spans:
        examine(span.quote + " x", Evidence((span.quote,)), 1, 1)


def ground(
    text: str, spans: Sequence[Span], cosines: Vectors, contexts: Mapping[str, Context] | None = None
) -> Sentence:
    """Find the spans that carry a sentence and check them.

    Args:
        text: one sentence of an answer.
        spans: candidates, in the order of their passages' ranks.
        cosines: of the sentence to each span, shape (len(spans),), in [-1, 1].
        contexts: of the passages, by chunk id; a passage without one has nothing but its words.

    The best span comes first; more are added while they bring words, names or numbers of the sentence that are still
    missing, from the same chunk if it has them. A sentence is unsupported when no span is near enough or when a number,
    date, name, denial or speaker in it is not that of its spans; partly supported when only its wording goes beyond.
    """
    if not spans:
        return Sentence(text, (), Support.UNSUPPORTED, (Check("wording", False, "no passage was found"),))
    contexts = contexts or {}
    wanted = content_stems(text)
    have = [content_stems(span.quote) for span in spans]
    numbers = [_shared_numbers(text, span.quote) for span in spans]
    counted = len(wanted) + len(_said_numbers(text))
    shared = np.array(
        [(len(wanted & words) + len(found)) / max(counted, 1) for words, found in zip(have, numbers, strict=True)]
    )
    scores = (_MEANING * np.clip(cosines, 0, 1) + (1 - _MEANING) * shared).astype(np.float32)
    if not (whole := [i for i, span in enumerate(spans) if verbatim(text, [span.quote])]):
        chosen = _choose(text, spans, scores, contexts)
    else:
        chosen = [max(whole, key=lambda i: float(scores[i]))]
    carried = tuple(spans[i] for i in chosen)
    findings = examine(text, _evidence(carried, spans, contexts), float(scores[chosen[0]]), float(cosines[chosen[0]]))
    return Sentence(text, carried, worst(findings), tuple(finding.check for finding in findings))


def _choose(text: str, spans: Sequence[Span], scores: Vectors, contexts: Mapping[str, Context]) -> list[int]:
    """Indexes of the spans that carry a sentence, the best first."""
    best = int(np.argmax(scores))
    home = spans[best].chunk_id
    context = contexts.get(home, Context())
    # What the title and headings say needs no citation.
    missing = _items(text) - _held(text, " ".join((context.title, *context.headings)), titles=True)
    chosen = [best]
    missing -= _held(text, spans[best].quote)
    while missing and len(chosen) < _MOST_SPANS:
        gains = [
            0.0
            if i in chosen
            else sum(map(_weight, missing & _held(text, span.quote))) / (2 if span.chunk_id == home else 4)
            for i, span in enumerate(spans)
        ]
        if max(gains) < 1:
            break
        chosen.append(int(np.argmax(gains)))
        missing -= _held(text, spans[chosen[-1]].quote)
    return chosen


Item = str | Name | Quantity | When  # what a sentence says: a content word, a name, a number, a date


@lru_cache(maxsize=1024)
def _items(text: str) -> frozenset[Item]:
    return frozenset((*plain_words(text), *names_of(text), *_said_numbers(text)))


def _said_numbers(text: str) -> frozenset[Quantity | When]:
    return frozenset((*quantities_of(text), *dates_of(text)))


@lru_cache(maxsize=8192)
def _held(text: str, quote: str, titles: bool = False) -> frozenset[Item]:
    """Which of the items of a sentence a quote holds; of titles only words and names count."""
    words = content_stems(quote)
    held: set[Item] = {item for item in plain_words(text) if item in words}
    held |= {name for name in names_of(text) if holds_name(name, quote)}
    return frozenset(held if titles else held | _shared_numbers(text, quote))


@lru_cache(maxsize=8192)
def _shared_numbers(text: str, quote: str) -> frozenset[Quantity | When]:
    """The numbers and dates of a sentence that a quote holds, whatever the year if it gives none."""
    given = {(quantity.kind, quantity.value) for quantity in quantities_of(quote)}
    dates = dates_of(quote)
    held: set[Quantity | When] = {q for q in quantities_of(text) if (q.kind, q.value) in given}
    held |= {said for said in dates_of(text) if any(when.supports(said, said.years) for when in dates)}
    return frozenset(held)


def _weight(item: Item) -> int:
    """How much it is worth to have an item: 2 for a name or number, which must stand somewhere."""
    return 1 if isinstance(item, str) else 2


def _evidence(carried: Sequence[Span], spans: Sequence[Span], contexts: Mapping[str, Context]) -> Evidence:
    chunks = dict.fromkeys(span.chunk_id for span in carried)
    around = {chunk: contexts[chunk] for chunk in chunks if chunk in contexts}
    titles = {chunk: [words for words in (*c.headings[::-1], c.title) if words] for chunk, c in around.items()}
    home = carried[0].chunk_id
    elsewhere = [span.quote for span in carried if span.chunk_id != home]
    elsewhere += [title for chunk, found in titles.items() if chunk != home for title in found]
    return Evidence(
        units=tuple(span.quote for span in carried),
        foreign=tuple(title for title in elsewhere if title not in titles.get(home, ())),
        nearby=tuple(span.quote for span in spans if span.chunk_id in chunks),
        titles=tuple(dict.fromkeys(title for found in titles.values() for title in found)),
        dates=tuple(dict.fromkeys(context.date for context in around.values() if context.date)),
        publisher=next((context.publisher for context in around.values()), ""),
    )


def told(text: str, question: str) -> frozenset[Item]:
    """The names, numbers and dates that a text has and a question has not: what it came to say."""
    return frozenset(item for item in _items(text) if not isinstance(item, str)) - _held(text, question)


def quote(
    spans: Sequence[Span],
    nearness: Vectors,
    titles: Mapping[str, Span] | None = None,
    least: float = MIN_QUOTE,
    draft: str = "",
    wanted: frozenset[Item] = frozenset(),
) -> Sentence | None:
    """The words of one passage that are nearest, as a sentence of their own; None when none are near.

    Args:
        spans: candidates; those that end like a sentence are preferred to titles and dates.
        nearness: of each span to what is looked for, shape (len(spans),): a cosine, in [-1, 1].
        titles: by chunk id, titles of news items: they are quoted too, as a teaser does not always name its topic.
        least: how near the words must be.
        draft: the sentence in whose place the words will stand.
        wanted: what it came to say, see `told`; a span of the passage that has some of it is quoted too.

    A second sentence of the same passage follows when it is nearly as near.
    """
    whole = [i for i, span in enumerate(spans) if re.search(r"[.!?;:”\"]$", span.quote)] or list(range(len(spans)))
    best = max(whole, key=lambda i: float(nearness[i]), default=None)
    if best is None or not nearness[best] >= least:  # NaN is not near either
        return None
    home = spans[best].chunk_id
    same = [i for i in whole if spans[i].chunk_id == home and nearness[i] >= _NEARLY * nearness[best]]
    kept = sorted(same, key=lambda i: -float(nearness[i]))[:2]
    missing = wanted.difference(*(_held(draft, spans[i].quote) for i in kept))
    for i, span in enumerate(spans):
        if len(kept) < _MOST_SPANS and span.chunk_id == home and (held := missing & _held(draft, span.quote)):
            kept.append(i)
            missing -= held
    chosen = [spans[i] for i in sorted(kept)]
    title = (titles or {}).get(home)
    text = " ".join(" ".join(span.quote.split()) for span in chosen)
    if title is not None and title not in chosen:
        return _quoted(f"“{title.quote}”: {text}", (title, *chosen))
    return _quoted(text, tuple(chosen))


def _quoted(text: str, spans: tuple[Span, ...]) -> Sentence:
    return Sentence(text, spans, Support.SUPPORTED, tuple(Check(name, True) for name in NAMES))


def withheld(sentence: Sentence) -> Sentence:
    """A sentence that may not stand, though its words are carried: the whole was not taken for an answer."""
    check = Check("answer", False, "it does not seem to answer the question")
    return replace(sentence, support=Support.UNSUPPORTED, checks=(*sentence.checks, check))
