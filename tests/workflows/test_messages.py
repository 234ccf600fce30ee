"""No message wedges, fails or moves a run: whatever a client can send, by signal and by update."""

from contextlib import suppress
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from contracts.sales_follow_up import FollowUpOutcome
from contracts.visibility import Phase
from tests.conftest import MakeWorld
from tests.support.world import GOOD, PLAIN, World, at_the_gate

BY = {"by": "ann"}

HOSTILE: dict[str, tuple[str, list[Any]]] = {
    "no argument": ("approve", []),
    "one argument too many": ("approve", [BY, BY]),
    "wrong type": ("approve", ["yes"]),
    "null": ("approve", [None]),
    "a list": ("approve", [[BY]]),
    "nobody": ("approve", [{}]),
    "by is not text": ("approve", [{"by": 7}]),
    "by is blank": ("approve", [{"by": "  "}]),
    "by holds control characters": ("approve", [{"by": "ann\x1b[2J"}]),
    "by is too long": ("approve", [{"by": "a" * 201}]),
    "unknown field": ("approve", [BY | {"approved": True}]),
    "yes as text": ("approve", [BY | {"approved": "yes"}]),
    "another verdict inside": ("approve", [BY | {"verdict": "reject"}]),
    "note too long": ("approve", [BY | {"note": "n" * 4001}]),
    "another gate": ("approve", [BY | {"gate": "send-money"}]),
    "another digest": ("approve", [BY | {"digest": "0" * 64}]),
    "edit of the recipient": ("approve", [BY | {"edit": {"to": {"name": "Eve", "email": "eve@example.com"}}}]),
    "edit that does not fit": ("approve", [BY | {"edit": {"subject": ""}}]),
    "edit with a header in the subject": ("approve", [BY | {"edit": {"subject": "Hi\nBcc: eve@example.com"}}]),
    "edit that is no object": ("approve", [BY | {"edit": "all of it"}]),
    "deep edit": ("approve", [BY | {"edit": {"body": [[[[[[[[]]]]]]]]}}]),
    "rejection without a reason": ("reject", [BY]),
    "rejection with a blank one": ("reject", [BY | {"reason": ""}]),
    "answer to an approval": ("answer", [BY | {"text": "yes"}]),
    "answer with both": ("answer", [BY | {"text": "yes", "choice": 1}]),
    "answer with neither": ("answer", [BY]),
    "stop without a reason": ("stop", [BY]),
    "stop by nobody": ("stop", [{"reason": "because"}]),
    "stop without anything": ("stop", []),
    "unknown signal": ("aprove", [BY]),
    "unknown signal with many arguments": ("launch", [1, 2, 3]),
}


async def still_waits(world: World, handle: Any) -> None:
    state = await world.state(handle)
    assert state.phase is Phase.WAITING
    assert [gate.card.gate for gate in state.gates] == ["review-email"]


async def accepted(handle: Any, payloads: list[Any]) -> bool:
    """Whether the `decide` update was; each refusal gives a reason."""
    try:
        reply = await handle.execute_update("decide", args=payloads)
    except WorkflowUpdateFailedError as error:
        return not str(error.cause)
    return bool(reply["accepted"] or not reply["reason"])


async def test_hostile_signals_are_recorded_and_change_nothing(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        for name, args in HOSTILE.values():
            await handle.signal(name, args=args)
        await still_waits(world, handle)
        state = await world.state(handle)
        assert state.refusals_count == len(HOSTILE)
        assert all(refusal.reason for refusal in state.refusals)
        assert not world.mails()
        await handle.signal("approve", BY)
        assert (await handle.result()).outcome is FollowUpOutcome.SENT


async def test_hostile_updates_are_answered_and_change_nothing(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        for name, args in HOSTILE.values():
            if name == "stop":
                continue
            payloads = [{"verdict": name} | arg if isinstance(arg, dict) else arg for arg in args]
            assert not await accepted(handle, payloads)
        await still_waits(world, handle)


async def test_refusals_past_the_hundredth_are_counted_but_not_kept(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        for _ in range(120):
            await handle.signal("approve", {})
        state = await world.state(handle)
        assert (len(state.refusals), state.refusals_count) == (100, 120)
        await handle.signal("approve", BY)
        assert (await handle.result()).outcome is FollowUpOutcome.SENT


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (("reject", BY | {"reason": "no"}), ("approve", BY), FollowUpOutcome.REJECTED),
        (("approve", BY), ("reject", BY | {"reason": "no"}), FollowUpOutcome.SENT),
    ],
    ids=["reject first", "approve first"],
)
async def test_the_first_answer_stands(
    make_world: MakeWorld, first: tuple[str, Any], second: tuple[str, Any], outcome: FollowUpOutcome
) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        await send_in_turn(handle, first, second)
        assert (await handle.result()).outcome is outcome


async def send_in_turn(handle: Any, *signals: tuple[str, Any]) -> None:
    """Both, as fast as they go; the second may come when the run is over."""
    with suppress(RPCError):
        for name, payload in signals:
            await handle.signal(name, payload)


async def test_signals_that_cannot_be_decoded_are_recorded(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        payloads = [
            Payload(metadata={"encoding": b"json/plain"}, data=b'{"by": '),
            Payload(metadata={"encoding": b"binary/encrypted"}, data=b"\x00"),
            Payload(metadata={"encoding": b"\xff\xfe"}, data=b"{}"),
            Payload(metadata={}, data=b"{}"),
            Payload(metadata={"encoding": b"json/plain"}, data=b'{"by": "ann", "note": "\\ud800"}'),
            Payload(
                metadata={"encoding": b"json/plain"}, data=b'{"by": "ann", "edit": ' + b"[" * 5000 + b"]" * 5000 + b"}"
            ),
            Payload(metadata={"encoding": b"json/plain"}, data=b'{"by": ' + b"9" * 6000 + b"}"),
        ]
        for payload in payloads:
            await world.client.workflow_service.signal_workflow_execution(
                SignalWorkflowExecutionRequest(
                    namespace="default",
                    workflow_execution=WorkflowExecution(workflow_id=handle.id),
                    signal_name="approve",
                    input=Payloads(payloads=[payload]),
                )
            )
        assert (await world.state(handle)).refusals_count == len(payloads)
        await still_waits(world, handle)


async def test_an_approval_that_comes_before_the_gate_does_not_count(make_world: MakeWorld) -> None:
    slow = [{"$delay_s": 2, "$reply": {"signals": []}}]
    async with make_world(GOOD | {"summarise-signals": slow}) as world:
        with world.env.with_time_skipping_disabled():
            handle = await world.start(PLAIN)
            await handle.signal("approve", BY)
            await world.gate(handle)
        await still_waits(world, handle)
        assert [refusal.reason for refusal in (await world.state(handle)).refusals] == ["no gate is open"]


@pytest.mark.parametrize("update", ["unknown", "approve"])
async def test_an_unknown_update_is_answered_with_an_error(make_world: MakeWorld, update: str) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update(update, BY)
        await still_waits(world, handle)


async def test_the_ui_is_told_what_each_signal_wants(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        metadata = await handle.query("__temporal_workflow_metadata")
        described = {signal.name: signal.description for signal in metadata.definition.signal_definitions}
        assert described.keys() >= {"approve", "reject", "answer", "stop"}
        assert all('"by"' in described[name] for name in ("approve", "reject", "answer", "stop"))
