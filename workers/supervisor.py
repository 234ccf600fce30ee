"""Keeps children running: each one started, watched, restarted when it dies, and ended in reverse order."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from workers.child import ChildFailed, Program, cause_of_death, end, last_words, start

HEALTH_LIMIT = 60.0
"""Seconds within which a started child must answer."""

DEATHS_ALLOWED = 5
DEATHS_WINDOW = 60.0
"""A child that dies this often within so many seconds is given up."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds before a dead child is started again: the first, doubled at each death, up to the longest."""


class Restarts:
    """Decides how long to wait before a dead child is started again, and when to give it up."""

    def __init__(self) -> None:
        self._deaths: list[float] = []
        self._in_a_row = 0

    def pause_after_death(self, now: float, lived: float) -> float | None:
        """Seconds to wait; None: give it up. `now` and `lived` in seconds; one that lived long starts afresh."""
        self._in_a_row = 0 if lived >= DEATHS_WINDOW else self._in_a_row + 1
        self._deaths = [death for death in self._deaths if now - death < DEATHS_WINDOW] + [now]
        if len(self._deaths) >= DEATHS_ALLOWED:
            return None
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** max(0, self._in_a_row - 1))


class Keeper:
    """Keeps one child running until it is cancelled."""

    def __init__(self, program: Program, changed: Callable[[], None], say: Callable[[str], None]) -> None:
        self.program = program
        self.pid: int | None = None
        self.healthy = asyncio.Event()
        self._changed = changed
        self._say = say
        self._restarts = Restarts()

    async def keep(self) -> NoReturn:
        """Start the child, again and again. Cancelled, it ends the child. Raises ChildFailed when it gives it up."""
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            cause = await self._live()
            pause = self._restarts.pause_after_death(clock(), clock() - began)
            if pause is None:
                raise self.program.failure(f"{cause}, the {DEATHS_ALLOWED}th time within {DEATHS_WINDOW:.0f} s")
            self._say(f"{self.program.name} {cause}; starting it again")
            await asyncio.sleep(pause)

    async def _live(self) -> str:
        """One life of the child; returns how it died."""
        process = await start(self.program)
        try:
            self.pid = process.pid
            self._changed()
            if await self._becomes_healthy(process):
                self.healthy.set()
                self._changed()
            return cause_of_death(await process.wait())
        finally:
            self.healthy.clear()
            await end(process, self.program.grace)
            self.pid = None
            self._changed()

    async def _becomes_healthy(self, process: asyncio.subprocess.Process) -> bool:
        try:
            async with asyncio.timeout(HEALTH_LIMIT):
                while process.returncode is None:
                    if await self.program.is_healthy():
                        return True
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise self.program.failure(f"did not answer within {HEALTH_LIMIT:.0f} s") from None
        return False


class Supervisor:
    """The children of one stack. `changed` is called when a pid or a child's health changes."""

    def __init__(self, changed: Callable[[], None], say: Callable[[str], None]) -> None:
        self._changed = changed
        self._say = say
        self._keepers: dict[Keeper, asyncio.Task[NoReturn]] = {}
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the children that run now, by name."""
        return {keeper.program.name: keeper.pid for keeper in self._keepers if keeper.pid}

    @property
    def all_healthy(self) -> bool:
        """Whether every child that was started works."""
        return all(keeper.healthy.is_set() for keeper in self._keepers)

    async def start(self, program: Program) -> None:
        """Start it, keep it running, and return once it works. A child that cannot be kept ends `failure`."""
        keeper = Keeper(program, self._changed, self._say)
        self._keepers[keeper] = task = asyncio.create_task(keeper.keep())
        task.add_done_callback(self._report)
        await keeper.healthy.wait()

    async def run_once(self, program: Program) -> None:
        """Run a program to its end. Raises ChildFailed when it does not end with code 0."""
        process = await start(program)
        try:
            if returncode := await process.wait():
                raise _own_words(program, returncode)
        finally:
            await end(process, program.grace)

    async def failure(self) -> None:
        """Wait for a child that cannot be kept running; raise its ChildFailed."""
        await asyncio.shield(self._failure)

    async def end(self) -> None:
        """End all children, the last one started first."""
        for task in reversed(self._keepers.values()):
            task.cancel()
            await asyncio.wait([task])
        self._failure.cancel()

    def _report(self, task: asyncio.Task[NoReturn]) -> None:
        if not task.cancelled() and (error := task.exception()) and not self._failure.done():
            self._failure.set_exception(error)


def _own_words(program: Program, returncode: int) -> ChildFailed:
    """What the program told people, where it did: that line says what to do, and needs no other around it."""
    said = last_words(program.log)
    if returncode > 0 and said.startswith("signoff: "):
        return ChildFailed(said.removeprefix("signoff: "))
    return program.failure(cause_of_death(returncode))
