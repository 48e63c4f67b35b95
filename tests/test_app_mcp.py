"""The app's tools for other programs (MCP): these three and no others, in JSON, from this machine only."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import anyio
import pytest
from desk import assistant_over, opened_index
from served import HERE, MARKS, Served, serving
from slow import GOOD, QUESTION, Slow

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import ConfigError

pytestmark = [
    *MARKS,
    pytest.mark.skipif(importlib.util.find_spec("mcp") is None, reason="MCP needs the package mcp"),
]


@pytest.fixture(scope="module")
def app() -> ModuleType:
    """The module, which loads gradio."""
    import app

    return app


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), 17_900, mcp=True) as opened:
        yield opened


def with_tools(served: Served, use: Callable[[Any], Any]) -> Any:
    """What `use` gives for a session of an MCP client."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def speak() -> Any:
        async with streamable_http_client(f"{served.url}/gradio_api/mcp/") as (reading, writing, _):
            async with ClientSession(reading, writing) as session:
                await session.initialize()
                return await use(session)

    return anyio.run(speak)


def call(served: Served, tool: str, **arguments: Any) -> tuple[bool, str]:
    """(whether it is an error, the one text that comes back)."""
    result = with_tools(served, lambda session: session.call_tool(tool, arguments))
    [content] = result.content
    return result.isError, content.text


def test_the_tools_are_these_three_and_say_what_they_do(served: Served) -> None:
    tools = with_tools(served, lambda session: session.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "search", "sources"]
    needed = [tool.inputSchema.get("required", []) for tool in tools]
    assert needed == [["question"], ["query"], []]
    for tool in tools:
        assert len(tool.description) > 50
        assert all(about.get("description") for about in tool.inputSchema["properties"].values())


def test_there_is_nothing_else_to_use(served: Served) -> None:
    async def everything(session: Any) -> list[Any]:
        prompts, resources = await session.list_prompts(), await session.list_resources()
        templates = await session.list_resource_templates()
        return [*prompts.prompts, *resources.resources, *templates.resourceTemplates]

    assert with_tools(served, everything) == []


@pytest.mark.parametrize("tool", ["reply", "voted", "speak", "found", "open", "lambda", "upload_files_to_gradio"])
def test_what_the_page_calls_is_no_tool(served: Served, tool: str) -> None:
    assert call(served, tool) == (True, f"Unknown tool for this Gradio app: {tool}")


def test_an_answer_comes_as_json_with_verbatim_quotes(served: Served) -> None:
    served.generator.queue(GOOD)
    failed, text = call(served, "ask", question=QUESTION)
    answer = json.loads(text)
    assert (failed, answer["answer"], answer["refused"]) == (False, GOOD, False)
    [cited] = answer["citations"]
    assert cited["quote"] in cited["passage"]
    assert "20 percent youth quota" in cited["quote"]


def test_searching_and_the_sources_come_as_json(served: Served) -> None:
    hits = json.loads(call(served, "search", query="youth quota", k=2)[1])
    listed = json.loads(call(served, "sources")[1])
    assert [hit["rank"] for hit in hits] == [1, 2]
    ids = [document["id"] for document in listed["documents"]]
    assert len(ids) == 5
    only = json.loads(call(served, "search", query="union", documents=[ids[-1]])[1])
    assert {hit["document"] for hit in only} == {ids[-1]}


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search", {"query": "x", "k": 99}, "k is 99; it must be from 1 to 50."),
        ("search", {"query": "x", "documents": ["gone"]}, "gone"),
        ("ask", {"question": "x", "history": [["y"]]}, "history: each turn is a pair of question and answer."),
        ("ask", {}, "question"),
    ],
)
def test_what_is_wrong_is_said(served: Served, tool: str, arguments: dict[str, Any], said: str) -> None:
    failed, text = call(served, tool, **arguments)
    assert failed
    assert said in text


def test_tools_are_served_from_here_only(served: Served) -> None:
    call(served, "search", query="youth")
    assert set() < served.hosts <= set(HERE)
    policy = served.get("/gradio_api/mcp/schema").headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")


def test_without_its_package_the_command_is_named(app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"^MCP tools need the package mcp\. Run: .*pip install -e '\.\[mcp\]'$"):
        app.launch(None, "127.0.0.1", 1, mcp=True)


# --- `rag serve` -------------------------------------------------------------------------------------------------------


class Ended(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.mark.parametrize("lacks", ["", "The language model is not here. Run: rag models fetch"])
def test_serving_says_what_goes_on(
    app: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lacks: str
) -> None:
    launched: list[tuple[str, int, bool]] = []

    def end(self: object) -> None:
        raise Ended

    with opened_index(tmp_path / "index") as index:
        assistant = assistant_over(index, Slow())
        monkeypatch.setattr(Assistant, "open", lambda settings, say, without_model: assistant)
        monkeypatch.setattr(Assistant, "lacks_model", lacks)
        monkeypatch.setattr(app, "build_app", lambda assistant, feedback, attempts: SimpleNamespace(feedback=feedback))
        monkeypatch.setattr(app, "launch", lambda page, host, port, mcp: launched.append((host, port, mcp)))
        monkeypatch.setattr(app, "threading", SimpleNamespace(Event=lambda: SimpleNamespace(wait=lambda: end(None))))
        said: list[str] = []
        settings = Settings(index=tmp_path / "index", port=17_950)
        with pytest.raises(Ended):
            app.serve(settings, mcp=True, say=said.append)
    [(host, port, mcp)] = launched
    assert (host, mcp) == ("127.0.0.1", True)
    assert said == [
        "Loading the models …",
        *([f"{lacks} Searching and the documents work without it."] if lacks else []),
        f"Solidarity Desk is at http://127.0.0.1:{port} . To end it, press Ctrl-C.",
        f"MCP tools are at http://127.0.0.1:{port}/gradio_api/mcp/ .",
    ]
