"""The page of one run: what is asked, what it is about, and the buttons."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from starters.decisions import decide
from starters.failures import Failure
from starters.inbox.auth import Visitor
from starters.inbox.desk import Desk, desk_of
from starters.inbox.look import Looked, glance, look
from starters.inbox.pages import page, trouble
from starters.inbox.place import run_path
from starters.inbox.posted import read_form
from starters.inbox.run_view import asked, standing
from starters.inbox.verdicts import Wrong, by_field, came_of_it, decision_of

STOP_POLLING = 286
"""What htmx takes for: this will not change any more."""

NOTHING: Mapping[str, str] = {}


async def show(request: Request) -> Response:
    """The page."""
    desk, visitor, workflow_id = _who_and_what(request)
    wanted = request.query_params.get("gate")
    try:
        looked = await look(desk.client, workflow_id, wanted)
    except Failure as failure:
        return trouble(request, 404, failure.line, visitor)
    said = desk.outcome(visitor.name, request.query_params.get("said"))
    closed = looked.card is None and (wanted is not None or looked.is_over)
    status = 503 if looked.trouble else 410 if closed and not said else 200
    return await _page(request, looked, status, wanted=wanted, said=said)


async def decided(request: Request) -> Response:
    """A decision, from the page's form."""
    desk, visitor, workflow_id = _who_and_what(request)
    typed = await read_form(request)
    desk.auth.check(request, visitor, typed.get("csrf", ""))
    try:
        looked = await look(desk.client, workflow_id, typed.get("gate", ""))
    except Failure as failure:
        return trouble(request, 404, failure.line, visitor)
    if looked.gate is None:
        return await _page(request, looked, 503 if looked.trouble else 410, typed)
    if typed.get("digest") != looked.gate.card.digest:
        return await _page(request, looked, 409, typed)
    decision = decision_of(looked.gate, visitor.name, typed)
    if isinstance(decision, Wrong):
        return await _page(request, looked, 422, typed, decision)
    try:
        reply = await decide(looked.run.newest, decision)
    except Failure as failure:
        return await _page(request, looked, 503, typed, Wrong(reason=failure.line))
    if reply.accepted:
        word = desk.remember(visitor.name, came_of_it(decision.verdict, reply.reason))
        query = urlencode({"gate": looked.gate.card.gate, "said": word})
        return RedirectResponse(f"{request.scope['signoff_base']}{run_path(workflow_id)}?{query}", 303)
    wrong = by_field(reply.problems, looked.gate.editable)
    # What the run says may be news to this page.
    looked = await look(desk.client, workflow_id, typed.get("gate", ""))
    if wrong.problems:
        return await _page(request, looked, 422, typed, wrong)
    return await _page(request, looked, 409, typed, Wrong(reason=f"This was not taken: {reply.reason}."))


async def live(request: Request) -> Response:
    """What changes on the page; nothing where it is what the page has."""
    desk, visitor, workflow_id = _who_and_what(request)
    query = request.query_params
    try:
        looked = await glance(desk.client, workflow_id, query.get("gate"))
    except Failure as failure:
        return trouble(request, 404, failure.line, visitor)
    if looked.mark == query.get("seen"):
        return Response(status_code=STOP_POLLING if looked.is_over else 204)
    story = await desk.stories.of(looked)
    context = standing(desk, looked, story, query.get("gate"), query.get("digest"))
    return page(request, "_live.html", visitor, **{**context, "live": True})


async def _page(
    request: Request,
    looked: Looked,
    status: int,
    typed: Mapping[str, str] = NOTHING,
    wrong: Wrong | None = None,
    *,
    wanted: str | None = None,
    said: str | None = None,
) -> Response:
    desk = desk_of(request)
    visitor = desk.auth.visitor(request)
    story = await desk.stories.of(looked)
    gate = typed.get("gate", wanted)
    card = looked.card
    context = {
        **standing(desk, looked, story, card.gate if card else gate, card.digest if card else None),
        **asked(desk, visitor, looked, typed, wrong or Wrong()),
        "said": said,
    }
    return page(request, "run.html", visitor, status, title=card.question if card else looked.run.handle.id, **context)


def _who_and_what(request: Request) -> tuple[Desk, Visitor, str]:
    desk = desk_of(request)
    return desk, desk.auth.visitor(request), request.path_params["workflow_id"]
