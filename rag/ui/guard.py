"""What stands between the network and the page: where it may be called, and what a browser may load for it."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# 'unsafe-eval' and 'unsafe-inline': Gradio's components stay empty without them. Both stay within this origin.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_LOOPBACK = ("127.0.0.1", "localhost")


def guards(host: str) -> list[Middleware]:
    """The middleware of a page that is served on `host`.

    On this machine alone, only its own names are answered to: else a page of some other site could have its name point
    here (DNS rebinding) and read the documents.
    """
    hosts = list(_LOOPBACK) if host in _LOOPBACK else ["*"]
    return [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False), Middleware(SameOriginOnly)]


class SameOriginOnly:
    """Adds headers that keep the browser from loading anything from elsewhere, and takes no files."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the headers added to what comes back (ASGI)."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in _HEADERS.items())]
            await send(message)

        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/upload"):
            refusal = PlainTextResponse("This page takes no files.", status_code=403)  # Gradio would, from anybody
            await refusal(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)
