"""Where a run stands: its phase, what it cost, what was decided, and whether somebody stopped it."""

import asyncio
import inspect
import math
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeUpdate
from temporalio.exceptions import FailureError

from contracts.budgets import Account, Limits, LimitsPort, LimitsRequest, Partial, Spent
from contracts.chain import Came, RunSoFar
from contracts.gates import OpenGate, Refusal, Stop
from contracts.notes import Note
from contracts.processes import Process, ProcessInput
from contracts.visibility import (
    MEMO_GATES,
    MEMO_NOTE,
    SIGNOFF_APPROVERS,
    SIGNOFF_COST_USD,
    SIGNOFF_PHASE,
    SIGNOFF_WAITING,
    Phase,
    State,
)
from workflows.steps.boundary import Boundary
from workflows.steps.budget import RunBudget
from workflows.steps.chain import Chain
from workflows.steps.counts import Counts
from workflows.steps.ended import Ended, Ending
from workflows.steps.going_on import how_to_go_on
from workflows.steps.switch import Switch

T = TypeVar("T")
R = TypeVar("R")

KEPT_REFUSALS = 100
"""Refused messages kept in full; those past it are counted. Each kept one is an event."""


BUDGETS = "budgets"
"""Patch: runs that began before there were budgets go on without one, as their histories have it."""

APPROVERS = "approvers"
"""Patch: runs that began when nobody kept a list of approvers go on without."""

ONE_STEP = Spent(steps=1)


class Progress:
    """One run's standing. History learns of it by notes (memo) and, when the phase changes, by search attributes."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.boundary = Boundary(process)
        self.action = ""
        """The business action, e.g. `sales-follow-up/lead-007/2026-11-21`: the root of every effect key."""
        self.keeps_rules = False
        """Whether its gates ask who may decide."""
        self.budget: RunBudget | None = None
        """None in a run that began before there were budgets."""
        self.cost_before_budgets = Decimal(0)
        self.request: ProcessInput | None = None
        self.counts = Counts()
        self.switch = Switch()
        self.chain = Chain()
        self.open_gates: dict[str, OpenGate] = {}
        self.refusals: list[Refusal] = []
        self.refusals_count = 0
        self._final: Phase | None = None
        self._published: tuple[Phase, tuple[str, ...]] | None = None
        self._asked: list[str] = []

    @property
    def phase(self) -> Phase:
        """Waiting while a gate is open."""
        return self._final or (Phase.WAITING if self.open_gates else Phase.WORKING)

    @property
    def cost_usd(self) -> Decimal:
        """What the run's model calls have cost so far."""
        return self.budget.spent.usd if self.budget else self.cost_before_budgets

    async def tell(
        self,
        request: ProcessInput,
        story: Coroutine[Any, Any, R],
        ended: Callable[[Ended], R],
        account: Account | None = None,
    ) -> R:
        """Await the story; where it ended early, `ended` makes the partial result.

        `account`: what a parent leased, or the run before this one of a chain left; else as the settings and the
        request have it.
        """
        self.request = request
        before = self.chain.before
        occasion = request.occasion or f"{workflow.info().workflow_start_time:%Y-%m-%d}"
        self.action = before.action or self.process.business_action(request, occasion)
        self.refusals = [*before.refusals, *self.refusals][:KEPT_REFUSALS]
        self.refusals_count += before.refusals_count
        self.publish()
        self.keeps_rules = workflow.patched(APPROVERS)
        try:
            if workflow.patched(BUDGETS):
                worked = Spent(working_time=before.working_time)
                self.budget = RunBudget(account or Account(limits=await self._limits(request), spent=worked))
            result = await self._told(story)
        except Ended as end:
            if end.limit:
                self.note(Note(at=workflow.now(), step="budget", outcome="limit reached", text=end.reason))
            self._close(Phase.STOPPED if end.how is Ending.STOPPED else Phase.DONE)
            return ended(end)
        except asyncio.CancelledError:
            self._close(Phase.STOPPED)
            raise
        except FailureError:
            self._close(Phase.DONE)
            raise
        finally:
            if inspect.getcoroutinestate(story) == inspect.CORO_CREATED:
                story.close()
        self._close(Phase.DONE)
        return result

    @contextmanager
    def step(self, step: str) -> Iterator[None]:
        """Take a step: it counts against the budget, and once it is taken stands among what was done.

        Raises Ended (a limit is reached, or the run was stopped), UndeclaredStep.
        """
        self.boundary.declared(step)
        self.switch.raise_if_stopped()
        if self.budget:
            self.budget.count(ONE_STEP)
            self.budget.working_left()
        yield
        self.counts.done[step] = None

    def begin(self, step: str, *, of: str = "", after_stop: bool = False) -> str:
        """The activity id of a call: the step's name, from the second call on with a number.

        `of`: what is called where it is not the step's own work, such as its price. `after_stop`: it may still be begun
        once the run was stopped.
        """
        self.boundary.declared(step)
        if not after_stop:
            self.switch.raise_if_stopped()
        name = f"{step}-{of}" if of else step
        self.counts.calls[name] += 1
        count = self.counts.calls[name]
        return name if count == 1 else f"{name}-{count}"

    async def pause(self, length: timedelta, summary: str) -> None:
        """Wait for something outside; a wait counts as idle. Raises Ended (stopped)."""
        if self.chain.journal.take("pause"):
            return
        await self.switch.until_stopped(workflow.sleep(length, summary=summary))
        self.chain.journal.keep("pause", Came())

    def idle_left(self) -> timedelta:
        """How long the run may wait for something outside. A gate's deadline is its own, so none counts here."""
        assert self.budget
        left = self.budget.limits.idle_time if self.open_gates else self.budget.idle_left()
        return timedelta(seconds=math.ceil(left.total_seconds()))

    def progressed(self) -> None:
        """Something came of waiting."""
        if self.budget:
            self.budget.progressed()

    def busy(self) -> AbstractContextManager[None]:
        """Around a call that adds to the working time."""
        return self.budget.busy() if self.budget else nullcontext()

    def worked(self, length: timedelta) -> None:
        """A step has run for so long, until now, and something came of it."""
        if self.budget:
            self.budget.worked(length)
            self.budget.progressed()

    def stop(self, message: Stop) -> None:
        """Somebody pulled the switch; the first one counts."""
        if self.switch.pull(message):
            self.note(Note(at=workflow.now(), by="person", who=message.by, outcome="stopped", text=message.reason))

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
        if self.chain.journal.telling_again:
            return  # the run before this one has written it
        workflow.upsert_memo({MEMO_NOTE: note, MEMO_GATES: [gate.card for gate in self.open_gates.values()]})
        self.publish()

    def publish(self) -> None:
        """Search attributes, when the phase or the open gates changed: each write is an event."""
        now = (self.phase, tuple(self.open_gates))
        asked = sorted({name for gate in self.open_gates.values() for name in gate.card.waits_on})
        if self.chain.journal.telling_again or (now == self._published and asked == self._asked):
            return
        attributes: list[SearchAttributeUpdate[Any]] = [
            SIGNOFF_PHASE.value_set(self.phase),
            SIGNOFF_WAITING.value_set(list(self.open_gates)),
            SIGNOFF_COST_USD.value_set(float(self.cost_usd)),
        ]
        if asked != self._asked:
            attributes.append(SIGNOFF_APPROVERS.value_set(asked))
        self._published, self._asked = now, asked
        workflow.upsert_search_attributes(attributes)
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
            spent=self.budget.spent if self.budget else Spent(usd=self.cost_usd),
            limits=self.budget.limits if self.budget else None,
        )

    def partial(self, end: Ended) -> Partial | None:
        """What a run leaves behind that was stopped, by a person or by a limit."""
        if end.how is not Ending.STOPPED or self.budget is None:
            return None
        assert self.request
        occasion = self.action.rpartition("/")[2]
        limits, this = self.budget.limits, workflow.info().workflow_id
        go_on = how_to_go_on(self.process, self.request, occasion, this, limits, end.limit)
        done = tuple(self.counts.done)
        return Partial(limit=end.limit, limits=limits, spent=self.budget.spent, done=done, go_on=go_on)

    async def _limits(self, request: ProcessInput) -> Limits:
        """Recorded, so that a change of the settings reaches new runs only."""
        limits = await self.chain.journal.local(
            LimitsPort.read,
            LimitsRequest(process=self.process.name, usual=self.process.limits),
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_attempts=6),
            summary="What the run may spend",
        )
        return limits.within(request.budget)

    async def _told(self, story: Coroutine[Any, Any, R]) -> R:
        """The story's end, unless the run has to go on in a new one before."""
        telling = asyncio.ensure_future(story)
        try:
            await workflow.wait_condition(
                lambda: telling.done() or (self.chain.has_to_end() and not self.switch.pulled)
            )
        except asyncio.CancelledError:
            telling.cancel()
            return await telling
        if telling.done():
            return telling.result()
        worked = self.budget.spent.working_time if self.budget else timedelta(0)
        self.chain.go_on(
            RunSoFar(
                action=self.action,
                refusals=tuple(self.refusals),
                refusals_count=self.refusals_count,
                working_time=worked,
            )
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
