"""What a person does from outside: waits for a gate, sends signals, lets time pass. None of it needs a worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from tests.support.waiting import eventually

T = TypeVar("T")

PATIENCE_S = 150
"""Longer than a worker's death, a claim's settling and a retry take together."""

_BEYOND = timedelta(minutes=1)
"""So far beyond a timer the time is moved on: it stops there only if the run is idle when it comes to that moment, so
it must lie behind all that a worker's death and the timer's own task may take."""

_STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.UNKNOWN)


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """Call until the server is there."""
    while True:
        try:
            return await call()
        except RPCError as error:
            if error.status not in _AWAY:
                raise
            await asyncio.sleep(0.2)


class Person:
    """Somebody who plays a part in one run."""

    def __init__(
        self,
        client: Client,
        handle: WorkflowHandle[Any, Any],
        pauses: Callable[[str], Awaitable[Callable[[], None]]],
        folder: Path,
    ) -> None:
        """`pauses` is told what the run waits for; what it answers is called when the wait is over. In `folder` lies
        what the outside systems have done."""
        self._client, self._handle, self._pauses = client, handle, pauses
        self.folder = folder

    @asynccontextmanager
    async def at_gate(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """Wait for a gate; its card. The wait is over when the block is."""

        async def look() -> dict[str, Any] | None:
            return next((card for card in (await self._gates())[0] if card["gate"] == name), None)

        card = await eventually(look, f"gate {name} of {self._handle.id}", PATIENCE_S)
        over = await self._pauses(f"gate {name}")
        yield card
        over()

    async def at_gates(self) -> AsyncIterator[str]:
        """The name of each gate that opens, once, until the run is over. Each wait is over when the next one begins."""
        seen: set[tuple[str, str]] = set()

        async def look() -> tuple[str, str] | None:
            cards, running = await self._gates()
            new = [(str(card["gate"]), str(card["opened_at"])) for card in cards]
            return next((gate for gate in new if gate not in seen), None if running else ("", ""))

        while (gate := await eventually(look, f"a gate, or the end, of {self._handle.id}", PATIENCE_S))[0]:
            seen.add(gate)
            over = await self._pauses(f"gate {gate[0]}")
            yield gate[0]
            over()

    async def _gates(self) -> tuple[list[dict[str, Any]], bool]:
        """The open ones, and whether the run goes on."""
        description = await insist(self._handle.describe)
        cards: list[dict[str, Any]] = await description.memo_value("gates", default=[])
        running = description.status == WorkflowExecutionStatus.RUNNING
        return cards if running else [], running

    async def says(self, signal: str, payload: dict[str, Any]) -> None:
        """Send a signal."""
        await insist(lambda: self._handle.signal(signal, payload))

    async def votes(self, gate: str, *votes: tuple[str, dict[str, Any]]) -> None:
        """Signals at one gate, each when the one before was read: two that met in one task would be other points."""
        for signal, payload in votes:
            async with self.at_gate(gate):
                await self.says(signal, payload)
            await eventually(lambda: insist(self._is_heard), f"{signal} at {gate} of {self._handle.id}", PATIENCE_S)

    async def _is_heard(self) -> bool:
        """Whether a task of the workflow was done after the last signal, or the run is over."""
        heard = True
        async for event in self._handle.fetch_history_events():
            if event.HasField("workflow_execution_signaled_event_attributes"):
                heard = False
            elif event.HasField("workflow_task_completed_event_attributes"):
                heard = True
        return heard or not (await self._gates())[1]

    async def sees_under_way(self, activity_id: str) -> None:
        """Wait until an activity has been begun."""

        async def look() -> bool:
            description = await insist(self._handle.describe)
            pending = description.raw_description.pending_activities
            begun = {one.activity_id for one in pending if one.state == _STARTED}
            return activity_id in begun or description.status != WorkflowExecutionStatus.RUNNING

        await eventually(look, f"activity {activity_id} of {self._handle.id}", PATIENCE_S)

    async def waits_through(self, timer: str) -> None:
        """Let the time pass that a timer wants; `timer`: how its summary begins."""

        started = ""

        async def look() -> timedelta | None:
            nonlocal started
            async for event in self._handle.fetch_history_events():
                summary = event.user_metadata.summary.data
                if event.HasField("timer_started_event_attributes") and str(json.loads(summary)).startswith(timer):
                    started = event.timer_started_event_attributes.timer_id
                    return event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            return None

        async def fired() -> bool:
            events = [event async for event in self._handle.fetch_history_events()]
            return any(event.timer_fired_event_attributes.timer_id == started for event in events)

        length = await eventually(lambda: insist(look), f"timer {timer} of {self._handle.id}", PATIENCE_S)
        over = await self._pauses(f"timer {timer}")
        moving = asyncio.create_task(TimeSkipper(self._client).fast_forward(self._handle, length + _BEYOND))
        await eventually(lambda: insist(fired), f"timer {timer} of {self._handle.id} is over", PATIENCE_S)
        over()
        await moving
