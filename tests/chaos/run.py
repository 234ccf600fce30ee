"""One run of a process, from an empty folder to its end, with one fault or none; and what it left behind."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client, WorkflowFailureError

from contracts.errors import ToolUnavailable, root_message
from contracts.queues import WORK
from tests.chaos.far_ends import far_ends
from tests.chaos.life import Lives
from tests.chaos.person import Person, insist
from tests.chaos.played import Played, Variant
from tests.chaos.points import Fault, Points, fault_done, read_points
from tests.chaos.record import Handle, Seen, read_history
from tests.support.waiting import eventually

LIMIT_S = 200
"""A run that is not over by then is stuck."""

NOBODY, ANOTHER = "nobody works when word comes", "another worker works when word comes"
"""Two ways for a worker to die while a run waits for something outside."""
WORD = "word has come"


@dataclass(frozen=True)
class Cast:
    """How many workers there are, and how many runs of the same business action."""

    workers: int = 1
    runs: int = 1


class Run:
    """`lives` and `folder` are for those who bring back what the fault took away."""

    def __init__(
        self,
        played: Played,
        variant: Variant,
        client: Client,
        folder: Path,
        fault: Fault | None = None,
        cast: Cast | None = None,
    ) -> None:
        self.folder, self.variant = folder, variant
        self._played, self._client, self._fault, self._cast = played, client, fault, cast or Cast()
        # A point that is seen from here hits the worker all the same.
        self._points = Points(folder, Fault(fault.at, lambda: self.lives.kill()) if fault else None)
        self.lives: Lives

    @property
    def at(self) -> str:
        """The point of the fault."""
        return self._fault.at if self._fault else ""

    async def go(self, aid: Callable[[], Awaitable[None]] | None = None) -> Seen:
        """From the first start to the last result; `aid` goes on beside it, and is awaited before the world is seen."""
        seen = Seen()
        server = {
            "TEMPORAL_ADDRESS": self._client.service_client.config.target_host,
            "TEMPORAL_NAMESPACE": self._client.namespace,
        }
        reach, settings = self._points.reach, server | dict(self.variant.settings)
        async with far_ends(self.folder, self.variant, reach, settings) as ends:
            async with self.variant.around(self._client, self.folder) as more:
                self.lives = Lives(self.folder, ends.settings | dict(more), self._fault, self._cast.workers)
                async with self.lives:
                    runs = [self._one(number, seen) for number in range(self._cast.runs)]
                    await asyncio.gather(*runs, *([self._aided(aid, seen)] if aid else []))
            seen.questions = ends.provider.questions
            seen.effects = await self._counted(ends.settings["SIGNOFF_DATABASE_URL"])
        seen.points = read_points(self.folder)
        seen.fault_done = fault_done(self.folder)
        return seen

    async def _counted(self, database_url: str) -> Counter[str]:
        """The effects, once the database lets us count them."""

        async def look() -> tuple[Counter[str]] | None:
            try:
                return (self._played.effects(self.folder, database_url),)
            except ToolUnavailable:
                return None

        (effects,) = await eventually(look, f"the effects in {self.folder} can be counted")
        return effects

    async def _aided(self, aid: Callable[[], Awaitable[None]], seen: Seen) -> None:
        try:
            await aid()
        except AssertionError as error:
            seen.problems.append(str(error))

    async def _one(self, number: int, seen: Seen) -> None:
        process, request = self._played.process, self.variant.request
        handle: Handle = await insist(
            lambda: self._client.start_workflow(
                process.workflow_type, request, id=f"{process.name}/chaos/{number}", task_queue=WORK
            )
        )
        result = None
        try:
            async with asyncio.timeout(LIMIT_S):
                await self.variant.people(Person(self._client, handle, self._pauses, self.folder))
                result = await insist(handle.result)
                seen.results.append(result)
        except WorkflowFailureError as error:
            seen.problems.append(f"the run failed: {root_message(error)}")
        except (TimeoutError, AssertionError) as error:
            seen.problems.append(f"the run is not over: {str(error) or f'after {LIMIT_S} s'}")
            await insist(lambda: handle.terminate("chaos waits no longer"))
        await insist(lambda: read_history(handle, result, seen))

    async def _pauses(self, what: str) -> Callable[[], None]:
        """The run waits for a person or for the time."""
        self._points.reach(f"{what}: {NOBODY}")
        if self.at == f"{what}: {NOBODY}":
            self.lives.want(0)
        self._points.reach(f"{what}: {ANOTHER}")
        await self.lives.ready()

        def over() -> None:
            self._points.reach(f"{what}: {WORD}")
            self.lives.want(self._cast.workers)

        return over
