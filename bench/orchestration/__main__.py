"""`python -m bench.orchestration`: BestDraft decided by code, and by a model; written to `bench/orchestration.md`.

A run that was broken off goes on from its record. `--runs N` makes a smaller one and `--scripted` leaves the local
model out; either only prints.
"""

import argparse
import asyncio
import json
import logging
import tempfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig

from bench.conversation.record import Record
from bench.ladder.__main__ import model_server
from bench.orchestration.report import Columns, page
from bench.orchestration.script import WAYS, script
from bench.orchestration.told import Told
from bench.orchestration.world import MOST_RUNS, TO, World, world
from contracts.best_draft import Mode
from runtime.sources import LOCAL_URL

TABLE = Path(__file__).parents[1] / "orchestration.md"
RUNS = 50
SCRIPTED_AT_ONCE = 5
"""Their model only waits. Runs with the local model go one after another, for it takes what the machine has."""


class Bench:
    """Runs what the record does not hold yet."""

    def __init__(self, record: Record, runs: int) -> None:
        self._record, self._runs = record, runs

    async def local(self) -> Columns:
        """Both modes, with the local model."""
        with model_server() as url:
            flags = {LOCAL_URL: url, "SIGNOFF_MODELS": "local"}
            return {f"mode `{mode}`": await self._column(f"local, {mode}", mode, flags, 1) for mode in Mode}

    async def scripted(self, folder: Path) -> Columns:
        """By code, and by a model in each of the script's ways."""
        columns = {"mode `code`": await self._scripted("scripted, code", Mode.CODE, folder, ())}
        for way, turns in WAYS.items():
            columns[f"mode `model`, {way}"] = await self._scripted(f"scripted, {way}", Mode.MODEL, folder, turns)
        return columns

    async def _scripted(self, name: str, mode: Mode, folder: Path, turns: tuple[dict[str, object], ...]) -> list[Told]:
        path = folder / "script.json"
        path.write_text(json.dumps(script(turns, TO)), encoding="utf-8")
        return await self._column(name, mode, {"SIGNOFF_MODELS": f"scripted:{path}"}, SCRIPTED_AT_ONCE)

    async def _column(self, name: str, mode: Mode, flags: Mapping[str, str], at_once: int) -> list[Told]:
        todo = [number for number in range(self._runs) if self._record.find(name, str(number), Told) is None]
        if todo:
            with tempfile.TemporaryDirectory() as folder:
                async with world(Path(folder), flags) as place:
                    left = list(todo)
                    await asyncio.gather(*(self._work(place, name, mode, left) for _ in range(at_once)))
                    known = sum(one.mails for one in self._found(name, todo))
                    assert len(place.mails()) == known, f"{name}: there are mails that no run knows of"
        return self._found(name, range(self._runs))

    def _found(self, name: str, numbers: Iterable[int]) -> list[Told]:
        found = (self._record.find(name, str(number), Told) for number in numbers)
        return [one for one in found if one]

    async def _work(self, place: World, name: str, mode: Mode, left: list[int]) -> None:
        while left:
            number = left.pop(0)
            await self._record.measured(name, str(number), partial(place.run, mode, number))
            print(f"{name}: run {number + 1}", flush=True)


async def measure(record: Record, runs: int, *, scripted_only: bool) -> tuple[Columns, Columns]:
    """The columns of both tables."""
    bench = Bench(record, runs)
    with tempfile.TemporaryDirectory() as folder:
        scripted = await bench.scripted(Path(folder))
    return {} if scripted_only else await bench.local(), scripted


def _quiet() -> None:
    """A model that cannot decide a path is warned of in each run; the page counts it."""
    logging.disable(logging.WARNING)
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="error"))))


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.orchestration", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each kind; the page is written for {RUNS}")
    parser.add_argument("--scripted", action="store_true", help="without the local model")
    usual = Path(tempfile.gettempdir()) / "signoff-bench-orchestration.json"
    parser.add_argument("--record", type=Path, default=usual, help="where results go")
    given = parser.parse_args()
    if not 1 <= given.runs <= MOST_RUNS:
        parser.error(f"--runs must be 1 to {MOST_RUNS}")
    _quiet()
    print(f"what {given.record} holds is not measured again", flush=True)
    found = asyncio.run(measure(Record(given.record), given.runs, scripted_only=given.scripted))
    text = page(*found, TABLE.read_text(encoding="utf-8") if TABLE.exists() else "")
    print(text)
    if given.runs == RUNS and not given.scripted:
        TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
