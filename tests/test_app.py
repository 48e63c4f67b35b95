"""The page: really served, asked over HTTP, and kept to this machine."""

from __future__ import annotations

import gc
import re
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import ModuleType
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from desk import assistant_over, opened_index
from fakes import ScriptedGenerator

from rag.errors import ConfigError, ModelError
from rag.types import Prompt

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # gradio leaves loops and sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting':DeprecationWarning"),  # gradio's use of pandas
]

QUESTION = (
    "Do young unionists from South East Asia call on trade unions to provide a youth quota in routine union training?"
)
GOOD = "Young unionists called for a 20 percent youth quota in routine union training."
LOADING = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "base": "href",
}
HERE = ("127.0.0.1", "localhost", "::1")


class Slow(ScriptedGenerator):
    """Writes slowly and as much as it may, when its reply is "slow"."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = threading.Event()

    def stream(self, prompt: Prompt, max_tokens: int) -> Generator[str, None, None]:
        if self.replies and self.replies[0] == "slow":
            self.replies.clear()
            return self._slowly(max_tokens)
        return super().stream(prompt, max_tokens)

    def _slowly(self, max_tokens: int) -> Generator[str, None, None]:
        try:
            for _ in range(max_tokens):
                yield "unions "
                time.sleep(0.01)
        finally:
            self.closed.set()


@dataclass
class Served:
    """The page as it is served, the model behind it, and every address that this process spoke to meanwhile."""

    url: str
    generator: Slow
    addresses: list[object] = field(default_factory=list)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False)

    def ask(self, question: str, *replies: str) -> list[tuple[str, str, str]]:
        """Everything that is shown for a question: status, answer, sources."""
        self.generator.queue(*replies)
        with self.client() as client:
            job = client.submit(question, api_name="/ask")
            job.result(timeout=20)
            return job.outputs()

    def client(self) -> closing[Any]:
        from gradio_client import Client

        return closing(Client(self.url, verbose=False, httpx_kwargs={"trust_env": False}))


@pytest.fixture(scope="module")
def app() -> ModuleType:
    """The module, which loads gradio: some seconds that only these tests should cost."""
    import app

    return app


@pytest.fixture(scope="module")
def served(app: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    generator = Slow()
    connect = socket.socket.connect
    with opened_index(tmp_path_factory.mktemp("index")) as index, pytest.MonkeyPatch.context() as patch:
        page = app.build_app(assistant_over(index, generator))
        page.queue(max_size=20, api_open=False)
        port = app.free_port("127.0.0.1", 17_860)
        served = Served(f"http://127.0.0.1:{port}", generator)

        def noted(self: socket.socket, address: object) -> None:
            served.addresses.append(address)
            connect(self, address)

        patch.setattr(socket.socket, "connect", noted)
        app.launch(page, "127.0.0.1", port)
        yield served
        page.close(verbose=False)
    gc.collect()


class Loads(HTMLParser):
    """What a browser would load for some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name == LOADING.get(tag) and value]


@pytest.mark.parametrize(
    "path", ["/", "/config", "/theme.css", "/gradio_api/info", "/no/such/page", "/gradio_api/file=/etc/passwd"]
)
def test_every_response_forbids_other_origins(served: Served, path: str) -> None:
    headers = served.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    allowed = {source for sources in policy.values() for source in sources.split()}
    assert allowed == {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    assert "data:" not in policy["script-src"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_the_page_loads_only_what_is_served_here(served: Served) -> None:
    links = Loads(served.get("/").text).links
    assert any(link.endswith(".js") for link in links)
    for link in links:
        assert urlsplit(urljoin(served.url + "/", link)).netloc == urlsplit(served.url).netloc
        assert served.get(urlsplit(urljoin("/", link)).path).status_code == 200


def test_the_pages_settings_name_no_other_origin(served: Served) -> None:
    config = served.get("/config")
    found = set(re.findall(r"(?:https?:)?//[\w.:-]+", config.text))
    assert {urlsplit(link).netloc for link in found} <= {urlsplit(served.url).netloc}
    assert [config.json()[key] for key in ("analytics_enabled", "run_history", "footer_links", "show_error")] == [
        False, False, [], False
    ]  # fmt: skip
    styles = served.get("/theme.css").text + str(config.json()["css"])
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", styles)


def test_an_answer_is_shown_step_by_step(served: Served) -> None:
    steps = served.ask(QUESTION, f"{GOOD} Young unionists from South East Asia met in Manila.")
    assert steps[0] == ("Searching …", "", "")
    assert steps[1][0].startswith("8 passages found after ")
    assert "<h2>Nearest passages</h2>" in steps[1][2]
    said = [status for status, _, _ in steps[2:-1] if not re.fullmatch(r"(?:Reading|Writing) … \(passage 1\)", status)]
    assert said == ["Writing and checking …"] * 2
    status, answer, sources = steps[-1]
    assert re.fullmatch(r"Answered and checked in \d+\.\d s\.", status)
    assert answer.startswith(f"<p><bdi>{GOOD}</bdi> <a class='cite' href='#source-1'")
    assert "<mark id='source-1'>" in sources


def test_a_refusal_is_shown_with_the_nearest_passages(served: Served) -> None:
    served.generator.probabilities.extend([0.0] * 5)  # for each passage that is read
    status, answer, sources = served.ask(QUESTION, GOOD, GOOD)[-1]
    assert status.startswith("Not answered in ")
    assert "I did not find the answer in the documents I hold." in answer
    assert "20 percent youth quota" in sources


@pytest.mark.parametrize("question", ["", "\0\x07", "x" * 20_000])
def test_what_is_no_question_is_refused(served: Served, question: str) -> None:
    _, answer, sources = served.ask(question)[-1]
    assert "class='refusal'" in answer
    assert sources == ""


def test_half_a_surrogate_pair_as_a_browser_may_send_it_is_no_question(served: Served) -> None:
    [ask] = [call["id"] for call in served.get("/config").json()["dependencies"] if call["api_name"] == "ask"]
    body = b'{"data": ["\\ud83d"], "session_hash": "s", "fn_index": %d}' % ask
    join, json = f"{served.url}/gradio_api/queue/join", {"content-type": "application/json"}
    httpx.post(join, content=body, headers=json, trust_env=False).raise_for_status()
    assert "Please ask a question in words." in served.get("/gradio_api/queue/data?session_hash=s").text


def test_nothing_hostile_becomes_markup(served: Served) -> None:
    hostile = "<script>alert(1)</script><img src=//evil.example onerror='alert(1)'>"
    steps = served.ask(f"{QUESTION} {hostile}", f'{GOOD[:-1]} <b onclick="x">really</b>.')
    assert "&lt;b onclick=&quot;x&quot;&gt;really&lt;/b&gt;" in steps[-1][1]
    everything = "".join("".join(step) for step in steps)
    assert "<b" not in everything.replace("<br>", "").replace("<bdi>", "").replace("<blockquote", "")
    assert "<script" not in everything
    assert "<img" not in everything


def test_a_model_that_fails_is_said(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(prompt: Prompt) -> float:
        raise ModelError("The server is not running. See RAG_LLM")

    monkeypatch.setattr(served.generator, "yes_probability", fail)
    status, answer, sources = served.ask(QUESTION)[-1]
    assert status == "Stopped: The server is not running. See RAG_LLM"
    assert (answer, "20 percent youth quota" in sources) == ("", True)


def test_stopping_frees_the_model_for_the_next_question(served: Served) -> None:
    served.generator.queue("slow")
    with served.client() as client:
        job = client.submit(QUESTION, api_name="/ask")
        while not any(status.startswith("Writing") for status, _, _ in job.outputs()):
            time.sleep(0.01)
        assert not served.generator.closed.is_set()
        job.cancel()
        assert served.generator.closed.wait(10)
    assert GOOD in served.ask(QUESTION, GOOD)[-1][1]


def test_the_stop_button_cancels_the_question(served: Served) -> None:
    config = served.get("/config").json()
    [button] = [part["id"] for part in config["components"] if part["props"].get("value") == "Stop"]
    [ask] = [call["id"] for call in config["dependencies"] if call["api_name"] == "ask"]
    stops = [call for call in config["dependencies"] if [button, "click"] in call["targets"]]
    assert ask in [cancelled for call in stops for cancelled in call["cancels"]]


def test_asking_is_the_only_thing_one_can_call(served: Served) -> None:
    info = served.get("/gradio_api/info").json()
    assert (list(info["named_endpoints"]), info["unnamed_endpoints"]) == (["/ask"], {})


@pytest.mark.parametrize("path", ["/etc/passwd", "pyproject.toml", "seeds/catalog.toml", "../main/app.py"])
def test_no_file_of_this_machine_is_served(served: Served, path: str) -> None:
    assert served.get(f"/gradio_api/file={path}").status_code == 403


def test_no_other_machine_is_spoken_to(served: Served) -> None:
    served.ask(QUESTION, GOOD)
    assert served.addresses
    assert {address[0] for address in served.addresses if isinstance(address, tuple)} <= set(HERE)


def test_the_first_free_port_is_taken(app: ModuleType) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = taken.getsockname()[1]
        assert first < app.free_port("127.0.0.1", first) < first + 20


def test_no_free_port_is_an_error_that_names_the_setting(app: ModuleType) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 65_535))
        taken.listen()
        with pytest.raises(ConfigError, match=r"on 127\.0\.0\.1, ports 65535 to .*Set RAG_HOST or RAG_PORT\."):
            app.free_port("127.0.0.1", 65_535)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "::ffff:0:0:1"])
def test_an_address_of_another_machine_is_an_error(app: ModuleType, host: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"cannot be served on {host},")):
        app.free_port(host, 17_860)
