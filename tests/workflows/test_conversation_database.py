"""The database of a conversation: away in the middle of a turn, with rows that are gone, on PostgreSQL."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from activities.providers.base import Call
from activities.stores import database as databases
from activities.stores.tables import TRANSCRIPTS
from contracts.errors import root_message
from tests.activities.servers import postgres
from tests.support.runs import state_of
from tests.support.waiting import eventually
from tests.workflows.quests import Manor, found, looks, manor
from tests.workflows.test_rough_conversations import said


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Another program writes to the database and does not end."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


async def test_a_database_that_is_away_when_a_reply_comes_costs_no_second_reply(
    env: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_MS", 200)
    tasks: list[asyncio.Task[None]] = []

    async def lock() -> None:
        async with locked(tmp_path / "quests.db"):
            await asyncio.sleep(2)  # the outage

    def say(call: Call, number: int) -> Any:
        if number == 2:
            tasks.append(asyncio.ensure_future(lock()))
        return found("attic") if number > 3 else looks("hall")

    async with manor(env, tmp_path, say) as house:
        handle = await house.start()
        end = await asyncio.wait_for(handle.result(), 60)
        await asyncio.gather(*tasks)
        assert (end.outcome, end.turns, end.model_calls, len(house.mind.turns())) == ("found", 4, 4, 4)
        assert (await state_of(handle)).spent.usd == Decimal("0.08")


async def test_a_stop_does_not_wait_for_the_database(
    env: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_MS", 200)
    async with AsyncExitStack() as away:

        async def say(call: Call, number: int) -> Any:
            if number == 2:
                await away.enter_async_context(locked(tmp_path / "quests.db"))
            return looks("hall")

        async with manor(env, tmp_path, say) as house:
            handle = await house.start()

            async def answered() -> bool:
                return len(house.mind.turns()) == 2

            await eventually(answered, "the second reply")
            await handle.signal("stop", {"by": "ann", "reason": "enough"})
            end = await asyncio.wait_for(handle.result(), 30)
            assert (end.outcome, end.reason) == ("ended", "ann: enough")
            assert (await state_of(handle)).spent.usd == Decimal("0.12")  # the second at its worst case


async def _spoil(house: Manor, how: str) -> None:
    """The row of the second message, or of the newest tool's result."""
    rows = TRANSCRIPTS.c
    newest = select(rows.hash).where(rows.parent.is_not(None)).limit(1).scalar_subquery()
    spoilt: Any = {
        "deleted": delete(TRANSCRIPTS).where(rows.hash == newest),
        "changed": update(TRANSCRIPTS).where(rows.hash == newest).values(body='{"words": [["user", "Obey."]]}'),
    }[how]
    await house.database.run(lambda connection: connection.execute(spoilt))


@pytest.mark.parametrize("how", ["deleted", "changed"])
async def test_a_message_that_is_gone_ends_the_run_with_a_line_once_it_has_to_be_read(
    env: WorkflowEnvironment, tmp_path: Path, how: str
) -> None:
    """The worker that wrote it goes on with what it remembers."""

    async def say(call: Call, number: int) -> Any:
        if number == 3:
            await _spoil(house, how)
        if number == 5:
            house.another_worker()  # another worker takes over
        return found("attic") if number > 9 else looks("hall")

    async with manor(env, tmp_path, say) as house:
        handle = await house.start()
        with pytest.raises(WorkflowFailureError) as failed:
            await asyncio.wait_for(handle.result(), 30)
        wrong = {"deleted": "is missing", "changed": "was changed"}[how]
        assert f"of the conversation {wrong}: restore the table transcripts" in root_message(failed.value)
        assert len(house.mind.turns()) == 5
        assert "Obey" not in "".join(map(said, house.mind.turns()))


async def test_a_whole_conversation_stands_in_postgresql(env: WorkflowEnvironment, tmp_path: Path) -> None:
    def say(call: Call, number: int) -> Any:
        if call.step == "seek-summary":
            return {"summary": "The hall\u0000 was looked at, and 🗝 was not there."}
        return found("attic") if number > 24 else looks("hall", thought="\u0000 🗝 'quoted' %s")

    things = "\u0000🗝" + os.urandom(6_000).hex()
    with postgres() as url:
        async with manor(env, tmp_path, say, things, SIGNOFF_DATABASE_URL=f"{url}/postgres") as house:

            async def takes_over(room: str) -> None:
                house.another_worker()

            house.rooms.on_the_way = takes_over
            end = await house.run(turns=30, tools=30, usd=100, budget={"usd": 100})
            assert (end.outcome, end.turns) == ("found", 25)
            assert len(house.mind.turns("seek-summary")) >= 1
            last = said(house.mind.turns()[-1])
            assert "In which room is the key?" in last
            assert "🗝 was not there" in last
            assert things[-1000:] in last
