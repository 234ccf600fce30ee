"""`python -m tests.replay.record_troubleshooting`: histories of Troubleshooting, as tests/replay/record.py has them."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.replay.record import JUNK, Stories, record, says_nothing, sends
from tests.support.help_desk import GIVES_UP, RIGHT, hands_over, script, sorted_as, uses
from tests.support.waiting import eventually
from tests.support.world import Handle, World

ANSWER = {"by": "ann", "text": "We come by and look at it."}
SEARCH = uses(("search_knowledge", {"query": "disk full"}))


async def needs_nobody(world: World, handle: Handle) -> None:
    """No person has to do anything."""


async def leaves_the_customer_waiting(world: World, handle: Handle) -> None:
    """Nobody answers the question, for days."""
    await world.gate(handle)
    await world.env.fast_forward(handle, timedelta(days=5))


async def is_sorted_and_answered(world: World, handle: Handle) -> None:
    """A person sorts it, and another one goes on."""
    await sends("answer", {"by": "ann", "choice": "storage"})(world, handle)

    async def escalated() -> bool:
        return any(gate.card.step == "escalate" for gate in (await world.state(handle)).gates)

    await eventually(escalated, "the second gate")
    await handle.signal("answer", ANSWER)


def ticket(number: int) -> dict[str, Any]:
    """What starts it."""
    return {"ticket_id": f"ticket-{number:03}", "occasion": "recorded", "by": "recorder"}


def as_is_right(number: int) -> dict[str, Any]:
    """Models that do well."""
    return script(RIGHT[f"ticket-{number:03}"])


STORIES: Stories = {
    "closed": (ticket(1), as_is_right(1), needs_nobody),
    "handed-over": (ticket(6), as_is_right(6), needs_nobody),
    "asked": (ticket(19), as_is_right(19), sends("answer", {"by": "luiz", "text": "5.2.0"})),
    "silent-customer": (ticket(9), as_is_right(9), leaves_the_customer_waiting),
    "escalated": (ticket(8), as_is_right(8), sends("answer", ANSWER)),
    "nobody-answers": (ticket(12), as_is_right(12), says_nothing),
    "in-circles": (
        ticket(20),
        sorted_as("network") | {"network": [hands_over("storage")], "storage": [hands_over("network")]},
        sends("answer", ANSWER),
    ),
    "unsure": (ticket(3), sorted_as("network", 0.2) | {"storage": [JUNK, SEARCH, GIVES_UP]}, is_sorted_and_answered),
    "never-ends": (ticket(3), sorted_as("storage") | {"storage": [SEARCH]}, sends("answer", ANSWER)),
    "out-of-tool-calls": (
        ticket(3) | {"budget": {"tool_calls": 3}},
        sorted_as("storage") | {"storage": [SEARCH]},
        needs_nobody,
    ),
}

if __name__ == "__main__":
    asyncio.run(record("troubleshooting", "Troubleshooting", STORIES, {}))
