"""The page: which parts it has, and which function (`behind.py`) answers when one of them is used.

Nothing is served here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api as endpoint

from rag.assistant import Assistant
from rag.errors import RagError
from rag.texts import DEFAULT, Texts, languages, preferred, texts_in
from rag.ui import documents as reading
from rag.ui import timeline as drawing
from rag.ui.api import Api
from rag.ui.ask import Shown
from rag.ui.behind import Page
from rag.ui.handout import HandoutTab
from rag.ui.header import examples, header
from rag.ui.localized import AT_ONCE, PRIVATE, Localized, html

_PANEL = "desk.panel(element, trigger)"
_FILTERS = ("year", "place", "listing")


def build_page(assistant: Assistant, feedback_file: Path, attempts: Callable[[], int] | None = None) -> gr.Blocks:
    """The page over one assistant; nothing is served yet.

    Args:
        assistant: answers.
        feedback_file: takes thumbs and reasons.
        attempts: counts what tried to reach another computer, under an offline proof; the page then says so.
    """
    page = Page(assistant, feedback_file)
    words, t = Localized(), texts_in(DEFAULT)
    blocks: gr.Blocks
    with gr.Blocks(title=t("page.title"), analytics_enabled=False, fill_width=True) as blocks:
        with gr.Row(elem_id="top"):
            top = html(header(page.store, assistant.lacks_model, t), elem_id="header")
            language = gr.Radio(
                label=t("language.label"),
                choices=[(name, code) for code, name in languages().items()],
                value=DEFAULT,
                elem_id="language",
            )
        kept = gr.Textbox(visible=False)  # what the browser sends along; scripts fill it in
        wanted = gr.Textbox(visible=False)
        with gr.Tabs(elem_id="tabs") as tabs:
            with words.add(gr.Tab, {"label": "page.ask"}, id="ask"):
                talk = _Talk(page, words, language, kept)
            with words.add(gr.Tab, {"label": "page.briefing"}, id="briefing"):
                handout = HandoutTab(assistant, words, language)
            with words.add(gr.Tab, {"label": "page.documents"}, id="documents"):
                books = _Books(page, words, language)
            with words.add(gr.Tab, {"label": "page.timeline"}, id="timeline"):
                times = _Times(page, language)
        small = html(_small_print(t, attempts), elem_id="small-print")

        for panel in (talk.conversation, talk.source, books.catalogue, books.view, times.plot, times.table):
            panel.click(books.open, language, [books.view, books.viewing, tabs], **AT_ONCE).then(
                None, None, None, js="() => desk.arrive()", **AT_ONCE
            )

        def speak(code: str, sent: str, doc_id: str, year: str, place: str, listing: str) -> list[Any]:
            """Everything that has words, in another language."""
            t = texts_in(code)
            plot, table = page.over_time(year, place, listing, code)
            panels = [header(page.store, assistant.lacks_model, t), examples(t), _hint(t), _small_print(t, attempts)]
            panels += [reading.catalogue(page.store, t), page.document(doc_id, code), plot, table]
            chosen_language = gr.update(value=code, label=t("language.label"))
            return [
                chosen_language,
                page.conversation(sent, code),
                *panels,
                *words.updates(code),
                *times.updates(code),
                *handout.updates(code),
            ]

        inputs = [kept, books.viewing, *times.filters]
        panels = [top, talk.examples, talk.hint, small, books.catalogue, books.view, times.plot, times.table]
        outputs = [language, talk.conversation, *panels, *words.components, *times.filters, *handout.components]
        blocks.load(
            lambda accepted, *rest: speak(preferred(accepted), *rest),
            [wanted, *inputs],
            outputs,
            js="(wanted, kept, ...rest) => [desk.language(), desk.kept(), ...rest]",
            **AT_ONCE,
        )
        language.input(
            speak,
            [language, *inputs],
            outputs,
            js="(code, kept, ...rest) => [desk.choose(code), desk.kept(), ...rest]",
            **AT_ONCE,
        )
        api = Api(assistant)
        for function in (_told_in_steps(api.ask), _told(api.search), _told(api.sources)):
            endpoint(function, api_name=function.__name__, concurrency_limit=None)
    return blocks


class _Talk:
    """The first tab: question, conversation, and the source beside it."""

    def __init__(self, page: Page, words: Localized, language: gr.Radio, kept: gr.Textbox) -> None:
        t = texts_in(DEFAULT)
        with gr.Row(elem_id="asking"):
            with gr.Column(scale=3, elem_id="left"):
                self.conversation = html(
                    {},
                    html_template=_TURNS,
                    js_on_load="desk.conversation(element, props, watch, trigger)",
                    elem_id="talk",
                )
                with gr.Column(elem_id="box"):
                    question = words.add(
                        gr.Textbox,
                        {"label": "ask.question", "placeholder": "ask.placeholder"},
                        autofocus=True,
                        lines=1,
                        max_lines=4,
                        elem_id="question",
                    )
                    with gr.Row(elem_id="buttons"):
                        ask = words.add(gr.Button, {"value": "ask.button"}, variant="primary", elem_id="ask")
                        anew = words.add(gr.Button, {"value": "ask.new"}, elem_id="new")
                        stop = words.add(gr.Button, {"value": "ask.stop"}, elem_id="stop")
                self.examples = html(examples(t), elem_id="intro", js_on_load=_PANEL)
                with words.add(gr.Accordion, {"label": "ask.scope"}, open=False, elem_id="scope"):
                    scope = words.add(
                        gr.CheckboxGroup,
                        {"label": "ask.scope", "info": "ask.scope_info"},
                        choices=[(document.title, document.id) for document in page.store.documents.values()],
                        show_label=False,
                    )
                with gr.Row(elem_id="keep"):
                    markdown = words.add(gr.Button, {"value": "ask.markdown"}, size="sm")
                    word = words.add(gr.Button, {"value": "ask.word"}, size="sm")
            with gr.Column(scale=2, elem_id="right"):
                self.source = html(_SOURCE, js_on_load=_PANEL, elem_id="source")
                self.hint = html(_hint(t), elem_id="source-hint")
        file = html({}, html_template="", js_on_load="desk.file(props, watch)", visible="hidden")

        asked = gr.on(
            [ask.click, question.submit],
            page.reply,
            [question, scope, kept, language],
            self.conversation,
            js="(question, scope, kept, language) => [question, scope, desk.asked(question), language]",
            concurrency_limit=None,  # each waits in our own line, and is told its place
            **PRIVATE,
        )
        stop.click(None, None, None, js="() => desk.stopped()", cancels=asked, **AT_ONCE)
        anew.click(None, None, None, js="() => desk.anew()", cancels=asked, **AT_ONCE)
        for button, kind in ((markdown, "md"), (word, "docx")):
            button.click(
                lambda sent, code, kind=kind: page.download(kind, sent, code),
                [kept, language],
                [file, self.conversation],
                js="(kept, language) => [desk.kept(), language]",
                **AT_ONCE,
            )

        def voted(code: str, event: gr.EventData) -> Shown:
            return page.vote(event._data or {}, code)

        self.conversation.like(voted, language, self.conversation, **AT_ONCE)


class _Books:
    """The second tab: every document, one of them to read and to search in."""

    def __init__(self, page: Page, words: Localized, language: gr.Radio) -> None:
        self._page = page
        self.catalogue = html(reading.catalogue(page.store, texts_in(DEFAULT)), js_on_load=_PANEL, elem_id="catalogue")
        self.viewing = gr.Textbox(visible=False)  # id of the document that is open
        with gr.Row(elem_id="finding"):
            find = words.add(gr.Textbox, {"label": "page.find", "placeholder": "page.find_hint"}, elem_id="find")
        self.view = html("", js_on_load=_PANEL, elem_id="reading")

        def found(query: str, doc_id: str, code: str) -> str:
            return page.document(doc_id, code, query)

        find.submit(found, [find, self.viewing, language], self.view, **AT_ONCE)

    def open(self, code: str, event: gr.EventData) -> tuple[str, str, gr.Tabs]:
        """The document whose button was pressed, in its tab."""
        doc_id = str((event._data or {}).get("document", ""))
        return self._page.document(doc_id, code), doc_id, gr.Tabs(selected="documents")


class _Times:
    """The third tab: the news items over time."""

    def __init__(self, page: Page, language: gr.Radio) -> None:
        self._page = page
        with gr.Row(elem_id="filters"):
            self.filters = [
                gr.Dropdown(**words, value="", elem_id=f"by-{name}")
                for name, words in zip(_FILTERS, self._words(DEFAULT), strict=True)
            ]
        plot, table = page.over_time("", "", "", DEFAULT)
        self.plot = html(plot, js_on_load=_PANEL, elem_id="plot")
        self.table = html(table, js_on_load=_PANEL, elem_id="items")
        for chosen in self.filters:
            chosen.input(page.over_time, [*self.filters, language], [self.plot, self.table], **AT_ONCE)

    def updates(self, code: str) -> list[dict[str, Any]]:
        """The filters in another language."""
        return [gr.update(**words) for words in self._words(code)]

    def _words(self, code: str) -> list[dict[str, Any]]:
        t, items = texts_in(code), self._page.items
        choices = (drawing.years(items, t), drawing.places(items, t), drawing.listings(items, t))
        return [
            {"label": t(f"page.{name}"), "choices": list(found)} for name, found in zip(_FILTERS, choices, strict=True)
        ]


@contextmanager
def _telling() -> Iterator[None]:
    """Programs are told what is wrong; of all other errors they learn nothing."""
    try:
        yield
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function for programs."""

    @wraps(function)
    def told(*arguments: object) -> object:
        with _telling():
            return function(*arguments)

    return told


def _told_in_steps(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """A function for programs whose last result is what counts; it is ended between two of them if they leave."""

    @wraps(function)
    def told(*arguments: object) -> Iterator[Any]:
        with _telling():
            yield from function(*arguments)

    return told


def _hint(t: Texts) -> str:
    return f"<h2>{t('source.title')}</h2><p class='hint'>{t('source.hint')}</p>"


def _small_print(t: Texts, attempts: Callable[[], int] | None) -> str:
    proof = f"<p class='proof'>{t('page.offline_proof', attempts=attempts())}</p>" if attempts else ""
    return f"<footer role='contentinfo'><p>{t('page.small_print')}</p>{proof}</footer>"


# What page.js fills. No word stands here, so that no word is in the wrong language.
_TURNS = """
<section >
<p id="status" role="status" class="sr"></p>
<div id="turns"></div>
<p id="notice"></p>
<template id="a-turn"><article class="turn"><h2 class="asked"></h2><p class="state"></p>
<ol class="sentences"></ol><div class="ending"></div><p class="thanks"></p></article></template>
</section>
"""
_SOURCE = """<section class="panel"><div class="one" hidden></div><div class="nearby"></div></section>"""
