"""What a standing approval answers to whoever asks it, and what it keeps of that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from contracts.errors import root_message
from contracts.gates import json_digest
from contracts.standing import KEPT_REFUSALS, StandingCard, StandingEnd, UseReply
from contracts.visibility import SIGNOFF_APPROVERS, SIGNOFF_PHASE
from tests.workflows.standing_counter import BOUNDS, HOME, Counter, Standing


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
