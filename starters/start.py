"""Starting a process: the same business action started twice is one run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.processes import Process, ProcessInput
from contracts.queues import WORK
from starters.failures import BAD_INPUT, Failure


@dataclass(frozen=True)
class Started:
    """The run that does what was asked for. `attached`: it had been started before, and may be over."""

    workflow_id: str
    run_id: str
    attached: bool
    ui: str
    """Its page in the Temporal UI."""


async def start_process(
    client: Client, process: Process, request: ProcessInput, *, ui_url: str, workflow_id: str | None = None
) -> Started:
    """Start `process`, or attach to the run of that id. Without an occasion it is today's date (UTC).

    Raises Failure (`workflow_id` belongs to a run of another process), RPCError.
    """
    occasion = request.occasion or f"{datetime.now(UTC):%Y-%m-%d}"
    # Into the input: the run keeps it, also when it is started again after midnight from the Temporal UI.
    request = request.model_copy(update={"occasion": occasion})
    wanted = workflow_id or process.business_action(request, occasion)
    try:
        # The server decides in one step: two who start at once never both believe that they began it.
        handle = await client.start_workflow(
            process.workflow_type,
            request,
            id=wanted,
            task_queue=WORK,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"{process.name}: {process.business_key(request)}, {occasion}",
        )
        run_id, attached = handle.result_run_id or "", False
    except WorkflowAlreadyStartedError as there:
        run_id, attached = there.run_id or "", True
        await _check_process(client, wanted, run_id, process)
    return Started(wanted, run_id, attached, run_page(ui_url, client.namespace, wanted, run_id))


def run_page(ui_url: str, namespace: str, workflow_id: str, run_id: str) -> str:
    """A run's address in the Temporal UI."""
    return (
        f"{ui_url.rstrip('/')}/namespaces/{quote(namespace, safe='')}/workflows/{quote(workflow_id, safe='')}/{run_id}"
    )


async def _check_process(client: Client, workflow_id: str, run_id: str, process: Process) -> None:
    found = await client.get_workflow_handle(workflow_id, run_id=run_id).describe()
    if found.workflow_type != process.workflow_type:
        raise Failure(
            BAD_INPUT, f"{workflow_id} is a run of {found.workflow_type}, not of {process.name}: give another --id"
        )
