"""Standing approvals: within their bounds no gate opens, so many times, until their end; and never otherwise."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from contracts.standing import StandingEnd
from tests.support.runs import gate_of
from tests.workflows.standing_counter import APPROVE, BOUNDS, Counter, Handle, decisions, explained
from tests.workflows.standing_workflows import Refunded


async def activities(handle: Handle) -> list[str]:
    """The activities that a run has called, in their order; local ones are not among them."""
    events = (await handle.fetch_history()).events
    return [e.activity_task_scheduled_event_attributes.activity_type.name for e in events if e.event_type == 10]


async def reset(till: Counter, handle: Handle) -> Handle:
    """Take a run back to its beginning."""
    execution = WorkflowExecution(workflow_id=handle.id)
    with till.env.with_time_skipping_disabled():
        await till.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace="default",
                workflow_execution=execution,
                reason="a test",
                workflow_task_finish_event_id=4,
                request_id=str(uuid.uuid4()),
            )
        )
    again: Handle = till.client.get_workflow_handle(handle.id, result_type=Refunded)
    return again


async def test_an_action_within_the_bounds_goes_through_and_the_grantor_stands_for_it(till: Counter) -> None:
    standing = await till.grant("small", at_most=2, note="small ones")
    handle = await till.start("one")
    assert await handle.result() == Refunded(outcome="paid", by="ann", standing=standing.id)
    (act,) = till.till.paid.values()
    approval = act.approval
    assert approval is not None
    assert (approval.request, approval.gate, approval.digest) == (handle.id, "review-refund", act.digest)
    assert (approval.by, approval.note, approval.standing) == ("ann", "small ones", standing.id)
    (record,) = (await till.state(standing)).uses
    assert (record.run, record.digest, record.key) == (
        handle.id,
        act.digest,
        f"refunds/{till.queue}-one/today/review-refund",
    )
    asked, paid = await decisions(handle)
    assert (asked.step, asked.by, asked.who, asked.outcome) == ("review-refund", "person", "ann", "approved in advance")
    assert asked.note == standing.id
    assert paid.step == "pay-back"
    assert [effect.key for effect in (await explained(handle)).effects] == [act.key]


@pytest.mark.parametrize(
    ("request_", "why"),
    [({"amount": "50.01"}, "amount is more than 50"), ({"email": "ann@example.org"}, "to.email is no plain address")],
)
async def test_an_action_beyond_the_bounds_waits_for_a_person_and_says_why(
    till: Counter, request_: dict[str, Any], why: str
) -> None:
    standing = await till.grant("small")
    handle = await till.start("one", **request_)
    gate = await gate_of(handle)
    assert gate.card.gate == "review-refund"
    refused = (await decisions(handle))[0]
    assert (refused.step, refused.by, refused.outcome) == ("review-refund", "code", "not approved in advance")
    assert standing.id in str(refused.note)
    assert why in str(refused.note)
    await handle.signal("approve", APPROVE)
    assert await handle.result() == Refunded(outcome="paid", by="bob")
    state = await till.state(standing)
    assert state.uses == ()
    assert why in state.refusals[0].reason


async def test_without_a_standing_approval_a_person_is_asked_and_nothing_else_is_told(till: Counter) -> None:
    handle = await till.start("one", "RefundsApart")
    await gate_of(handle)
    assert await decisions(handle) == ()
    await handle.signal("approve", APPROVE)
    assert (await handle.result()).by == "bob"


@pytest.mark.parametrize(
    ("people", "covers"),
    [("[approvers.ann]\n", True), ("[approvers.bob]\n", False), ("[approvers.bob]\nroles = ['ann']\n", False)],
    ids=["listed", "another", "a role of her name"],
)
async def test_where_approvers_are_listed_only_theirs_count(
    till: Counter, tmp_path: Path, people: str, covers: bool
) -> None:
    (tmp_path / "approvers.toml").write_text(people)
    till.standing.people = tmp_path / "approvers.toml"
    await till.grant("any")
    handle = await till.start("one")
    if not covers:
        await gate_of(handle)
        said = str((await decisions(handle))[0].note)
        assert "ann, who granted it, may not decide at review-refund" in said
        await handle.signal("approve", APPROVE)
    assert (await handle.result()).by == ("ann" if covers else "bob")


async def test_a_tool_that_wants_a_person_each_time_asks_no_standing_approval(till: Counter) -> None:
    workflow_id = f"standing/refunds-by-hand/test.refund/{till.queue}"
    grant = {"process": "refunds-by-hand", "tool": "test.refund", "bounds": BOUNDS, "at_most": 1, "by": "ann"}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await till.start_standing(workflow_id, grant | {"until": until})
    handle = await till.start("one", "RefundsByHand")
    await gate_of(handle)
    await handle.signal("approve", APPROVE)
    assert await handle.result() == Refunded(outcome="paid", by="bob")
    assert await activities(handle) == ["test.refund"]


async def test_of_many_runs_at_once_as_many_go_through_as_may(till: Counter) -> None:
    standing = await till.grant("three", at_most=3)
    # Around all: those that overlap would leave it disabled for all tests to come.
    with till.env.with_time_skipping_disabled():
        handles = await asyncio.gather(*(till.start(f"run-{number}") for number in range(10)))
    record = await standing.result()
    assert record.end is StandingEnd.USED_UP
    covered = {use.run for use in record.uses}
    assert len(covered) == len(record.uses) == 3
    for handle in handles:
        if handle.id not in covered:
            await gate_of(handle)
    for handle in handles:
        if handle.id in covered:
            assert (await handle.result()).standing == standing.id
    assert till.paid() == 3


async def test_the_oldest_that_covers_an_action_is_used(till: Counter) -> None:
    tight = await till.grant("tight", bounds=BOUNDS | {"amount": {"at_most": 5}})
    old, new = await till.grant("old", at_most=2), await till.grant("new", at_most=2)
    assert (await (await till.start("one")).result()).standing == old.id
    assert (await (await till.start("two", amount="5")).result()).standing == tight.id
    assert (await till.state(new)).uses == ()


async def test_when_its_time_is_over_it_covers_nothing_more(till: Counter) -> None:
    standing = await till.grant("short", lasts=timedelta(hours=30), at_most=5)
    assert (await (await till.start("one")).result()).outcome == "paid"
    await till.env.fast_forward(standing, timedelta(hours=31))
    record = await standing.result()
    assert (record.end, len(record.uses)) == (StandingEnd.EXPIRED, 1)
    await gate_of(await till.start("two"))


async def test_a_revoked_one_covers_nothing_more_and_says_who_and_why(till: Counter) -> None:
    standing = await till.grant("gone", at_most=5)
    first = await till.start("one")
    assert (await first.result()).outcome == "paid"
    await standing.signal("revoke", {"by": "eve", "reason": "wrong limit"})
    record = await standing.result()
    assert (record.end, record.by, record.reason) == (StandingEnd.REVOKED, "eve", "wrong limit")
    assert [one.run for one in record.uses] == [first.id]
    await gate_of(await till.start("two"))
    # Not even what it has covered before.
    await gate_of(await reset(till, first))


@pytest.mark.parametrize("at_most", [1, 2], ids=["used up", "still open"])
async def test_an_action_asked_for_again_gets_the_same_answer_and_counts_once(till: Counter, at_most: int) -> None:
    standing = await till.grant("again", at_most=at_most)
    handle = await till.start("one")
    first = await handle.result()
    again = await reset(till, handle)
    assert await again.result() == first
    assert till.paid() == 1
    record = await (standing.result() if at_most == 1 else till.state(standing))
    assert len(record.uses) == 1
