"""TravelBooking under chaos: a flight and a hotel, both or neither."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from activities.stores.database import Database
from activities.stores.tables import TRAVEL_BOOKINGS, TRAVEL_COMPLAINTS, TRAVEL_HOTELS
from contracts.travel_booking import TRAVEL_BOOKING
from tests.chaos.person import Person
from tests.chaos.played import Played, Variant
from tests.support.provider_server import Received, Says
from tests.support.travel import BALI, EXPLAINED, sample

BOOKS = sample("01") | {"occasion": "chaos"}
COMPLAINS = sample("08") | {"occasion": "chaos"}


def answers(request: Received) -> Says:
    """A model that reads the plain message well."""
    schema = json.dumps(request.body.get("response_format") or request.body.get("tools"))
    if "confidence" in schema:
        return Says(json.dumps({"kind": "booking", "confidence": 0.9}))
    return Says(json.dumps(BALI if "destination" in schema else EXPLAINED))


def hears_a_complaint(request: Received) -> Says:
    """A model that sorts the message right."""
    return Says(json.dumps({"kind": "complaint", "confidence": 0.9}))


async def pick(person: Person) -> None:
    """As somebody at the Temporal UI does."""
    for gate, choice in (("ask-back", "INR (Indian rupee)"), ("pick-option", 1)):
        async with person.at_gate(gate):
            await person.says("answer", {"by": "meera", "gate": gate, "choice": choice})


async def approve(person: Person) -> None:
    """Price and terms."""
    await pick(person)
    async with person.at_gate("approve-booking"):
        await person.says("approve", {"by": "meera", "gate": "approve-booking"})


async def approve_too_late(person: Person) -> None:
    """When the rooms are gone."""
    await pick(person)
    async with person.at_gate("approve-booking"):
        database = Database(f"sqlite:///{person.folder}/signoff.db")
        database.transact(lambda connection: connection.execute(update(TRAVEL_HOTELS).values(rooms=0)))
        database.close()
        await person.says("approve", {"by": "meera", "gate": "approve-booking"})


async def answer(person: Person) -> None:
    """A person of the desk."""
    async with person.at_gate("answer-complaint"):
        await person.says("answer", {"by": "alex", "text": "We pay half of it back."})


def effects(folder: Path, database_url: str) -> Counter[str]:
    """What the airline and the hotel have in their books, and the complaints on file."""
    database = Database(database_url)
    booked = select(TRAVEL_BOOKINGS).where(TRAVEL_BOOKINGS.c.key.not_like("sample/%"))
    try:
        rows = database.transact(lambda connection: connection.execute(booked).mappings().all())
        filed = database.transact(lambda connection: connection.execute(select(TRAVEL_COMPLAINTS)).mappings().all())
    finally:
        database.close()
    standing = [f"{row['reference']} {'cancelled' if row['cancelled_at'] else 'booked'}" for row in rows]
    return Counter([*standing, *(f"complaint {row['case_number']}" for row in filed)])


def lasting(result: dict[str, Any]) -> dict[str, Any]:
    """Without the costs, which are held against the record, and what hangs on today."""
    return {name: result[name] for name in ("outcome", "flight", "hotel", "cancelled", "left", "case", "paid")}


def second(first: dict[str, Any], other: dict[str, Any]) -> bool:
    """It finds the trip booked, or picked another one and is told of the first."""
    return bool(other["outcome"] == "already_booked" or lasting(other) == lasting(first))


PLAYED = Played(
    process=TRAVEL_BOOKING,
    variants=(
        Variant("booked", BOOKS, approve, answers),
        Variant("sold out", BOOKS, approve_too_late, answers, again="activity book-"),
        Variant("complaint", COMPLAINS, answer, hears_a_complaint),
    ),
    effects=effects,
    lasting=lasting,
    second=second,
    # Calling off is one tool for both, and the second variant's alone.
    disturbed=("book-flight", "book-hotel"),
)
