"""Starting a process: the same business action started twice is one run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from temporalio.client import Client
from temporalio.client import WorkflowHandle as Handle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.processes import Process, ProcessInput
from contracts.queues import WORK
from starters.events import lenient, whole
from starters.failures import BAD_INPUT, Failure
from starters.happenings import Began
from starters.history import HistoryReader


@dataclass(frozen=True)
class Started:
    """The run that does what was asked for. `attached`: it had been started before, and may be over."""

    workflow_id: str
    run_id: str
    attached: bool
    ui: str
    """Its page in the Temporal UI."""
    differing: tuple[str, ...] = ()
    """Fields of the input that the run was started with otherwise; what it was started with counts."""

    def as_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {"workflow_id": self.workflow_id, "run_id": self.run_id, "attached": self.attached, "ui": self.ui}


async def start_process(
    client: Client, process: Process, request: ProcessInput, *, ui_url: str, workflow_id: str | None = None
) -> Started:
    """Start `process`, or attach to the run of that id. Without an occasion it is today's date (UTC).

    Raises Failure (the id belongs to a run of another process, or for another business key), RPCError.
    """
    wished = request
    differing: tuple[str, ...] = ()
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
        differing = await _compared(client.get_workflow_handle(wanted, run_id=run_id), client, process, wished)
    return Started(wanted, run_id, attached, run_page(ui_url, client.namespace, wanted, run_id), differing)


def run_page(ui_url: str, namespace: str, workflow_id: str, run_id: str) -> str:
    """A run's address in the Temporal UI."""
    return (
        f"{ui_url.rstrip('/')}/namespaces/{quote(namespace, safe='')}/workflows/{quote(workflow_id, safe='')}/{run_id}"
    )


async def _compared(
    handle: Handle[Any, Any], client: Client, process: Process, wished: ProcessInput
) -> tuple[str, ...]:
    """The fields that differ. Raises Failure where the run that is there does something else than what is asked for."""
    event = await whole(await anext(handle.fetch_history_events(page_size=1)), client.data_converter)
    began = HistoryReader(client.data_converter).read(event)
    if not isinstance(began, Began) or began.workflow_type != process.workflow_type:
        found = began.workflow_type if isinstance(began, Began) else "something else"
        raise Failure(BAD_INPUT, f"{handle.id} is a run of {found}, not of {process.name}: give another --id")
    kept = lenient(process.input, began.request)
    if kept and (key := process.business_key(kept)) != process.business_key(wished):
        raise Failure(BAD_INPUT, f"{handle.id} is about {key}, not {process.business_key(wished)}: give another --id")
    return tuple(_differing(process, began.request, wished))


def _differing(process: Process, recorded: Any, wished: ProcessInput) -> list[str]:
    """Fields that the recorded input has otherwise. Who asks is not what is asked for, and today is not a wish."""
    kept = lenient(process.input, recorded)
    before = kept.model_dump(mode="json") if kept else recorded if isinstance(recorded, dict) else {}
    now = wished.model_dump(mode="json")
    ignored = {"by"} if wished.occasion else {"by", "occasion"}
    return [name for name in now if name not in ignored and before.get(name) != now[name]]
