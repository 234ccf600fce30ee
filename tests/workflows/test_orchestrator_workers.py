"""Sub-tasks are children: bounded in number, depth and money, called off with their parent, and never begun twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from contracts.budgets import Account, Limits, Spent
from contracts.delegation import Report, Task
from contracts.errors import root_message
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.workflows.pattern_desk import Handle, PatternDesk, pattern_desk
from tests.workflows.pattern_workflows import SHARE, Helper, Told
from tests.workflows.silent import Silent, until
from workflows.patterns.orchestrator_workers import Team, delegate
from workflows.steps.budget import RunBudget
from workflows.steps.chain import MOST_SIGNALS
from workflows.steps.ended import Ended, Ending


@pytest.fixture
async def desk(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[PatternDesk]:
    """A desk."""
    async with pattern_desk(env, tmp_path) as made:
        yield made


def named(*names: str, story: str = "say") -> list[str]:
    """Children that all do the same."""
    return [f"{name}:{story}" for name in names]


async def begun(run: Handle) -> int:
    """How many children the newest run of a chain has begun."""
    kind = EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED
    return sum([event.event_type == kind async for event in run.fetch_history_events()])


async def test_each_child_works_on_a_share_and_what_is_left_comes_back(desk: PatternDesk) -> None:
    run = await desk.start("delegate", children=named("a", "b", "c"), budget={"usd": 0.45})
    await desk.model.asked(f"{desk.queue}-a", "ask-1")
    await desk.model.asked(f"{desk.queue}-b", "ask-1")
    assert await begun(run) == 2  # two at once
    for name in "bac":
        await desk.says("ask-1", f"word of {name}", child=f"-{name}")
    told = await run.result()
    assert told.said == {"done": {name: f"word of {name}" for name in "abc"}, "failed": {}}
    assert told.spent.usd == 3 * Decimal("0.02")
    assert (told.spent.model_calls, told.spent.steps) == (3, 4)


async def test_a_child_that_fails_is_left_out_where_policy_says_so_and_charged_its_share(desk: PatternDesk) -> None:
    run = await desk.start("delegate", children=named("a", "b"), limit=1)
    await desk.says("ask-1", "look", child="-b")
    await desk.says("ask-1", "one", child="-a")
    told = await run.result()
    assert told.said == {"done": {"a": "one"}, "failed": {"b": f"{desk.queue}-b is not there"}}
    assert told.spent.usd == Decimal("0.02") + SHARE


async def test_one_failure_too_many_cancels_the_others_and_fails_the_run(desk: PatternDesk) -> None:
    run = await desk.start("delegate", children=named("a", "b"))
    under_way = await desk.model.asked(f"{desk.queue}-a", "ask-1")
    await desk.says("ask-1", "look", child="-b")
    with pytest.raises(WorkflowFailureError) as failed:
        await run.result()
    assert "is not there" in root_message(failed.value)
    assert await status(desk, run, "a") is WorkflowExecutionStatus.CANCELED
    await asyncio.wait_for(under_way.given_up.wait(), 60)


async def status(desk: PatternDesk, run: Handle, child: str) -> WorkflowExecutionStatus | None:
    """A child's."""
    return (await desk.env.client.get_workflow_handle(f"{run.id}/children/{child}").describe()).status


async def test_a_stop_of_the_parent_cancels_the_children_and_ends_well(desk: PatternDesk) -> None:
    run = await desk.start("delegate", children=named("a", "b", "c"))
    await desk.model.asked(f"{desk.queue}-a", "ask-1")
    await desk.model.asked(f"{desk.queue}-b", "ask-1")
    await run.signal("stop", {"by": "ops", "reason": "enough"})
    told = await run.result()
    assert told.reason == "stopped: ops: enough"
    assert told.spent.usd == 2 * SHARE
    assert {await status(desk, run, child) for child in "ab"} == {WorkflowExecutionStatus.CANCELED}
    assert await begun(run) == 2


async def test_children_beyond_the_bound_are_not_begun(desk: PatternDesk) -> None:
    run = await desk.start("delegate", children=named(*"abcdef"), limit=2)
    for name in "abcd":
        await desk.says("ask-1", "good", child=f"-{name}")
    told = await run.result()
    assert told.reason is None
    assert isinstance(told.said, dict)
    assert told.said["failed"] == {name: "children: at most 4 sub-tasks are begun" for name in "ef"}
    assert await begun(run) == 4


async def test_a_child_has_no_children_where_one_level_is_allowed(desk: PatternDesk) -> None:
    told = await (await desk.start("delegate", children=["a:delegate"])).result()
    assert told.said == {"done": {"a": "unfit: children: sub-tasks are at most 1 deep"}, "failed": {}}


async def test_a_flooded_run_that_goes_on_does_not_begin_its_children_again(desk: PatternDesk) -> None:
    run = await desk.start("delegate", children=named("a", "b"), limit=1, signed=True)
    first = (await run.describe()).run_id
    await desk.says("ask-1", "look", child="-b")
    await desk.says("ask-1", "one", child="-a")
    await gate_of(run)
    at_once = asyncio.Semaphore(50)

    async def send() -> None:
        async with at_once:
            await run.signal("approve", {"by": ""})

    await asyncio.gather(*(send() for _ in range(MOST_SIGNALS)))
    newest: Handle = desk.env.client.get_workflow_handle(run.id, result_type=Told)

    async def went_on() -> bool:
        return (await newest.describe()).run_id != first and bool(await gate_of(newest))

    await eventually(went_on, "the next run")
    await newest.signal("approve", {"by": "ann"})
    told = await newest.result()
    assert told.said == {"done": {"a": "one"}, "failed": {"b": f"{desk.queue}-b is not there"}}
    assert told.spent.usd == Decimal("0.02") + SHARE
    assert await begun(newest) == 0


OUTSIDE: dict[str, Any] = {
    "now": lambda: datetime.now(UTC),
    "info": lambda: SimpleNamespace(workflow_id="run"),
    "wait_condition": until,
}

HELPER: Any = Helper.run
TASKS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 2)), min_size=1, max_size=9)
"""Of each child: for how many turns it works, whether it comes back, and what it spends of the two that it may."""


@given(TASKS, st.builds(Team, st.just(Spent(model_calls=2)), *[st.integers(1, 5)] * 2, st.integers(0, 9)), st.data())
def test_whatever_children_do_the_bounds_hold(
    work: list[tuple[int, bool, int]], team: Team, data: st.DataObject
) -> None:
    at_work: list[int] = []
    together: list[int] = []
    begun: list[str] = []

    async def child(run: object, task: Task[int], *, id: str, **options: object) -> Report[int]:
        begun.append(id)
        at_work.append(task.request)
        together.append(len(at_work))
        turns, comes_back, spends = work[task.request]
        try:
            assert (task.depth, task.account.limits.model_calls) == (1, 2)
            for _ in range(turns):
                await asyncio.sleep(0)
            if not comes_back:
                raise Ended(Ending.REJECTED, "no")
            return Report(result=task.request, spent=Spent(model_calls=spends))
        finally:
            at_work.remove(task.request)

    async def played(limit: int) -> None:
        progress = Silent()
        progress.budget = RunBudget(Account(limits=Limits(model_calls=limit)))
        progress.chain.journal.child = child  # type: ignore[method-assign, assignment]
        requests = {str(number): number for number in range(len(work))}
        with suppress(Ended):
            came = await delegate(progress, "children", HELPER, requests, team)
            assert len(came.failed) <= team.may_fail
            assert {*came.done, *came.failed} == set(requests)
        assert progress.budget.spent.model_calls <= limit
        assert progress.budget.affords(Spent(model_calls=limit - progress.budget.spent.model_calls))
        assert at_work == []
        assert len(asyncio.all_tasks()) == 1

    with patch.multiple(workflow, **OUTSIDE):
        asyncio.run(played(data.draw(st.integers(0, 8))))
    assert max(together, default=0) <= team.at_once
    assert len(begun) == len(set(begun)) <= team.at_most
