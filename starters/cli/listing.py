"""`signoff list`: runs, from the server's visibility store and their memos; no worker is needed."""

from argparse import Namespace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from contracts.catalogue import PROCESSES
from contracts.gates import Card
from contracts.visibility import SIGNOFF_COST_USD, SIGNOFF_PHASE, Phase
from starters.cli.common import connected
from starters.cli.output import clean_line, console, emit, minute, say, table
from starters.failures import REFUSED, Failure
from starters.gate_words import standing_words
from starters.happenings import RunStatus
from starters.requests import find_process
from starters.session import open_cards, process_of, status_of
from starters.words import money

_EXECUTION_STATUS = {
    RunStatus.RUNNING: "Running",
    RunStatus.COMPLETED: "Completed",
    RunStatus.STOPPED: "Completed",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Canceled",
    RunStatus.TERMINATED: "Terminated",
    RunStatus.TIMED_OUT: "TimedOut",
}


class Listed(BaseModel):
    """One run of the list."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    process: str
    status: RunStatus
    phase: str | None
    waiting: tuple[Card, ...]
    cost_usd: float | None
    started_at: datetime


async def list_runs(args: Namespace) -> int:
    """List runs: the newest first, or with --waiting what has waited longest."""
    process = find_process(args.process).workflow_type if args.process is not None else None
    query = build_query(process, RunStatus(args.status) if args.status else None, args.waiting)
    client = (await connected(args)).client
    try:
        runs = await _fetch(client, query, args)
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT and SIGNOFF_PHASE.name in error.message:
            hint = "start a worker once, which registers it: python -m workers"
            raise Failure(REFUSED, f"this namespace has no search attribute {SIGNOFF_PHASE.name}; {hint}") from None
        raise
    shown = runs[: args.limit]
    if args.json:
        emit({"runs": [run.model_dump(mode="json") for run in shown]})
    else:
        _print(shown, args.waiting, more=len(runs) > len(shown))
    return 0


def build_query(workflow_type: str | None, status: RunStatus | None, waiting: bool) -> str:
    """The visibility query. No ORDER BY: the dev server's store has none."""
    types = ", ".join(f"'{name}'" for name in ([workflow_type] if workflow_type else _our_types()))
    clauses = [f"WorkflowType IN ({types})"]
    if waiting:
        clauses += [f"{SIGNOFF_PHASE.name}='{Phase.WAITING}'", "ExecutionStatus='Running'"]
    if status:
        clauses.append(f"ExecutionStatus='{_EXECUTION_STATUS[status]}'")
    if status is RunStatus.STOPPED:
        clauses.append(f"{SIGNOFF_PHASE.name}='{Phase.STOPPED}'")
    if status is RunStatus.COMPLETED:
        clauses.append(f"{SIGNOFF_PHASE.name}!='{Phase.STOPPED}'")
    if not (waiting or status):
        # A run that goes on in a new one is told as that.
        clauses.append("ExecutionStatus!='ContinuedAsNew'")
    return " AND ".join(clauses)


def _our_types() -> list[str]:
    return [process.workflow_type for process in PROCESSES.values()]


async def _fetch(client: Client, query: str, args: Namespace) -> list[Listed]:
    """One more than the limit where there are more. What waits is sorted here, so all of it is fetched."""
    limit = None if args.waiting else args.limit + 1
    runs = [await _listed(found) async for found in client.list_workflows(query, limit=limit)]
    return sorted(runs, key=_waiting_since if args.waiting else _started, reverse=not args.waiting)


async def _listed(found: WorkflowExecution) -> Listed:
    process, status = process_of(found), status_of(found)
    attributes = found.typed_search_attributes
    phase, cost = attributes.get(SIGNOFF_PHASE), attributes.get(SIGNOFF_COST_USD)
    if status not in (RunStatus.RUNNING, RunStatus.STOPPED):
        # One that was ended from outside, or at once, had no say in what stands there.
        phase, cost = Phase.DONE, cost or 0.0
    return Listed(
        workflow_id=found.id,
        process=process.name if process else found.workflow_type,
        status=status,
        phase=phase,
        waiting=await open_cards(found),
        cost_usd=cost,
        started_at=found.start_time,
    )


def _started(run: Listed) -> Any:
    return run.started_at


def _waiting_since(run: Listed) -> datetime:
    return min((card.opened_at for card in run.waiting), default=run.started_at)


def _print(runs: list[Listed], waiting: bool, more: bool) -> None:
    if not runs:
        say("nothing waits for a person" if waiting else "no runs")
        return
    rows = table("run", "status", "waits for", f"{'since' if waiting else 'started'} (UTC)", "until (UTC)", "cost")
    for run in runs:
        gates = "\n".join(_card_words(card) for card in run.waiting)
        until = "\n".join(minute(card.deadline) for card in run.waiting)
        since = minute(_waiting_since(run) if waiting else run.started_at)
        cost = money(run.cost_usd) if run.cost_usd is not None else ""
        rows.add_row(clean_line(run.workflow_id), run.status.replace("_", " "), gates, since, until, cost)
    console().print(rows)
    if more:
        say(f"and more: --limit shows more than {len(runs)}")


def _card_words(card: Card) -> str:
    more = standing_words(card)
    return clean_line(f"{card.gate}: {card.question}" + (f" ({more})" if more else ""))
