"""`signoff report`: what models yielded and how processes did. From Temporal alone: no worker is needed."""

import sys
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from rich.table import Table

from contracts.catalogue import PROCESSES
from starters.cli.common import connected
from starters.cli.output import clean_line, console, emit, minute, say, table
from starters.report.figures import ProcessFigures, Report, RungFigures
from starters.report.reading import read_report
from starters.report.since import read_since
from starters.requests import find_process
from starters.words import length, money


async def report(args: Namespace) -> int:
    """Add up the runs of a time."""
    now = datetime.now(UTC)
    since = read_since(args.since, now)
    processes = list(PROCESSES.values()) if args.process is None else [find_process(args.process)]
    client = (await connected(args)).client
    types = ", ".join(f"'{process.workflow_type}'" for process in processes)
    query = f"WorkflowType IN ({types}) AND StartTime >= '{since.isoformat()}'"
    try:
        found = await read_report(client, query, since, now, _tell)
    finally:
        _note("")
    if args.json:
        emit(found.model_dump(mode="json", by_alias=True))
    else:
        _print(found)
    return 0


def _tell(read: int, runs: int) -> None:
    _note(f"read {read} of {runs} runs")


def _note(text: str) -> None:
    """In the place of the note before, where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _print(found: Report) -> None:
    say(f"{found.runs} runs, begun since {minute(found.since)} UTC")
    for process, rungs in groupby(found.rungs, key=lambda one: one.process):
        say(f"\n{process}: model calls", style="bold")
        console().print(_yields(list(rungs)))
    for one in found.processes:
        say(f"\n{one.process}: runs", style="bold")
        console().print(_runs(one))
        say(_score(one))


def _yields(rungs: list[RungFigures]) -> Table:
    made = table(
        "model", "rung", "calls", "fit", "repaired", "misfit", "no room", "declined", "cut", "failed", "yield",
        "tokens in", "out", "cost",
    )  # fmt: skip
    for one in rungs:
        counts = (one.calls, one.fits, one.repaired, one.misfit, one.out_of_room, one.declined, one.cut, one.failed)
        tokens = (f"{one.input_tokens:,}", f"{one.output_tokens:,}")
        cells = (*map(str, counts), _percent(one.yielded), *tokens, money(one.cost_usd))
        made.add_row(clean_line(one.model), clean_line(one.rung), *cells)
    return made


def _runs(one: ProcessFigures) -> Table:
    made = table(
        "runs", "succeeded", "at a limit", "stopped by hand", "failed", "still running", "mean cost", "mean work"
    )
    cost = money(one.mean_cost_usd) if one.mean_cost_usd is not None else "-"
    work = f"{one.mean_working_time_s:,.1f} s" if one.mean_working_time_s is not None else "-"
    counts = (one.runs, one.succeeded, one.stopped_by_limit, one.stopped_by_hand, one.failed, one.running)
    made.add_row(*map(str, counts), cost, work)
    return made


def _score(one: ProcessFigures) -> str:
    if one.score is None or one.grade is None or one.target_usd is None or one.target_working_time_s is None:
        return "No score: " + ("no run has ended yet" if one.target_usd is not None else "this process has no targets")
    parts = [f"{_percent(one.succeeded / one.n)} succeeded"]
    if one.within_cost is not None and one.within_working_time is not None:
        time = length(timedelta(seconds=one.target_working_time_s))
        parts.append(f"{_percent(one.within_cost)} of those at most {money(one.target_usd)}")
        parts.append(f"{_percent(one.within_working_time)} of those at most {time} of work")
    return f"Reliability {_percent(one.score)} (n={one.n}), {one.grade}: {' x '.join(parts)}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
