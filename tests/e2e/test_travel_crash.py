"""A worker that is killed between two bookings of one trip, and between their undoing and its receipt."""

import asyncio
import json
import signal
from pathlib import Path

from sqlalchemy import update
from temporalio.testing import WorkflowEnvironment

from activities.stores.tables import TRAVEL_HOTELS
from contracts.travel_booking import TravelOutcome
from runtime.settings import load_settings
from tests.e2e.test_ladder_crash import worker
from tests.support.server import address
from tests.support.travel import PLAIN, change, goes_to_the_approval, says, start, stored
from tests.support.world import World
from workers.seed import seed

CRASH = Path(__file__).with_name("crash")


async def test_a_trip_that_fails_amid_crashes_leaves_no_flight_booked(env: WorkflowEnvironment, tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(json.dumps(PLAIN))
    marker = tmp_path / "crash"
    marker.write_text("/book-flight")
    usual = {"SIGNOFF_MODELS": f"scripted:{tmp_path}/script.json", "TEMPORAL_ADDRESS": address(env)}
    settings = load_settings(usual, tmp_path)
    seed(settings)
    world = World(env, env.client, settings, tmp_path / "mail")
    crashes = usual | {"CRASH_BEFORE_RECEIPT": str(marker), "PYTHONPATH": str(CRASH)}
    async with worker(tmp_path, **crashes) as first:
        handle = await start(world)
        await goes_to_the_approval(handle)
        await says(handle, "approve-booking", verdict="approve")
        assert await asyncio.to_thread(first.wait, 30) == -signal.SIGKILL
    booked, cancelled, _ = stored(world)
    assert [reference[:2] for reference in booked] == ["FL"]
    assert cancelled == []
    change(world, update(TRAVEL_HOTELS).values(rooms=0))
    marker.write_text("/cancel-flight")
    async with worker(tmp_path, **crashes) as second:
        assert await asyncio.to_thread(second.wait, 60) == -signal.SIGKILL
    async with worker(tmp_path, **usual):
        result = await asyncio.wait_for(handle.result(), 60)
    assert (result.outcome, result.cancelled, result.left) == (TravelOutcome.NOT_BOOKED, ("cancel-flight",), ())
    assert stored(world) == ([], booked, 0)
    assert "The flight, which had been booked, is cancelled." in result.message
