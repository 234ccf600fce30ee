"""A saga under chaos: three bookings at an agency, the third of which is refused, so that two are called off."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from temporalio.client import Client

from tests.chaos.agency import agency, booked
from tests.chaos.person import Person
from tests.chaos.played import Played, Surroundings, Variant
from tests.workflows.journey_workflows import JOURNEY, PARTS

REQUEST = {"traveller": "ann", "occasion": "chaos"}


def at_agency(*refuses: str, honours_keys: bool = True, thinks_s: float = 0) -> Surroundings:
    """One that refuses these."""

    @asynccontextmanager
    async def around(client: Client, folder: Path) -> AsyncIterator[Mapping[str, str]]:
        async with agency(folder, *refuses, honours_keys=honours_keys, thinks_s=thinks_s) as settings:
            yield settings

    return around


async def ask_the_agency(person: Person) -> None:
    """Whenever it is not known whether something happened: where it does not look at keys, and where it refuses a
    request that a worker had made before which then died. What it does not call off is called off by hand."""
    async for gate in person.at_gates():
        happened = gate.endswith("-by-hand") or gate.removesuffix("-outcome") in booked(person.folder)
        await person.says("answer", {"by": "alex", "gate": gate, "choice": "yes" if happened else "no"})


async def stop_at_the_hotel(person: Person) -> None:
    """While the agency thinks about it."""
    await person.sees_under_way("book-hotel")
    await person.says("stop", {"by": "ops", "reason": "enough"})


def all_or_nothing(result: dict[str, Any], seen: Counter[str]) -> list[str]:
    """A stop may come before or after an effect; what was booked is called off, and the result says so."""
    held = {part for part in PARTS if seen[f"book-{part}"]}
    off = {part for part in PARTS if seen[f"call-off-{part}"]}
    told = {step.removeprefix("call-off-") for step in result["undone"]}
    return [] if held == off == told else [f"booked {held}, called off {off}, told {told}"]


def effects(folder: Path, database_url: str) -> Counter[str]:
    """What the agency has done."""
    return Counter(booked(folder))


def second(first: dict[str, Any], other: dict[str, Any]) -> bool:
    """Of what the first has called off, nothing is left for the other to call off."""
    return bool(other["failed"] == first["failed"] and set(other["undone"]) <= set(first["undone"]))


PLAYED = Played(
    process=JOURNEY,
    variants=(
        Variant("refused", REQUEST, ask_the_agency, around=at_agency("book-car")),
        Variant("called off by hand", REQUEST, ask_the_agency, around=at_agency("book-car", "call-off-hotel")),
        Variant(
            "nobody can look", REQUEST, ask_the_agency, around=at_agency("book-car", honours_keys=False), again="HTTP"
        ),
        Variant("stopped", REQUEST, stop_at_the_hotel, around=at_agency(thinks_s=1), judge=all_or_nothing),
    ),
    effects=effects,
    lasting=lambda result: result,
    second=second,
    # The five of them are one tool: a booking and a calling off stand for all.
    disturbed=("book-hotel", "call-off-hotel"),
)
