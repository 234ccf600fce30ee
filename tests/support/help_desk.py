"""The sample tickets with their right outcomes, and models that work on them as a good specialist would."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from temporalio.client import WorkflowHandle

from activities.stores.database import Database
from activities.stores.tables import TICKETS
from contracts.troubleshooting import TroubleshootingResult
from tests.support.world import World

Handle = WorkflowHandle[Any, TroubleshootingResult]
Reply = dict[str, Any]
CAUSE = "The log that came with the ticket shows the very words of this article, several times."


class Right(BaseModel):
    """How a ticket ends when all goes well. `query` finds `article`, whose `heading` holds the steps; of an article
    that is only read, the name is in `reads`."""

    kind: str
    path: tuple[str, ...]
    outcome: str
    query: str = ""
    article: str = ""
    heading: str = ""
    reads: str = ""
    asks: str = ""
    answer: str = ""


RIGHT: dict[str, Right] = {
    ticket: Right.model_validate(right)
    for ticket, right in json.loads(Path(__file__).with_name("tickets.json").read_text(encoding="utf-8")).items()
}


def uses(*calls: tuple[str, dict[str, Any]], thought: str = "") -> Reply:
    """A turn that asks for tools."""
    numbered = [{"id": str(n), "tool": tool, "arguments": said} for n, (tool, said) in enumerate(calls)]
    return {"thought": thought, "calls": numbered, "result": None}


def ends(**end: Any) -> Reply:
    """A turn with a result."""
    return {"thought": "", "calls": [], "result": {"end": end}}


def fix(article: str, heading: str, cause: str = CAUSE) -> Reply:
    """A fix from one article."""
    return ends(kind="fix", cause=cause, sources=[{"file": article, "heading": heading}])


def hands_over(to: str) -> Reply:
    """To another specialist."""
    brief = {"why": f"it is for {to}", "known": "what the log says", "tried": ["the log: read"]}
    return ends(kind="hand_over", to=to, brief=brief)


GIVES_UP = ends(kind="give_up", why="no article tells of this", known="what the log says")


def sorted_as(kind: str, confidence: float = 0.9) -> dict[str, Any]:
    """What the model says that sorts tickets."""
    return {"kind": [{"kind": kind, "confidence": confidence}]}


def script(right: Right) -> dict[str, Any]:
    """What the models say, step by step."""
    said: dict[str, Any] = sorted_as(right.kind)
    looks = uses(("parse_log", {"contains": "error"}), ("search_knowledge", {"query": right.query or "nothing"}))
    for nth, worker in enumerate(right.path):
        last = nth == len(right.path) - 1
        said.setdefault(worker, []).append(looks)
        said[worker] += _last(right) if last else [hands_over(right.path[nth + 1])]
    return said


def _last(right: Right) -> list[Reply]:
    asks = [uses(("ask_customer", {"question": right.asks}))] if right.asks else []
    if file := right.article or right.reads:
        asks.append(uses(("read_article", {"sections": [{"file": file, "heading": right.heading}]})))
    return [*asks, fix(right.article, right.heading) if right.article else GIVES_UP]


async def start(world: World, ticket: str, run_id: str | None = None, **request: Any) -> Handle:
    """A run whose clock stands still while nothing happens."""
    return await world.begin("Troubleshooting", {"ticket_id": ticket, **request}, ticket, TroubleshootingResult, run_id)


def told(world: World, ticket: str) -> tuple[str | None, str]:
    """How a ticket was closed, and what its customer was told."""
    database = Database(world.settings.database_url)
    wanted = select(TICKETS.c.resolution, TICKETS.c.message).where(TICKETS.c.ticket_id == ticket)
    row = database.transact(lambda connection: connection.execute(wanted).one())
    database.close()
    return row[0], row[1] or ""
