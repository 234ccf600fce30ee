"""Watching a run: fed by its history's long poll, which costs the run nothing and needs no worker.

A run that goes on in a new one of its id is followed there.

While a call is under way and history is quiet, the server is asked how the call is doing.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.converter import DataConverter
from temporalio.service import RPCError

from runtime.blobs.inlined import put_back
from runtime.blobs.store import BlobError
from starters.events import Decoder, whole
from starters.happenings import Happening, WentOn
from starters.history import HistoryReader
from starters.under_way import UnderWay

LOOK_EVERY_S = 2.0


async def live(client: Client, handle: WorkflowHandle[Any, Any]) -> AsyncIterator[Happening]:
    """What has happened, then what happens; ends when the run does, and the last one that it went on in."""
    next_run: str | None = ""
    while next_run is not None:
        handle = client.get_workflow_handle(handle.id, run_id=next_run) if next_run else handle
        next_run = None
        async with aclosing(_one_run(client, handle)) as happenings:
            async for happening in happenings:
                if isinstance(happening, WentOn):
                    next_run = happening.run_id
                yield happening


async def _one_run(client: Client, handle: WorkflowHandle[Any, Any]) -> AsyncGenerator[Happening, None]:
    reader = HistoryReader(client.data_converter)
    under_way = UnderWay(Decoder(client.data_converter))
    events = handle.fetch_history_events(wait_new_event=True)
    coming = asyncio.ensure_future(_next(events, client.data_converter))
    try:
        while True:
            await asyncio.wait({coming}, timeout=LOOK_EVERY_S if under_way else None)
            if not coming.done():
                for news in under_way.news(await _pending(client, handle), datetime.now(UTC)):
                    yield news
                continue
            event = coming.result()
            if event is None:
                return
            if happening := reader.read(event):
                under_way.note(happening)
                yield happening
            coming = asyncio.ensure_future(_next(events, client.data_converter))
    finally:
        coming.cancel()


async def _next(events: AsyncIterator[HistoryEvent], converter: DataConverter) -> HistoryEvent | None:
    event = await anext(events, None)
    return await whole(event, converter) if event else None


async def _pending(client: Client, handle: WorkflowHandle[Any, Any]) -> Sequence[PendingActivityInfo]:
    """The calls that are under way; none where the server does not say: history goes on without."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=handle.id, run_id=handle.run_id or "")
    )
    try:
        found = await client.workflow_service.describe_workflow_execution(
            request, timeout=timedelta(seconds=LOOK_EVERY_S)
        )
        await put_back(found, client.data_converter)
    except (RPCError, BlobError):
        return ()
    return found.pending_activities
