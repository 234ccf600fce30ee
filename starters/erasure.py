"""Making what histories and stores hold about a subject unreadable: its data key is destroyed, its decisions stay."""

import asyncio
from typing import NamedTuple

from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from contracts.catalogue import PROCESSES
from contracts.processes import Process
from runtime.blobs.inlined import payloads_of
from runtime.sealing import vault as sealing
from runtime.sealing.codec import is_sealed, key_of
from runtime.sealing.subject import subject_of
from runtime.sealing.vault import Vault
from starters.accounts import account_of, keep_account, was_erased
from starters.chain import read_chain
from starters.events import lenient, whole
from starters.explain import explain
from starters.failures import REFUSED, Failure
from starters.happenings import Began
from starters.history import HistoryReader


class About(NamedTuple):
    """What there is about a subject."""

    runs: tuple[WorkflowExecution, ...]
    subjects: tuple[str, ...]
    """Whose keys encrypt it: the subject, and ids that somebody chose for runs about it."""


class Left(NamedTuple):
    """A run that holds what is not encrypted with its subject's key, so that erasing does not reach it."""

    workflow_id: str
    payloads: int


async def find_about(client: Client, subject: str) -> About:
    """Every run about a subject that the server knows. Raises RPCError, BlobError."""
    prefixes = [f"WorkflowId STARTS_WITH {_quoted(f'{process}/{subject}/')}" for process in PROCESSES]
    usual = [run async for run in client.list_workflows(" OR ".join([*prefixes, f"WorkflowId = {_quoted(subject)}"]))]
    chosen = [run for process in PROCESSES.values() for run in await _of_chosen_ids(client, process, subject)]
    runs = {run.run_id: run for run in (*usual, *chosen)}
    ids = dict.fromkeys(subject_of(run.id) or run.id for run in runs.values())
    return About(tuple(runs.values()), tuple(dict.fromkeys([subject, *ids])))


def check_over(about: About) -> None:
    """Raise Failure where a run is open: it could not go on, and could not end."""
    if left := [run.id for run in about.runs if run.status is WorkflowExecutionStatus.RUNNING]:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        advice = f"end it first (`signoff stop {left[0]} --reason …`), then erase"
        raise Failure(REFUSED, f"{left[0]}{more} is still open: {advice}")


async def erase(client: Client, vault: Vault, subject: str, by: str) -> tuple[About, int]:
    """Erase; what there was, and how many keys were destroyed. Raises Failure, RPCError, BlobError."""
    about = await find_about(client, subject)
    check_over(about)
    await _keep_accounts(client, vault, about)
    keys = sum([await asyncio.to_thread(vault.subjects.mark, one, by) for one in about.subjects])
    if keys:
        # A program goes by a key for so long; what it encrypts after that is encrypted with another one.
        await asyncio.sleep(sealing.STALE_S)
    check_over(await find_about(client, subject))
    for one in about.subjects:
        await asyncio.to_thread(vault.subjects.shred, one)
    return about, keys


async def left_readable(client: Client, about: About) -> list[Left]:
    """The runs in which something is readable all the same: they began before there were keys, or somebody sent a
    message past Signoff. Raises RPCError."""
    found = []
    for run in about.runs:
        events = client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history_events()
        if count := sum([_readable(event) async for event in events]):
            found.append(Left(run.id, count))
    return found


async def _keep_accounts(client: Client, vault: Vault, about: About) -> None:
    newest = {run.id: run for run in sorted(about.runs, key=lambda run: run.start_time)}
    for run in newest.values():
        chain = await read_chain(client, client.get_workflow_handle(run.id, run_id=run.run_id))
        if not was_erased(chain):
            told = explain(run.id, chain.events, client.data_converter)
            await asyncio.to_thread(keep_account, vault, account_of(told))


async def _of_chosen_ids(client: Client, process: Process, subject: str) -> list[WorkflowExecution]:
    """Runs whose ids do not tell what they are about: their inputs do."""
    found = []
    kind = f"WorkflowType = {_quoted(process.workflow_type)}"
    async for run in client.list_workflows(f"{kind} AND WorkflowId NOT STARTS_WITH {_quoted(f'{process.name}/')}"):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        event = await whole(await anext(handle.fetch_history_events(page_size=1)), client.data_converter)
        began = HistoryReader(client.data_converter).read(event)
        request = lenient(process.input, began.request) if isinstance(began, Began) else None
        if request and process.business_key(request) == subject:
            found.append(run)
    return found


def _readable(event: HistoryEvent) -> int:
    """How many payloads. What Temporal itself keeps in markers, names and times, is none of them."""
    marker = event.marker_recorded_event_attributes
    said = (marker.details["result"], marker.failure) if "result" in marker.details else (marker.failure,)
    parts = said if event.HasField("marker_recorded_event_attributes") else (event,)
    return sum(_is_readable(payload) for part in parts for payload in payloads_of(part))


def _is_readable(payload: Payload) -> bool:
    """Search attributes have a type; a reference is to what was encrypted before it was stored."""
    if "type" in payload.metadata or not payload.data or b"xternal" in payload.SerializeToString():
        return False
    return not (is_sealed(payload) and key_of(payload).startswith(sealing.OF_A_SUBJECT))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
