"""A call that is under way when somebody watches it, when its run ends, and when its worker is told to end."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from activities.providers.streaming import Patience
from contracts.llm import Answer, Verdict
from contracts.queues import llm_queue
from tests.faults.fault import HALF
from tests.faults.one_call import COUNTED
from tests.faults.one_route import OTHER, QUEUE, Fleet, Handle, fleet
from tests.support.provider_server import Break, Breaks, Says
from tests.support.waiting import eventually

PATIENT = Patience(silence=600)


async def characters(handle: Handle) -> int | None:
    """What the pending call's heartbeat tells."""
    pending = (await handle.describe()).raw_description.pending_activities
    details = [payload for one in pending for payload in one.heartbeat_details.payloads]
    return int(json.loads(details[0].data)["characters"]) if details else None


async def under_way(on: Fleet, provider: str, model: str) -> Handle:
    """A run whose model has said half of something, and then nothing more."""
    on.server.will(Breaks(Break.SILENCE, HALF), model=model)
    handle = await on.start(provider, model)
    await eventually(lambda: characters(handle), "a heartbeat with details")
    return handle


async def stop(handle: Handle) -> None:
    await handle.signal("stop", {"by": "ann", "reason": "enough"})


@pytest.mark.parametrize("end", [stop, Handle.cancel, Handle.terminate], ids=["stopped", "cancelled", "terminated"])
async def test_a_run_that_ends_closes_its_calls_connection(
    env: WorkflowEnvironment, tmp_path: Path, end: Callable[[Handle], Awaitable[None]]
) -> None:
    async with fleet(env, tmp_path, PATIENT) as on:
        # Around both: two that overlap would leave it disabled for all tests to come.
        with env.with_time_skipping_disabled():
            await asyncio.gather(*(closes(on, provider, end) for provider in OTHER))


async def closes(on: Fleet, provider: str, end: Callable[[Handle], Awaitable[None]]) -> None:
    model = f"{end.__name__}, at {provider}"
    handle = await under_way(on, provider, model)
    assert await characters(handle) == len(HALF)
    await end(handle)
    await asyncio.wait_for(on.server.left_by[model].wait(), 60)
    if end is stop:
        result = await handle.result()
        assert "ann: enough" in str(result.ended)
        assert (result.model_calls, result.usd > COUNTED) == (1, True)  # at its worst case: it may have been billed
    else:
        with pytest.raises(WorkflowFailureError):
            await handle.result()


async def test_a_worker_that_is_told_to_end_hands_back_a_cut_reply_and_the_run_asks_elsewhere(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with fleet(env, tmp_path, PATIENT, [QUEUE]) as on:
        async with on.worker(llm_queue("anthropic")):
            with env.with_time_skipping_disabled():
                handle = await under_way(on, "anthropic", "worker-ends")
            on.server.will(Says('{"signals": []}'), model="worker-ends")
        async with on.worker(llm_queue("anthropic")):
            result = await asyncio.wait_for(handle.result(), 30)
    answers = [
        Answer.model_validate_json(event.activity_task_completed_event_attributes.result.payloads[0].data)
        for event in (await handle.fetch_history()).events
        if event.HasField("activity_task_completed_event_attributes")
    ]
    cut, fits = answers
    assert (cut.verdict, fits.verdict) == (Verdict.CUT, Verdict.FITS)
    assert "told to end" in cut.problems[0]
    assert cut.cost_is_worst_case
    assert cut.cost_usd is not None
    assert result.usd == cut.cost_usd + COUNTED
    assert result.model_calls == 2
