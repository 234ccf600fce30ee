"""`signoff stop`: the kill switch. It is a signal, so that it also reaches runs that no worker serves now."""

from argparse import Namespace
from collections.abc import AsyncIterator

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
    if args.json:
        emit({"stopping": stopping})
    else:
        _say(stopping)
    return 0


async def _stop_one(client: Client, workflow_id: str, message: Stop) -> str:
    run = await find_run(client, workflow_id)
    if run.status is not RunStatus.RUNNING or not await _signal(client, workflow_id, run.found.run_id, message):
        raise Failure(REFUSED, f"{workflow_id} is over: there is nothing to stop")
    return workflow_id


async def _stop_all(client: Client, process: Process, message: Stop) -> AsyncIterator[str]:
    async for found in client.list_workflows(f"WorkflowType='{process.workflow_type}' AND ExecutionStatus='Running'"):
        # One that ended since the list was made needs no stop.
        if await _signal(client, found.id, found.run_id, message):
            yield found.id


async def _signal(client: Client, workflow_id: str, run_id: str, message: Stop) -> bool:
    """Whether there was a run to take it."""
    try:
        await client.get_workflow_handle(workflow_id, run_id=run_id).signal("stop", message.model_dump(mode="json"))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


def _say(stopping: list[str]) -> None:
    if not stopping:
        say("no open run: nothing to stop")
    for name in stopping:
        say(f"stopping {name}: what it has begun is finished first")
