"""Travellers, models that read their messages well, and what stands in the inventory afterwards."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Update, select
from temporalio.client import WorkflowHandle

from activities.stores.database import Database
from activities.stores.tables import TRAVEL_BOOKINGS, TRAVEL_TAKEN
from contracts.gates import OpenGate
from contracts.travel_booking import TravelResult
from tests.support.runs import state_of
from tests.support.waiting import eventually
from tests.support.world import World

Handle = WorkflowHandle[Any, TravelResult]
SAMPLES = Path(__file__).parents[2] / "samples" / "travel-booking"

NOTHING_SAID: dict[str, Any] = dict.fromkeys(("destination", "origin", "dates", "people", "budget"))
BALI = NOTHING_SAID | {"destination": "Bali", "dates": "the upcoming weekend", "budget": "under 20k rupees"}

EXPLAINED = {
    "options": [
        "The cheapest of them, with a simple place to stay.",
        "A little dearer, in another part of the island.",
        "The same flights, and a better place to stay.",
    ]
}
"""Of three options, as the plain story has them."""


def reads(intent: str, words: dict[str, Any] | None = None, confidence: float = 0.95) -> dict[str, Any]:
    """What the models say."""
    return {
        "intent": [{"kind": intent, "confidence": confidence}],
        "extract-words": [NOTHING_SAID | (words or {})],
        "explain-options": [EXPLAINED],
        "answer-inquiry": [{"answer": "We have 12 hotels in Bali; the cheapest is Salt Hostel in Seminyak."}],
    }


PLAIN = reads("booking", BALI)


def sample(name: str) -> dict[str, Any]:
    """A sample's input, by the beginning of its name."""
    (path,) = SAMPLES.glob(f"{name}*.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


async def start(world: World, request: dict[str, Any] | None = None, run_id: str | None = None, **more: Any) -> Handle:
    """A run whose clock stands still while nothing happens."""
    given = (request or sample("01")) | more
    return await world.begin("TravelBooking", given, given["request_id"], TravelResult, run_id)


async def gate_at(handle: Handle, step: str) -> OpenGate:
    """The open gate of a step, once it is open."""

    async def look() -> OpenGate | None:
        gates = (await state_of(handle)).gates
        return next((gate for gate in gates if gate.card.step == step), None)

    return await eventually(look, f"the gate {step}")


async def says(handle: Handle, step: str, **decision: Any) -> OpenGate:
    """A decision at a gate."""
    gate = await gate_at(handle, step)
    reply = await handle.execute_update("decide", {"by": "meera", "gate": gate.card.gate, **decision})
    assert reply["accepted"], reply
    return gate


async def answers(handle: Handle, step: str, text: str) -> OpenGate:
    """An answer."""
    return await says(handle, step, verdict="answer", text=text)


async def goes_to_the_approval(handle: Handle, currency: str = "INR (Indian rupee)", option: str = "1") -> OpenGate:
    """The plain story, up to where price and terms are approved."""
    await answers(handle, "ask-back", currency)
    await answers(handle, "pick-option", option)
    return await gate_at(handle, "approve-booking")


def stored(world: World) -> tuple[list[str], list[str], int]:
    """References that are booked, those that were called off, and what bookings take (seats and nights, in rows)."""
    database = Database(world.settings.database_url)
    sql = select(TRAVEL_BOOKINGS.c.reference, TRAVEL_BOOKINGS.c.cancelled_at).where(
        TRAVEL_BOOKINGS.c.key.not_like("sample/%")
    )
    rows = database.transact(lambda connection: connection.execute(sql.order_by(TRAVEL_BOOKINGS.c.reference)).all())
    taken = database.transact(lambda connection: len(connection.execute(select(TRAVEL_TAKEN.c.item)).all()))
    database.close()
    return [row[0] for row in rows if not row[1]], [row[0] for row in rows if row[1]], taken


def change(world: World, statement: Update) -> None:
    """Change the inventory behind everybody's back."""
    database = Database(world.settings.database_url)
    database.transact(lambda connection: connection.execute(statement))
    database.close()
