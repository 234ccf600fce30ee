"""A worker that is frozen in the middle of an effect: `python -m tests.activities.zombie DATABASE WORLD POINT`.

It stops itself (SIGSTOP) at the point, and goes on when it is told to; it prints how its attempt ended.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from activities import hold
from activities.stores.database import Database
from activities.stores.ledger import Ledger
from contracts.errors import SignoffError
from tests.activities import stage as stage_module
from tests.activities.stage import Said, Stage, act

LEASE = timedelta(seconds=1.5)
POINTS = ("before it asks", "in the ledger's answer", "after it acted")


def quick() -> None:
    """Short leases."""
    hold.RENEW_S, hold.SPARE_S = 0.1, 0.1
    stage_module.DELAY = LEASE


def worker(database: Database, world: Path) -> Stage:
    """It writes a line into the world, and its probe looks for that."""
    stage = Stage(database)
    stage.ledger = Ledger(database, lease=LEASE)

    async def perform() -> Said:
        with world.open("a") as file:
            file.write(f"{os.getpid()}\n")
        stage.seen = Said(how="seen")
        return Said(how="done")

    stage.perform = perform
    return stage


async def freeze() -> None:
    """Nothing of this process runs until somebody sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def frozen(stage: Stage, point: str) -> None:
    """Make it stop there."""
    renew, perform = stage.ledger.renew, stage.perform

    async def renew_and_freeze(*args: Any, **acting: Any) -> bool:
        ours = await renew(*args, **acting)
        await freeze()
        return ours

    async def perform_and_freeze() -> Said:
        result = await perform()
        await freeze()
        return result

    if point == "before it asks":
        stage.before = freeze
    elif point == "after it acted":
        stage.perform = perform_and_freeze
    else:
        stage.ledger.renew = renew_and_freeze  # type: ignore[method-assign]


async def main(url: str, world: Path, point: str) -> None:
    """One attempt."""
    database = Database(url)
    stage = worker(database, world)
    frozen(stage, point)
    try:
        print((await stage.play(act())).result.how)
    except SignoffError as error:
        print(error.type)
    database.close()


if __name__ == "__main__":
    quick()
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
