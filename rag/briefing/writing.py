"""What a passage says on a topic, in a sentence that names who is speaking.

Words that can be told as they stand are told by code, which is exact. For others code writes the beginning of the
sentence and the language model goes on from it, so that a demand or a view cannot become a plain fact.
"""

from __future__ import annotations

import re
from collections.abc import Generator as Steps
from contextlib import closing
from dataclasses import replace

from rag.briefing import telling
from rag.briefing.records import Planned, Point
from rag.briefing.speaker import beginning_of
from rag.checks import NAMES, stray_words
from rag.embedding import Embedder, Vectors
from rag.lead_in import lead_in_of
from rag.prompting import Prompts
from rag.sentences import written_sentences
from rag.types import Check, Progress, Prompt, Sentence, Span, Stage, Support
from rag.writing import MENTION, Passages, Writer

STATED = 0.35  # probability that a passage says something on the topic, below which it is left out
_TOKENS = 90  # of a sentence
_SPEAKING = re.compile(r"^.*?(?: (?:says|reported) that |: (?=“))")  # how `beginning_of` and a quotation begin


class PointWriter(Writer):
    """Writes what single passages say on a topic."""

    @property
    def embedder(self) -> Embedder:
        """That of the assistant."""
        return self._embedder

    def told(self, planned: Planned) -> Point | None:
        """What code alone can tell of a passage, grounded and checked; None where the language model is needed."""
        begin, chunk = self._beginning(planned), planned.hit.chunk
        listed = telling.told_point(chunk, begin)
        text = listed or telling.told(planned.quote.quote, begin)
        if not text and telling.better_quoted(planned.quote.quote):
            return _point(planned, _quotation(planned))
        sentence = self._passages(planned).ground(text) if text else None
        if sentence is None or not sentence.shown:
            return None
        if listed and (lead_in := lead_in_of(chunk, self._index.store.documents[chunk.doc_id])):
            over = Span(chunk.doc_id, chunk.id, lead_in.start, lead_in.end, lead_in.text)
            sentence = replace(sentence, spans=(*sentence.spans, over))  # "IndustriALL will" stands there alone
        return _point(planned, sentence)

    def point(self, topic: str, planned: Planned, doubtful: bool = False) -> Steps[Progress, None, Point | None]:
        """Say what one passage says, grounded and checked.

        What does not pass is replaced by the quotation itself with its speaker. Yields at each piece that is written,
        so that it can be stopped there; returns the point, or None when the passage does not speak of the topic.

        Args:
            topic: one clean line.
            planned: the passage.
            doubtful: whether it is to be read first if it speaks of the topic at all.
        """
        if not doubtful and (found := self.told(planned)):
            return found
        question, rank = f"What is said about {topic}?", planned.hit.rank
        prompts = Prompts(question, (planned.hit,), self._settings.prompt_tokens, self._generator.count_tokens)
        if not prompts.shown:  # too long to be read
            return self.told(planned) or _point(planned, _quotation(planned))
        if doubtful and self._generator.probed:
            yield Progress(Stage.READING, rank)
            if self._generator.answerable(prompts.gate) < STATED:
                return None
        if doubtful and (found := self.told(planned)):
            return found
        begin = self._beginning(planned)
        sentence = self._passages(planned).ground((yield from self._written(prompts.point(begin), rank)))
        said = sentence.text.removeprefix(begin).strip()
        vague = MENTION.search(said) or telling.leans(said) or telling.better_quoted(said) or _adds(said, sentence)
        usable = sentence.shown and not vague
        return _point(planned, sentence if usable else _quotation(planned))

    def vector(self, point: Point) -> Vectors:
        """Unit vector of what a point says, whoever says it, shape (dimension,): to compare points with."""
        said = (_SPEAKING.sub("", sentence.text, count=1) for sentence in point.sentences)
        return self._embedder.embed_query(" ".join(said))

    def _written(self, prompt: Prompt, rank: int) -> Steps[Progress, None, str]:
        """The first sentence that the model writes."""
        text = prompt.begin
        with closing(self._generator.stream(prompt, _TOKENS)) as pieces:
            for piece in pieces:
                text += piece
                if piece:
                    yield Progress(Stage.WRITING, rank)
        again = text.removeprefix(prompt.begin).lstrip()
        if again.startswith(prompt.begin):  # a server that does not go on from what it is given
            text = again
        return next(written_sentences([text]), text)

    def _beginning(self, planned: Planned) -> str:
        chunk = planned.hit.chunk
        return beginning_of(chunk, self._index.store.documents[chunk.doc_id], planned.quote.quote)

    def _passages(self, planned: Planned) -> Passages:
        return Passages([planned.hit], self._index, self._embedder)


def _adds(said: str, sentence: Sentence) -> bool:
    """Whether some word stands in none of the quotations: a model that sums up says little, and that vaguely."""
    return bool(stray_words(said, [span.quote for span in sentence.spans]))


def _quotation(planned: Planned) -> Sentence:
    """The document's own words with their speaker."""
    checks = tuple(Check(name, True) for name in NAMES)
    words = " ".join(planned.quote.quote.split())
    return Sentence(f"{planned.speaker}: “{words}”", (planned.quote,), Support.SUPPORTED, checks)


def _point(planned: Planned, sentence: Sentence) -> Point:
    return Point(planned.hit.chunk, planned.speaker, planned.theme, (sentence,))
