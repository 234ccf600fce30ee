"""Standing approvals: within their bounds no gate opens, so many times, until their end; and never otherwise."""

import asyncio
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowFailureError, WorkflowHistory, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from activities import standing as activities_standing
from contracts.errors import root_message
from contracts.gates import json_digest
from contracts.standing import KEPT_REFUSALS, StandingCard, StandingEnd, UseReply
from contracts.visibility import SIGNOFF_APPROVERS, SIGNOFF_PHASE
from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from starters.explain import explain
from starters.explanation import Decision, Explanation
from tests.support.server import address
from tests.workflows.standing_counter import BOUNDS, HOME, Counter, Handle, Standing, counter
from tests.workflows.standing_workflows import ALL, AllowedSince, Refunded
from workers.catalogue import BESIDES
from workers.interceptors import Guard

APPROVE = {"by": "bob"}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def till(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Counter]:
    """A counter of the test's own."""
    async with counter(env, tmp_path) as made:
        yield made


async def explained(handle: Handle) -> Explanation:
    """What `signoff show` tells."""
    events = [event async for event in handle.fetch_history_events()]
    return explain(handle.id, events, data_converter())


async def decisions(handle: Handle) -> tuple[Decision, ...]:
    """Of that, who decided what."""
    return (await explained(handle)).decisions


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


def asks(key: str = "k", **more: Any) -> dict[str, Any]:
    """The update `use`, as the activity sends it."""
    argument = {"to": {"name": "Ann", "email": "ann@example.com"}, "amount": "20", "lines": []}
    digest = json_digest(more.get("argument", argument))
    use = {"process": "refunds", "tool": "test.refund", "key": key, "digest": digest, "argument": argument}
    return use | {"run": "run", "gate": "review-refund"} | more


async def use(standing: Standing, **more: Any) -> UseReply:
    """Ask by hand."""
    reply: UseReply = await standing.execute_update("use", asks(**more), result_type=UseReply)
    return reply


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
    gate = await till.gate(handle)
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
    await till.gate(handle)
    assert await decisions(handle) == ()
    await handle.signal("approve", APPROVE)
    assert (await handle.result()).by == "bob"


async def test_a_tool_that_wants_a_person_each_time_asks_no_standing_approval(till: Counter) -> None:
    workflow_id = f"standing/refunds-by-hand/test.refund/{till.queue}"
    grant = {"process": "refunds-by-hand", "tool": "test.refund", "bounds": BOUNDS, "at_most": 1, "by": "ann"}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await till.start_standing(workflow_id, grant | {"until": until})
    handle = await till.start("one", "RefundsByHand")
    await till.gate(handle)
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
            await till.gate(handle)
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
    await till.gate(await till.start("two"))


async def test_a_revoked_one_covers_nothing_more_and_says_who_and_why(till: Counter) -> None:
    standing = await till.grant("gone", at_most=5)
    first = await till.start("one")
    assert (await first.result()).outcome == "paid"
    await standing.signal("revoke", {"by": "eve", "reason": "wrong limit"})
    record = await standing.result()
    assert (record.end, record.by, record.reason) == (StandingEnd.REVOKED, "eve", "wrong limit")
    assert [one.run for one in record.uses] == [first.id]
    await till.gate(await till.start("two"))
    # Not even what it has covered before.
    await till.gate(await reset(till, first))


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


@pytest.mark.parametrize("at_most", [1, 2], ids=["used up", "still open"])
async def test_a_worker_that_loses_the_answer_is_given_it_again(till: Counter, at_most: int) -> None:
    till.standing.loses = 1
    standing = await till.grant("lost", at_most=at_most)
    assert (await (await till.start("one")).result()).standing == standing.id
    record = await (standing.result() if at_most == 1 else till.state(standing))
    assert len(record.uses) == 1


async def test_a_worker_killed_between_the_use_and_the_effect_uses_it_once(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    here = Counter(env, tmp_path.name)
    dies = await worker_process(here, tmp_path, "--dies")
    try:
        standing = await here.grant("killed", at_most=2)
        handle = await here.start("one")
        assert await dies.wait() == -signal.SIGKILL
    finally:
        if dies.returncode is None:
            dies.kill()
    lives = await worker_process(here, tmp_path)
    try:
        assert (await handle.result()).standing == standing.id
        (record,) = (await here.state(standing)).uses
        assert record.run == handle.id
    finally:
        lives.kill()
        await lives.wait()
    await here.take_back()
    assert len((tmp_path / "paid").read_text().splitlines()) == 1


async def worker_process(here: Counter, folder: Path, *flags: str) -> asyncio.subprocess.Process:
    """A worker that can be killed."""
    command = (
        sys.executable,
        "-m",
        "tests.workflows.standing_worker",
        address(here.env),
        here.queue,
        str(folder),
        *flags,
    )
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT)


async def test_when_they_cannot_be_asked_a_person_is(till: Counter) -> None:
    till.standing.loses = 99
    await till.grant("deaf")
    handle = await till.start("one")
    await till.gate(handle)
    assert (await decisions(handle))[-1].note == "the answer was lost"
    await handle.signal("approve", APPROVE)
    assert (await handle.result()).by == "bob"


async def test_one_that_does_not_answer_keeps_no_run_waiting(till: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities_standing, "PATIENCE_S", 0.3)
    await till.grant("deaf", queue="nobody-works-here")
    handle = await till.start("one")
    await till.gate(handle)
    assert str((await decisions(handle))[-1].note).startswith("the standing approvals did not answer within")


async def test_the_same_action_with_other_arguments_is_refused(till: Counter) -> None:
    standing = await till.grant("by-hand", at_most=5)
    first = await use(standing)
    assert first.approval is not None
    assert first.approval.request == "run"
    other = await use(standing, run="another run")
    assert other.approval == first.approval.model_copy(update={"request": "another run"})
    changed = await use(standing, argument=asks()["argument"] | {"amount": "21"})
    assert changed.reason == "it was used for the same action with other arguments"
    assert len((await till.state(standing)).uses) == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"digest": "0" * 64}, "the digest is not that of the argument"),
        ({"process": "payroll"}, "it is for test.refund in refunds"),
        ({"tool": "test.pay"}, "it is for test.refund in refunds"),
        ({"argument": {}}, "the argument has no to.name"),
    ],
)
async def test_what_is_not_what_was_granted_is_refused_and_recorded(
    till: Counter, changed: dict[str, Any], why: str
) -> None:
    standing = await till.grant("by-hand")
    reply = await use(standing, **changed)
    assert (reply.approval, reply.reason) == (None, why)
    (refusal,) = (await till.state(standing)).refusals
    assert (refusal.message, refusal.by, refusal.reason) == ("use", "run", f"k: {why}")


HOSTILE: list[list[Any]] = [
    [],
    [None],
    ["use"],
    [[{}]],
    [{}],
    [asks(), asks()],
    [asks() | {"key": 7}],
    [asks() | {"key": ""}],
    [asks() | {"key": "k" * 701}],
    [asks() | {"argument": "{}"}],
    [asks() | {"run": ""}],
]


async def test_hostile_messages_change_nothing(till: Counter) -> None:
    standing = await till.grant("calm")
    for args in HOSTILE:
        with pytest.raises(WorkflowUpdateFailedError):
            await standing.execute_update("use", args=args)
    signals: list[list[Any]] = [[], [None], ["x"], [{}], [{"by": "eve"}], [{"by": "", "reason": "r"}], [{}, {}]]
    for args in signals:
        await standing.signal("revoke", args=args)
    await standing.signal("approve", {"by": "eve"})
    state = await till.state(standing)
    assert (state.end, state.uses, len(state.refusals)) == (None, (), len(signals) + 1)
    assert all(refusal.reason for refusal in state.refusals)
    assert (await use(standing)).approval


async def test_refusals_past_the_hundredth_are_answered_and_leave_no_trace(till: Counter) -> None:
    standing = await till.grant("flooded")
    for number in range(KEPT_REFUSALS):
        assert (await use(standing, key=f"k{number}", tool="other")).reason
    length = (await standing.describe()).history_length
    for number in range(3):
        with pytest.raises(WorkflowUpdateFailedError) as raised:
            await use(standing, key=f"k{number}", tool="other")
        assert root_message(raised.value) == "it is for test.refund in refunds"
    assert (await standing.describe()).history_length == length
    assert (await use(standing)).approval


async def test_a_standing_approval_goes_on_in_a_new_run_with_all_that_it_knows(till: Counter) -> None:
    standing = await till.grant("long", at_most=3)
    assert (await use(standing, key="before")).approval
    await use(standing, key="refused", tool="other")
    first = (await standing.describe()).run_id
    # The server advises it at 4 MB.
    for _ in range(4):
        await standing.signal("nonsense", "x" * 1_500_000)
    assert (await use(standing, key="after")).approval
    assert (await standing.describe()).run_id != first
    assert not (await use(standing, key="before", argument=asks()["argument"] | {"amount": "1"})).approval
    assert (await use(standing, key="before")).approval
    state = await till.state(standing)
    assert [one.key for one in state.uses] == ["before", "after"]
    assert state.refusals[0].reason.startswith("refused: ")
    assert (await use(standing, key="last")).approval
    assert (await standing.result()).end is StandingEnd.USED_UP


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "one JSON object is wanted"),
        (["grant"], "one JSON object is wanted"),
        ([{}], "process: Field required"),
        ([{"at_most": "3"}], "at_most"),
        ([{"until": "2020-01-01T00:00:00Z"}], "until must lie ahead"),
        ([{"until": "2999-01-01T00:00:00Z"}], "until must lie ahead, by at most 366 days"),
        ([{"tool": "test.pay"}], "the workflow id must be standing/refunds/test.pay/NAME"),
        ([{"bounds": {"a": {"matches": "(a+)+$"}}}], "bounds.a.matches"),
        ([{}, {"uses": []}], "one JSON object is wanted"),
        ([{}, None, 3], "one JSON object is wanted"),
    ],
)
async def test_a_grant_that_cannot_be_right_fails_at_once(till: Counter, args: list[Any], words: str) -> None:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    good = {"process": "refunds", "tool": "test.refund", "bounds": BOUNDS, "at_most": 1, "until": until, "by": "ann"}
    if args[:1] != [{}] or len(args) > 1:
        args = [good | arg if number == 0 and isinstance(arg, dict) else arg for number, arg in enumerate(args)]
    standing = await till.start_standing(f"{HOME}{till.queue}-bad", *args)
    with pytest.raises(WorkflowFailureError) as raised:
        await standing.result()
    assert words in root_message(raised.value)


async def test_lists_read_how_it_stands_without_a_worker(till: Counter) -> None:
    standing = await till.grant("listed", at_most=3)
    await use(standing)
    found = await standing.describe()
    card = await found.memo_value("standing", type_hint=StandingCard)
    assert (card.process, card.tool, card.by, card.used, card.at_most) == ("refunds", "test.refund", "ann", 1, 3)
    assert found.typed_search_attributes.get(SIGNOFF_PHASE) == "working"
    assert found.typed_search_attributes.get(SIGNOFF_APPROVERS) == ["ann"]


async def test_what_was_recorded_replays(till: Counter) -> None:
    standing = await till.grant("replayed", at_most=2)
    covered = await till.start("one")
    await covered.result()
    refused = await till.start("two", amount="99")
    await till.gate(refused)
    await refused.signal("approve", APPROVE)
    await refused.result()
    await (await till.start("three")).result()
    await standing.result()
    for handle in (standing, covered, refused):
        await replayer().replay_workflow(await handle.fetch_history())


async def test_a_run_that_began_before_its_tool_took_any_goes_on_without(till: Counter) -> None:
    handle = await till.start("one", "RefundsByHand")
    await till.gate(handle)
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
