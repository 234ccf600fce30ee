"""20,000 hostile messages against one waiting run: it neither fails, nor wedges, nor moves; one right approval does."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.gates import Reply
from contracts.sales_follow_up import FollowUpOutcome
from contracts.visibility import Phase
from tests.conftest import MakeWorld
from tests.support.waiting import eventually
from tests.support.world import GOOD, PLAIN, World, at_the_gate
from tests.workflows.papers import Signer
from tests.workflows.test_messages import HOSTILE

SIGNALS, UPDATES = 16_000, 4_000
FULL = "exceeded workflow execution limit"
"""What the server says of a signal above 10,000 to one run, with the status of an invalid argument."""

ANN, BOB, OLD, ZOE = Signer("ann"), Signer("bob"), Signer("old"), Signer("zoe")
"""Two who may, one whose key was revoked, and the requester."""

POLICY = """
[gates.sales-follow-up.review-email]
stages = [{ who = ["role:lead"], needed = 2 }]
signed = true
separate = true
"""


def approvers(folder: Path) -> Path:
    """SIGNOFF_APPROVERS of this world."""
    text = POLICY
    for signer in (ANN, BOB, OLD, ZOE):
        key = signer.approver().keys[0]
        revoked = "revoked = 2026-01-01T00:00:00Z\n" if signer is OLD else ""
        text += f'[approvers.{signer.name}]\nroles = ["lead"]\n'
        text += f'[[approvers.{signer.name}.keys]]\nid = "{key.id}"\npublic = "{key.public}"\n{revoked}'
    path = folder / "approvers.toml"
    path.write_text(text)
    return path


def hostile(run: str, gate: str, digest: str) -> Iterator[tuple[str, list[Any]]]:
    """Signals without end, each kind in its turn; the same in every run."""
    chance = random.Random(7)
    right: dict[str, Any] = {"verdict": "approve", "gate": gate, "digest": digest}
    now = datetime.now(UTC)
    forged = ANN.signs(run, right)
    kinds = [
        *HOSTILE.values(),
        ("approve", [right | {"by": "ann"}]),
        ("approve", [BOB.signs(run, right | {"by": "ann"})]),
        ("approve", [ANN.signs("sales-follow-up/another/today", right)]),
        ("approve", [ANN.signs(run, right, now - timedelta(days=30))]),
        ("approve", [ANN.signs(run, right | {"gate": "send-money"})]),
        ("approve", [ANN.signs(run, right | {"digest": "0" * 64})]),
        ("approve", [forged | {"note": "and a rise"}]),
        ("approve", [forged | {"signature": forged["signature"] | {"at": now.isoformat()}}]),
        ("approve", [forged | {"signature": forged["signature"] | {"value": "A" * 86 + "=="}}]),
        ("approve", [forged | {"signature": forged["signature"] | {"key": "bob-1"}}]),
        ("approve", [forged | {"signature": "yes"}]),
        ("approve", [OLD.signs(run, right)]),
        ("approve", [ZOE.signs(run, right)]),
        ("approve", [Signer("mallory").signs(run, right)]),
        ("abstain", [{"by": "ann"}]),
        ("retract", [{"by": "ann"}]),
        ("reject", [{"by": "ann", "reason": "n" * 5_000}]),
        ("reject", [{"by": "mallory", "reason": "because"}]),
        ("answer", [{"by": "ann", "text": "\x00\x1b[2J"}]),
    ]
    while True:
        yield from chance.sample(kinds, len(kinds))


def as_update(name: str, args: list[Any]) -> list[Any]:
    """The same, said by update."""
    return [{"verdict": name, **args[0]}] if args and isinstance(args[0], dict) else args


async def crowd(messages: Iterable[Callable[[], Awaitable[Any]]], at_once: int) -> None:
    """Send them all; what the run says is all the same."""
    free = asyncio.Semaphore(at_once)

    async def taken_in(message: Callable[[], Awaitable[Any]]) -> bool:
        try:
            with suppress(WorkflowUpdateFailedError):
                await message()
        except RPCError as error:
            # A run that goes on in a new one is full until then: whoever means harm comes back.
            return error.status is not RPCStatusCode.RESOURCE_EXHAUSTED and FULL not in error.message
        return True

    async def send(message: Callable[[], Awaitable[Any]]) -> None:
        async with free:
            await eventually(partial(taken_in, message), "the server takes a message in", 120)

    await asyncio.gather(*(send(message) for message in messages))


async def test_a_hostile_crowd_moves_nothing(make_world: MakeWorld, tmp_path: Path) -> None:
    async with make_world(GOOD, SIGNOFF_APPROVERS=str(approvers(tmp_path))) as world:
        run = await at_the_gate(world, PLAIN | {"by": "zoe"})
        before = (await world.gate(run)).card
        attacks = hostile(run.id, before.gate, before.digest)
        signals = [partial(run.signal, name, args=args) for name, args in (next(attacks) for _ in range(SIGNALS))]
        await crowd(signals, 50)
        updates = [partial(run.execute_update, "decide", args=as_update(*next(attacks))) for _ in range(UPDATES)]
        await crowd(updates, 9)

        async def heard() -> bool:
            return (await world.state(run)).refusals_count >= SIGNALS

        await eventually(heard, "all signals")
        state = await world.state(run)
        assert (state.phase, len(state.refusals)) == (Phase.WAITING, 100)
        assert (await world.gate(run)).card == before
        assert world.mails() == []
        await approved_by_both(world, run)


async def approved_by_both(world: World, run: Any) -> None:
    """After all that, two right approvals are all it takes."""
    card = (await world.gate(run)).card
    right = {"verdict": "approve", "gate": card.gate, "digest": card.digest}
    for signer in (ANN, BOB):
        reply: Reply = await run.execute_update("decide", signer.signs(run.id, right), result_type=Reply)
        assert reply.accepted, reply.reason
    assert (await run.result()).outcome is FollowUpOutcome.SENT
    assert len(world.mails()) == 1


async def test_an_approval_amid_a_flood_counts(make_world: MakeWorld) -> None:
    """Where the run goes on in a new one, again and again, with messages on their way."""
    async with make_world(GOOD) as world:
        run = await at_the_gate(world, PLAIN)
        noise = [partial(run.signal, "approve", {})] * 2_600
        await crowd([*noise, partial(run.signal, "approve", {"by": "ann"}), *noise], 50)
        assert (await run.result()).outcome is FollowUpOutcome.SENT
        assert len(world.mails()) == 1
