"""The page as it is really served, and how programs and browsers speak to it."""

from __future__ import annotations

import gc
import json
import re
import socket
import uuid
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from desk import assistant_over, opened_index
from slow import Slow

from rag.assistant import Assistant
from rag.types import Prompt

MARKS = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # gradio leaves loops and sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting':DeprecationWarning"),  # gradio's use of pandas
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated:DeprecationWarning"),
]
HERE = ("127.0.0.1", "localhost", "::1")
_PASSAGE = re.compile(r"Passage:\n\n(.*?)\n\nQuestion: ", re.DOTALL)


class Copying(Slow):
    """Says the last line of the passage where no reply is queued, so that each question has an answer of its own."""

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        found = _PASSAGE.search(prompt.user)
        self.again = found[1].splitlines()[-1] if found else None
        return super().stream(prompt, max_tokens)


@dataclass
class Served:
    """The page as it is served, the model behind it, and every address that this process spoke to meanwhile."""

    url: str
    assistant: Assistant
    generator: Copying
    addresses: list[object] = field(default_factory=list)

    @property
    def hosts(self) -> set[str]:
        """Where this process connected to."""
        return {address[0] for address in self.addresses if isinstance(address, tuple)}

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False)

    def config(self) -> dict[str, Any]:
        return self.get("/config").json()

    def call_of(self, name: str) -> int:
        """Number of what the page calls."""
        [number] = [call["id"] for call in self.config()["dependencies"] if call["api_name"] == name]
        return int(number)

    def asking(self, question: str, language: str = "en") -> Asking:
        """Ask as a browser does; what is shown is read when `shown` is."""
        return Asking(self, [question, [], json.dumps({"id": "a1", "turns": []}), language])

    def ask(self, question: str, *replies: str) -> tuple[dict[str, Any], str]:
        """(the turn as it is shown at last, everything that was sent on the way)."""
        self.generator.queue(*replies)
        return self.asking(question).shown()

    @contextmanager
    def calling(self, question: str) -> Iterator[Iterator[Any]]:
        """Ask as a program without a library does, which leaves in the end: what it is told, one after the other."""
        url, body = f"{self.url}/gradio_api/call/ask", {"data": [question, [], []]}
        event = httpx.post(url, json=body, trust_env=False).raise_for_status().json()["event_id"]
        with httpx.stream("GET", f"{url}/{event}", trust_env=False, timeout=None) as response:
            yield (json.loads(line[6:])[0] for line in response.iter_lines() if line.startswith("data: ["))

    def client(self) -> closing[Any]:
        from gradio_client import Client

        return closing(Client(self.url, verbose=False, httpx_kwargs={"trust_env": False}))


class Asking:
    """A question of a browser."""

    def __init__(self, served: Served, data: list[object]) -> None:
        self._served = served
        self._session = uuid.uuid4().hex
        self._call = served.call_of("reply")
        body = {"data": data, "session_hash": self._session, "fn_index": self._call}
        self._event = self._post("queue/join", body)["event_id"]

    def sent(self) -> str:
        """Everything that is sent until the end."""
        return self._served.get(f"/gradio_api/queue/data?session_hash={self._session}").text

    def shown(self) -> tuple[dict[str, Any], str]:
        """(the turn as it is shown at last, everything that was sent on the way)."""
        text = self.sent()
        messages = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
        [done] = [message for message in messages if message["msg"] == "process_completed"]
        [value] = done["output"]["data"]
        return value["turns"][0], text

    def stop(self) -> None:
        """As the button Stop does."""
        self._post("cancel", {"session_hash": self._session, "fn_index": self._call, "event_id": self._event})

    @contextmanager
    def watched(self) -> Iterator[None]:
        """As a tab of a browser, which is closed in the end."""
        url = f"{self._served.url}/gradio_api/queue/data?session_hash={self._session}"
        with httpx.stream("GET", url, trust_env=False):
            yield

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        # ASCII: half a character can be sent, as a browser does
        content, kind = json.dumps(body).encode("ascii"), {"content-type": "application/json"}
        response = httpx.post(f"{self._served.url}/gradio_api/{path}", content=content, headers=kind, trust_env=False)
        return response.raise_for_status().json()


@contextmanager
def serving(folder: Path, first_port: int, *, mcp: bool = False) -> Iterator[Served]:
    """Serve the page over the real documents; its files go to `folder`."""
    import app  # loads gradio: some seconds that only these tests should cost

    generator, connect = Copying(), socket.socket.connect
    with opened_index(folder / "index") as index, pytest.MonkeyPatch.context() as patch:
        assistant = assistant_over(index, generator)
        page = app.build_app(assistant, folder / "feedback.jsonl")
        port = app.free_port("127.0.0.1", first_port)
        served = Served(f"http://127.0.0.1:{port}", assistant, generator)

        def noted(self: socket.socket, address: object) -> None:
            served.addresses.append(address)
            if isinstance(address, tuple) and address[0] not in HERE:
                raise ConnectionRefusedError(address)
            connect(self, address)

        patch.setattr(socket.socket, "connect", noted)
        for name, value in {"http_proxy": "http://192.0.2.1:9", "no_proxy": ""}.items():  # nothing may be told a proxy
            patch.setenv(name, value)
            patch.setenv(name.upper(), value)
        app.launch(page, "127.0.0.1", port, mcp=mcp)
        yield served
        page.close(verbose=False)
    gc.collect()
