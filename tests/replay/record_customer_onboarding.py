"""`python -m tests.replay.record_customer_onboarding`: histories of CustomerOnboarding, as tests/replay/record.py has
them."""

import asyncio
from typing import Any

from tests.replay.record import JUNK, Stories, record, says_nothing, sends
from tests.support.applicants import GOOD, HOSTILE, LISTED, PLAIN
from tests.support.waiting import eventually
from tests.support.world import Handle, World


async def needs_nobody(world: World, handle: Handle) -> None:
    """No person has to do anything."""


async def two_officers_admit(world: World, handle: Handle) -> None:
    """One of them tries it alone first; then somebody lets the welcome go out."""
    await world.gate(handle)
    for officer in ("ann", "ann", "recorder", "bob"):
        await handle.execute_update("decide", {"verdict": "approve", "by": officer})

    async def is_written() -> bool:
        return any(gate.card.step == "review-welcome" for gate in (await world.state(handle)).gates)

    await eventually(is_written, "the welcome's gate")
    await handle.signal("approve", {"by": "dora", "edit": {"subject": "Welcome"}})


def recorded(application: dict[str, Any]) -> dict[str, Any]:
    """What starts it."""
    return application | {"occasion": "recorded", "by": "recorder"}


STORIES: Stories = {
    "welcomed": (recorded(PLAIN), GOOD, sends("approve", {"by": "dora"})),
    "two-officers": (recorded(LISTED), {"write-welcome": [JUNK]}, two_officers_admit),
    "refused": (recorded(HOSTILE), GOOD, needs_nobody),
    "rejected": (recorded(LISTED), GOOD, sends("reject", {"by": "ann", "reason": "it is the listed person"})),
    "not-welcomed": (recorded(PLAIN), GOOD, says_nothing),
}

if __name__ == "__main__":
    asyncio.run(record("customer-onboarding", "CustomerOnboarding", STORIES, {}))
