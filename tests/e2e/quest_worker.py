"""`python -m tests.e2e.quest_worker`: the real worker with the quest's process and tools, which dies where it is told.

In its folder stand `door`, what hangs on the door, and files that a test makes: while `wait` is there, the slow tools
come to no end; `die-after-reply` and `die-looking` are removed, and the worker is gone as by `kill -9`.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from temporalio import activity

from activities.effects import Deed, Unseen, once
from activities.hold import Hold
from activities.llm.turns import Turns
from activities.stores.database import Database
from activities.stores.ledger import Ledger
from contracts.catalogue import OUTPUTS, TOOLS
from contracts.llm import Answer, Ask
from contracts.tools import Act, Effect, Receipt
from runtime.client import connect
from runtime.settings import load_settings
from tests.workflows.agent_workflows import HANG, LOOK, SEARCH, TURN, HousePort, Notice, Quests, Room, Seen
from workers.catalogue import make_workers

DOOR = Path("door")


def is_there(name: str) -> bool:
    """A file that the test makes."""
    return Path(name).exists()


def dies_at(name: str) -> None:
    """Where the test wants it to."""
    if is_there(name):
        Path(name).unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def hung() -> list[str]:
    """What hangs on the door."""
    return DOOR.read_text().splitlines() if DOOR.exists() else []


def hang_up(key: str) -> None:
    """One thing more."""
    with DOOR.open("a") as door:
        door.write(f"{key}\n")


async def waits() -> None:
    """Until the worker is gone."""
    if is_there("wait"):
        await asyncio.Event().wait()


class House(HousePort):
    """The house, with a ledger of what is hung on its door."""

    def __init__(self, database: Database) -> None:
        self._ledger = Ledger(database)

    @activity.defn(name="test.look")
    async def look(self, room: Room) -> Seen:
        """Within the workflow task."""
        if room.room == "attic":
            dies_at("die-looking")
        return Seen(room=room.room, things="dust")

    @activity.defn(name="test.search")
    async def search(self, room: Room) -> Seen:
        """An activity of its own."""
        await waits()
        return Seen(room=room.room, things="dust")

    @activity.defn(name="test.hang")
    async def hang(self, act: Act[Notice]) -> Receipt[Notice]:
        """Once, by the ledger; one can look at the door."""

        async def perform(hold: Hold) -> Notice:
            await hold.act()
            hang_up(act.key)
            await waits()
            return act.argument

        async def probe(presumed: Notice) -> Notice | Unseen:
            return presumed if act.key in hung() else Unseen.NOT_FOUND

        deed = Deed("test.hang", Effect.IRREVERSIBLE, act.argument, timedelta(seconds=1), perform, probe, False)
        return await once(self._ledger, act, deed)


@contextmanager
def catalogue() -> Iterator[None]:
    """This repository's, with the house in the place of the help desk."""
    kept = Turns.kept

    async def kept_and_dead(self: Turns, ask: Ask, answer: Answer) -> Answer:
        stored = await kept(self, ask, answer)
        if ask.nth == 1:
            dies_at("die-after-reply")
        return stored

    changes: dict[str, Any] = {
        "WORKFLOWS": (Quests,),
        "OUTPUTS": {**OUTPUTS, TURN.name: TURN},
        "TOOLS": (*TOOLS, LOOK, SEARCH, HANG),
        "TicketActivities": House,
    }
    with ExitStack() as stack:
        for name, value in changes.items():
            stack.enter_context(mock.patch(f"workers.catalogue.{name}", value))
        stack.enter_context(mock.patch.object(Turns, "kept", kept_and_dead))
        yield


async def main() -> None:
    """Work until it is killed."""
    settings = load_settings()
    client = await connect(settings)
    async with AsyncExitStack() as stack:
        with catalogue():
            for worker in make_workers(client, settings, at_end=stack):
                await stack.enter_async_context(worker)
            print(f"ready at {settings.temporal_address}", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
