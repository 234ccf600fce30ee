"""The real `temporal` CLI starts, signals and reads runs as well as Signoff's own does."""

import asyncio
import json
from typing import Any

from contracts.sales_follow_up import FollowUpOutcome
from tests.conftest import MakeWorld
from tests.support.server import TEMPORAL, address
from tests.support.world import GOOD, World


async def temporal(world: World, *arguments: str) -> str:
    """Run the command; its standard output."""
    process = await asyncio.create_subprocess_exec(
        str(TEMPORAL),
        *arguments,
        "--address",
        address(world.env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_a_run_is_started_and_approved_with_the_temporal_cli(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        run_id = f"{world.settings.state.parent.name}-cli"
        request = json.dumps({"lead_id": "lead-007"})
        which = ("--type", "SalesFollowUp", "--task-queue", "signoff", "--workflow-id", run_id)
        with world.env.with_time_skipping_disabled():
            await temporal(world, "workflow", "start", *which, "--input", request)
        handle = world.handle(run_id)
        await world.gate(handle)
        shown: Any = json.loads(
            await temporal(world, "workflow", "query", "--workflow-id", run_id, "--type", "state", "--output", "json")
        )
        assert "review-email" in json.dumps(shown)
        await temporal(
            world, "workflow", "signal", "--workflow-id", run_id, "--name", "approve", "--input", '{"by": "ann"}'
        )
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        assert len(world.mails()) == 1
