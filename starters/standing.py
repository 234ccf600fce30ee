"""Standing approvals as starters see them: granting one, finding one, and reading one from its history."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.converter import DataConverter
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.gates import digest_of
from contracts.queues import WORK
from contracts.standing import (
    MEMO_STANDING,
    STANDING_APPROVAL,
    Carried,
    Grant,
    StandingCard,
    StandingRecord,
    UseRecord,
    standing_prefix,
)
from runtime.blobs.store import BlobError
from starters.events import Decoder, lenient, whole
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.happenings import RunStatus
from starters.session import status_of

STANDS = "standing"
"""Status of one that covers actions now."""


class ListedStanding(BaseModel):
    """One of a list. `status`: standing, used up, expired, revoked, or how it was ended from outside."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    status: str
    process: str
    tool: str
    by: str
    at_most: int
    used: int
    refused: int
    until: datetime
    digest: str
    granted_at: datetime


@dataclass(frozen=True)
class Granted:
    """The standing approval that says what was asked for. `attached`: it had been granted before."""

    workflow_id: str
    run_id: str
    attached: bool
    grant: Grant


async def grant_standing(client: Client, grant: Grant, name: str, ignored: frozenset[str] = frozenset()) -> Granted:
    """Grant, or attach to the one of that name if it says the same but for the `ignored` fields.

    Raises Failure (it says something else, or is over), RPCError.
    """
    workflow_id = standing_prefix(grant.process, grant.tool) + name
    try:
        # The server decides in one step: two who grant at once never both believe that it was them.
        handle = await client.start_workflow(
            STANDING_APPROVAL,
            grant,
            id=workflow_id,
            task_queue=WORK,
            memo={MEMO_STANDING: _new_card(grant)},
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"{grant.by} approves {grant.tool} in {grant.process} in advance, {grant.at_most} times",
        )
    except WorkflowAlreadyStartedError:
        return await _attached(client, workflow_id, grant, ignored)
    return Granted(workflow_id, handle.result_run_id or "", False, grant)


async def find_standing(client: Client, workflow_id: str) -> tuple[WorkflowHandle[Any, StandingRecord], str]:
    """(its newest run, its status). Raises Failure where there is none of that id."""
    try:
        found = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        found = None
    if found is None or found.workflow_type != STANDING_APPROVAL:
        hint = "`signoff standing list --all` shows those that there are"
        raise Failure(REFUSED, f"there is no standing approval {workflow_id}; {hint}")
    handle: WorkflowHandle[Any, StandingRecord] = client.get_workflow_handle(
        workflow_id, run_id=found.run_id, result_type=StandingRecord
    )
    card = await _card(found)
    return handle, _status(found, card)


async def list_standing(client: Client, process: str | None, *, ended: bool) -> list[ListedStanding]:
    """Those that stand, or with `ended` all that the server remembers; the newest first."""
    found = [one async for one in _found(client, process, ended=ended)]
    return sorted(found, key=lambda one: one.granted_at, reverse=True)


def read_standing(events: Iterable[HistoryEvent], converter: DataConverter) -> StandingRecord | None:
    """All that a history tells of a standing approval, whole or as far as it goes; None where it never was one."""
    reader = _Reader(Decoder(converter))
    for event in events:
        reader.read(event)
    return reader.record()


class _Reader:
    """Collects uses and refusals from the cards that a history holds."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._grant: Grant | None = None
        self._uses: dict[str, UseRecord] = {}
        self._refusals: list[Any] = []
        self._result: StandingRecord | None = None

    def read(self, event: HistoryEvent) -> None:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                given = event.workflow_execution_started_event_attributes.input.payloads
                self._grant = lenient(Grant, self._decoder.first(given))
                before = lenient(Carried, self._decoder.first(given[1:])) or Carried()
                self._uses = {use.key: use for use in before.uses}
                self._refusals = list(before.refusals)
            case EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
                fields = event.workflow_properties_modified_event_attributes.upserted_memo.fields
                card = lenient(StandingCard, self._decoder.first([fields[MEMO_STANDING]]))
                if card and card.use:
                    self._uses[card.use.key] = card.use
                if card and card.refusal:
                    self._refusals.append(card.refusal)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
                result = event.workflow_execution_completed_event_attributes.result.payloads
                self._result = lenient(StandingRecord, self._decoder.first(result))

    def record(self) -> StandingRecord | None:
        if self._result or self._grant is None:
            return self._result
        uses, refusals = tuple(self._uses.values()), tuple(self._refusals)
        return StandingRecord(grant=self._grant, digest=digest_of(self._grant), uses=uses, refusals=refusals)


async def _attached(client: Client, workflow_id: str, grant: Grant, ignored: frozenset[str]) -> Granted:
    handle, status = await find_standing(client, workflow_id)
    event = await whole(await anext(handle.fetch_history_events(page_size=1)), client.data_converter)
    there = read_standing([event], client.data_converter)
    other = "give another --name"
    if status != STANDS or there is None:
        raise Failure(REFUSED, f"{workflow_id} was granted before, and is over ({status}): {other}")
    differing = [name for name in Grant.model_fields if getattr(grant, name) != getattr(there.grant, name)]
    if told := [name for name in differing if name not in ignored]:
        raise Failure(BAD_INPUT, f"{workflow_id} was granted before, with another {', '.join(told)}: {other}")
    return Granted(workflow_id, handle.run_id or "", True, there.grant)


async def _found(client: Client, process: str | None, *, ended: bool) -> AsyncIterator[ListedStanding]:
    # One that went on in a new run is listed by that.
    which = "ExecutionStatus != 'ContinuedAsNew'" if ended else "ExecutionStatus = 'Running'"
    home = f" AND WorkflowId STARTS_WITH 'standing/{process}/'" if process else ""
    async for one in client.list_workflows(f"WorkflowType = '{STANDING_APPROVAL}' AND {which}{home}"):
        card = await _card(one)
        if card is None:  # never one: its grant could not be right
            continue
        facts = card.model_dump(include=set(ListedStanding.model_fields))
        yield ListedStanding(workflow_id=one.id, status=_status(one, card), granted_at=one.start_time, **facts)


async def _card(found: WorkflowExecution) -> StandingCard | None:
    try:
        card: StandingCard | None = await found.memo_value(MEMO_STANDING, None, type_hint=StandingCard)
    except (BlobError, ValueError):
        return None
    return card


def _status(found: WorkflowExecution, card: StandingCard | None) -> str:
    status = status_of(found)
    if status is RunStatus.RUNNING:
        return STANDS
    return str(card.end) if card and card.end else str(status).replace("_", " ")


def _new_card(grant: Grant) -> StandingCard:
    facts = {name: getattr(grant, name) for name in ("process", "tool", "by", "at_most", "until")}
    return StandingCard(digest=digest_of(grant), **facts)
