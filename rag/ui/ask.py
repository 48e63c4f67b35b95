"""A question asked on the page: what is to be shown, from the first passage to the checked answer.

Each thing shown is a plain dictionary that holds all that is known so far, as `page.js` takes it:
`id`, `question`, `state` (words), `busy`, `nearest`, `sentences` (a list), `sources` (a list), `ending`, `kept`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from rag.assistant import Assistant
from rag.export import as_text
from rag.line import Place
from rag.texts import Texts
from rag.types import Answer, Found, Progress, Sentence, Stage, cited
from rag.ui import turn
from rag.ui.kept import history, kept
from rag.ui.source import sources
from rag.ui.telling import Pace, told_to_the_end

Shown = dict[str, Any]
_LOOK_EVERY_S = 0.25  # whether it is this question's turn


def finished(answer: Answer, turn_id: str, assistant: Assistant, t: Texts) -> Shown:
    """A whole answer, just given or kept from before."""
    documents = assistant.documents
    key = "again" if answer.again else "refused" if answer.refused else "answered"
    return {
        "id": turn_id,
        "question": turn.asked(answer.question),
        "state": t(f"ask.{key}", seconds=round(answer.timings.total_s, 1)),
        "busy": False,
        "nearest": turn.nearest(answer.hits, documents, t),
        "sentences": turn.sentences(answer.shown, t),
        "sources": sources(answer.citations, assistant.index.store, t),
        "ending": turn.ending(answer, documents, as_text(answer, documents, t), t),
        "kept": {**kept(answer), "turn": turn_id},
    }


class Desk:
    """Answers the questions of all pages with one assistant, one after the other in the order in which they came."""

    def __init__(self, assistant: Assistant) -> None:
        """The line is the assistant's, which all who ask it share."""
        self.assistant = assistant
        self.line = assistant.line

    def reply(
        self, question: str, turn_id: str, before: Sequence[Answer], documents: Collection[str], t: Texts
    ) -> Iterator[Shown]:
        """All that is to be shown, each time whole; closing the stream leaves the line and stops the model.

        Args:
            question: as typed.
            turn_id: what the page calls this turn.
            before: the turns before it, oldest first.
            documents: ids of those that count; all of them if there are none.
            t: the language of the page.
        """
        shown: Shown = {"id": turn_id, "question": turn.asked(question), "busy": True, "state": t("ask.searching")}
        shown |= {"nearest": "", "sentences": [], "sources": [], "ending": "", "kept": None}
        steps = self._in_turn(question, before, documents, shown, t)
        yield from told_to_the_end(steps, lambda state: shown | {"state": state, "busy": False}, t)

    def _in_turn(
        self, question: str, before: Sequence[Answer], documents: Collection[str], shown: Shown, t: Texts
    ) -> Iterator[Shown]:
        if answer := self.assistant.at_once(question, history=history(before), documents=documents or None):
            yield shown | finished(answer, shown["id"], self.assistant, t)
            return
        # Without the language model, and so without waiting for it: there is something to read at once.
        hits = self.assistant.search(question, self.assistant.settings.passages, documents or None)
        shown["nearest"] = turn.nearest(hits, self.assistant.documents, t)
        with self.line.place() as place:
            while not place.at_front(timeout=_LOOK_EVERY_S):
                yield shown | {"state": self._waiting(place, t)}
            yield dict(shown)
            yield from self._answered(question, before, documents, shown, t)

    def _answered(
        self, question: str, before: Sequence[Answer], documents: Collection[str], shown: Shown, t: Texts
    ) -> Iterator[Shown]:
        pace = Pace()
        spoken: list[Sentence] = []
        for event in self.assistant.stream(question, history=history(before), documents=documents or None):
            match event:
                case Found():
                    shown["nearest"] = turn.nearest(event.hits, self.assistant.documents, t)
                    shown["state"] = self._reading(t)
                case Progress():
                    if not pace.is_due():
                        continue
                    shown["state"] = t("ask.writing") if event.stage is Stage.WRITING else self._reading(t)
                case Sentence():
                    spoken.append(event)
                    shown["sentences"] = turn.sentences(spoken, t)
                    shown["sources"] = sources(cited(spoken), self.assistant.index.store, t)
                case Answer():
                    shown |= finished(event, shown["id"], self.assistant, t)
            yield dict(shown)

    def _reading(self, t: Texts) -> str:
        usual = self.line.usual_seconds
        return t("ask.reading_usual", n=max(1, round(usual))) if usual else t("ask.reading")

    def _waiting(self, place: Place, t: Texts) -> str:
        if seconds := place.wait_seconds:
            return t("ask.waiting_usual", n=place.ahead, seconds=max(1, round(seconds)))
        return t("ask.waiting", n=place.ahead)
