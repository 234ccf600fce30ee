"""The real `temporal` CLI starts, signals, reads and resets runs as well as Signoff's own does."""

import asyncio
import json
from pathlib import Path
from typing import Any

from temporalio.testing import WorkflowEnvironment

from contracts.sales_follow_up import FollowUpOutcome
from tests.conftest import MakeWorld
from tests.support.server import TEMPORAL, address
from tests.support.world import GOOD
from tests.workflows.errand_desk import THREE_MAILS, errand_desk


async def temporal(env: WorkflowEnvironment, *arguments: str) -> tuple[int, str]:
    """Run the command; its exit code, and what it says."""
    process = await asyncio.create_subprocess_exec(
        str(TEMPORAL),
        *arguments,
        "--address",
        address(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, (out or err).decode()


async def done(env: WorkflowEnvironment, *arguments: str) -> str:
    """What the command says, which must succeed."""
    code, said = await temporal(env, *arguments)
    assert code == 0, said
    return said


async def test_a_run_is_started_and_approved_with_the_temporal_cli(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        run_id = f"{world.settings.state.parent.name}-cli"
        request = json.dumps({"lead_id": "lead-007"})
        which = ("--type", "SalesFollowUp", "--task-queue", "signoff", "--workflow-id", run_id)
        with world.env.with_time_skipping_disabled():
            await done(world.env, "workflow", "start", *which, "--input", request)
        handle = world.handle(run_id)
        await world.gate(handle)
        shown: Any = json.loads(
            await done(world.env, "workflow", "query", "--workflow-id", run_id, "--type", "state", "--output", "json")
        )
        assert "review-email" in json.dumps(shown)
        await done(
            world.env, "workflow", "signal", "--workflow-id", run_id, "--name", "approve", "--input", '{"by": "ann"}'
        )
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        assert len(world.mails()) == 1


async def test_a_run_whose_model_chose_the_calls_sends_one_mail_whatever_event_it_is_reset_to(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with errand_desk(env, tmp_path, THREE_MAILS) as desk:
        handle = await desk.start()
        told = await desk.to_its_end(handle)
        assert [one.done for one in told.results] == [True, False, False]
        which = ("--workflow-id", handle.id, "--run-id", str(handle.result_run_id), "--reason", "a test")
        resets = 0
        async for event in handle.fetch_history_events():
            code, _ = await temporal(env, "workflow", "reset", *which, "--event-id", str(event.event_id))
            if code == 0:  # else a run cannot be reset to it
                resets += 1
                assert await desk.to_its_end(handle) == told
        assert resets > 5
        assert len(desk.mails()) == 1
