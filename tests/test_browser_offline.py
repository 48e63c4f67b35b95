"""What Chromium does with a page that tries to ask somebody else, as a script of Gradio's could: it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser import MARKS
from hosting import Served
from test_offline_page import NEVER_ASKED

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = MARKS
OTHERS = [*NEVER_ASKED, "192.0.2.1"]
FORBIDDEN = [
    *("connect-src", "connect-src", "connect-src", "connect-src", "font-src", "form-action", "frame-src", "img-src"),
    *("media-src", "object-src", "script-src-elem", "script-src-elem", "style-src-elem"),
]
TRY = """async host => {
  const told = [], url = "https://" + host + "/x";
  addEventListener("securitypolicyviolation", event => told.push(event.effectiveDirective));
  await fetch(url).catch(() => 0);
  navigator.sendBeacon(url, "words");
  try { new WebSocket("wss://" + host + "/x") } catch { /* refused at once */ }
  try { new EventSource(url) } catch { /* refused at once */ }
  await import(url).catch(() => 0);
  for (const [tag, name] of [["img", "src"], ["script", "src"], ["link", "href"], ["iframe", "src"], ["video", "src"], ["object", "data"]]) {
    const element = document.createElement(tag);
    if (tag === "link") element.rel = "stylesheet";
    element[name] = url;
    document.body.append(element);
  }
  const face = new FontFace("x", `url(${url})`);
  await face.load().catch(() => 0);
  const form = document.createElement("form");
  Object.assign(form, { action: url, method: "post" });
  document.body.append(form);
  form.submit();
  await new Promise(done => setTimeout(done, 500));
  return told.sort();
}"""


@pytest.mark.parametrize("host", OTHERS)
def test_the_policy_keeps_chromium_from_asking_anybody_else(browser: Browser, served: Served, host: str) -> None:
    session = browser.new_context()
    try:
        page = session.new_page()
        came = []
        page.on("response", lambda response: came.append(response.url))
        page.goto(served.url)
        assert page.evaluate(TRY, host) == FORBIDDEN
        assert not [url for url in came if host in url]
        assert page.url.startswith(served.url)
    finally:
        session.close()
