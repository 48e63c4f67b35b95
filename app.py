"""The page in the browser: a question, the checked answer with its citations, the passages they stand in.

Everything on it comes from this process: Gradio's own calls to other hosts are switched off below, and the
Content-Security-Policy forbids the browser to make any.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported; exactly this word
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import ConfigError, RagError
from rag.types import Answer, Found, Hit, Progress, Sentence, Stage
from rag.ui import render
from rag.understanding import MAX_CHARACTERS

PROMISE = (
    "Answers only from the federation’s documents. Every sentence links to the exact words it stands on. "
    "Nothing leaves this computer."
)
EXAMPLES = [
    "Which youth quota do young unionists demand?",
    "What is said about health and safety at work?",
    "How many confederations are in the ATUC agreement?",
    "Which was the first Iranian union to join?",
]
_PORTS_TRIED = 20
_QUEUE = 20  # questions that may wait; further ones are told to come back
# 'unsafe-eval' and 'unsafe-inline': Gradio's components stay empty without them. Both stay within this origin.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)

_TELL_EVERY_S = 0.25  # while the language model works

Shown = tuple[str, str, str]  # status, answer, sources


def build_app(assistant: Assistant) -> gr.Blocks:
    """The page over one assistant; nothing is served yet."""

    def reply(question: str) -> Iterator[Shown]:
        began = time.perf_counter()
        shown: list[Sentence] = []
        hits: tuple[Hit, ...] = ()
        told, answer, sources = 0.0, "", ""
        yield "Searching …", answer, sources
        try:
            for event in assistant.stream(question):
                seconds = time.perf_counter() - began
                match event:
                    case Found():
                        hits = event.hits
                        status = f"{len(hits)} passages found after {seconds:.1f} s. Reading them …"
                        sources = render.sources((), hits, assistant.documents)
                    case Progress():
                        # Stop takes effect where something is yielded; the page need not hear of every word.
                        if seconds - told < _TELL_EVERY_S:
                            continue
                        told = seconds
                        doing = "Writing" if event.stage is Stage.WRITING else "Reading"
                        status = f"{doing} … (passage {event.passage})"
                    case Sentence():
                        shown.append(event)
                        status = "Writing and checking …"
                        answer = render.sentences(shown)
                        sources = render.sources(shown, hits, assistant.documents)
                    case Answer():
                        status = f"{'Not answered' if event.refused else 'Answered and checked'} in {seconds:.1f} s."
                        answer = render.answer(event)
                        sources = render.sources(event.shown, event.hits, assistant.documents)
                yield status, answer, sources
        except RagError as error:
            yield f"Stopped: {error}", answer, sources

    page: gr.Blocks
    with gr.Blocks(title="Solidarity Desk", analytics_enabled=False) as page:
        gr.HTML(f"<h1>Solidarity Desk</h1><p class='promise'>{PROMISE}</p>{render.collection(assistant.index.store)}")
        question = gr.Textbox(
            label="Your question",
            placeholder="Ask about the documents, then press Enter",
            autofocus=True,
            max_length=MAX_CHARACTERS,
            lines=1,
        )
        with gr.Row():
            ask = gr.Button("Ask", variant="primary")
            stop = gr.Button("Stop")
        gr.Examples(EXAMPLES, question, label="For example", api_visibility="private")
        status = gr.Markdown("", elem_id="status", container=False)
        answer = gr.HTML(elem_id="answer", elem_classes="answer")
        sources = gr.HTML(elem_id="sources")
        asked = gr.on(
            [ask.click, question.submit],
            reply,
            question,
            [status, answer, sources],
            concurrency_limit=1,  # the language model answers one question at a time
            concurrency_id="llm",
            show_progress="hidden",
            api_name="ask",
        )
        stop.click(lambda: "Stopped.", None, status, cancels=asked, queue=False, api_visibility="private")
    return page


def serve(settings: Settings, *, browser: bool = False, say: Callable[[str], None] = print) -> None:
    """Load the models and serve the page until Ctrl-C.

    Raises:
        RagError: something that is needed is missing; the message names the command that helps.
    """
    port = free_port(settings.host, settings.port)
    say("Loading the models …")
    assistant = Assistant.open(settings, say)
    assistant.warm_up()
    page = build_app(assistant)
    page.queue(max_size=_QUEUE, api_open=False)
    launch(page, settings.host, port)
    say(f"Solidarity Desk is at http://{settings.host}:{port} . To end it, press Ctrl-C.")
    if browser:
        import webbrowser

        webbrowser.open(f"http://{settings.host}:{port}")
    page.block_thread()


def launch(page: gr.Blocks, host: str, port: int) -> None:
    """Serve the page in the background, with everything off that would reach another host or keep questions."""
    page.launch(
        server_name=host,
        server_port=port,
        share=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        css_paths=[Path(render.__file__).with_name("style.css")],
        app_kwargs={"middleware": [Middleware(SameOriginOnly)]},
        show_error=False,
        quiet=True,
        prevent_thread_lock=True,
        ssr_mode=False,
    )


class SameOriginOnly:
    """Adds headers to each response that keep the browser from loading anything from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the headers added to what comes back (ASGI)."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = {
                    "content-security-policy": _POLICY,
                    "x-content-type-options": "nosniff",
                    "referrer-policy": "no-referrer",
                }
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in added.items())]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def free_port(host: str, first: int) -> int:
    """The first free port from `first` on.

    Raises:
        ConfigError: none of the ports tried is free, or the host is not an address of this machine.
    """
    reason: OSError | None = None
    for port in range(first, min(first + _PORTS_TRIED, 65_536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                reason = error
            else:
                return port
    raise ConfigError(
        f"The page cannot be served on {host}, ports {first} to {first + _PORTS_TRIED - 1} ({reason}). "
        "Set RAG_HOST or RAG_PORT."
    )


if __name__ == "__main__":
    import sys

    from rag.cli import main

    sys.argv[1:1] = ["serve"]
    main()
