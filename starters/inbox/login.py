"""Signing in by a link, and out."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from starters.inbox.desk import Desk, desk_of
from starters.inbox.pages import page, trouble
from starters.inbox.posted import read_form

SPENT = (
    "This link has been used, or is too old: each lets somebody in once, within 15 minutes. `signoff inbox link` "
    "prints a new one, where the inbox runs."
)


async def ask(request: Request) -> Response:
    """The link's page. It asks once more: what only looks at links, such as a mail program, must not use them up."""
    desk = desk_of(request)
    token = request.path_params["token"]
    name = _whom(desk, token, use=False)
    if name is None:
        return trouble(request, 410, SPENT)
    return page(request, "login.html", None, title="Sign in", name=name, token=token)


async def enter(request: Request) -> Response:
    """Use the link up."""
    desk = desk_of(request)
    desk.auth.check_origin(request)
    name = _whom(desk, (await read_form(request)).get("token", ""), use=True)
    if name is None:
        return trouble(request, 410, SPENT)
    desk.auth.close(request)
    base, secure = request.scope["signoff_base"], desk.place.is_secure(request.headers["host"])
    response = RedirectResponse(f"{base}/", 303)
    # Lax, not strict: a link to a run in somebody's mail must find them signed in.
    response.set_cookie(
        desk.auth.cookie, desk.auth.open(name), path=f"{base}/", secure=secure, httponly=True, samesite="lax"
    )
    return response


async def leave(request: Request) -> Response:
    """End the session."""
    desk = desk_of(request)
    visitor = desk.auth.visitor(request)
    desk.auth.check(request, visitor, (await read_form(request)).get("csrf", ""))
    desk.auth.close(request)
    response = trouble(request, 200, "You are signed out.")
    response.delete_cookie(desk.auth.cookie, path=f"{request.scope['signoff_base']}/")
    return response


def _whom(desk: Desk, token: str, *, use: bool) -> str | None:
    if desk.settings.inbox_auth:
        return None
    name = desk.links.use(token) if use else desk.links.look(token)
    # The list of approvers may have changed since the link was made.
    return name if name is not None and desk.people.problem(name) is None else None
