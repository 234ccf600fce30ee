"""What is wrong with the set-up, and what to do about it. It changes nothing."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from contracts.queues import WORK
from runtime.blobs.census import Census, take
from runtime.blobs.driver import BlobDriver
from runtime.blobs.off import Off
from runtime.blobs.storage import driver_of
from runtime.blobs.store import BlobError, Claim
from runtime.conversations import StoreAway, look
from runtime.forgotten import MARGIN, forgotten, kept_for
from runtime.sealing.codec import vault_of
from runtime.search_attributes import NotRegistered, create_command, missing
from starters.finding import Finding
from starters.key_check import look_at_keys

SECONDS = 9.0
"""For looking through the blobs."""
SHOWN = 3

_LATELY = timedelta(minutes=1)


async def examine(client: Client, database_url: str) -> list[Finding]:
    """Look at everything that can be seen from here. Raises RPCError where the server does not answer at all."""
    keeps = await kept_for(client) - MARGIN
    server = Finding("Temporal", f"namespace {client.namespace}; closed runs are kept for {_length(keeps)}")
    return [
        server,
        await _attributes(client),
        await _worker(client),
        await _blobs(client),
        await _talks(client, database_url),
        await asyncio.to_thread(look_at_keys, vault_of(client.data_converter)),
    ]


async def _attributes(client: Client) -> Finding:
    about = "search attributes"
    try:
        absent = await missing(client)
    except NotRegistered as problem:
        return Finding(about, "not as they have to be", str(problem))
    except RPCError as error:
        return Finding(about, f"not known: the server does not list them to us ({error.status.name})")
    if absent:
        names = ", ".join(key.name for key in absent)
        return Finding(about, f"missing: {names}", f"run {create_command(client.namespace, absent)}")
    return Finding(about, "registered")


async def _worker(client: Client) -> Finding:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=WORK),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(request)
    since = datetime.now(UTC) - _LATELY
    count = sum(poller.last_access_time.ToDatetime(tzinfo=UTC) >= since for poller in answer.pollers)
    if not count:
        advice = "start one: `signoff up`, or `python -m workers`"
        return Finding("workers", f"none has asked for work on queue {WORK} in the last minute", advice)
    return Finding("workers", f"{count} on queue {WORK}")


async def _blobs(client: Client) -> Finding:
    about, driver = "large payloads", driver_of(client.data_converter)
    if driver is None or isinstance(driver.blobs, Off):
        return Finding(about, "stay in history, up to 2 MB each (SIGNOFF_BLOBS is off)")
    try:
        found = await asyncio.to_thread(take, driver.blobs, driver.space(client.namespace), SECONDS)
    except BlobError as error:
        return Finding(about, f"in {driver.blobs.name}", str(error))
    return _judged(about, driver, found, await _needed(client, found.missing))


async def _talks(client: Client, database_url: str) -> Finding:
    about = "conversations"
    try:
        found = await asyncio.to_thread(look, database_url, SECONDS / 2)
    except StoreAway as away:
        return Finding(about, "not known", str(away))
    if found is None or not found.messages:
        return Finding(about, "none are kept")
    before = datetime.now(UTC) - await kept_for(client)
    old = {address: owner for address, (owner, began) in found.conversations.items() if began < before}
    gone = await forgotten(client, list(old.values())[:100])
    orphans = [address for address, owner in old.items() if owner in gone]
    seen = "" if found.whole else f"; {found.messages:,} messages were read in the time there was"
    text = f"{len(found.conversations):,} of {found.messages:,} messages{seen}"
    if orphans:
        text += f"; {_some('of no run', orphans)}: a worker removes them"
    facts = {"conversations": len(found.conversations), "missing": list(found.missing), "orphans": len(orphans)}
    if not found.missing:
        return Finding(about, text, None, facts)
    advice = f"{_some('messages missing', found.missing)}: restore the table transcripts of the database"
    return Finding(about, text, advice, facts)


async def _needed(client: Client, absent: tuple[Claim, ...]) -> list[Claim]:
    """Those that a run names which the server still knows."""
    some = absent[:100]
    gone = await forgotten(client, {claim.owner.workflow_id for claim in some})
    return [claim for claim in some if claim.owner.workflow_id not in gone]


def _judged(about: str, driver: BlobDriver, found: Census, absent: list[Claim]) -> Finding:
    seen = "" if found.whole else f"; {found.checked:,} were read in the time there was"
    text = f"{found.blobs:,} in {driver.blobs.name}, {found.size / 1000:,.0f} KB{seen}"
    problems = []
    if absent:
        names = [f"{claim.digest} of {claim.owner.workflow_id}" for claim in absent]
        problems.append(
            f"{_some('missing', names)}: restore them, or set SIGNOFF_BLOBS to where the workers keep theirs"
        )
    if found.damaged:
        problems.append(f"{_some('damaged', found.damaged)}: restore them from a backup")
    if found.orphans:
        names = [content.digest for content in found.orphans]
        problems.append(f"{_some('of no run', names)}: a worker removes them once they are past retention")
    facts = {
        "store": driver.blobs.name,
        "blobs": found.blobs,
        "bytes": found.size,
        "missing": [claim.digest for claim in absent],
        "damaged": list(found.damaged),
        "orphans": len(found.orphans),
        "checked": found.checked,
        "whole": found.whole,
    }
    # Orphans alone are no fault: a program that was killed leaves some.
    if absent or found.damaged:
        return Finding(about, text, "; ".join(problems), facts)
    return Finding(about, "; ".join([text, *problems]), None, facts)


def _some(what: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{len(names):,} {what} ({', '.join(names[:SHOWN])}{more})"


def _length(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"
