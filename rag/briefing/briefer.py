"""From an order to a briefing: the wiring of its parts, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator as Steps
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from rag.assistant import Assistant
from rag.briefing.dated import timeline_of
from rag.briefing.discussion import questions
from rag.briefing.drafts import Drafts, Finished, drafts_dir
from rag.briefing.figures import figures_of
from rag.briefing.gaps import gaps, searched_in_vain
from rag.briefing.quiz import items
from rag.briefing.records import Briefing, Order, Outline, Planned, Point
from rag.briefing.selection import Selection, select
from rag.briefing.writing import PointWriter
from rag.embedding import Vectors
from rag.texts import texts_in
from rag.types import Progress, Sentence, Stage

SAME = 0.85  # cosine from which two points say the same
_BRIEF = (3, 5)  # sentences for those who read no more
_PATIENCE = 0.25  # seconds between two looks at whose turn it is

# What `Briefer.stream` yields: one Outline, Progress while the language model is waited for or works, each Point when
# it is checked, then the Briefing.
Event = Outline | Progress | Point | Briefing


class Briefer:
    """Writes briefings over one assistant's documents. May be shared by threads: the model takes turns."""

    def __init__(self, assistant: Assistant) -> None:
        """Use an assistant's parts, and its line before the language model."""
        self._assistant = assistant
        self._writer = assistant.writer(PointWriter, assistant.settings)

    def outline(self, order: Order) -> Outline:
        """Which points a briefing will have; no language model is needed."""
        return self._select(order).outline

    def stream(self, order: Order, today: dt.date | None = None) -> Iterator[Event]:
        """The outline, each point when it is checked, then the whole briefing.

        A point comes in the order of the briefing but for those that take the place of another, which come last.
        Closing the stream stops the model within a token; the next call with the same topic goes on from there.

        Args:
            order: what is wanted; its topic is one clean line.
            today: that the briefing bears if this order was never carried out before; default: today.

        Raises:
            ModelError: a model server fails, or there is no language model; what was written until then is kept.
            Full: too many wait for the language model.
        """
        selection = self._select(order)
        yield selection.outline
        index = self._assistant.index
        # What is quoted of a passage depends on which other passages count.
        made_with = (self._assistant.config_id, index.manifest.fingerprint, order.since, *order.documents)
        folder = drafts_dir(self._assistant.settings.cache)
        drafts = Drafts(folder, order.topic, made_with, index.store)
        points: list[Point] = []
        left_out = 0
        said: list[Vectors] = []
        for planned in chain(selection.outline.planned, selection.spare):
            if len(points) == len(selection.outline.planned):
                break
            if planned not in drafts:
                drafts.keep(planned, (yield from self._point(order, planned, selection.doubtful)))
            point = drafts[planned]
            if point is None:
                left_out += 1
                continue
            vector = self._writer.vector(point)
            if all(float(vector @ other) < SAME for other in said):
                said.append(vector)
                points.append(point)
                yield point
        finished = drafts.finished(order)
        if finished is None:
            in_vain = yield from searched_in_vain(order, selection.outline, self._assistant)
            finished = Finished((today or dt.date.today()).isoformat(), in_vain)
            drafts.finish(order, finished)
        yield self._briefing(selection.outline, points, left_out, finished)

    def brief(self, order: Order) -> Briefing:
        """The whole briefing at once; errors as for `stream`."""
        *_, briefing = self.stream(order)
        if not isinstance(briefing, Briefing):
            raise TypeError(f"the last event of a stream is its Briefing, not {type(briefing).__name__}")
        return briefing

    def _select(self, order: Order) -> Selection:
        return select(order, self._assistant.index, self._assistant.retriever, self._writer.embedder)

    def _point(self, order: Order, planned: Planned, doubtful: bool) -> Steps[Progress, None, Point | None]:
        """Tell one point, or wait for a turn and let the model write it; others get theirs before the next."""
        if not doubtful and (told := self._writer.told(planned)):
            return told
        with self._assistant.line.place() as place:
            while not place.at_front(timeout=_PATIENCE):
                yield Progress(Stage.READING, planned.hit.rank)
            return (yield from self._writer.point(order.topic, planned, doubtful))

    def _briefing(self, outline: Outline, written: Sequence[Point], left_out: int, finished: Finished) -> Briefing:
        order, index = outline.order, self._assistant.index
        chosen = order.documents or index.store.documents
        points = _by_theme(written)
        t = texts_in(order.language)
        return Briefing(
            order=order,
            made=finished.made,
            documents=tuple(document for doc_id, document in index.store.documents.items() if doc_id in chosen),
            brief=brief_of(points),
            points=points,
            timeline=timeline_of(points, (), index.store),
            figures=figures_of(points),
            discussion=questions(points, order.audience, t),
            quiz=items(points, index.store),
            gaps=gaps(order, outline, self._assistant, t, finished.in_vain),
            left_out=left_out,
            searched=outline.searched,
            config_id=self._assistant.config_id,
            model=self._assistant.model,
            index_made=index.manifest.built,
        )


def brief_of(points: Sequence[Point]) -> tuple[Sentence, ...]:
    """The first sentence of the first point of each theme, up to five; further points where there are few themes.

    Args:
        points: by theme, the best of each theme first.
    """
    themes: dict[str, list[Point]] = {}
    for point in points:
        themes.setdefault(point.theme, []).append(point)
    in_turns = [point for point in chain.from_iterable(zip_longest(*themes.values())) if point]
    least, most = _BRIEF
    return tuple(point.sentences[0] for point in in_turns[: min(max(len(themes), least), most)])


def _by_theme(points: Sequence[Point]) -> tuple[Point, ...]:
    themes = list(dict.fromkeys(point.theme for point in points))
    return tuple(sorted(points, key=lambda point: themes.index(point.theme)))
