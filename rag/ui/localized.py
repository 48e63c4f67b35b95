"""Gradio's components as this page uses them, and which of their words come from which key of the texts."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

import gradio as gr

from rag.texts import DEFAULT, texts_in

PRIVATE: Any = {"show_progress": "hidden", "api_visibility": "private"}
AT_ONCE: Any = {**PRIVATE, "queue": False}  # needs no language model: never waits for it
html = partial(gr.HTML, apply_default_css=False)  # looks as our style sheets say, and in no other way
C = TypeVar("C", bound=gr.blocks.Block)


class Localized:
    """The components of a page whose words change with the language."""

    def __init__(self) -> None:
        self.components: list[gr.blocks.Block] = []
        self._keys: list[dict[str, str]] = []

    def add(self, kind: type[C], keys: dict[str, str], **properties: Any) -> C:  # noqa: ANN401  # Gradio's own
        """A component with its words in the default language.

        Args:
            kind: its class.
            keys: key of the texts by property, for example {"label": "ask.question"}.
            properties: all others.
        """
        component = kind(**self._words(keys, DEFAULT), **properties)
        self.components.append(component)
        self._keys.append(keys)
        return component

    def updates(self, language: str) -> list[dict[str, Any]]:
        """An update for each component, in their order."""
        return [gr.update(**self._words(keys, language)) for keys in self._keys]

    def _words(self, keys: dict[str, str], language: str) -> dict[str, Any]:
        t = texts_in(language)
        return {name: t(key) for name, key in keys.items()}
