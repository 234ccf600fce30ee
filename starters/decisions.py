"""Deciding at a gate: by update, which answers whether the decision counts."""

import asyncio
import getpass
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from contracts.errors import root_message
from contracts.gates import Card, Decision, OpenGate, Reply
from contracts.visibility import State
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.session import Run
from starters.waiting import NO_WORKER, PATIENCE_S


def own_name() -> str:
    """The operating system's name for the user. Raises Failure where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Failure(BAD_INPUT, "this user has no name here: say who decides with --by") from None


async def pick_gate(run: Run, gate: str | None) -> Card | None:
    """The open gate that is meant; None where none is open, or not this one. Raises Failure where it is not clear."""
    cards = await run.cards()
    if gate is None and len(cards) > 1:
        names = ", ".join(card.gate for card in cards)
        raise Failure(BAD_INPUT, f"{run.handle.id} waits at several gates: say which with --gate: {names}")
    return next((card for card in cards if gate in (None, card.gate)), None)


async def decide(handle: WorkflowHandle[Any, Any], decision: Decision) -> Reply:
    """Send a decision; whether it was taken, and why not. Raises Failure."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reply: Reply = await handle.execute_update("decide", decision.model_dump(mode="json"), result_type=Reply)
            return reply
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        # The server keeps what it took in, and hands it to the next worker.
        still = "the decision is delivered if one comes while the gate is open"
        raise Failure(REFUSED, f"{handle.id}: {NO_WORKER}; {still}") from None
    except WorkflowUpdateFailedError as error:
        return Reply(accepted=False, reason=root_message(error))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise Failure(REFUSED, f"{handle.id} is over: nothing is left to decide") from None


async def look_at(handle: WorkflowHandle[Any, Any], card: Card) -> OpenGate | None:
    """The gate with what it shows; None where it is no longer open. Raises Failure where no worker answers."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            state: State = await handle.query("state", result_type=State)
    except TimeoutError:
        raise Failure(REFUSED, f"{handle.id}: {NO_WORKER}") from None
    return next((gate for gate in state.gates if gate.card.digest == card.digest), None)
