"""No run spends beyond its budget: not by branches, not by children, not in a chain, not when it is stopped."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from contracts.budgets import Limit
from tests.support.waiting import eventually
from tests.workflows.budget_workflows import Told
from tests.workflows.conftest import Handle, Office

CALL = Decimal("0.10")
"""What is reserved for a call."""

COST = Decimal("0.02")
"""What one costs unless its reply says otherwise."""


async def calls_of(handle: Handle) -> tuple[int, int]:
    """How many calls were quoted, and how many were made."""
    events = (await handle.fetch_history()).events
    quotes = sum(b"llm.quote" in event.marker_recorded_event_attributes.SerializeToString() for event in events)
    made = sum(event.activity_task_scheduled_event_attributes.activity_type.name == "llm.ask" for event in events)
    return quotes, made


def charged(told: Told) -> tuple[Decimal, int]:
    """Dollars and calls."""
    return told.spent.usd, told.spent.model_calls


async def test_branches_wait_for_each_other_and_never_pass_the_limit_together(office: Office) -> None:
    handle = await office.start("Branches", "five", branches=5, budget={"usd": 0.25})

    async def all_quoted() -> bool:
        return (await calls_of(handle))[0] == 5

    await eventually(all_quoted, "five quotes")
    assert (await calls_of(handle))[1] == 2
    for answered in range(5):
        asked = await office.desk.any_of("five")
        assert COST * answered + CALL * len(office.desk.waiting("five")) <= Decimal("0.25")
        asked.answer()
    told = await handle.result()
    assert charged(told) == (5 * COST, 5)
    assert sorted(told.done) == [f"branch-{number}" for number in range(1, 6)]


async def test_branches_that_cannot_be_paid_for_end_the_run_which_says_what_was_done(office: Office) -> None:
    office.desk.usual = {"dear": 1000}
    told = await (await office.start("Branches", "dear", branches=5, budget={"usd": 0.25})).result()
    assert charged(told) == (2 * CALL, 2)
    assert told.partial
    assert (told.partial.limit, told.reason) == (Limit.USD, "the limit of 0.25 USD is reached")
    assert (len(told.partial.done), told.partial.spent) == (2, told.spent)
    assert """--budget='{"usd": 0.5}'""" in told.partial.go_on


async def test_a_bill_above_what_was_reserved_is_recorded_and_calls_off_the_other_branches(office: Office) -> None:
    handle = await office.start("Branches", "billed", branches=2, budget={"usd": 0.2})
    under_way = await office.desk.asked("billed", "branch-1")
    (await office.desk.asked("billed", "branch-2")).answer(tokens=1500, text="No JSON")
    told = await handle.result()
    # What was under way may be billed as well: it is charged at its worst case.
    assert charged(told) == (Decimal("0.15") + CALL, 2)
    assert told.partial
    assert told.partial.limit is Limit.USD
    await asyncio.wait_for(under_way.given_up.wait(), 60)


async def test_children_spend_within_their_leases_and_what_is_left_comes_back(office: Office) -> None:
    """One ends well, one is terminated, and one is leased less than a call can cost."""
    office.desk.usual = {"family-0": 200, "family": 200}
    share = {"usd": 0.2, "model_calls": 2, "steps": 3}
    shares = [share, share, share | {"usd": 0.05}]
    handle = await office.start("Family", "family", shares=shares, budget={"usd": 0.46})
    await office.desk.asked("family-1")
    await office.env.client.get_workflow_handle(f"{handle.id}/1").terminate()
    told = await handle.result()
    assert told.reason is None
    # 0.45 was leased; the parent's own call, of 0.10 at most, was paid from what came back.
    assert told.spent.usd == COST + Decimal("0.20") + 0 + COST
    assert told.spent.model_calls == 1 + 2 + 0 + 1
    assert told.spent.steps == 1 + 3 + 1 + 2
    poor = await office.env.client.get_workflow_handle(f"{handle.id}/2", result_type=Told).result()
    assert poor.partial
    assert (poor.partial.limit, poor.spent.usd) == (Limit.USD, 0)


async def test_an_account_goes_on_in_the_next_run_of_a_chain_with_what_was_under_way(office: Office) -> None:
    handle = await office.start("Chain", "chain", budget={"usd": 0.25, "steps": 4})
    (await office.desk.asked("chain", "branch-1")).answer()
    await office.desk.asked("chain", "branch-2")
    await handle.signal("go_on")
    (await office.desk.asked("chain", "branch-3")).answer()
    told = await handle.result()
    assert charged(told) == (COST + CALL + COST, 3)
    assert told.spent.steps == 3
    state = await office.state(handle)
    assert state.limits
    assert (state.limits.usd, state.limits.steps) == (Decimal("0.25"), 4)


async def test_a_run_stopped_in_a_call_ends_at_once_and_is_charged_the_worst_case(office: Office) -> None:
    handle = await office.start("Branches", "stopped")
    asked = await office.desk.asked("stopped")
    await handle.signal("stop", {"by": "ops", "reason": "enough"})
    told = await handle.result()
    assert told.reason == "ops: enough"
    signaled = await office.event(handle, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
    ended = await office.event(handle, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED)
    assert ended.event_time.ToDatetime() - signaled.event_time.ToDatetime() < timedelta(seconds=2)
    assert charged(told) == (CALL, 1)
    assert told.partial
    assert (told.partial.limit, told.partial.spent, told.partial.done) == (None, told.spent, ())
    await asyncio.wait_for(asked.given_up.wait(), 60)


async def test_a_stop_that_comes_with_the_answer_charges_the_answer(office: Office) -> None:
    queue = f"{office.queue}-moment"
    async with office.worker(queue):
        handle = await office.start("Branches", "moment", queue=queue)
        asked = await office.desk.asked("moment")
    # Nobody works on the run until it has both.
    asked.answer()
    await office.event(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
    await handle.signal("stop", {"by": "ops", "reason": "enough"})
    async with office.worker(queue):
        told = await handle.result()
    assert told.reason == "ops: enough"
    assert charged(told) == (COST, 1)


@pytest.mark.parametrize("how", ["limit", "stop"])
async def test_an_open_effect_is_settled_before_the_run_ends(office: Office, how: str) -> None:
    office.signs.may.clear()
    office.signs.up.clear()
    handle = await office.start("Signing", how, budget={"model_calls": 1})
    asked = await office.desk.asked(how)

    async def put_up_begun() -> bool:
        pending = (await handle.describe()).raw_description.pending_activities
        return any(one.activity_id == "put-up" and one.HasField("last_started_time") for one in pending)

    await eventually(put_up_begun, "a sign on its way up")
    if how == "limit":
        asked.answer(text="No JSON")
    else:
        await handle.signal("stop", {"by": "ops", "reason": "enough"})
    await office.event(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert office.signs.up == []
    office.signs.may.set()
    told = await handle.result()
    assert told.partial
    assert told.partial.limit is (Limit.MODEL_CALLS if how == "limit" else None)
    assert office.signs.up == [how]
    assert told.spent.tool_calls == 1
