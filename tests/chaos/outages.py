"""Who fails at a point: the worker, the Temporal server, the database, a disk, a clock; and how it comes back."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from temporalio.client import Client

from tests.chaos.life import die, freeze
from tests.chaos.played import Played, Variant
from tests.chaos.points import Fault, fault_done, read_points
from tests.chaos.postgres import running_postgres
from tests.chaos.record import Seen
from tests.chaos.run import Cast, Run
from tests.chaos.server import running_server
from tests.chaos.small_disk import fill, small_disk
from tests.support.waiting import eventually

FULL_FOR_S = 4.0


@dataclass(frozen=True)
class Place:
    """Where one trial is held."""

    played: Played
    variant: Variant
    client: Client
    folder: Path
    at: str

    def run(self, deed: Callable[[], None], settings: Mapping[str, str] | None = None, cast: Cast | None = None) -> Run:
        """A run with a fault at the point."""
        variant = replace(self.variant, settings={**self.variant.settings, **(settings or {})})
        return Run(self.played, variant, self.client, self.folder, Fault(self.at, deed), cast)


Outage = Callable[[Place], Awaitable[Seen]]


async def worker_killed(place: Place) -> Seen:
    """SIGKILL to the worker, which is started again at once."""
    return await place.run(die).go()


async def one_of_two_workers_killed(place: Place) -> Seen:
    """Two workers, and two runs of the same business action under two ids."""
    return await place.run(die, cast=Cast(workers=2, runs=2)).go()


async def server_killed(place: Place) -> Seen:
    """SIGKILL to the Temporal server, whose state is on disk."""
    async with running_server(place.folder / "server", ["lane"]) as server:
        place = replace(place, client=await server.client("lane"))
        return await place.run(partial(os.kill, server.pid, signal.SIGKILL)).go()


async def database_killed(place: Place) -> Seen:
    """SIGKILL to PostgreSQL, which is started again at once."""
    async with running_postgres() as postgres:
        settings = {"SIGNOFF_DATABASE_URL": postgres.url}
        return await place.run(partial(os.kill, postgres.pid, signal.SIGKILL), settings).go()


def frozen(longer_s: float) -> Outage:
    """SIGSTOP to the worker until another one has taken the activity over, and for so many seconds more."""

    async def outage(place: Place) -> Seen:
        run = place.run(freeze)
        return await run.go(partial(_wake, run, longer_s))

    return outage


async def _wake(run: Run, longer_s: float) -> None:
    await _fault_of(run)
    zombie = next(point.pid for point in read_points(run.folder) if point.name == run.at)
    run.lives.want(2)

    async def taken_over() -> bool:
        return any(": taken" in point.name and point.pid != zombie for point in read_points(run.folder))

    async def quiet() -> bool:
        before = len(read_points(run.folder))
        await asyncio.sleep(2)
        return len(read_points(run.folder)) == before

    try:
        await eventually(taken_over, "another worker takes over", within_s=60)
        await asyncio.sleep(longer_s)
    finally:
        os.kill(zombie, signal.SIGCONT)
    await eventually(quiet, "the woken worker is done", within_s=60)


async def disk_full(place: Place) -> Seen:
    """The disk of the database, until some seconds later."""
    with small_disk(place.folder / "disk") as disk:
        run = place.run(partial(fill, disk / "filler"), {"SIGNOFF_DATABASE_URL": f"sqlite:///{disk}/signoff.db"})

        async def make_room(run: Run) -> None:
            await _fault_of(run)
            await asyncio.sleep(FULL_FOR_S)
            (disk / "filler").unlink()

        return await run.go(partial(make_room, run))


def clock_jumps(hours: float) -> Outage:
    """The wall clock jumps and the worker dies: the next one has another day."""

    async def outage(place: Place) -> Seen:
        return await place.run(partial(_jump_and_die, place.folder / "clock", hours)).go()

    return outage


async def _fault_of(run: Run) -> None:
    async def done() -> bool:
        return fault_done(run.folder)

    await eventually(done, "the fault has come about", within_s=120)


def _jump_and_die(clock: Path, hours: float) -> None:
    clock.write_text(str(hours))
    die()
