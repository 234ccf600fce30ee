"""Everything that waits for a person: from the visibility store and the memos, without a worker."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from contracts.catalogue import PROCESSES
from contracts.gates import Card
from contracts.visibility import SIGNOFF_PHASE, Phase
from starters.session import open_cards, process_of

FRESH_S = 1.0
"""Seconds that what was found is shown again; visibility lags about as much."""


@dataclass(frozen=True)
class Waits:
    """One gate, or one run whose gates cannot be read here."""

    workflow_id: str
    process: str
    since: datetime
    card: Card | None

    @property
    def element_id(self) -> str:
        """For the page: the same for the same gate, so that a place in the list is kept."""
        name = f"{self.workflow_id}\n{self.card.gate if self.card else ''}"
        return f"w{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}"


class Waiting:
    """What waits now. However many look at it, the server is asked once a second, and less often where it is slow."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._found: tuple[Waits, ...] = ()
        self._stale_at = 0.0

    async def all(self) -> tuple[Waits, ...]:
        """Oldest first. Raises RPCError."""
        async with self._lock:
            began = time.monotonic()
            if began >= self._stale_at:
                self._found = await _fetch(self._client)
                now = time.monotonic()
                self._stale_at = now + max(FRESH_S, 3 * (now - began))
            return self._found


async def _fetch(client: Client) -> tuple[Waits, ...]:
    types = ", ".join(f"'{process.workflow_type}'" for process in PROCESSES.values())
    query = f"WorkflowType IN ({types}) AND ExecutionStatus='Running' AND {SIGNOFF_PHASE.name}='{Phase.WAITING}'"
    try:
        found = [waits async for run in client.list_workflows(query) for waits in await _of(run)]
    except RPCError as error:
        # No worker was ever here, so nothing waits.
        if error.status is RPCStatusCode.INVALID_ARGUMENT and SIGNOFF_PHASE.name in error.message:
            return ()
        raise
    return tuple(sorted(found, key=lambda one: (one.since, one.workflow_id)))


async def _of(run: WorkflowExecution) -> list[Waits]:
    process = process_of(run)
    name = process.name if process else run.workflow_type
    cards = await open_cards(run)
    if not cards:
        return [Waits(run.id, name, run.start_time, None)]
    return [Waits(run.id, name, card.opened_at, card) for card in cards]
