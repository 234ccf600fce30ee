"""Waiting for a run: for its result, and for the worker without which there is none."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn, TypeVar

from temporalio.api.enums.v1 import EventType, PendingWorkflowTaskState, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowFailureError, WorkflowHandle

from contracts.errors import root_message
from contracts.queues import WORK
from starters.failures import REFUSED, Failure
from starters.happenings import RunStatus
from starters.session import status_of

T = TypeVar("T")

PATIENCE_S = 15.0
"""How long a worker may take to answer, in seconds."""

NO_WORKER = f"no worker answered within {PATIENCE_S:.0f} s; start one with `signoff up` or `python -m workers`"

_LOOK_EVERY_S = 0.5

_TRIED = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
)


class _Task(NamedTuple):
    """A workflow task that is not done."""

    scheduled_at: datetime
    attempt: int


class Overdue:
    """Notices that nobody does what a run has to do."""

    def __init__(self, client: Client, handle: WorkflowHandle[Any, Any]) -> None:
        self._client, self._handle = client, handle
        self._since = time.monotonic()
        self._first: _Task | None = None

    async def check(self, found: WorkflowExecutionDescription) -> None:
        """Look at how the run stands now. Raises Failure where no worker has done anything for `PATIENCE_S`."""
        task = _pending_in(found)
        if task is None or (task.attempt <= 1 and task != self._first):
            # Another task than before: the one before was done.
            self._since, self._first = time.monotonic(), task
        elif time.monotonic() - self._since > PATIENCE_S:
            if not await _answers(self._client, self._handle, task):
                raise Failure(REFUSED, f"{self._handle.id}: {NO_WORKER}")
            self._since = time.monotonic()


async def expect_worker(client: Client, handle: WorkflowHandle[Any, Any]) -> NoReturn:
    """Watch over a run for as long as it is waited for. Raises Failure where no worker does what it has to do."""
    overdue = Overdue(client, handle)
    while True:
        await overdue.check(await handle.describe())
        # Only how often to look.
        await asyncio.sleep(_LOOK_EVERY_S)


async def is_taken_up(handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether a worker does what the run has to do now, within `PATIENCE_S`."""
    deadline = time.monotonic() + PATIENCE_S
    while await _pending(handle):
        if time.monotonic() > deadline:
            return False
        # Only how often to look.
        await asyncio.sleep(_LOOK_EVERY_S)
    return True


async def while_served(client: Client, handle: WorkflowHandle[Any, Any], work: Coroutine[Any, Any, T]) -> T:
    """Await `work`, which waits for the run. Raises Failure where no worker takes the run up."""
    working = asyncio.ensure_future(work)
    expecting = asyncio.ensure_future(expect_worker(client, handle))
    try:
        await asyncio.wait({working, expecting}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await expecting
        return await working
    finally:
        working.cancel()
        expecting.cancel()


async def wait_for_result(client: Client, handle: WorkflowHandle[Any, Any]) -> tuple[RunStatus, Any]:
    """(status, result as JSON). Raises Failure where the run failed, or where no worker takes it up."""
    # The result may be that of another run of its id, in which it went on.
    newest = client.get_workflow_handle(handle.id)
    try:
        result = await while_served(client, handle, handle.result())
    except WorkflowFailureError as error:
        status = status_of(await newest.describe())
        raise Failure(REFUSED, f"{handle.id} {status.replace('_', ' ')}: {root_message(error)}") from None
    return status_of(await newest.describe()), result


async def _pending(handle: WorkflowHandle[Any, Any]) -> _Task | None:
    return _pending_in(await handle.describe())


def _pending_in(found: WorkflowExecutionDescription) -> _Task | None:
    """What a worker has to do for the run; None while it waits for something else, or is over."""
    task = found.raw_description.pending_workflow_task
    if task.state == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_UNSPECIFIED:
        return None
    return _Task(task.scheduled_time.ToDatetime(tzinfo=UTC), max(task.attempt, 1))


async def _answers(client: Client, handle: WorkflowHandle[Any, Any], task: _Task) -> bool:
    """Whether a worker is there for a task that is long overdue."""
    if task.attempt == 1:
        return await _polled_since(client, task.scheduled_at)
    # A worker that is frozen lets it time out, however often it is handed out; one that cannot go on says so.
    kinds = [event.event_type async for event in handle.fetch_history_events() if event.event_type in _TRIED]
    return kinds[-1:] != [EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT]


async def _polled_since(client: Client, moment: datetime) -> bool:
    """Whether a worker has asked for work since then: one that is busy comes to it yet."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=WORK),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    # The server remembers the pollers of the last five minutes, those that have died since among them.
    return any(poller.last_access_time.ToDatetime(tzinfo=UTC) >= moment for poller in answer.pollers)
