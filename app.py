"""Serves the page (`rag/ui/page.py`) in the browser.

Everything on it comes from this process: Gradio's own calls to other hosts are switched off below, and the
Content-Security-Policy forbids the browser to make any.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported; exactly this word
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr

from rag.ahead import read_while_idle
from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import ConfigError
from rag.ui import page as page_module
from rag.ui.guard import guards
from rag.ui.page import build_page

_UI = Path(page_module.__file__).parent
_STYLE = ("style.css", "reading.css", "handout.css")
_SCRIPT = ("page.js", "handout.js")
_PORTS_TRIED = 20


def build_app(assistant: Assistant, feedback_file: Path, attempts: Callable[[], int] | None = None) -> gr.Blocks:
    """The page over one assistant, ready to be launched; with `attempts` as `build_page` takes it."""
    page = build_page(assistant, feedback_file, attempts)
    page.queue(api_open=False)
    return page


def serve(
    settings: Settings,
    *,
    browser: bool = False,
    mcp: bool = False,
    attempts: Callable[[], int] | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Load the models and serve the page until Ctrl-C.

    Args:
        settings: all of them.
        browser: open the page in the browser.
        mcp: offer asking, searching and the list of documents as MCP tools, too.
        attempts: counts what tried to reach another computer, under an offline proof.
        say: is told in a line what goes on.

    Raises:
        RagError: something that is needed is missing; the message names the command that helps.
    """
    port = free_port(settings.host, settings.port)
    say("Loading the models …")
    assistant = Assistant.open(settings, say, without_model=True)
    if assistant.lacks_model:
        say(f"{assistant.lacks_model} Searching and the documents work without it.")
    assistant.warm_up()
    launch(build_app(assistant, settings.feedback, attempts), settings.host, port, mcp=mcp)
    say(f"Solidarity Desk is at http://{settings.host}:{port} . To end it, press Ctrl-C.")
    if mcp:
        say(f"MCP tools are at http://{settings.host}:{port}/gradio_api/mcp/ .")
    if browser:
        import webbrowser

        webbrowser.open(f"http://{settings.host}:{port}")
    with read_while_idle(assistant):
        threading.Event().wait()


def launch(page: gr.Blocks, host: str, port: int, *, mcp: bool = False) -> None:
    """Serve the page in the background, with everything off that would reach another host or keep questions.

    Raises:
        ConfigError: MCP is asked for and its package is not installed.
    """
    if mcp and importlib.util.find_spec("mcp") is None:
        raise ConfigError("MCP tools need the package mcp. Run: .venv/bin/pip install -e '.[mcp]'")
    # In the head, not as css_paths: Gradio rewrites what it is given there, and loses rules for html and containers.
    style, script = (_joined(names) for names in (_STYLE, _SCRIPT))
    _without_proxy(host, "localhost")
    page.launch(
        server_name=host,
        server_port=port,
        share=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        head=f"<style>{style}</style><script>{script}</script>",
        theme=gr.themes.Base(
            primary_hue="rose", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
        ),
        app_kwargs={"middleware": guards(host)},
        mcp_server=mcp,
        show_error=False,
        quiet=True,
        prevent_thread_lock=True,
        ssr_mode=False,
    )
    if mcp:
        _speak_json(page.mcp_server_obj)


def _joined(names: Sequence[str]) -> str:
    return "".join((_UI / name).read_text(encoding="utf-8") for name in names)


def _without_proxy(*hosts: str) -> None:
    """Have Gradio reach itself directly: it does so when it starts, and with each question that a tool is asked."""
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, [known, *hosts]))


def _speak_json(server: Any) -> None:  # noqa: ANN401  # Gradio's own, without a public name
    """Have MCP tools give JSON; Gradio would write a dictionary as Python does."""
    from mcp.types import TextContent

    def content(data: list[object], root_url: str) -> list[TextContent]:
        return [TextContent(type="text", text=json.dumps(one, ensure_ascii=False)) for one in data]

    server.postprocess_output_data = content


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
