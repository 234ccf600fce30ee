"""Starting a batch's runs, so many at a time."""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from temporalio.client import WorkflowExecutionDescription, WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError

from contracts.errors import TooLarge, root_message
from contracts.processes import Process
from contracts.visibility import SIGNOFF_COST_USD, SIGNOFF_PHASE, Phase
from starters.batch.jobs import Job
from starters.batch.tally import Failed, Tally
from starters.failures import BAD_INPUT, Failure, as_failure
from starters.happenings import RunStatus
from starters.session import Session, status_of
from starters.start import Started, start_process
from starters.waiting import Overdue

MOST_LOOKS_A_SECOND = 40
"""At the server, to see how runs stand; each takes it some milliseconds."""

Say = Callable[[int, str], None]
"""Told of a line what a person should know."""


class Runner:
    """Carries one batch out. `tally` is kept current; `say` is told of rows that did not come through."""

    def __init__(self, session: Session, process: Process, tally: Tally, at_once: int, say: Say) -> None:
        self._session, self._process, self._tally, self._say = session, process, tally, say
        self._at_once = max(1, min(at_once, tally.rows))
        self._look_every_s = max(1.0, self._at_once / MOST_LOOKS_A_SECOND)

    async def run(self, jobs: Iterator[Job]) -> None:
        """Until every run waits for a person or is over. Raises Failure (no worker, no server): give it again."""
        await asyncio.gather(*(self._take(jobs) for _ in range(self._at_once)))

    async def _take(self, jobs: Iterator[Job]) -> None:
        """One place in the air: the next row takes off when the one before has landed. All share the rows."""
        for job in jobs:
            if started := await self._start(job):
                await self._settle(job, started)

    async def _start(self, job: Job) -> Started | None:
        try:
            started = await start_process(
                self._session.client, self._process, job.request, ui_url=self._session.settings.ui_url
            )
        except (Failure, RPCError, TooLarge) as error:
            failure = as_failure(error)
            if failure is None or failure.code != BAD_INPUT:
                raise
            self._say(job.line, self._tally.refuse(job, failure.line).problem)
            return None
        self._tally.attached += started.attached
        self._tally.started += not started.attached
        if started.differing:
            self._tally.differing += 1
            self._say(job.line, f"{job.workflow_id} was started with another input ({', '.join(started.differing)})")
        return started

    async def _settle(self, job: Job, started: Started) -> None:
        handle = self._session.client.get_workflow_handle(started.workflow_id)
        if not started.attached:
            # It has hardly begun.
            await asyncio.sleep(self._look_every_s)
        found = await self._settled(handle)
        self._tally.cost_usd += Decimal(str(found.typed_search_attributes.get(SIGNOFF_COST_USD) or 0))
        match status_of(found):
            case RunStatus.RUNNING:
                self._tally.waiting += 1
            case RunStatus.COMPLETED:
                self._tally.succeeded += 1
            case RunStatus.STOPPED:
                self._tally.stopped += 1
            case status:
                error = f"{status.replace('_', ' ')}: {await _why(handle)}"
                self._tally.failed.append(Failed(job.line, job.workflow_id, error))
                self._say(job.line, f"{job.workflow_id} {error}")

    async def _settled(self, handle: WorkflowHandle[Any, Any]) -> WorkflowExecutionDescription:
        overdue = Overdue(self._session.client, handle)
        while True:
            found = await handle.describe()
            waits = found.typed_search_attributes.get(SIGNOFF_PHASE) == Phase.WAITING
            if waits or status_of(found) is not RunStatus.RUNNING:
                return found
            await overdue.check(found)
            # Only how often to look.
            await asyncio.sleep(self._look_every_s)


async def _why(handle: WorkflowHandle[Any, Any]) -> str:
    try:
        await handle.result()
    except WorkflowFailureError as error:
        return root_message(error)
    return "no reason given"
