"""The briefing tab: topic, outline with ticks, the parts as they are written, the whole to read and to download.

As with the conversation, the server keeps nothing between the steps: each brings the order whole, and what was written
for it comes back from the drafts (`rag/briefing/drafts.py`) at once.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Collection, Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from rag.assistant import Assistant
from rag.briefing.briefer import Briefer
from rag.briefing.ordering import topic_of
from rag.briefing.records import Audience, Briefing, Order, Outline, Planned, Point
from rag.briefing.topics import kept_topics
from rag.citing import reference
from rag.errors import RagError
from rag.pandoc import convert
from rag.texts import Texts
from rag.types import Chunk, Progress
from rag.ui.html import isolated, lang
from rag.ui.telling import Pace, told_to_the_end

KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "md": "text/markdown",
}
LENGTHS = (1, 2, 4)  # pages


class Handouts:
    """Outlines, briefings and files for the page."""

    def __init__(self, assistant: Assistant) -> None:
        """One assistant, whose line the model's work waits in."""
        self._assistant = assistant
        self._briefer = Briefer(assistant)

    def topics(self, t: Texts) -> str:
        """Topics that the documents cover, to press."""
        found = kept_topics(self._assistant.index, self._assistant.embedder)
        buttons = "".join(
            f"<li><button type='button' class='topic'>{isolated(topic.heading)}</button></li>" for topic in found
        )
        return f"<h2>{escape(t('briefing.page.topics'))}</h2><ul class='topics' role='list'>{buttons}</ul>"

    def outline(self, order: Order, t: Texts) -> str:
        """The points that a briefing would have, each with a tick; or that the documents do not cover the topic."""
        found = self._briefer.outline(order)
        if not found.covered:
            return f"<p class='refusal'>{escape(t('briefing.page.uncovered', topic=order.topic))}</p>"
        themes = "".join(
            f"<h3>{isolated(theme)}</h3><ul class='planned'>{''.join(self._planned(one, t) for one in planned)}</ul>"
            for theme, planned in groupby(found.planned, key=lambda one: one.theme)
        )
        intro = t("briefing.page.outline_intro", n=len(found.planned))
        return f"<h2>{escape(t('briefing.page.outline'))}</h2><p class='quiet'>{escape(intro)}</p>{themes}"

    def written(self, order: Order, t: Texts) -> Iterator[tuple[str, str]]:
        """(where it stands, in words; what there is to see), until the whole is there. Closing it stops the model."""
        points: list[Point] = []
        yield t("briefing.page.begun"), ""
        yield from told_to_the_end(self._growing(order, points, t), lambda state: (state, self._so_far(points, t)), t)

    @staticmethod
    def _done(briefing: Briefing, t: Texts) -> str:
        if not (briefing.points or briefing.order.without):
            return t("briefing.page.uncovered", topic=briefing.order.topic)
        return t("briefing.page.done", n=len(briefing.points))

    def file(self, order: Order, kind: str, t: Texts) -> dict[str, str]:
        """A finished briefing as a file: name, type, content in base64. Nothing is written for it.

        Raises:
            RagError: there is no finished briefing for this order, or the file cannot be made.
        """
        from rag.briefing.formats import write  # loads matplotlib, a second that the page need not wait for

        briefing = self._briefer.finished(order)
        if briefing is None:
            raise RagError(t("briefing.page.unwritten"))
        with tempfile.TemporaryDirectory() as folder:
            write(briefing, path := Path(folder, f"briefing.{kind}"), t)
            data = base64.b64encode(path.read_bytes()).decode()
        return {"name": f"{t('briefing.page.file')}.{kind}", "type": KINDS[kind], "data": data}

    def _growing(self, order: Order, points: list[Point], t: Texts) -> Iterator[tuple[str, str]]:
        """As `written`; each point is added to `points`."""
        pace, total, seen = Pace(), 0, ""
        for part in self._briefer.stream(order):
            match part:
                case Outline():
                    total = len(part.planned)
                case Progress():
                    if not pace.is_due():
                        continue
                case Point():
                    points.append(part)
                    seen = self._so_far(points, t)
                case Briefing():
                    yield self._done(part, t), self._whole(part, t)
                    return
            yield t("briefing.page.writing", n=min(len(points) + 1, total), total=total), seen

    def _planned(self, planned: Planned, t: Texts) -> str:
        chunk = planned.hit.chunk
        document = self._assistant.documents[chunk.doc_id]
        return (
            f"<li><label><input type='checkbox' checked value='{escape(chunk.id)}'> "
            f"<span><q{lang(document)}>{isolated(planned.quote.quote)}</q> "
            f"<small>{isolated(self._reference(chunk, t))}</small></span></label></li>"
        )

    def _so_far(self, points: Sequence[Point], t: Texts) -> str:
        return "".join(
            f"<h3>{isolated(theme)}</h3>" + "".join(self._point(point, t) for point in under)
            for theme, under in groupby(points, key=lambda point: point.theme)
        )

    def _point(self, point: Point, t: Texts) -> str:
        text = " ".join(sentence.text for sentence in point.sentences)
        return f"<p lang='en'>{isolated(text)} <small>{isolated(self._reference(point.chunk, t))}</small></p>"

    def _reference(self, chunk: Chunk, t: Texts) -> str:
        return reference(self._assistant.documents[chunk.doc_id], chunk, t)

    @staticmethod
    def _whole(briefing: Briefing, t: Texts) -> str:
        from rag.briefing.document import markdown
        from rag.briefing.formats import EXTENSIONS

        with tempfile.TemporaryDirectory() as folder:
            arguments = ["--id-prefix=handout-"]  # the page has ids of its own
            convert(markdown(briefing, t, tagged=True), "html", path := Path(folder, "it.html"), arguments, EXTENSIONS)
            return f"<article class='handout'>{path.read_text(encoding='utf-8')}</article>"


def order_of(
    topic: str, audience: str, pages: int, documents: Collection[str], unticked: Collection[str], t: Texts
) -> Order:
    """The order that the fields of the page make.

    Raises:
        OrderError: the topic has no word, or too many.
    """
    fitting = pages if pages in LENGTHS else LENGTHS[1]
    known = next((one for one in Audience if one.value == audience), Audience.MEMBERS)
    return Order(
        topic=topic_of(topic),
        audience=known,
        pages=fitting,
        documents=tuple(documents),
        language=t.language,
        without=tuple(unticked),
    )
