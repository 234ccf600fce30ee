"""Which workflow ids the Temporal server has forgotten: what is kept for their sake elsewhere may go, too."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

MARGIN = timedelta(days=1)
"""On top of the namespace's retention: clocks differ, and the server takes its time."""

AT_ONCE = 4


async def kept_for(client: Client) -> timedelta:
    """How long after its last use a thing is kept, at least: the retention of the client's namespace, and a margin.

    Within it a run that nobody knows of may be about to begin, or have ended just now. Raises RPCError.
    """
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    return found.config.workflow_execution_retention_ttl.ToTimedelta() + MARGIN


async def forgotten(client: Client, workflow_ids: Iterable[str]) -> set[str]:
    """Those of which the server knows no run any more, open or closed. Ask only about what is older than `kept_for`.

    Raises RPCError.
    """
    left = iter(set(workflow_ids))
    gone: set[str] = set()

    async def ask() -> None:
        for workflow_id in left:
            if not await _is_known(client, workflow_id):
                gone.add(workflow_id)

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    if gone:
        # A namespace that was removed meanwhile is not found either, and says nothing about its runs.
        await kept_for(client)
    return gone


async def _is_known(client: Client, workflow_id: str) -> bool:
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    try:
        await client.workflow_service.describe_workflow_execution(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True
