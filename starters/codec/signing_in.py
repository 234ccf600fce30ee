"""The page on which somebody shows the token once; a cookie stands for it from then on."""

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from starters.codec.door import SESSION_S, Door

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
}
_LARGEST = 10_000
_ASK = """<form method="post" action="login"><p><label>Token (SIGNOFF_CODEC_TOKEN)
<input type="password" name="token" required autofocus autocomplete="current-password"></label>
<button>Sign in</button></p></form>"""
_WRONG = f"<p role='alert'>That is not the token.</p>{_ASK}"
_IN = """<p role="status">You are signed in. In the Temporal UI, open the glasses at the top right, give this server's
address, and tick “Include cross-origin credentials”.</p>"""


class Login:
    """Signing in with a browser."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def ask(self, _: Request) -> Response:
        """The form."""
        return _page(_ASK)

    async def enter(self, request: Request) -> Response:
        """Open a session."""
        session = self._door.enter(await _token(request))
        if session is None:
            return _page(_WRONG, 401)
        response = _page(_IN)
        # The UI is another origin of the same site: Lax cookies go along with what its pages fetch here.
        response.set_cookie(
            self._door.cookie,
            session,
            max_age=SESSION_S,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return response


async def _token(request: Request) -> str:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise HTTPException(413, "too large for a token")
    return parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]


def _page(content: str, status: int = 200) -> HTMLResponse:
    title = "Signoff: codec server"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>'
    return HTMLResponse(f"{head}{content}</html>", status, _HEADERS)
