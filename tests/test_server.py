"""A model behind a server: a small real server speaks the OpenAI form, or something else, on the loopback."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rag.errors import ModelError
from rag.server import ServerGenerator
from rag.types import Prompt

pytestmark = pytest.mark.enable_socket

PROMPT = Prompt("You answer.", "Who met?")


class ModelServer(ThreadingHTTPServer):
    """Answers every request with `status` and the lines of `body`; remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reset()

    def reset(self) -> None:
        self.status = 200
        self.body: list[bytes] = []
        self.announced: int | None = None  # Content-Length, when it is to be sent
        self.asked: list[dict[str, Any]] = []
        self.path = ""
        self.hung_up = threading.Event()  # the client left before the end

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def says(self, *pieces: str) -> None:
        """Stream these pieces."""
        chunks = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]}]
        chunks += [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
        chunks += [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": {}}]
        self.body = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks] + [b"data: [DONE]\n\n"]

    def thinks(self, **probabilities: float) -> None:
        """Give these probabilities of the next token."""
        likely = [{"token": token, "logprob": math.log(p)} for token, p in probabilities.items()]
        choice = {"message": {"content": "x"}, "logprobs": {"content": [{"top_logprobs": likely}]}}
        self.body = [json.dumps({"choices": [choice]}).encode()]


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked.append(json.loads(self.rfile.read(length)))
        self.server.path = self.path
        try:
            self.send_response(self.server.status)
            if self.server.announced is not None:
                self.send_header("Content-Length", str(self.server.announced))
            self.end_headers()
            for line in self.server.body:
                self.wfile.write(line)
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up.set()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def running() -> Iterator[ModelServer]:
    with ModelServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def generator(running: ModelServer) -> ServerGenerator:
    return ServerGenerator(running.url, "small")


@pytest.fixture
def server(running: ModelServer) -> ModelServer:
    """The running server, as good as new."""
    running.reset()
    return running


def test_pieces_are_streamed(server: ModelServer, generator: ServerGenerator) -> None:
    server.says("Unions ", "met in ", "Manila. é 労働 👩🏽‍🏭")
    assert "".join(generator.stream(PROMPT, 20)) == "Unions met in Manila. é 労働 👩🏽‍🏭"
    assert generator.name == "small"


def test_the_request_has_both_texts_and_no_chance_in_it(server: ModelServer, generator: ServerGenerator) -> None:
    server.says("Yes.")
    list(generator.stream(PROMPT, 20))
    assert server.path == "/v1/chat/completions"
    assert server.asked == [
        {
            "model": "small",
            "messages": [{"role": "system", "content": "You answer."}, {"role": "user", "content": "Who met?"}],
            "temperature": 0,
            "seed": 0,
            "max_tokens": 20,
            "stream": True,
        }
    ]


def test_what_the_answer_begins_with_is_the_last_message(server: ModelServer, generator: ServerGenerator) -> None:
    server.says(" met.")
    assert "".join(generator.stream(Prompt("You answer.", "Who met?", "Unions"), 7)) == " met."
    assert server.asked[0]["messages"][-1] == {"role": "assistant", "content": "Unions"}


def test_a_slash_at_the_end_of_the_url_does_not_matter(server: ModelServer) -> None:
    server.says("Yes.")
    list(ServerGenerator(server.url + "/", "small").stream(PROMPT, 20))
    assert server.path == "/v1/chat/completions"


def test_comments_and_other_fields_of_the_stream_are_passed_over(
    server: ModelServer, generator: ServerGenerator
) -> None:
    server.says("Yes.")
    server.body = [b": keep-alive\n\n", b"event: message\nid: 7\n", *server.body, b"\n\n"]
    assert "".join(generator.stream(PROMPT, 20)) == "Yes."


def test_closing_the_stream_hangs_up(server: ModelServer, generator: ServerGenerator) -> None:
    server.says(*["long " * 2000] * 1000)  # 10 MB: more than buffers hold
    with closing(generator.stream(PROMPT, 20)) as pieces:
        next(pieces)
    assert server.hung_up.wait(10)


def test_the_share_of_yes_is_that_of_the_likely_tokens(server: ModelServer, generator: ServerGenerator) -> None:
    # 0.5 + 0.1 of yes, 0.1 + 0.1 of no; "maybe" counts for neither.
    server.thinks(**{"Yes": 0.5, " yes": 0.1, "No": 0.1, " no": 0.1, "maybe": 0.2})
    assert generator.yes_probability(PROMPT) == pytest.approx(0.6 / 0.8)
    [asked] = server.asked
    assert [asked[key] for key in ("max_tokens", "logprobs", "top_logprobs")] == [1, True, 20]


def test_neither_yes_nor_no_is_no(server: ModelServer, generator: ServerGenerator) -> None:
    server.thinks(maybe=1.0)
    assert generator.yes_probability(PROMPT) == 0


def test_nothing_is_read_ahead_at_a_server(server: ModelServer, generator: ServerGenerator) -> None:
    assert not generator.read_ahead(PROMPT)
    assert server.asked == []


def test_tokens_are_estimated_from_bytes(generator: ServerGenerator) -> None:
    assert [generator.count_tokens(text) for text in ("", "abc", "abcd", "労")] == [0, 1, 2, 1]


def ask(generator: ServerGenerator) -> object:
    return list(generator.stream(PROMPT, 20))


def gate(generator: ServerGenerator) -> object:
    return generator.yes_probability(PROMPT)


both = pytest.mark.parametrize("call", [ask, gate])
Call = Callable[[ServerGenerator], object]


def message_of(call: Call, generator: ServerGenerator) -> str:
    """The message of the error, which is one line and names the setting."""
    with pytest.raises(ModelError, match="RAG_LLM") as caught:
        call(generator)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@both
def test_a_server_that_is_not_there_is_said(server: ModelServer, call: Call) -> None:
    with ModelServer() as gone:
        url = gone.url
    assert f"{url} gave no usable answer" in message_of(call, ServerGenerator(url, "small"))


@both
@pytest.mark.parametrize("url", ["http://", "http://[", "http://127.0.0.1:99999/v1", "http://exa mple:80/v1"])
def test_an_impossible_address_is_said(call: Call, url: str) -> None:
    assert "gave no usable answer" in message_of(call, ServerGenerator(url, "small"))


@both
@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_of_the_server_is_said(
    server: ModelServer, generator: ServerGenerator, call: Call, status: int
) -> None:
    server.status, server.body = status, [b'{"error": "no model small"}']
    message = message_of(call, generator)
    assert f'answered {status}: {{"error": "no model small"}}' in message


@both
def test_an_error_page_is_told_in_one_short_line(server: ModelServer, generator: ServerGenerator, call: Call) -> None:
    server.status, server.body = 502, [b"<html>\r\n<h1>Bad gateway</h1>\n" + b"x" * 100_000]
    assert len(message_of(call, generator)) < 400


RUBBISH = [b"<html>", b"", b"null", b"[]", b"7", b'"text"', b"{}", b'{"choices": []}', b'{"choices": null}',
           b'{"choices": [{}]}', b'{"choices": [{"logprobs": null}]}', b'{"choices": [7]}', b"\xff\xfe"]  # fmt: skip


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_instead_of_probabilities_is_said(
    server: ModelServer, generator: ServerGenerator, rubbish: bytes
) -> None:
    server.body = [rubbish]
    assert "gave no usable answer" in message_of(gate, generator)


@pytest.mark.parametrize("entry", [{"token": "yes"}, {"logprob": -1.0}, {"token": "yes", "logprob": None}, 7])
def test_rubbish_among_the_probabilities_is_said(
    server: ModelServer, generator: ServerGenerator, entry: object
) -> None:
    choice = {"logprobs": {"content": [{"top_logprobs": [entry]}]}}
    server.body = [json.dumps({"choices": [choice]}).encode()]
    assert "gave no usable answer" in message_of(gate, generator)


@pytest.mark.parametrize(
    "rubbish",
    [b"{", b"null", b"7", b"[]", b'{"choices": null}', b'{"choices": [{}]}', b'{"choices": [{"delta": null}]}'],
)
def test_rubbish_in_the_stream_is_said(server: ModelServer, generator: ServerGenerator, rubbish: bytes) -> None:
    server.says("Yes.")
    server.body.insert(2, b"data: " + rubbish + b"\n\n")
    assert "gave no usable answer" in message_of(ask, generator)


def test_an_error_in_the_stream_is_said(server: ModelServer, generator: ServerGenerator) -> None:
    """llama-server and vLLM report what fails after the first piece in this way."""
    server.says("Unions ")
    server.body[2:] = [b'data: {"error": {"code": 500, "message": "out of memory"}}\n\n']
    assert "out of memory" in message_of(ask, generator)


def test_a_stream_that_breaks_off_is_said(server: ModelServer, generator: ServerGenerator) -> None:
    server.says("Unions met.")
    server.announced = 1_000_000
    assert "gave no usable answer" in message_of(ask, generator)
