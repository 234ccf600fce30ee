"""What holds for every request before anything looks at it, and for every answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starters.inbox.place import Place

LARGEST = 1_000_000
"""Bytes of a request's body."""

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    # Other sites learn no address. `no-referrer` would say as much, but makes browsers send forms with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Turns away names that are not the inbox's and bodies that are too large; adds the headers."""

    def __init__(self, app: ASGIApp, place: Place) -> None:
        self._app = app
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1 or not self._place.knows(hosts[0]):
            wrong = "This name is not the inbox's: see [notices] inbox in the file of SIGNOFF_APPROVERS.\n"
            await PlainTextResponse(wrong, 400)(scope, receive, _with_headers(send))
            return
        base = self._place.base(hosts[0])
        if base and scope["path"].startswith(f"{base}/"):
            scope = {**scope, "path": scope["path"].removeprefix(base)}
        await self._app({**scope, "signoff_base": base}, receive, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            # A file of this program may be kept as long as it is asked about; what is somebody's may not be kept.
            headers["Cache-Control"] = "no-cache" if "etag" in headers else "no-store"
        await send(message)

    return sending
