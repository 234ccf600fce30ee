"""Where a run stands: its phase, what it cost, what was decided, and whether somebody stopped it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError

from contracts.errors import OutcomeUnknown, UndeclaredStep, error_name
from contracts.gates import OpenGate, Refusal, Stop
from contracts.notes import Note
from contracts.processes import Process, ProcessInput
from contracts.visibility import (
    MEMO_GATES,
    MEMO_NOTE,
    SIGNOFF_COST_USD,
    SIGNOFF_PHASE,
    SIGNOFF_WAITING,
    Phase,
    State,
)

T = TypeVar("T")
R = TypeVar("R")

KEPT_REFUSALS = 100
"""Refused messages kept in full; those past it are counted. Each kept one is an event."""


class Ending(StrEnum):
    """Why a story ended before its end."""

    REJECTED = "rejected"
    EXPIRED = "expired"
    STOPPED = "stopped"


class Ended(Exception):
    """A person said no, nobody answered in time, or the run was stopped: an ending, not a failure."""

    def __init__(self, how: Ending, reason: str) -> None:
        super().__init__(reason)
        self.how = how
        self.reason = reason


class Progress:
    """One run's standing. History learns of it by notes (memo) and, when the phase changes, by search attributes."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.action = ""
        """The business action, e.g. `sales-follow-up/lead-007/2026-11-21`: the root of every effect key."""
        self.cost_usd = Decimal(0)
        self.open_gates: dict[str, OpenGate] = {}
        self.refusals: list[Refusal] = []
        self.refusals_count = 0
        self._stop: Stop | None = None
        self._final: Phase | None = None
        self._published: tuple[Phase, tuple[str, ...]] | None = None
        self._steps = {step.name for step in process.steps}
        self._calls: dict[str, int] = {}

    @property
    def phase(self) -> Phase:
        """Waiting while a gate is open."""
        return self._final or (Phase.WAITING if self.open_gates else Phase.WORKING)

    async def tell(self, request: ProcessInput, story: Awaitable[R], ended: Callable[[Ended], R]) -> R:
        """Await the story; where it ended early, `ended` makes the partial result."""
        occasion = request.occasion or f"{workflow.info().workflow_start_time:%Y-%m-%d}"
        self.action = self.process.business_action(request, occasion)
        self.publish()
        try:
            result = await story
        except Ended as end:
            self._close(Phase.STOPPED if end.how is Ending.STOPPED else Phase.DONE)
            return ended(end)
        except asyncio.CancelledError:
            self._close(Phase.STOPPED)
            raise
        except FailureError:
            self._close(Phase.DONE)
            raise
        self._close(Phase.DONE)
        return result

    def begin(self, step: str) -> str:
        """Enter a step; answers the activity id of this call: the step's name, from the second call on with a number.

        Raises UndeclaredStep: what a process may do is what its boundary map says.
        """
        if step not in self._steps:
            raise UndeclaredStep(
                f"{self.process.name}: step {step!r} is not in its boundary map; declare it there first"
            )
        self.raise_if_stopped()
        self._calls[step] = count = self._calls.get(step, 0) + 1
        return step if count == 1 else f"{step}-{count}"

    async def until_stopped(self, work: Awaitable[T]) -> T:
        """Await work that may be given up at once when the run is stopped."""
        task = asyncio.ensure_future(work)
        try:
            await workflow.wait_condition(lambda: task.done() or self._stop is not None)
        finally:
            if not task.done():
                task.cancel()
        self.raise_if_stopped()
        return task.result()

    async def until_settled(self, call: workflow.ActivityHandle[T]) -> T:
        """Await an effect. A stop or a cancellation ends the attempts; one that is under way is awaited to its end."""
        try:
            await workflow.wait_condition(lambda: call.done() or self._stop is not None)
        except asyncio.CancelledError:
            call.cancel()
            with suppress(ActivityError):
                await call
            raise
        if not call.done():
            call.cancel()
        try:
            return await call
        except ActivityError as error:
            if error_name(error) == OutcomeUnknown.__name__:
                self.raise_if_stopped("; whether the effect that was under way happened is not known")
            self.raise_if_stopped()
            raise

    def stop(self, message: Stop) -> None:
        """Somebody pulled the switch; the first one counts."""
        if self._stop is None:
            self._stop = message
            self.note(Note(at=workflow.now(), by="person", who=message.by, outcome="stopped", text=message.reason))

    @property
    def stopping(self) -> bool:
        """Whether the run was stopped."""
        return self._stop is not None

    def raise_if_stopped(self, besides: str = "") -> None:
        """Leave the story where the run was stopped; `besides` is what the result should say as well."""
        if self._stop is not None:
            raise Ended(Ending.STOPPED, f"{self._stop.by}: {self._stop.reason}{besides}")

    def refuse(self, message: str, by: Any, gate: Any, reason: str) -> None:
        """Record a message that was turned away."""
        self.refusals_count += 1
        if self.refusals_count > KEPT_REFUSALS:
            return
        refusal = Refusal(
            at=workflow.now(), message=message[:200], by=_short(by), gate=_short(gate), reason=reason[:500]
        )
        self.refusals.append(refusal)
        self.note(Note(at=refusal.at, refusal=refusal, refusals_count=self.refusals_count))

    def note(self, note: Note) -> None:
        """Write a decision, or a refusal, into history; with it, which gates are open now."""
        workflow.upsert_memo({MEMO_NOTE: note, MEMO_GATES: [gate.card for gate in self.open_gates.values()]})
        self.publish()

    def publish(self) -> None:
        """Search attributes, when the phase or the open gates changed: each write is an event."""
        now = (self.phase, tuple(self.open_gates))
        if now == self._published:
            return
        self._published = now
        workflow.upsert_search_attributes(
            [
                SIGNOFF_PHASE.value_set(self.phase),
                SIGNOFF_WAITING.value_set(list(self.open_gates)),
                SIGNOFF_COST_USD.value_set(float(self.cost_usd)),
            ]
        )
        workflow.set_current_details(self._details())

    def state(self) -> State:
        """Answer to the query `state`."""
        return State(
            process=self.process.name,
            phase=self.phase,
            gates=tuple(self.open_gates.values()),
            cost_usd=self.cost_usd,
            refusals=tuple(self.refusals),
            refusals_count=self.refusals_count,
        )

    def _close(self, phase: Phase) -> None:
        self._final = phase
        if self.open_gates:
            self.open_gates.clear()
            workflow.upsert_memo({MEMO_GATES: []})
        if self.refusals_count > KEPT_REFUSALS:
            self.note(Note(at=workflow.now(), refusals_count=self.refusals_count))
        self.publish()

    def _details(self) -> str:
        waits = [f"Waiting: {g.card.question} (gate `{g.card.gate}`)" for g in self.open_gates.values()]
        return "\n\n".join(waits) or f"Phase: {self.phase}"


def _short(value: Any) -> str | None:
    """A sender's text as a record can hold it; anything but text is no name."""
    return value[:200] if isinstance(value, str) else None
