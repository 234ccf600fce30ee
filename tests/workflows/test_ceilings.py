"""Limits of the settings, as a run meets them, on a real server and a real database."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select, update

from activities.stores.database import Database
from activities.stores.room import NANO
from activities.stores.tables import SPENDING
from runtime.codec import data_converter
from starters.explain import explain
from tests.conftest import MakeWorld
from tests.support.waiting import eventually
from tests.support.world import GOOD, PLAIN, Handle, World, at_the_gate
from workflows.steps.blanks import TEMPLATE

PRICED = "[prices.scripted]\ninput = 10\noutput = 10\n"


def limits(folder: Path, toml: str) -> dict[str, str]:
    """The setting of a file that holds this."""
    (folder / "limits.toml").write_text(toml, encoding="utf-8")
    return {"SIGNOFF_LIMITS": "limits.toml"}


async def waits_for(world: World, handle: Handle) -> str:
    """What the run says that it waits for."""

    async def look() -> str | None:
        events = [event async for event in handle.fetch_history_events()]
        timers = [event for event in events if event.HasField("timer_started_event_attributes")]
        return timers[-1].user_metadata.summary.data.decode() if timers else None

    return await eventually(look, f"a wait of {handle.id}")


async def test_a_run_that_meets_a_ceiling_says_so_waits_and_goes_on(make_world: MakeWorld, tmp_path: Path) -> None:
    toml = "[ceilings.each_tenant]\nmodel_calls_per_hour = 1\n"
    async with make_world(GOOD, **limits(tmp_path, toml)) as world:
        with world.env.with_time_skipping_disabled():
            handle = await world.start(PLAIN | {"tenant": "acme"})
            assert "tenant acme's ceiling of 1 model calls an hour is met" in await waits_for(world, handle)
            assert len(entered(world)) == 1
            an_hour_later(world)
        await world.env.fast_forward(handle, timedelta(minutes=61))
        await world.gate(handle)
        assert len(entered(world)) == 2


async def test_what_calls_did_cost_is_entered(make_world: MakeWorld, tmp_path: Path) -> None:
    toml = PRICED + "[ceilings]\nusd_per_day = 1000\n"
    async with make_world(GOOD, **limits(tmp_path, toml)) as world:
        handle = await at_the_gate(world, PLAIN)
        state = await world.state(handle)
        assert state.spent.usd > 0
        assert sum(entered(world)) == int(state.spent.usd * NANO)


async def test_a_model_whose_call_is_more_than_a_ceiling_is_passed_over(make_world: MakeWorld, tmp_path: Path) -> None:
    toml = PRICED + "[ceilings.processes.sales-follow-up]\nusd_per_hour = 0.01\n"
    async with make_world(GOOD, **limits(tmp_path, toml)) as world:
        handle = await at_the_gate(world, PLAIN)
        subject = (await world.state(handle)).gates[0].subject
        assert isinstance(subject, dict)
        assert subject["drafted_by"] == TEMPLATE  # there is no other model to go on with
        events = [event async for event in handle.fetch_history_events()]
        decisions = explain(handle.id, events, data_converter()).decisions
        told = " ".join(str(one.note) for one in decisions if one.step == "draft-email")
        assert "and sales-follow-up's ceiling of 0.01 USD an hour is lower" in told
        assert entered(world) == []


async def test_a_run_has_the_limits_of_the_settings(make_world: MakeWorld, tmp_path: Path) -> None:
    toml = "[budget]\nsteps = 19\n[budget.processes.sales-follow-up]\nusd = 0.25\n"
    async with make_world(GOOD, **limits(tmp_path, toml)) as world:
        found = (await world.state(await at_the_gate(world, PLAIN | {"budget": {"tool_calls": 6}}))).limits
        assert found is not None
        assert (found.usd, found.steps, found.tool_calls, found.model_calls) == (Decimal("0.25"), 19, 6, 50)


def entered(world: World) -> list[int]:
    """What the record of spending holds."""
    with closing(Database(world.settings.database_url)) as database:
        return list(database.transact(lambda connection: connection.scalars(select(SPENDING.c.nano_usd)).all()))


def an_hour_later(world: World) -> None:
    """For the database; the run's clock is moved by the test server."""
    with closing(Database(world.settings.database_url)) as database:
        before = datetime.now(UTC) - timedelta(minutes=61)
        database.transact(lambda connection: connection.execute(update(SPENDING).values(billed_by=before)))
