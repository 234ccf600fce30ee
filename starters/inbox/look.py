"""One run as its page shows it: its gates from the memo, their subjects from the worker."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.gates import Card, OpenGate
from contracts.visibility import State
from runtime.blobs.store import BlobError
from starters.happenings import RunStatus
from starters.session import Run, find_run

PATIENCE_S = 3.0
"""Seconds that a worker has to say what lies open."""

NO_WORKER = (
    f"No worker answered within {PATIENCE_S:.0f} s, so what this is about cannot be shown, and nothing can be decided "
    "on. Start a worker (`signoff up`, or `python -m workers`), then load this page again."
)
STUCK = (
    "The worker cannot go on with this run, so what this is about cannot be shown. Its log, and the Temporal UI, say "
    "why."
)

_SLOW = (RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED)


@dataclass(frozen=True)
class Looked:
    """A run, and the gate that was asked for."""

    run: Run
    cards: tuple[Card, ...]
    card: Card | None
    """None: it is not open, or nothing is."""
    gate: OpenGate | None = None
    trouble: str | None = None
    """Why the subject of a gate that is open cannot be shown."""

    @property
    def mark(self) -> str:
        """Another one when something has happened, and every ten minutes: pages say how long ago things were."""
        found, now = self.run.found, datetime.now(UTC)
        return f"{found.run_id}:{found.history_length}:{self.run.status}:{now:%H%M}"[:-1]

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.run.status is not RunStatus.RUNNING


async def glance(client: Client, workflow_id: str, wanted: str | None) -> Looked:
    """What the server says, without a worker. `wanted`: the gate; the one that has waited longest unless given.

    Raises Failure (no such run), RPCError.
    """
    run = await find_run(client, workflow_id)
    cards = await run.cards()
    return Looked(run, cards, pick(cards, wanted))


async def look(client: Client, workflow_id: str, wanted: str | None) -> Looked:
    """`glance`, with what lies open."""
    seen = await glance(client, workflow_id, wanted)
    if seen.card is None:
        return seen
    state = await _state(seen.run)
    if isinstance(state, str):
        return replace(seen, trouble=state)
    # The worker knows better than a memo that was read a moment before.
    gate = next((one for one in state.gates if one.card.gate == seen.card.gate), None)
    return Looked(seen.run, tuple(one.card for one in state.gates), gate.card if gate else None, gate)


def pick(cards: tuple[Card, ...], wanted: str | None) -> Card | None:
    """The gate of that name, or the one that has waited longest."""
    among = [card for card in cards if wanted in (None, card.gate)]
    return min(among, key=lambda card: card.opened_at, default=None)


async def _state(run: Run) -> State | str:
    """What the worker says; why it does not, where it does not."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            state: State = await run.handle.query("state", result_type=State, rpc_timeout=timedelta(seconds=PATIENCE_S))
            return state
    except TimeoutError:
        return NO_WORKER
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return STUCK
    except BlobError as error:
        return str(error)
    except RPCError as error:
        if error.status in _SLOW:
            return NO_WORKER
        if error.status is RPCStatusCode.UNAVAILABLE:
            raise
        return STUCK
