"""What a browser would load for a page, a style or a script, as far as their text tells.

A load is what a browser fetches by itself: scripts, styles, pictures, frames, fonts, requests of scripts. No load is
what only stands there: the target of a link, which needs a click; the name of an XML namespace; an address in a comment,
a licence or the text of an error message (Svelte's name a page that explains them).

In a script only an address that is written where it is used is seen, not one that is put together elsewhere. So this
reading finds what somebody would have to decide on; that nothing is loaded is what the Content-Security-Policy enforces
and the tests in Chromium watch.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

_BY_TAG = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "base": ("href",),
    "form": ("action",),
}
_STYLE = re.compile(r"""(?:@import\s+|(?:@import\s*)?\burl\(\s*)(["']?)([^"')\s;]+)\1""")
_Q = "[\"'`]"  # quotes of a script; behind them either an address or a file beside the script
_URL = r"((?:https?:|wss?:)?//[^\"'`\s)]+)"
_FILE = r"(\.{1,2}/[^\"'`\s)]+)"
_SCRIPT = [
    re.compile(pattern)
    for pattern in (
        rf"\b(?:fetch|import|importScripts|Worker|SharedWorker|WebSocket|EventSource|Request|sendBeacon|addModule)\(\s*{_Q}{_URL}",
        rf"\.open\(\s*{_Q}[A-Z]+{_Q}\s*,\s*{_Q}{_URL}",
        rf"\.(?:src|srcset|poster|data|action)\s*=\s*{_Q}{_URL}",
        rf"createElement\({_Q}link{_Q}\)[^{{}}]{{0,40}}\.href\s*=\s*{_Q}{_URL}",
        rf"<(?:script|link|img|iframe|source|video|audio|track|embed|object|base)\b[^<>]*?\s(?:src|href|data|poster)=\\?[\"']{_URL}",
        rf"(?:@import\s*|\burl\(\s*)\\?[\"']?{_URL}",
        rf"(?:\bfrom|\bimport)\s*{_Q}(?:{_URL}|{_FILE}){_Q}",
        rf"\bimport\(\s*{_Q}{_FILE}{_Q}",
    )
]


def loads_of(text: str, kind: str, base: str) -> set[str]:
    """Addresses that are loaded for a text.

    Args:
        text: of the response.
        kind: its media type; only HTML, CSS and JavaScript load anything.
        base: the address of the text itself, which what it names is relative to.
    """
    if "html" in kind:
        return _Page(text, base).loads
    found = set[str]()
    if "css" in kind:
        found = {match[2] for match in _STYLE.finditer(text)}
    elif "javascript" in kind:
        found = {
            address for pattern in _SCRIPT for match in pattern.finditer(text) for address in match.groups() if address
        }
    return {urljoin(base, address) for address in found if not address.startswith(("data:", "blob:", "#"))}


class _Page(HTMLParser):
    """The loads of HTML, with those of the scripts and styles in it."""

    def __init__(self, html: str, base: str) -> None:
        super().__init__()
        self.loads: set[str] = set()
        self._base = base
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag if tag in ("script", "style") else ""
        for name, value in attrs:
            if value and name in _BY_TAG.get(tag, ()):
                self.loads |= {urljoin(self._base, part.split()[0]) for part in value.split(", ")}
            elif value and name == "style":
                self.loads |= loads_of(value, "text/css", self._base)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        kinds = {"script": "text/javascript", "style": "text/css"}
        if self._within:
            self.loads |= loads_of(data, kinds[self._within], self._base)
