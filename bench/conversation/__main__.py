"""`python -m bench.conversation`: conversations of many turns, here and elsewhere, side by side on one server.

Without --full, one conversation of each system is held and summed up, a line of JSON each. With it everything is
measured, and `bench/conversation.md`, its record and its plots are written; a run that was broken off goes on.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from temporalio.client import Client

from bench.conversation.measure import rate, replay, resume_s, talk
from bench.conversation.record import Record
from bench.conversation.report import TABLE, page, plots
from bench.conversation.running import World
from bench.conversation.systems import SCRATCH, SYSTEMS, System
from bench.server import temporal_server

FAT_BYTES = 100_000


@dataclass(frozen=True)
class Sizes:
    """How much is measured for the page; `--small` makes it a trial, whose page is only printed."""

    talk: int = 1000
    fat: int = 500
    resumes: tuple[int, ...] = (100, 200)
    replay: int = 100
    runs: int = 50
    run_turns: int = 10
    rounds: int = 2


SMALL = Sizes(talk=20, fat=5, resumes=(5,), replay=5, runs=5, run_turns=2, rounds=1)


def say(words: str) -> None:
    """Progress: not on stdout, which is for results."""
    print(words, file=sys.stderr, flush=True)


async def one_each(world: World, systems: Sequence[System], turns: int, tool_bytes: int, only_json: bool) -> None:
    """A conversation of each system, and its five figures."""
    for system in systems:
        held = await talk(world, system, turns, tool_bytes)
        if not only_json:
            print(f"{system.name}: {held.status}{f' ({held.why})' if held.why else ''}, {held.took_s:.0f} s")
        elif system is not systems[-1]:
            say(system.name)
        print(json.dumps(held.figures), flush=True)


async def everything(world: World, systems: Sequence[System], record: Record, size: int, sizes: Sizes) -> None:
    """All rows of the page. What may take turns with the others does."""
    for number in range(sizes.rounds):
        for system in systems:
            say(f"{system.name}: many runs in flight, round {number + 1}")
            measure = partial(rate, world, system, sizes.runs, sizes.run_turns, size)
            await record.measured(system.name, f"rate {number}", measure)
    for system in systems:
        say(f"{system.name}: replay")
        await record.measured(system.name, "replay", partial(replay, world, system, sizes.replay, size))
        for turns in sizes.resumes:
            say(f"{system.name}: cold resume after {turns} turns")
            await record.measured(system.name, f"resume {turns}", partial(resume_s, world, system, turns, size))
        turns = min(sizes.talk, system.most_turns)
        say(f"{system.name}: {turns} turns")
        await record.measured(system.name, "talk", partial(talk, world, system, turns, size))
        say(f"{system.name}: {sizes.fat} turns with fat tool results")
        await record.measured(system.name, "fat", partial(talk, world, system, sizes.fat, FAT_BYTES))


async def run(arguments: argparse.Namespace, systems: Sequence[System]) -> None:
    """On one server, with nothing else on it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with temporal_server(folder) as server:
            world = World(server, await Client.connect(server.address), folder)
            try:
                if not arguments.full:
                    return await one_each(world, systems, arguments.turns, arguments.tool_bytes, arguments.json)
                sizes = SMALL if arguments.small else Sizes()
                await everything(world, systems, Record(arguments.record), arguments.tool_bytes, sizes)
            finally:
                await world.end()


def main() -> None:
    """Measure, and print or write."""
    names = [system.name for system in SYSTEMS]
    parser = argparse.ArgumentParser(prog="python -m bench.conversation", description=__doc__)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--tool-bytes", type=int, default=1000, help="what the tool finds at each turn")
    parser.add_argument("--only", action="append", choices=names, help="one system; may be said again")
    parser.add_argument("--json", action="store_true", help="print the figures alone")
    parser.add_argument("--full", action="store_true", help="everything (an hour); writes the page")
    parser.add_argument("--small", action="store_true", help="with --full: a trial, which only prints the page")
    usual = SCRATCH / "signoff-bench-conversation.json"
    parser.add_argument("--record", type=Path, default=usual, help="where --full keeps results while it runs")
    arguments = parser.parse_args()
    if arguments.turns < 1:
        parser.error("--turns must be 1 or more")
    logging.disable(logging.WARNING)
    systems = [system for system in SYSTEMS if system.name in (arguments.only or names)]
    asyncio.run(run(arguments, systems))
    if arguments.full:
        say(f"results are in {arguments.record}; without it everything is measured anew")
        before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
        record = Record(arguments.record)
        text = page(record, systems, before)
        print(text)
        if not arguments.small:
            TABLE.write_text(text, encoding="utf-8")
            TABLE.with_suffix(".json").write_text(arguments.record.read_text(encoding="utf-8"), encoding="utf-8")
            plots(record, systems)


if __name__ == "__main__":
    main()
