"""Troubleshooting under chaos: one ticket, closed once, with one answer."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from activities.stores.database import Database
from activities.stores.tables import TICKETS
from contracts.troubleshooting import TROUBLESHOOTING
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.support.help_desk import RIGHT, fix, sorted_as, uses
from tests.support.provider_server import Received, Says

PLAIN = RIGHT["ticket-001"]
LOOKS = uses(("parse_log", {}), ("search_knowledge", {"query": PLAIN.query}))
ASKS = uses(("ask_customer", {"question": "What do you see on the scanner?"}))


def solves(request: Received) -> Says:
    """A model that looks first, and then knows."""
    if _sorts(request):
        return _says(sorted_as("network")["kind"][0])
    seen = "search_knowledge" in json.dumps(request.body["messages"][-1])
    return _says(fix(PLAIN.article, PLAIN.heading) if seen else LOOKS)


def finds_nothing_technical(request: Received) -> Says:
    """A ticket for a person."""
    return _says(sorted_as("other")["kind"][0])


def asks(request: Received) -> Says:
    """A model that wants to know more."""
    return _says(sorted_as("application")["kind"][0] if _sorts(request) else ASKS)


def _sorts(request: Received) -> bool:
    return "confidence" in json.dumps(request.body.get("response_format") or request.body.get("tools"))


def _says(reply: dict[str, Any]) -> Says:
    return Says(json.dumps(reply))


async def nobody(person: Person) -> None:
    """No person has to do anything."""


async def answer(person: Person) -> None:
    """As somebody at the Temporal UI does."""
    async with person.at_gate("escalate"):
        await person.says("answer", {"by": "alex", "text": "The invoice is corrected; thank you for the books."})


async def say_nothing(person: Person) -> None:
    """Until the deadline is past."""
    await person.waits_through("Remind about")
    await person.waits_through("Deadline of")


def effects(folder: Path, database_url: str) -> Counter[str]:
    """Closed tickets."""
    database = Database(database_url)
    wanted = select(TICKETS.c.ticket_id, TICKETS.c.resolution, TICKETS.c.message).where(
        TICKETS.c.resolution.is_not(None)
    )
    try:
        rows = database.transact(lambda connection: connection.execute(wanted).all())
    finally:
        database.close()
    return Counter(f"{row[0]} {row[1]}: {row[2]}" for row in rows)


def lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Without the costs, which are held against the record."""
    return {name: value for name, value in result.items() if name not in ("cost_usd", "reason")}


def second(first: dict[str, Any], other: dict[str, Any]) -> bool:
    """It finds the ticket closed."""
    return bool(other["outcome"] == "already_closed")


PLAYED = Played(
    process=TROUBLESHOOTING,
    variants=(
        Variant("closed", {"ticket_id": "ticket-001", "occasion": "chaos"}, nobody, solves),
        Variant("answered", {"ticket_id": "ticket-008", "occasion": "chaos"}, answer, finds_nothing_technical),
        Variant("silence", {"ticket_id": "ticket-009", "occasion": "chaos"}, say_nothing, asks),
    ),
    effects=effects,
    lasting=lasting,
    second=second,
)
