"""The sample applications, and people who decide on them."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from temporalio.client import WorkflowHandle

from activities.stores.database import Database
from activities.stores.tables import CUSTOMERS
from contracts.customer_onboarding import OnboardingResult
from tests.support.runs import gate_of
from tests.support.world import World

Handle = WorkflowHandle[Any, OnboardingResult]
FOLDER = Path(__file__).parents[2] / "samples" / "customer-onboarding"
SAMPLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
PLAIN, LISTED, HOSTILE = SAMPLES["01-plain"], SAMPLES["05-arabic-on-the-list"], SAMPLES["08-hostile"]

WELCOME: dict[str, Any] = {
    "subject": "Welcome, and thank you",
    "paragraphs": ["Thank you for choosing us. We are glad to have you with us, and answer any question."],
}
GOOD: dict[str, Any] = {"write-welcome": [WELCOME]}


async def start(world: World, application: dict[str, Any], run_id: str | None = None, **request: Any) -> Handle:
    """A run whose clock stands still while nothing happens."""
    asked = application | request
    return await world.begin("CustomerOnboarding", asked, asked["application_id"], OnboardingResult, run_id)


async def decides(handle: Handle, step: str, by: str, verdict: str = "approve") -> str | None:
    """One decision at a gate that is, or will be, open; why it did not count, or None."""
    gate = await gate_of(handle)
    assert gate.card.step == step
    said: dict[str, Any] = {"verdict": verdict, "by": by, "gate": gate.card.gate}
    if verdict == "reject":
        said["reason"] = "not like this"
    reply = await handle.execute_update("decide", said)
    return None if reply["accepted"] else str(reply["reason"])


def customers(world: World) -> list[dict[str, Any]]:
    """The CRM's customers."""
    database = Database(world.settings.database_url)
    found = database.transact(lambda connection: connection.execute(select(CUSTOMERS)).mappings().all())
    database.close()
    return [dict(row) for row in found]
