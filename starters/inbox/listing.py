"""The list of what waits."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from contracts.catalogue import PROCESSES
from starters.inbox.auth import Visitor
from starters.inbox.desk import Desk, desk_of
from starters.inbox.pages import page
from starters.inbox.waiting import Waits

STEP = 50
MOST = 2000
"""Rows of a page."""


@dataclass(frozen=True)
class Filter:
    """What of it is shown."""

    process: str = ""
    mine: bool = False
    show: int = STEP

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        """As the address says; what makes no sense there is left out."""
        process, show = query.get("process", ""), query.get("show", "")
        return cls(
            process if process in PROCESSES else "",
            query.get("mine") == "1",
            min(MOST, max(STEP, int(show))) if show.isascii() and show.isdigit() and len(show) < 6 else STEP,
        )

    def query(self, show: int | None = None) -> str:
        """For an address."""
        asked = {"process": self.process, "mine": "1" if self.mine else "", "show": str(show or self.show)}
        return urlencode({name: value for name, value in asked.items() if value})


async def home(request: Request) -> Response:
    """The page."""
    desk = desk_of(request)
    visitor = desk.auth.visitor(request)
    chosen = Filter.of(request.query_params)
    rows = await _rows(desk, visitor, chosen)
    return page(
        request, "list.html", visitor, title="Waiting for people", processes=tuple(PROCESSES), **_shown(rows, chosen)
    )


async def part(request: Request) -> Response:
    """The rows alone, for a page that has some; nothing where they are what it has."""
    desk = desk_of(request)
    visitor = desk.auth.visitor(request)
    chosen = Filter.of(request.query_params)
    shown = _shown(await _rows(desk, visitor, chosen), chosen)
    if shown["seen"] == request.query_params.get("seen"):
        return Response(status_code=204)
    return page(request, "_rows.html", visitor, **shown)


async def _rows(desk: Desk, visitor: Visitor, chosen: Filter) -> list[Waits]:
    return [
        one
        for one in await desk.waiting.all()
        if chosen.process in ("", one.process)
        and not (chosen.mine and one.card and not desk.people.is_asked(visitor.name, one.card))
    ]


def _shown(rows: list[Waits], chosen: Filter) -> dict[str, Any]:
    count, left = len(rows), len(rows) - chosen.show
    more = chosen.query(min(MOST, chosen.show + STEP)) if left > 0 and chosen.show < MOST else None
    rows = rows[: chosen.show]
    return {
        "rows": rows,
        "total": f"{count} {'decision waits' if count == 1 else 'decisions wait'}" if count else "Nothing waits",
        "more": more,
        "left": left,
        "chosen": chosen,
        # Another one each minute: the page says how long ago things were.
        "seen": hashlib.sha256(f"{rows}{count}{datetime.now(UTC):%H:%M}".encode("utf-8", "replace")).hexdigest()[:16],
    }
