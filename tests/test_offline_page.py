"""What the served page loads: every script and style is fetched, and none is from, or asks, another origin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from loads import loads_of
from served import MARKS, Served, serving

pytestmark = MARKS

# Gradio's own scripts hold requests to these, in parts that this page never comes to. The policy forbids them as well:
# see test_browser_offline.py. If an upgrade of Gradio brings another one, find out when it is made before it is added.
NEVER_ASKED = {
    "huggingface.co": "who somebody is and what a Space is: for pages that are Spaces there, tokens, shared pictures",
    "fonts.googleapis.com": "the fonts of the header that such Spaces get; only where the address ends in .hf.space",
    "unpkg.com": "symbols on the maps of Plotly; the page has no such plot",
}
BEGIN = ("/", "/theme.css", "/static/js/iframeResizer.contentWindow.min.js")  # the last is put together by a script


@dataclass
class Crawled:
    """Everything that was fetched, from the page on, and what each of it would load."""

    origin: str
    loads: dict[str, set[str]] = field(default_factory=dict)  # by address
    kinds: dict[str, str] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)

    def elsewhere(self, *kinds: str) -> dict[str, str]:
        """Which loads of texts of these kinds are of another origin, and where they stand."""
        of_kind = [address for address, kind in self.kinds.items() if any(one in kind for one in kinds)]
        return {load: address for address in of_kind for load in self.loads[address] if self._other(load)}

    def crawl(self) -> None:
        todo = [self.origin + path for path in BEGIN]
        with httpx.Client(trust_env=False) as client:
            while todo:
                address = todo.pop()
                if address in self.loads or self._other(address) or address.startswith(("data:", "blob:")):
                    continue
                response = client.get(address)
                kind = response.headers.get("content-type", "")
                assert response.status_code == 200, address
                self.kinds[address] = kind
                self.loads[address] = loads_of(response.text, kind, address)
                self.policies.add(response.headers["content-security-policy"])
                todo += self.loads[address]

    def _other(self, address: str) -> bool:
        parts = urlsplit(address)
        return bool(parts.netloc) and f"{parts.scheme}://{parts.netloc}" != self.origin


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), 17_880) as opened:
        yield opened


@pytest.fixture(scope="module")
def crawled(served: Served) -> Crawled:
    crawled = Crawled(served.url)
    crawled.crawl()
    return crawled


def test_the_scripts_were_followed_to_their_last_part(crawled: Crawled) -> None:
    scripts = [address for address, kind in crawled.kinds.items() if "javascript" in kind]
    assert len(scripts) > 500  # Gradio's parts, also those that this page has no use for
    assert any("css" in kind for kind in crawled.kinds.values())


def test_the_page_and_its_styles_load_from_here_alone(crawled: Crawled) -> None:
    assert crawled.elsewhere("html", "css") == {}


def test_scripts_ask_nobody_else_but_in_parts_that_the_page_never_comes_to(crawled: Crawled) -> None:
    found = crawled.elsewhere("javascript")
    assert {urlsplit(load).netloc for load in found} <= set(NEVER_ASKED), found


def test_the_page_is_none_of_those_that_would_ask(served: Served) -> None:
    config = served.config()
    assert (config["space_id"], config["is_colab"], config["analytics_enabled"]) == (None, False, False)
    assert not {"plot", "workflow"} & {part["type"] for part in config["components"]}


def test_every_response_forbids_to_ask_anybody_else(crawled: Crawled) -> None:
    [policy] = crawled.policies
    assert not any(host in policy for host in NEVER_ASKED)
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(
    ("text", "kind", "loads"),
    [
        ('<script src="https://a.example/x.js"></script>', "text/html", {"https://a.example/x.js"}),
        ('<img srcset="//a.example/1.png 1x, b.png 2x">', "text/html", {"http://here/b.png", "http://a.example/1.png"}),
        ("<style>p { background: url(//a.example/p.png) }</style>", "text/html", {"http://a.example/p.png"}),
        ("<p style=\"background: url('https://a.example/p.png')\">", "text/html", {"https://a.example/p.png"}),
        ("<script>fetch('https://a.example/')</script>", "text/html", {"https://a.example/"}),
        ('<a href="https://a.example/">a link</a> https://b.example <!-- <img src="https://c.example"> -->', "text/html", set()),
        ('@import "https://a.example/x.css"; @font-face { src: url("f.woff2") }', "text/css", {"https://a.example/x.css", "http://here/f.woff2"}),
        ("p { background: url(data:image/png;base64,AA) } /* https://a.example */", "text/css", set()),
        ('import{a}from"./b.js";const c=()=>import(`../d.js`)', "text/javascript", {"http://here/b.js", "http://here/d.js"}),
        ("new WebSocket('wss://a.example/s');navigator.sendBeacon(\"//b.example/\")", "text/javascript", {"wss://a.example/s", "http://b.example/"}),
        ('x.open("GET","https://a.example/");i.src=`https://b.example/${n}`', "text/javascript", {"https://a.example/", "https://b.example/${n}"}),
        ("let e=document.createElement(`link`);e.href=`https://a.example/f.css`", "text/javascript", {"https://a.example/f.css"}),
        ("let e=document.createElement(`a`);e.href=`https://a.example/`;n='http://www.w3.org/2000/svg'", "text/javascript", set()),
        ('t(`<iframe title="x" src="https://a.example/v"></iframe><a href="https://b.example">b</a>`)', "text/javascript", {"https://a.example/v"}),
        ("fetch('https://a.example/')", "text/plain", set()),
    ],
)  # fmt: skip
def test_a_load_is_told_from_what_only_stands_there(text: str, kind: str, loads: set[str]) -> None:
    assert loads_of(text, kind, urljoin("http://here/", "")) == loads
