"""What reaches the page at all: no other name for this machine, no file."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rag.ui.guard import guards

pytestmark = [
    pytest.mark.enable_socket,  # the test client's loop wakes itself through a pair of sockets
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def client(host: str) -> TestClient:
    """A page that answers everything, served on `host`."""

    async def page(request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    paths = ["/", "/gradio_api/upload", "/gradio_api/queue/join"]
    routes = [Route(path, page, methods=["GET", "POST"]) for path in paths]
    return TestClient(Starlette(routes=routes, middleware=guards(host)))


@pytest.mark.parametrize("name", ["127.0.0.1:7860", "localhost:7860", "localhost"])
def test_the_page_answers_to_the_names_of_this_machine(name: str) -> None:
    assert client("127.0.0.1").get("/", headers={"host": name}).text == "here"


@pytest.mark.parametrize("name", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", ""])
def test_a_site_whose_name_points_here_reads_nothing(name: str) -> None:
    answer = client("127.0.0.1").get("/", headers={"host": name})
    assert answer.status_code == 400
    assert "here" not in answer.text


def test_on_a_network_other_names_are_answered_to() -> None:
    assert client("0.0.0.0").get("/", headers={"host": "union.example:7860"}).text == "here"


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload/"])
def test_no_file_is_taken(path: str) -> None:
    answer = client("127.0.0.1").post(path, headers={"host": "localhost"}, files={"files": b"x" * 1000})
    assert (answer.status_code, answer.text) == (403, "This page takes no files.")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_what_the_page_calls_goes_through_with_its_headers() -> None:
    answer = client("127.0.0.1").post("/gradio_api/queue/join", headers={"host": "localhost"})
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
