"""Reading the runs of a time and adding them up: from Temporal alone, without a worker, a few histories at once."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.catalogue import PROCESSES
from contracts.llm import RUNGS
from contracts.processes import Process
from starters.events import whole
from starters.history import HistoryReader
from starters.report.calls import Calls
from starters.report.figures import Report, RungFigures
from starters.report.runs import Story, Way
from starters.report.scores import Scores
from starters.session import process_of

AT_ONCE = 8
"""Histories that are read at the same time: more would only wait for the server."""

Tell = Callable[[int, int], None]
"""Told how many runs of how many are read."""


class Figures:
    """Adds runs up; what it keeps does not grow with their number."""

    def __init__(self) -> None:
        self.runs = 0
        self._ways: defaultdict[tuple[str, Way], Calls] = defaultdict(Calls)
        self._scores: dict[str, Scores] = {}

    def add(self, process: Process, story: Story) -> None:
        """One more run."""
        self.runs += 1
        self._scores.setdefault(process.name, Scores(process)).add(story)
        for way, calls in story.ways.items():
            self._ways[process.name, way].add(calls)

    def report(self, since: datetime, until: datetime) -> Report:
        """All of it."""
        rungs = (_figures(process, way, calls) for (process, way), calls in self._ways.items())
        return Report(
            since=since,
            until=until,
            runs=self.runs,
            rungs=tuple(sorted(rungs, key=lambda one: (one.process, one.model, _place(one.rung), one.rung))),
            processes=tuple(self._scores[name].figures() for name in sorted(self._scores)),
        )


async def read_report(client: Client, query: str, since: datetime, until: datetime, tell: Tell) -> Report:
    """The report of the runs that a visibility query finds. Raises RPCError."""
    found: defaultdict[tuple[str, str], list[_Run]] = defaultdict(list)
    async for run in client.list_workflows(query):
        if process := process_of(run):
            found[process.name, run.id].append(_Run(run.start_time, run.run_id))
    figures, left, read = Figures(), iter(found.items()), 0
    while batch := list(islice(left, AT_ONCE)):
        for name, story in await asyncio.gather(*(_read(client, *one) for one in batch)):
            if story:
                figures.add(PROCESSES[name], story)
        tell(read := read + len(batch), len(found))
    return figures.report(since, until)


class _Run(NamedTuple):
    """No more than is needed to read it: there may be very many."""

    started_at: datetime
    run_id: str


async def _read(client: Client, name: tuple[str, str], runs: list[_Run]) -> tuple[str, Story | None]:
    """(process, what the runs of one id did); None where the server holds none of them any more."""
    process, workflow_id = name
    story, there = Story(), False
    for run in sorted(runs):
        reader, one = HistoryReader(client.data_converter), story.reading(run.run_id)
        try:
            async for event in client.get_workflow_handle(workflow_id, run_id=run.run_id).fetch_history_events():
                if happening := reader.read(await whole(event, client.data_converter)):
                    one.add(happening)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            continue
        there = True
        story.take(one)
    return process, story if there else None


def _figures(process: str, way: Way, calls: Calls) -> RungFigures:
    return RungFigures(
        process=process,
        model=way.model,
        rung=way.rung,
        yielded=calls.fits / calls.calls,
        **{**vars(calls), "cost_usd": float(calls.cost_usd)},
    )


def _place(rung: str) -> int:
    """In the ladder; rungs of other versions stand last."""
    return next((number for number, one in enumerate(RUNGS) if one == rung), len(RUNGS))
