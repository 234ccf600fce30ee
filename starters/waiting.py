"""Waiting for a run: for its result, and for the worker without which there is none."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from temporalio.api.enums.v1 import PendingWorkflowTaskState, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

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


async def expect_worker(client: Client, handle: WorkflowHandle[Any, Any]) -> None:
    """Return once a worker has taken what the run has to do, or where there is nothing to do. Raises Failure."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        task = (await handle.describe()).raw_description.pending_workflow_task
        # Unset where no task is pending: the run waits for something else, or is over.
        if task.state != PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED:
            return
        if time.monotonic() > deadline and not await _polled_since(client, task.scheduled_time.ToDatetime(tzinfo=UTC)):
            raise Failure(REFUSED, f"{handle.id}: {NO_WORKER}")
        await asyncio.sleep(_LOOK_EVERY_S)


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
    try:
        result = await while_served(client, handle, handle.result())
    except WorkflowFailureError as error:
        status = status_of(await handle.describe())
        raise Failure(REFUSED, f"{handle.id} {status.replace('_', ' ')}: {root_message(error)}") from None
    return status_of(await handle.describe()), result


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
