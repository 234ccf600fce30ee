"""The runs of one workflow id that go on one from another (continue-as-new), as they were told apart by the server."""

from typing import Any, NamedTuple

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from starters.events import whole


class Chain(NamedTuple):
    """Histories, the oldest first. Not `whole`: the server holds the first of them no longer.

    `lost`: a line for each payload that is kept outside history and cannot be had.
    """

    runs: tuple[tuple[str, tuple[HistoryEvent, ...]], ...]
    """Run id, events."""
    whole: bool
    lost: tuple[str, ...] = ()

    @property
    def events(self) -> list[HistoryEvent]:
        """All of them, one after the other."""
        return [event for _, events in self.runs for event in events]


async def read_chain(client: Client, newest: WorkflowHandle[Any, Any]) -> Chain:
    """The chain that ends with a run, which `newest` is bound to. Raises RPCError, BlobError."""
    runs: list[tuple[str, tuple[HistoryEvent, ...]]] = []
    run_id = newest.run_id or ""
    lost: list[str] = []
    while run_id:
        try:
            handle = client.get_workflow_handle(newest.id, run_id=run_id)
            told = [await whole(event, client.data_converter, lost) async for event in handle.fetch_history_events()]
            events = tuple(told)
        except RPCError as error:
            if not runs or error.status is not RPCStatusCode.NOT_FOUND:
                raise
            break
        runs.insert(0, (run_id, events))
        run_id = _before(events[0])
    return Chain(tuple(runs), whole=not run_id, lost=tuple(dict.fromkeys(lost)))


async def first_of_chain(client: Client, newest: WorkflowHandle[Any, Any]) -> WorkflowHandle[Any, Any]:
    """The oldest run of the chain that the server still holds."""
    found, run_id = newest, newest.run_id or ""
    while run_id:
        handle = client.get_workflow_handle(newest.id, run_id=run_id)
        try:
            started = await anext(handle.fetch_history_events(page_size=1))
        except RPCError as error:
            if found is newest or error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return found
        found, run_id = handle, _before(started)
    return found


def _before(started: HistoryEvent) -> str:
    return started.workflow_execution_started_event_attributes.continued_execution_run_id
