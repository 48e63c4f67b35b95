"""What a briefing's documents do not cover, as far as code can tell: never that something does not exist."""

from __future__ import annotations

from collections.abc import Generator as Steps
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from babel.lists import format_list

from rag import timeline
from rag.briefing.records import Order, Outline
from rag.prompting import Prompts
from rag.types import Hit, Progress, Stage
from rag.writing import Writer

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.texts import Texts

# What people ask on any topic, by the key of its name in the texts; in English, as the documents are.
ASKED = {
    "cost": "How much does {topic} cost?",
    "law": "Which law or convention applies to {topic}?",
    "people": "How many people does {topic} concern?",
    "deadline": "By when must {topic} be achieved?",
    "payer": "Who pays for {topic}?",
    "companies": "Which companies are concerned by {topic}?",
    "countries": "Which countries are concerned by {topic}?",
}
# A question counts as unanswered where each of its nearest passages states the answer with a lower probability than
# this. Read beside their passages, 51 of these questions on 8 topics: below .12 none was answered; of the nearest
# passage alone that was wrong, as "which law" on gender equality is answered (.58) by the second.
_UNLIKELY = 0.12
_NEAREST = 3
_PATIENCE = 0.25  # seconds between two looks at whose turn it is


class _Asker(Writer):
    """Reads a passage for a question."""

    @property
    def probed(self) -> bool:
        """Whether what it reads is worth anything."""
        return self._generator.probed

    def unlikely(self, question: str, hit: Hit) -> bool:
        """Whether a passage very probably does not state the answer; one too long to be read is not said to."""
        prompts = Prompts(question, (hit,), self._settings.prompt_tokens, self._generator.count_tokens)
        return bool(prompts.shown) and self._generator.answerable(prompts.gate) < _UNLIKELY


def gaps(
    order: Order, outline: Outline, assistant: Assistant, t: Texts, in_vain: Sequence[str] | None = None
) -> tuple[str, ...]:
    """What is not covered, a line each: pages of listings, years, documents, questions.

    Args:
        order: of the briefing.
        outline: of the briefing; where it is empty, all listings that were searched count.
        assistant: whose documents they are.
        t: the words of the lines.
        in_vain: keys of `ASKED` that were searched in vain; None: search now, which takes some seconds.

    Raises:
        ModelError: the language model fails.
    """
    store = assistant.index.store
    searched = frozenset(order.documents or store.documents)
    used = {planned.hit.chunk.doc_id for planned in outline.planned}
    touched = used or searched
    lines = [
        t("briefing.gaps.held", title=share.document.title, held=share.held, advertised=share.advertised)
        for share in timeline.shares(store)
        if share.document.id in touched and share.advertised > share.held
    ]
    items = [i for i in timeline.items(store) if i.doc_id in touched and i.chunk.date >= order.since]
    if years := [_years(gap) for gap in timeline.gaps(items)]:
        lines.append(t("briefing.gaps.years", years=format_list(years, locale=t.language)))
    if used:
        unused = (document for document in store.documents.values() if document.id in searched - used)
        lines += [t("briefing.gaps.document", title=document.title) for document in unused]
    vain = _returned(searched_in_vain(order, outline, assistant)) if in_vain is None else in_vain
    if vain:
        names = [t(f"briefing.gaps.asked.{key}") for key in vain]
        lines.append(t("briefing.gaps.subtopics", list=format_list(names, style="or", locale=t.language)))
    return tuple(lines)


def searched_in_vain(order: Order, outline: Outline, assistant: Assistant) -> Steps[Progress, None, tuple[str, ...]]:
    """Ask what people ask on any topic; returns the keys of `ASKED` that none of the nearest passages answers.

    Yields before each passage that is read, which takes about a second, so that it can be stopped there. Nothing is
    asked on a topic that is not covered, nor of a model without a probe: what such a model says is not worth enough.

    Raises:
        ModelError: the language model fails.
    """
    asker = assistant.writer(_Asker, assistant.settings)
    vain: list[str] = []
    for key, asked in ASKED.items() if outline.covered and asker.probed else ():
        question = asked.format(topic=order.topic)
        hits = assistant.retriever.retrieve(question, len(assistant.index), documents=order.documents or None)
        counting = (hit for hit in hits if not hit.chunk.date or hit.chunk.date >= order.since)
        unlikely = False  # where there is no passage at all, nothing is said
        for hit in islice(counting, _NEAREST):
            reading = Progress(Stage.READING, hit.rank)
            yield reading
            with assistant.line.place() as place:
                while not place.at_front(timeout=_PATIENCE):
                    yield reading
                unlikely = asker.unlikely(question, hit)
            if not unlikely:
                break
        if unlikely:
            vain.append(key)
    return tuple(vain)


def _returned(steps: Steps[Progress, None, tuple[str, ...]]) -> tuple[str, ...]:
    """What a generator returns at its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return tuple(end.value)


def _years(gap: timeline.Gap) -> str:
    return str(gap.first) if gap.first == gap.last else f"{gap.first}–{gap.last}"
