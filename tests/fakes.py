"""Small real stand-ins for the two models: quick, deterministic, and they remember what they were asked."""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag import prompting
from rag.embedding import Vectors, unit_rows

if TYPE_CHECKING:
    from rag.llm import Prompt

_BATCH = 32  # passages between two reports
_PIECE = 4  # characters of a streamed piece: shorter than most words, so that nobody may count on whole ones


class HashEmbedder:
    """As `rag.embedding.Embedder`: each word counts in the place that its hash names.

    A text without words is a row of zeros, as with `unit_rows`.
    """

    def __init__(self, name: str = "hash", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.passages: list[str] = []  # all texts given to embed_passages
        self.queries: list[str] = []

    @property
    def embedded(self) -> int:
        """How many passages were embedded; questions do not count."""
        return len(self.passages)

    def embed_query(self, text: str) -> Vectors:
        self.queries.append(text)
        return unit_rows(self._counts([text]))[0]

    def embed_passages(self, texts: Sequence[str], report: Callable[[int], None] | None = None) -> Vectors:
        self.passages += texts
        if report:
            for first in range(0, len(texts), _BATCH):
                report(len(texts[first : first + _BATCH]))
        return unit_rows(self._counts(texts))

    def _counts(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[zlib.crc32(word.encode("utf-8", "surrogatepass")) % self.dimension] += 1
        return rows


class ScriptedGenerator:
    """As `rag.llm.Generator`: gives back what was queued. A word is a token.

    A translation is not written from the queue of replies, and whether a draft answers is not judged from the queue of
    probabilities: so a test says only what it is about.
    """

    def __init__(
        self,
        *replies: str,
        yes: float = 1.0,
        verified: float = 1.0,
        probed: bool = False,
        translation: str = "",
        rewording: str = "",
        again: str | None = None,
        name: str = "scripted",
    ) -> None:
        """Say what it will say.

        Args:
            replies: what is written, in this order.
            yes: the probability that a passage states the answer, where none is queued in `probabilities`.
            verified: the probability that a draft answers the question.
            probed: whether a passage's probability counts as read from its inside.
            translation: of any question into English.
            rewording: of any follow-up question.
            again: what is written when no reply is left; None: that is an error.
            name: its name.
        """
        self.name = name
        self.replies = deque(replies)
        self.probabilities: deque[float] = deque()
        self.yes = yes
        self.verified = verified
        self.probed = probed
        self.translation = translation
        self.rewording = rewording
        self.again = again
        self.answer_prompts: list[Prompt] = []  # given to stream, but for translations
        self.translated: list[str] = []  # what was to be translated: whole prompts
        self.read_ahead_prompts: list[Prompt] = []
        self.room_ahead = 1000
        self.gate_prompts: list[Prompt] = []  # given to yes_probability, but for drafts
        self.verify_prompts: list[Prompt] = []  # given to yes_probability with a draft
        self.closed_early = 0  # streams that were closed before their end

    def queue(self, *replies: str) -> None:
        """Add replies to those that are still to come."""
        self.replies.extend(replies)

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        if prompt.system == prompting.translation("").system:
            self.translated.append(prompt.user)
            return self._pieces(self.translation, max_tokens)
        if prompt.system == prompting.rewording("", ()).system:
            return self._pieces(self.rewording, max_tokens)
        self.answer_prompts.append(prompt)
        reply = self.replies.popleft() if self.replies else self.again
        if reply is None:
            raise AssertionError(f"a reply was asked for, but none is queued; the prompt ends {str(prompt)[-200:]!r}")
        return self._pieces(reply, max_tokens)

    def _pieces(self, reply: str, max_tokens: int) -> Generator[str, None, None]:
        said = "".join(re.findall(r"\s*\S+", reply)[:max_tokens])
        try:
            for at in range(0, len(said), _PIECE):
                yield said[at : at + _PIECE]
        except GeneratorExit:
            self.closed_early += 1
            raise

    def answerable(self, prompt: Prompt) -> float:
        return self.yes_probability(prompt)

    def read_ahead(self, prompt: Prompt) -> bool:
        self.read_ahead_prompts.append(prompt)
        return len(self.read_ahead_prompts) < self.room_ahead

    def yes_probability(self, prompt: Prompt) -> float:
        if prompt.user.endswith(prompting.load("verify").rpartition("$answer")[2]):
            self.verify_prompts.append(prompt)
            return self.verified
        self.gate_prompts.append(prompt)
        return self.probabilities.popleft() if self.probabilities else self.yes

    def count_tokens(self, text: str) -> int:
        return len(text.split())
