"""A starter's connection, and the runs that it finds there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.client import WorkflowHandle as Handle
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from contracts.catalogue import PROCESSES
from contracts.gates import Card
from contracts.processes import Process
from contracts.visibility import MEMO_GATES, SIGNOFF_PHASE, Phase
from runtime.blobs.store import BlobError
from runtime.client import connect, starter_identity
from runtime.settings import Settings, load_settings
from runtime.telemetry import telemetry_plugins
from starters.failures import REFUSED, Failure, connected_to
from starters.happenings import RunStatus

_STATUSES = {
    WorkflowExecutionStatus.COMPLETED: RunStatus.COMPLETED,
    WorkflowExecutionStatus.FAILED: RunStatus.FAILED,
    WorkflowExecutionStatus.CANCELED: RunStatus.CANCELLED,
    WorkflowExecutionStatus.TERMINATED: RunStatus.TERMINATED,
    WorkflowExecutionStatus.TIMED_OUT: RunStatus.TIMED_OUT,
}


@dataclass(frozen=True)
class Session:
    """A client, and the settings that it was made from."""

    client: Client
    settings: Settings


@dataclass(frozen=True)
class Run:
    """One run of a process, as the server describes it."""

    handle: Handle[Any, Any]
    newest: Handle[Any, Any]
    """For updates: whichever run of its chain is the last one when it is used."""
    process: Process
    found: WorkflowExecutionDescription

    @property
    def status(self) -> RunStatus:
        """How it stood when it was found."""
        return status_of(self.found)

    async def cards(self) -> tuple[Card, ...]:
        """The gates that were open when it was found."""
        return await open_cards(self.found)


async def open_session(flags: Mapping[str, str] | None = None, program: str = "cli") -> Session:
    """Connect as the settings say; `program`: who the record says it was. Raises SettingsError, NoServer."""
    settings = load_settings(flags)
    _silence_sdk()
    client = await connect(settings, plugins=telemetry_plugins(settings), identity=starter_identity(program))
    connected_to(settings.temporal_address)
    return Session(client, settings)


@cache
def _silence_sdk() -> None:
    """The SDK's native part logs its retries to stdout, where people and programs read results."""
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=None)), error_if_already_set=False)


async def find_run(client: Client, workflow_id: str) -> Run:
    """The newest run of that id. Raises Failure where there is none of ours."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        found = await handle.describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise Failure(REFUSED, f"there is no run {workflow_id}; `signoff list` shows those that there are") from None
    process = process_of(found)
    if process is None:
        raise Failure(REFUSED, f"{workflow_id} is a {found.workflow_type}, which is none of Signoff's processes")
    # Bound to this run, or its chain: a second one of the same id is another story.
    first = found.raw_description.workflow_execution_info.first_run_id
    newest = client.get_workflow_handle(workflow_id, first_execution_run_id=first or None)
    return Run(client.get_workflow_handle(workflow_id, run_id=found.run_id), newest, process, found)


def process_of(found: WorkflowExecution) -> Process | None:
    """The process that a run belongs to."""
    return next((p for p in PROCESSES.values() if p.workflow_type == found.workflow_type), None)


def status_of(found: WorkflowExecution) -> RunStatus:
    """A run's status in Signoff's words."""
    status = _STATUSES.get(found.status, RunStatus.RUNNING) if found.status else RunStatus.RUNNING
    stopped = found.typed_search_attributes.get(SIGNOFF_PHASE) == Phase.STOPPED
    return RunStatus.STOPPED if status is RunStatus.COMPLETED and stopped else status


async def open_cards(found: WorkflowExecution) -> tuple[Card, ...]:
    """The cards in a run's memo; none where it is over, or where they are of another version."""
    if status_of(found) is not RunStatus.RUNNING:
        return ()
    try:
        cards = await found.memo_value(MEMO_GATES, (), type_hint=tuple[Card, ...])
    except (BlobError, ValueError):
        return ()
    return tuple(cards)
