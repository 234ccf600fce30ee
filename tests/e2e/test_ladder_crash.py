"""A worker that is killed, or told to end, in the middle of a ladder: no rung that was recorded is paid for twice."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.llm import Answer, Ask, Rung
from contracts.queues import WORK
from contracts.sales_follow_up import FollowUpResult
from runtime.settings import load_settings
from tests.e2e.conftest import Shell
from tests.support.provider_server import Break, Breaks, ProviderServer, Received, Says
from tests.support.server import address
from tests.support.waiting import eventually
from tests.support.world import SIGNALS
from tests.workers.processes import python
from workers.seed import seed

JUNK, FITTING = Says("I would rather talk."), Says(json.dumps(SIGNALS))
HELD = Breaks(Break.SILENCE, '{"signals": ')


def form(request: Received) -> str:
    """How the provider was asked."""
    if "tools" in request.body:
        return "tool"
    return "native" if "response_format" in request.body else "text"


@asynccontextmanager
async def worker(folder: Path, **settings: str) -> AsyncIterator[Any]:
    """`python -m workers`, once it is ready."""
    process = python("-m", "workers", folder=folder, **settings)
    assert process.stdout

    def ready() -> bool:
        assert process.stdout
        return any(line.startswith("ready at") for line in process.stdout)

    assert await asyncio.to_thread(ready), process.stderr and process.stderr.read()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "told to end"])
async def test_a_worker_that_goes_in_the_middle_of_a_ladder_pays_for_no_rung_twice(
    env: WorkflowEnvironment, tmp_path: Path, how: signal.Signals
) -> None:
    async with ProviderServer() as server:
        settings = {
            "SIGNOFF_MODELS": "openai:gpt-4o-mini",
            "OPENAI_API_KEY": "sk-test-of-the-ladder",
            "OPENAI_BASE_URL": server.openai_url,
            "TEMPORAL_ADDRESS": address(env),
        }
        seed(load_settings(settings, tmp_path))
        server.will(JUNK, HELD, JUNK, FITTING, HELD)
        async with worker(tmp_path, **settings) as first:
            with env.with_time_skipping_disabled():
                handle = await env.client.start_workflow(
                    "SalesFollowUp",
                    {"lead_id": "lead-007"},
                    id=f"ladder/{how.name}",
                    task_queue=WORK,
                    result_type=FollowUpResult,
                )

            async def held() -> bool:
                return len(server.requests) == 2

            await eventually(held, "the second rung is being answered")
            os.kill(first.pid, how)
            await asyncio.to_thread(first.wait, 20)
        async with worker(tmp_path, **settings):

            async def at_the_next_step() -> bool:
                return len(server.requests) == 5

            await eventually(at_the_next_step, "the ladder's end", within_s=60)
            await handle.signal("stop", {"by": "ops", "reason": "seen enough"})
            result: FollowUpResult = await handle.result()
            calls = await _calls(handle)
        shell = Shell(tmp_path)
        shown = await asyncio.to_thread(
            shell.signoff, "show", handle.id, "--json", TEMPORAL_ADDRESS=settings["TEMPORAL_ADDRESS"]
        )
    assert [ask.rung for ask, _ in calls] == [Rung.NATIVE, Rung.TOOL, Rung.TOOL, Rung.REASK, Rung.NATIVE]
    # What the provider was asked is what the record says.
    assert [form(request) for request in server.requests] == ["native", "tool", "tool", "native", "native"]
    lost_ask, lost = calls[1]
    assert (lost is None) == (how is signal.SIGKILL)
    assert lost_ask.reserved_usd
    assert lost is None or (lost.cost_is_worst_case and float(lost.cost_usd or 0) == float(lost_ask.reserved_usd))
    paid = [float(answer.cost_usd or 0) if answer else float(ask.reserved_usd or 0) for ask, answer in calls]
    assert all(paid)
    assert float(result.cost_usd) == pytest.approx(sum(paid))
    assert shown.json["cost_usd"] == pytest.approx(sum(paid))


async def _calls(handle: WorkflowHandle[Any, Any]) -> list[tuple[Ask, Answer | None]]:
    """Each model call of the run with its answer, if it had one."""
    calls: dict[int, tuple[Ask, Answer | None]] = {}
    async for event in handle.fetch_history_events():
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == "llm.ask":
            calls[event.event_id] = (Ask.model_validate_json(scheduled.input.payloads[0].data), None)
        completed = event.activity_task_completed_event_attributes
        if completed.scheduled_event_id in calls:
            ask, _ = calls[completed.scheduled_event_id]
            calls[completed.scheduled_event_id] = (ask, Answer.model_validate_json(completed.result.payloads[0].data))
    return list(calls.values())
