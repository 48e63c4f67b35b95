"""How the commands speak to a terminal, which shows words of documents and never obeys them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rag.types import Document

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}")
_CONTROLS |= {ord(space): space for space in "\n\t"}

Chosen = Annotated[
    list[str] | None,
    typer.Option(
        "--document", metavar="WHICH", help="Only this one counts: its file, its id or a part of its title. Repeatable."
    ),
]


def scope_of(names: list[str] | None, documents: Mapping[str, Document]) -> tuple[str, ...] | None:
    """Ids of the documents that are named; None when none is, so that all count.

    Raises:
        ScopeError: a name fits no document, or several.
    """
    from rag.scope import documents_called

    return documents_called(names, documents) if names else None


def say(line: str) -> None:
    """Print a line beside the output."""
    show(line, to=err, soft_wrap=True)


def show(*parts: str | tuple[str, str], to: Console = out, soft_wrap: bool = False) -> None:
    """Print words, some with a style, on one line."""
    to.print(words(*parts), soft_wrap=soft_wrap)


def words(*parts: str | tuple[str, str]) -> Text:
    """Words that a terminal shows and never obeys, whatever a document holds: no control character reaches it."""
    text = Text.assemble(*parts)
    text.plain = text.plain.translate(_CONTROLS)
    return text
