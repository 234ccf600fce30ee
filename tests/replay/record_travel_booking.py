"""`python -m tests.replay.record_travel_booking`: histories of TravelBooking, as tests/replay/record.py has them."""

import asyncio
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import update

from activities.stores.tables import TRAVEL_HOTELS
from tests.replay.record import Act, Stories, record
from tests.support.travel import PLAIN, change, goes_to_the_approval, reads, sample, says
from tests.support.world import Handle, World


async def goes_there(world: World, handle: Handle) -> Any:
    """To the approval."""
    return await goes_to_the_approval(cast(Any, handle))


async def approves(world: World, handle: Handle) -> None:
    """Price and terms."""
    await goes_there(world, handle)
    await handle.signal("approve", {"by": "meera"})


async def approves_too_late(world: World, handle: Handle) -> None:
    """The rooms are gone by then."""
    await goes_there(world, handle)
    change(world, update(TRAVEL_HOTELS).values(rooms=0))
    await handle.signal("approve", {"by": "meera"})


async def says_nothing_at_the_end(world: World, handle: Handle) -> None:
    """Past the reminder and the deadline of the approval."""
    await goes_there(world, handle)
    await world.env.fast_forward(handle, timedelta(days=2))


def says_at(step: str, text: str) -> Act:
    """One answer."""

    async def act(world: World, handle: Handle) -> None:
        await says(cast(Any, handle), step, verdict="answer", text=text)

    return act


async def needs_nobody(world: World, handle: Handle) -> None:
    """No person has to do anything."""


BALI = sample("01") | {"occasion": "recorded", "by": "recorder"}
INQUIRY = sample("07") | {"occasion": "recorded", "by": "recorder"}
COMPLAINT = sample("08") | {"occasion": "recorded", "by": "recorder"}

STORIES: Stories = {
    "booked": (BALI, PLAIN, approves),
    "sold-out": (BALI, PLAIN, approves_too_late),
    "nothing-fits": (BALI, PLAIN, says_at("ask-back", "IDR (Indonesian rupiah)")),
    "silence": (BALI, PLAIN, says_nothing_at_the_end),
    "inquiry": (INQUIRY, reads("inquiry", {"destination": "Bali", "origin": "Bangalore"}), needs_nobody),
    "complaint": (COMPLAINT, reads("complaint"), says_at("answer-complaint", "We pay half of it back.")),
}

if __name__ == "__main__":
    asyncio.run(record("travel-booking", "TravelBooking", STORIES, {}))
