"""What a handout says of itself: its title, whom it is for, what it was made from and how, and what it does not cover.

Texts of single lines are not escaped; those of blocks are Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.briefing.records import Briefing
from rag.citing import in_words, quoted
from rag.markdown import bullets, escape, heading
from rag.oneline import one_line, shortened
from rag.types import Document

if TYPE_CHECKING:
    from rag.texts import Texts

_LONGEST_TITLE = 120  # characters; a longer topic is said in full below
_IN = "briefing.handout"


def title_of(briefing: Briefing, t: Texts) -> str:
    """The title of the handout, shortened."""
    return shortened(t(f"{_IN}.title", topic=one_line(briefing.order.topic)), _LONGEST_TITLE)


def subtitle(briefing: Briefing, t: Texts) -> str:
    """Whom the handout is for, and when it was made."""
    audience = t(f"{_IN}.audience.{briefing.order.audience.name.lower()}")
    return f"{audience} {t(f'{_IN}.made', date=t.date(briefing.made))}"


def described(document: Document, t: Texts) -> str:
    """A document in a list: title, kind, date, and how much of it is held."""
    notes = document.notes
    held = t("export.held", held=notes["held"], advertised=notes["advertised"]) if notes.get("advertised") else ""
    return ", ".join(
        filter(None, [quoted(document.title), t(f"kinds.{document.kind}"), in_words(document.date, t), held])
    )


def not_covered(briefing: Briefing, t: Texts) -> str:
    """That the documents do not speak of the topic, as the beginning of a list of them."""
    topic = quoted(shortened(briefing.order.topic, _LONGEST_TITLE))
    return t(f"{_IN}.not_covered", topic=topic, n=briefing.searched)


def origin(briefing: Briefing, t: Texts) -> str:
    """What the briefing was made from and with."""
    index = t(f"{_IN}.index", date=t.date(briefing.index_made[:10]))
    return f"{index} {t('export.made_by', model=one_line(briefing.model), config=briefing.config_id)}"


def cover(briefing: Briefing, t: Texts) -> Iterator[str]:
    """Title, for whom and when, and from which documents."""
    order = briefing.order
    title = title_of(briefing, t)
    yield heading(title, 1)
    yield escape(subtitle(briefing, t))
    if one_line(order.topic) not in title:
        yield escape(order.topic)
    if briefing.points:
        yield escape(t(f"{_IN}.from"))
        yield bullets([described(document, t) for document in briefing.documents])
        yield escape(_since(briefing, t))


def uncovered(briefing: Briefing, t: Texts) -> Iterator[str]:
    """That the documents do not speak of the topic, what was searched, and what is nearest."""
    yield heading(t(f"{_IN}.uncovered"), 2)
    yield escape(not_covered(briefing, t))
    yield bullets([described(document, t) for document in briefing.documents])
    yield escape(_since(briefing, t))
    yield escape(t(f"{_IN}.no_guess"))
    yield bullets(briefing.gaps)


def making(briefing: Briefing, t: Texts) -> Iterator[str]:
    """How the handout was made, and what that does not make it."""
    yield heading(t("export.about"), 2)
    if briefing.points:
        yield escape(t(f"{_IN}.checked"))
        yield escape(t(f"{_IN}.left_out", n=briefing.left_out))
    yield escape(origin(briefing, t))


def _since(briefing: Briefing, t: Texts) -> str:
    since = briefing.order.since
    return t(f"{_IN}.since", date=t.date(since)) if since else ""
