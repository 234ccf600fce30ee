"""Runs on standing approvals, and these themselves, survive today's code."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from tests.support.runs import gate_of
from tests.workflows.standing_counter import APPROVE, HOME, Counter
from tests.workflows.standing_workflows import ALL, AllowedSince
from workers.catalogue import BESIDES
from workers.interceptors import Guard


async def test_what_was_recorded_replays(till: Counter) -> None:
    standing = await till.grant("replayed", at_most=2)
    covered = await till.start("one")
    await covered.result()
    refused = await till.start("two", amount="99")
    await gate_of(refused)
    await refused.signal("approve", APPROVE)
    await refused.result()
    await (await till.start("three")).result()
    await standing.result()
    for handle in (standing, covered, refused):
        await replayer().replay_workflow(await handle.fetch_history())


async def test_a_run_that_began_before_its_tool_took_any_goes_on_without(till: Counter) -> None:
    handle = await till.start("one", "RefundsByHand")
    await gate_of(handle)
    await handle.signal("approve", APPROVE)
    await handle.result()
    await replayer(AllowedSince).replay_workflow(await handle.fetch_history())


HISTORIES = sorted(Path(__file__).with_name("standing_histories").glob("*.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    await replayer().replay_workflow(load(path))


def load(path: Path) -> WorkflowHistory:
    """A recorded history; its file's name is the end of the id."""
    return WorkflowHistory.from_json(f"{HOME}recorded-{path.stem}", path.read_text())


def replayer(*workflows: type) -> Replayer:
    """Set up as the worker is."""
    return Replayer(
        workflows=workflows or [*ALL, *BESIDES],
        data_converter=data_converter(),
        workflow_runner=workflow_runner(),
        interceptors=[Guard()],
    )
