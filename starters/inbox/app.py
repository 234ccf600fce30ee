"""The application: addresses, and how errors look."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from temporalio.service import RPCError, RPCStatusCode

from runtime.blobs.store import BlobError
from starters.inbox import listing, login, runs
from starters.inbox.desk import Desk, desk_of
from starters.inbox.guard import Guard
from starters.inbox.pages import STATIC, trouble

_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_NOT_FOUND = "There is no such page."
_BUG = "Something went wrong here, and nothing was decided. The inbox's log says what it was."


def make_app(desk: Desk) -> ASGIApp:
    """The ASGI application of one inbox. The guard stands before all of it: an error's page has its headers, too."""
    app = Starlette(
        routes=[
            Route("/", listing.home),
            Route("/waiting", listing.part),
            Route("/runs/{workflow_id:path}", runs.show),
            Route("/runs/{workflow_id:path}", runs.decided, methods=["POST"]),
            Route("/live/{workflow_id:path}", runs.live),
            Route("/login/{token}", login.ask),
            Route("/login", login.enter, methods=["POST"]),
            Route("/logout", login.leave, methods=["POST"]),
            Route("/health", _health),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={HTTPException: _refused, RPCError: _no_answer, BlobError: _no_blob, Exception: _bug},
    )
    app.state.desk = desk
    return Guard(app, desk.place)


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = _NOT_FOUND if error.status_code in (404, 405) else error.detail
    response = trouble(request, error.status_code, text)
    response.headers.update(error.headers or {})
    return response


async def _no_answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, RPCError)
    where = f"The Temporal server at {desk_of(request).settings.temporal_address}"
    if error.status in _AWAY:
        return trouble(request, 503, f"{where} does not answer. See that it runs; nothing that waits is lost.")
    # An id, for one, that no run can have.
    status = 400 if error.status is RPCStatusCode.INVALID_ARGUMENT else 502
    return trouble(request, status, f"{where} says: {error.message}")


async def _no_blob(request: Request, error: Exception) -> Response:
    return trouble(request, 502, str(error))


async def _bug(request: Request, _: Exception) -> Response:
    return trouble(request, 500, _BUG)
