"""From an order to a briefing: the wiring of its parts, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections import deque
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
_REMEMBERED = 8  # finished briefings
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
        self._latest: deque[Briefing] = deque(maxlen=_REMEMBERED)  # no drafts tell of them if the disk is full

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
        selection, drafts = self._select(order), self._drafts(order)
        yield selection.outline
        written: list[Point | None] = []
        for part in self._parts(selection, drafts):
            if isinstance(part, Planned):
                drafts.keep(part, (yield from self._point(order, part, selection.doubtful)))
                continue
            written.append(part)
            if part:
                yield part
        finished = drafts.finished(order)
        if finished is None:
            in_vain = yield from searched_in_vain(order, selection.outline, self._assistant)
            finished = Finished((today or dt.date.today()).isoformat(), in_vain)
            drafts.finish(order, finished)
        briefing = self._briefing(selection.outline, written, finished)
        self._latest.append(briefing)
        yield briefing

    def finished(self, order: Order) -> Briefing | None:
        """The briefing that was written for this very order; None if something of it is yet to be written.

        Never asks nor waits for the language model.
        """
        if known := next((briefing for briefing in tuple(self._latest) if briefing.order == order), None):
            return known
        drafts = self._drafts(order)
        finished = drafts.finished(order)
        if finished is None:
            return None
        selection = self._select(order)
        written: list[Point | None] = []
        for part in self._parts(selection, drafts):
            if isinstance(part, Planned):
                return None
            written.append(part)
        return self._briefing(selection.outline, written, finished)

    def brief(self, order: Order) -> Briefing:
        """The whole briefing at once; errors as for `stream`."""
        *_, briefing = self.stream(order)
        if not isinstance(briefing, Briefing):
            raise TypeError(f"the last event of a stream is its Briefing, not {type(briefing).__name__}")
        return briefing

    def _select(self, order: Order) -> Selection:
        return select(order, self._assistant.index, self._assistant.retriever, self._writer.embedder)

    def _drafts(self, order: Order) -> Drafts:
        index = self._assistant.index
        # What is quoted of a passage depends on which other passages count.
        made_with = (self._assistant.config_id, index.manifest.fingerprint, order.since, *order.documents)
        return Drafts(drafts_dir(self._assistant.settings.cache), order.topic, made_with, index.store)

    def _parts(self, selection: Selection, drafts: Drafts) -> Iterator[Planned | Point | None]:
        """Each point; None for each passage that does not speak of the topic.

        A passage that is not in the drafts is yielded itself, to be written into them before going on.
        """
        said: list[Vectors] = []
        for planned in chain(selection.outline.planned, selection.spare):
            if len(said) == len(selection.outline.planned):
                return
            if planned not in drafts:
                yield planned
            point = drafts[planned]
            vector = self._writer.vector(point) if point else None
            if vector is None:
                yield None
            elif all(float(vector @ other) < SAME for other in said):
                said.append(vector)
                yield point

    def _point(self, order: Order, planned: Planned, doubtful: bool) -> Steps[Progress, None, Point | None]:
        """Tell one point, or wait for a turn and let the model write it; others get theirs before the next."""
        if not doubtful and (told := self._writer.told(planned)):
            return told
        with self._assistant.line.place() as place:
            while not place.at_front(timeout=_PATIENCE):
                yield Progress(Stage.READING, planned.hit.rank)
            return (yield from self._writer.point(order.topic, planned, doubtful))

    def _briefing(self, outline: Outline, written: Sequence[Point | None], finished: Finished) -> Briefing:
        order, index = outline.order, self._assistant.index
        chosen = order.documents or index.store.documents
        points = _by_theme([point for point in written if point])
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
            left_out=written.count(None),
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
