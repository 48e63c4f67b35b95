"""The page: really served, asked over HTTP as browsers and programs do, and kept to this machine."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from desk import forget_given
from markup import HOSTILE, read
from served import HERE, MARKS, Served, serving
from slow import GOOD, QUESTION, SOON

from rag.errors import ConfigError, ModelError
from rag.types import Prompt

pytestmark = MARKS

LOADING = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "base": "href",
}
UI = Path(__file__).parents[1] / "rag" / "ui"


@pytest.fixture(scope="module")
def app() -> ModuleType:
    """The module, which loads gradio: some seconds that only these tests should cost."""
    import app

    return app


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), 17_860) as opened:
        yield opened


@pytest.fixture
def served(running: Served) -> Served:
    """The running page, which no other test has asked anything."""
    forget_given(running.assistant)
    running.generator.replies.clear()
    return running


class Loads(HTMLParser):
    """What a browser would load for some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name == LOADING.get(tag) and value]


# --- nothing from elsewhere, nothing to elsewhere ----------------------------------------------------------------------


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


@pytest.mark.parametrize("name", ["page.js", "style.css", "reading.css"])
def test_our_own_script_and_styles_are_served_and_name_no_host(served: Served, name: str) -> None:
    text = (UI / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|@import|url\(|['\"`]//|eval\(|new Function|new WebSocket|sendBeacon", text)
    assert text.splitlines()[1].strip() in served.get("/").text


def test_no_other_machine_is_spoken_to(served: Served) -> None:
    served.ask(QUESTION, GOOD)
    with served.client() as client:
        client.predict("youth", api_name="/search")
    assert set() < served.hosts <= set(HERE)


@pytest.mark.parametrize("path", ["/etc/passwd", "pyproject.toml", "seeds/catalog.toml", "../main/app.py"])
def test_no_file_of_this_machine_is_served(served: Served, path: str) -> None:
    assert served.get(f"/gradio_api/file={path}").status_code == 403


def test_neither_monitoring_nor_run_history_is_served(served: Served) -> None:
    assert served.get("/monitoring").status_code == 403
    assert served.get("/gradio_api/run_history").status_code == 404


# --- asked by a browser ------------------------------------------------------------------------------------------------


def test_an_answer_is_shown_with_its_source(served: Served) -> None:
    turn, sent = served.ask(QUESTION, GOOD)
    assert (turn["id"], turn["busy"]) == ("a1", False)
    assert turn["state"].startswith("Answered and checked in ")
    assert [read(html).inside["bdi"] for html in turn["sentences"]] == [[GOOD]]
    assert "20 percent youth quota" in read(turn["sources"][0]).inside["mark.current"][0]
    for step in ("Searching …", "8 passages found", "Reading the nearest passages …"):
        assert step in sent or step.encode("ascii", "backslashreplace").decode() in sent


def test_what_was_answered_before_is_shown_again_and_says_so(served: Served) -> None:
    first, _ = served.ask(QUESTION, GOOD)
    again, sent = served.ask(QUESTION)
    assert again["state"] == "Given before to the same question; here it is again, unchanged."
    assert (again["sentences"], again["sources"]) == (first["sentences"], first["sources"])
    assert "Reading the nearest passages" not in sent


@pytest.mark.parametrize("question", ["\0\x07", "\ud83d"])
def test_what_is_no_question_is_said(served: Served, question: str) -> None:
    turn, _ = served.ask(question)
    assert "Please ask a question in words." in turn["ending"]


def test_nothing_hostile_becomes_markup(served: Served) -> None:
    turn, _ = served.ask(f"{QUESTION} {''.join(HOSTILE[:6])}", f'{GOOD[:-1]} <b onclick="x">really</b>.')
    for html in [turn["question"], turn["nearest"], *turn["sentences"], *turn["sources"], turn["ending"]]:
        read(html)
    assert read(turn["question"]).words.endswith(HOSTILE[5])


def test_a_model_that_fails_is_said(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(prompt: Prompt) -> float:
        raise ModelError("The server is not running. See RAG_LLM")

    monkeypatch.setattr(served.generator, "yes_probability", fail)
    turn, _ = served.ask(QUESTION)
    assert (turn["state"], turn["busy"]) == ("Stopped: The server is not running. See RAG_LLM", False)
    with served.client() as client, pytest.raises(Exception, match="The server is not running"):
        client.predict(QUESTION, api_name="/ask")


def test_stopping_frees_the_model_for_the_next_question(served: Served) -> None:
    served.generator.queue("slow")
    asking = served.asking(QUESTION)
    assert served.generator.writing.wait(SOON)
    assert not served.generator.closed.is_set()
    asking.stop()
    assert served.generator.closed.wait(SOON)  # it would write for twice as long
    assert read(served.ask(QUESTION, GOOD)[0]["sentences"][0]).inside["bdi"] == [GOOD]


def test_closing_the_tab_frees_the_model(served: Served) -> None:
    served.generator.queue("slow")
    with served.asking(QUESTION).watched():
        assert served.generator.writing.wait(SOON)
        assert not served.generator.closed.is_set()
    assert served.generator.closed.wait(SOON)
    assert read(served.ask(QUESTION, GOOD)[0]["sentences"][0]).inside["bdi"] == [GOOD]


@pytest.mark.parametrize(
    ("words", "work"), [("Stop", "reply"), ("New conversation", "reply"), ("Stop", "_written")], ids=str
)
def test_the_stop_buttons_and_a_new_conversation_cancel_the_work(served: Served, words: str, work: str) -> None:
    config = served.config()
    buttons = [part["id"] for part in config["components"] if part["props"].get("value") == words]
    ends = [call for call in config["dependencies"] for button in buttons if [button, "click"] in call["targets"]]
    assert served.call_of(work) in [cancelled for call in ends for cancelled in call["cancels"]]


# --- called by programs ------------------------------------------------------------------------------------------------


def test_programs_may_call_three_things_and_no_more(served: Served) -> None:
    for every in ("", "?all_endpoints=true"):
        info = served.get(f"/gradio_api/info{every}").json()
        assert (list(info["named_endpoints"]), info["unnamed_endpoints"]) == (["/ask", "/search", "/sources"], {})
    visible = {call["api_name"]: call["api_visibility"] for call in served.config()["dependencies"]}
    assert [name for name, visibility in visible.items() if visibility != "private"] == ["ask", "search", "sources"]


def test_a_program_gets_verbatim_quotes(served: Served) -> None:
    from rag.corpus import read_corpus
    from rag.embedding import count_tokens

    texts = {document.id: document.text for document in read_corpus(UI.parents[1] / "seeds", count_tokens).documents}
    served.generator.queue(GOOD)
    with served.client() as client:
        answer = client.predict(QUESTION, api_name="/ask")
        hits = client.predict("youth quota", k=7, api_name="/search")
        listed = client.predict(api_name="/sources")
    assert (answer["answer"], len(answer["citations"]), len(hits)) == (GOOD, 1, 7)
    for found in [*answer["citations"], *answer["passages"], *hits]:
        assert texts[found["document"]][found["start"] : found["end"]] == found["quote"]
    assert [document["id"] for document in listed["documents"]] == list(texts)


def test_a_program_is_told_its_place_and_leaves_it_when_it_goes(served: Served) -> None:
    served.generator.queue("slow")
    with served.calling(QUESTION) as first:
        assert next(first) == {"ahead": 0}
        assert served.generator.writing.wait(SOON)
        with ExitStack() as leaving:
            second = leaving.enter_context(served.calling(QUESTION))
            assert next(second) == {"ahead": 1}
            with served.calling(QUESTION) as third:
                assert next(third) == {"ahead": 2}
                leaving.close()
                assert {"ahead": 1} in islice(third, SOON)  # told once a second
    assert served.generator.closed.wait(SOON)  # it would write for twice as long
    served.generator.queue(GOOD)
    with served.calling(QUESTION) as told:
        *_, answer = told
    assert answer["answer"] == GOOD


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"query": "x", "k": 99, "api_name": "/search"}, "k is 99; it must be from 1 to 50."),
        ({"query": "x", "k": "x", "api_name": "/search"}, "k: Input should be a valid integer"),
        ({"query": "x", "documents": ["gone"], "api_name": "/search"}, "gone"),
        ({"question": 7, "api_name": "/ask"}, "question: Input should be a valid string"),
        ({"question": "x", "history": [["y"]], "api_name": "/ask"}, "history: each turn is a pair"),
    ],
)
def test_a_program_is_told_what_is_wrong(served: Served, call: dict[str, Any], said: str) -> None:
    with served.client() as client, pytest.raises(Exception, match=re.escape(said)):
        client.predict(**call)


def test_a_fault_of_ours_is_not_told_in_detail(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(prompt: Prompt) -> float:
        raise ValueError("secret-path")

    monkeypatch.setattr(served.generator, "yes_probability", fail)
    with served.client() as client, pytest.raises(Exception, match="has raised an exception") as told:
        client.predict(QUESTION, api_name="/ask")
    assert "secret-path" not in str(told.value)
    sent = served.asking(QUESTION).sent()
    assert "Something went wrong here." in sent
    assert "secret-path" not in sent


def test_three_clients_at_once_never_mix(served: Served) -> None:
    questions = [QUESTION, "What is said about tax havens?", "Which unions in Japan promote due diligence?"]

    def asked(question: str) -> list[Any]:
        with served.client() as client:
            answers = [client.predict(question, api_name="/ask") for _ in range(3)]
        return [{key: answer[key] for key in ("question", "answer", "citations", "passages")} for answer in answers]

    alone = [asked(question)[0] for question in questions]
    assert len({answer["answer"] for answer in alone}) == 3
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(asked, questions))
    assert together == [[answer] * 3 for answer in alone]


# --- where it is served ------------------------------------------------------------------------------------------------


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
