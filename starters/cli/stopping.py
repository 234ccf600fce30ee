"""`signoff stop`: the kill switch. It is a signal, so that it also reaches runs that no worker serves now."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import suppress

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.gates import Stop
from contracts.processes import Process
from starters.cli.common import checked, connected
from starters.cli.output import emit, say
from starters.decisions import own_name
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.happenings import RunStatus
from starters.requests import find_process
from starters.session import find_run
from starters.waiting import PATIENCE_S, is_taken_up


async def stop(args: Namespace) -> int:
    """Stop one run, or every open run of a process."""
    if args.all == (args.id is not None) or args.all != (args.process is not None):
        raise Failure(BAD_INPUT, "stop wants an ID, or --all with --process PROCESS; see `signoff stop --help`")
    message = checked(lambda: Stop(by=own_name() if args.by is None else args.by, reason=args.reason))
    process = find_process(args.process) if args.all else None
    client = (await connected(args)).client
    stopping = (
        [name async for name in _stop_all(client, process, message)]
        if process
        else [await _stop_one(client, args.id, message)]
    )
    await _check_taken(client, stopping)
    if args.json:
        emit({"stopping": stopping})
    else:
        _say(stopping)
    return 0


async def _stop_one(client: Client, workflow_id: str, message: Stop) -> str:
    while (run := await find_run(client, workflow_id)).status is RunStatus.RUNNING:
        # Where it went on in a new run of its chain since it was found, that one is stopped.
        if await _signal(client, workflow_id, run.found.run_id, message):
            return workflow_id
    raise Failure(REFUSED, f"{workflow_id} is over: there is nothing to stop")


async def _stop_all(client: Client, process: Process, message: Stop) -> AsyncIterator[str]:
    async for found in client.list_workflows(f"WorkflowType='{process.workflow_type}' AND ExecutionStatus='Running'"):
        with suppress(Failure):  # one that ended since the list was made needs no stop
            yield await _stop_one(client, found.id, message)


async def _signal(client: Client, workflow_id: str, run_id: str, message: Stop) -> bool:
    """Whether there was a run to take it."""
    try:
        await client.get_workflow_handle(workflow_id, run_id=run_id).signal("stop", message.model_dump(mode="json"))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def _check_taken(client: Client, stopping: list[str]) -> None:
    """Raise Failure where no worker has taken the signal up: it is delivered, but nothing stops yet."""
    taken = await asyncio.gather(*(is_taken_up(client.get_workflow_handle(name)) for name in stopping))
    if left := [name for name, is_taken in zip(stopping, taken, strict=True) if not is_taken]:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        late = f"delivered, but no worker answered within {PATIENCE_S:.0f} s: it takes effect when one comes"
        raise Failure(REFUSED, f"{left[0]}{more}: {late}")


def _say(stopping: list[str]) -> None:
    if not stopping:
        say("no open run: nothing to stop")
    for name in stopping:
        say(f"stopping {name}: what it has begun is finished first")
