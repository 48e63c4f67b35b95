"""The briefing tab: a short way from a topic to a handout - topic, outline with ticks, preview, download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.briefing.records import Audience, Order
from rag.errors import RagError
from rag.texts import DEFAULT, texts_in
from rag.ui.briefing import KINDS, LENGTHS, Handouts, order_of
from rag.ui.localized import AT_ONCE, PRIVATE, Localized, html

_STATE = "<p role='status' class='state'></p>"
_FIELDS = ("topic", "audience", "pages", "documents")


class HandoutTab:
    """The parts of the tab and what they do; the server keeps nothing of an order between two steps."""

    def __init__(self, assistant: Assistant, words: Localized, language: gr.Radio) -> None:
        """Lay the tab out, inside of a `gr.Tab`."""
        self._handouts = Handouts(assistant)
        t = texts_in(DEFAULT)
        with gr.Row(elem_id="ordering"):
            with gr.Column(scale=2):
                topic = words.add(
                    gr.Textbox,
                    {"label": "briefing.page.topic", "placeholder": "briefing.page.topic_hint"},
                    lines=1,
                    max_lines=2,
                    elem_id="topic",
                )
                self.topics = html(self._handouts.topics(t), js_on_load="desk.topics(element)", elem_id="topics")
            with gr.Column(scale=1):
                self.audience, self.pages = (gr.Radio(**words, value=value) for words, value in self._choices(DEFAULT))
                with words.add(gr.Accordion, {"label": "ask.scope"}, open=False):
                    documents = words.add(
                        gr.CheckboxGroup,
                        {"label": "ask.scope", "info": "ask.scope_info"},
                        choices=[(document.title, document.id) for document in assistant.documents.values()],
                        show_label=False,
                    )
        with gr.Row():
            plan = words.add(gr.Button, {"value": "briefing.page.plan"}, variant="primary", elem_id="plan")
            write = words.add(gr.Button, {"value": "briefing.page.write"}, elem_id="write")
            stop = words.add(gr.Button, {"value": "ask.stop"})
        self.outline = html("", elem_id="outline")
        state = html({}, html_template=_STATE, js_on_load="desk.state(element, props, watch)", elem_id="brief-state")
        self.preview = html("", elem_id="preview")
        file = html({}, html_template="", js_on_load="desk.file(props, watch)", visible="hidden")
        unticked = gr.Textbox(visible=False)
        fields = [topic, self.audience, self.pages, documents, unticked, language]
        with gr.Row(elem_id="handing-out"):
            for kind in KINDS:
                button = words.add(gr.Button, {"value": f"briefing.page.as_{kind}"}, size="sm")
                button.click(self._downloads(kind), fields, [file, state], js=_reading("unticked()"), **AT_ONCE)
        planned = gr.on(
            [plan.click, topic.submit],
            self._planned,
            fields,
            [self.outline, self.preview, state],
            js=_reading("''"),
            **AT_ONCE,
        )
        planned.then(None, None, None, js="() => desk.planned()", **AT_ONCE)
        written = write.click(
            self._written,
            fields,
            [state, self.preview],
            js=_reading("unticked()"),
            concurrency_limit=None,  # each waits in the assistant's own line
            **PRIVATE,
        )
        stop.click(self._stopped, language, state, cancels=written, **AT_ONCE)

    @property
    def components(self) -> list[Any]:
        """What has words that `words` does not know of."""
        return [self.topics, self.audience, self.pages]

    def updates(self, code: str) -> list[Any]:
        """These in another language."""
        radios = [gr.update(**words) for words, _ in self._choices(code)]
        return [self._handouts.topics(texts_in(code)), *radios]

    def _planned(self, *fields: Any) -> tuple[str, str, dict[str, str]]:  # noqa: ANN401  # the values of the fields
        *_, code = fields
        try:
            return self._handouts.outline(_order(*fields), texts_in(code)), "", {}
        except RagError as error:
            return "", "", {"state": str(error)}

    def _written(self, *fields: Any) -> Iterator[tuple[dict[str, str], str]]:  # noqa: ANN401
        *_, code = fields
        try:
            for state, seen in self._handouts.written(_order(*fields), texts_in(code)):
                yield {"state": state}, seen
        except RagError as error:
            yield {"state": str(error)}, ""

    def _downloads(self, kind: str) -> Any:  # noqa: ANN401  # a function of the fields
        def download(*fields: Any) -> tuple[dict[str, str], dict[str, str]]:  # noqa: ANN401
            t = texts_in(fields[-1])
            try:
                made = self._handouts.file(_order(*fields), kind, t)
            except RagError as error:
                return {}, {"state": str(error)}
            return made, {"state": t("ask.saved", name=made["name"])}

        return download

    @staticmethod
    def _stopped(code: str) -> dict[str, str]:
        return {"state": texts_in(code)("briefing.page.stopped")}

    @staticmethod
    def _choices(code: str) -> list[tuple[dict[str, Any], Any]]:
        """(label and choices, what is chosen at first) of audience and length."""
        t = texts_in(code)
        audiences = [(t(f"briefing.page.for_{one.name.lower()}"), one.value) for one in Audience]
        lengths = [(t("briefing.page.length", n=n), n) for n in LENGTHS]
        return [
            ({"label": t("briefing.page.audience"), "choices": audiences}, Audience.MEMBERS.value),
            ({"label": t("briefing.page.pages"), "choices": lengths}, 2),
        ]


def _order(topic: str, audience: str, pages: int, documents: list[str], unticked: str, code: str) -> Order:
    try:
        left_out = [str(one) for one in json.loads(unticked or "[]")]
    except (ValueError, TypeError, RecursionError):
        left_out = []
    return order_of(topic or "", audience, pages, documents or [], left_out, texts_in(code))


def _reading(call: str) -> str:
    """A script that puts what the page knows in the place of the fifth field."""
    value = call if call == "''" else f"desk.{call}"
    return f"(...fields) => {{ fields[4] = {value}; return fields; }}"
