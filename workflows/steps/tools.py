"""Using a tool: how often it is tried, under which key and with whose approval follow from its effect."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Generic, TypeVar, assert_never, overload

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from contracts.budgets import Spent
from contracts.effects import Begun, EffectKey, EffectsPort, Settlement
from contracts.errors import NotApproved, OutcomeUnknown, OverUsed, error_name, fence_of, root_message
from contracts.gates import Approved, digest_of
from contracts.tools import Act, Consent, Effect, IrreversibleTool, ReadTool, Receipt, Tool, WriteTool, tool_name
from contracts.transcript import Observe, Observed, TranscriptPort
from workflows.steps.gates import Gates
from workflows.steps.progress import Progress
from workflows.steps.switch import was_called_off, was_lost

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R")

_WAIT = workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
_TRY = workflow.ActivityCancellationType.TRY_CANCEL

HEARTBEAT = timedelta(seconds=10)
"""A worker that dies in an activity is missed after this long."""


FIRST_RETRY = timedelta(milliseconds=300)
"""After a worker's death the run has waited for the heartbeat to fail to come already."""

QUICK = timedelta(seconds=10)
"""Of a tool that answers fast."""

ONE_USE = Spent(tool_calls=1)


@dataclass(frozen=True)
class Handling:
    """How a kind of effect is called."""

    attempts: int
    timeout: timedelta
    interruptible: bool
    """Whether stopping the run may leave the call at once; an effect that was begun is settled first."""


def handling(effect: Effect) -> Handling:
    """The rule for each kind of effect; a new kind does not compile until it has one."""
    match effect:
        case Effect.READ:
            return Handling(attempts=6, timeout=timedelta(minutes=1), interruptible=True)
        case Effect.WRITE:
            return Handling(attempts=20, timeout=timedelta(minutes=1), interruptible=False)
        case Effect.IRREVERSIBLE:
            # Safe to try again because the ledger decides: an attempt finds the claim or the receipt of the one before.
            return Handling(attempts=20, timeout=timedelta(minutes=2), interruptible=False)
        case _:
            assert_never(effect)


class OnStop(Enum):
    """What becomes of an effect when the run is stopped while it is under way."""

    LEAVE = auto()
    """It is awaited. Where nobody can look up whether it happened, the result says so."""
    FIND_OUT = auto()
    """It is awaited. Where nobody can look up whether it happened, a person is asked all the same."""
    GO_ON = auto()
    """It is done all the same."""


@dataclass(frozen=True)
class Undo(Generic[A]):
    """How an effect is taken back: by an effect of its own."""

    step: str
    tool: WriteTool[A, Any]
    argument: A
    summary: str


class Evidence(BaseModel):
    """What a person is told who must say whether an effect happened."""

    key: str
    digest: str
    what_is_known: str
    argument: Any


class Tools:
    """The run's tools."""

    def __init__(self, progress: Progress, gates: Gates) -> None:
        self.progress = progress
        self._gates = gates

    @overload
    async def use(self, step: str, tool: ReadTool[A, R], argument: A, summary: str) -> R: ...
    @overload
    async def use(
        self, step: str, tool: WriteTool[A, R], argument: A, summary: str, on_stop: OnStop = OnStop.LEAVE
    ) -> Receipt[R]: ...
    @overload
    async def use(
        self,
        step: str,
        tool: IrreversibleTool[A, R],
        argument: Approved[A],
        summary: str,
        on_stop: OnStop = OnStop.LEAVE,
    ) -> Receipt[R]: ...
    async def use(self, step: str, tool: Any, argument: Any, summary: str, on_stop: OnStop = OnStop.LEAVE) -> Any:
        """Use a tool at a step of the boundary map. `summary` is the line that the Temporal UI shows.

        Raises Ended (stopped, or at a limit), NotApproved, OverUsed, UndeclaredStep, and the tool's own errors as
        ActivityError.
        """
        with self.progress.step(step):
            self._count(step, tool)
            if self.progress.budget:
                self.progress.budget.count(ONE_USE)
            return await self._used_at(step, tool, argument, summary, on_stop)

    async def undo(self, undo: Undo[Any], key: str) -> None:
        """Take the effect under `key` back, even in a run that was stopped. Its use was set aside by `Saga`.

        Raises the tool's own errors as ActivityError, and Ended when a person was asked and did not answer.
        """
        self._count(undo.step, undo.tool)
        act = self._act(undo.step, undo.argument).model_copy(update={"undoes": key})
        await self._settled(undo.step, undo.tool, act, undo.summary, OnStop.GO_ON)

    async def was_undone(self, undo: Undo[Any], key: str, by: str) -> None:
        """Enter in the ledger that a person has taken the effect under `key` back."""
        settlement = Settlement(key=f"{self.progress.action}/{undo.step}", fence=0, happened=True, by=by, undoes=key)
        await self._call(undo.step, EffectsPort.settle, settlement, Effect.WRITE, f"{by} has undone it", OnStop.GO_ON)

    async def observe(self, step: str, tool: ReadTool[Any, Any], request: Observe) -> Observed:
        """Use a tool that answers fast, within the workflow task, for a conversation, which keeps what it says.

        Raises as `use` does.
        """
        with self.progress.step(step):
            self._count(step, tool)
            if self.progress.budget:
                self.progress.budget.count(ONE_USE)
            how, began = handling(tool.effect), workflow.now()
            with self.progress.busy():
                observed = await self.progress.chain.journal.local(
                    TranscriptPort.observe,
                    request,
                    activity_id=self.progress.begin(step),
                    start_to_close_timeout=QUICK,
                    retry_policy=RetryPolicy(initial_interval=FIRST_RETRY, maximum_attempts=how.attempts),
                )
                self.progress.worked(workflow.now() - began)
                return observed

    def left(self, tool: Tool) -> int:
        """How often the run may still use it."""
        return tool.at_most - self.progress.counts.uses[tool_name(tool)]

    def _count(self, step: str, tool: Tool) -> None:
        """What the policy of the tool and the boundary map allow."""
        self.progress.boundary.uses(step, tool)
        name = tool_name(tool)
        if not self.left(tool):
            raise OverUsed(f"{name} has been used as often as a run may use it: {tool.at_most}; {step} was not done")
        self.progress.counts.uses[name] += 1

    async def _used_at(self, step: str, tool: Any, argument: Any, summary: str, on_stop: OnStop) -> Any:
        match tool:
            case ReadTool():
                return await self._call(step, tool.port, argument, tool.effect, summary, on_stop)
            case WriteTool():
                return await self._settled(step, tool, self._act(step, argument), summary, on_stop)
            case IrreversibleTool():
                approval = argument.approval
                if approval.standing is not None and tool.consent is not Consent.STANDING:
                    raise NotApproved(f"{tool_name(tool)} wants a person's approval for each use, not one in advance")
                # One approval is worth one action, or one of each tool that it names; the ledger holds the same line
                # across runs.
                shared = f" {tool_name(tool)}" if tool.consent is Consent.SHARED else ""
                use = (f"{approval.gate}{shared}", approval.digest)
                if use in self.progress.counts.spent:
                    raise NotApproved(f"the approval given at {approval.gate} has been used")
                self.progress.counts.spent.add(use)
                act = self._act(step, argument.value).model_copy(update={"approval": approval})
                return await self._settled(step, tool, act, summary, on_stop)
            case _:
                raise TypeError(f"not a tool: {tool!r}")

    def _act(self, step: str, argument: BaseModel) -> Act[Any]:
        """An act with its key: a second use of the same step is another action."""
        self.progress.counts.acts[step] += 1
        count = self.progress.counts.acts[step]
        nth = "" if count == 1 else f"/{count}"
        return Act(key=f"{self.progress.action}/{step}{nth}", digest=digest_of(argument), argument=argument)

    async def _settled(self, step: str, tool: Any, act: Act[Any], summary: str, on_stop: OnStop) -> Receipt[Any]:
        """Call until the outcome is known; where only a person can know it, ask one."""
        heeds = on_stop
        while True:
            try:
                receipt: Receipt[Any] = await self._call(step, tool.port, act, tool.effect, summary, heeds)
                return receipt
            except ActivityError as error:
                if heeds is OnStop.FIND_OUT and (was_lost(error) or was_called_off(error)):
                    if not was_lost(error) and not await self._was_begun(step, act.key):
                        self.progress.switch.raise_if_stopped()
                    heeds = OnStop.GO_ON  # the ledger finds out, or it is done now; either way it can be taken back
                    continue
                if error_name(error) != OutcomeUnknown.__name__:
                    raise
                happened = await self._ask_outcome(f"{step}-outcome", act, error, summary, heeds)
                if happened and on_stop is OnStop.FIND_OUT:
                    heeds = OnStop.GO_ON  # only the receipt is fetched
                elif on_stop is not OnStop.GO_ON:
                    self.progress.switch.raise_if_stopped()

    async def _was_begun(self, step: str, key: str) -> bool:
        """What is called off between two attempts may have been begun by the one before, which was lost."""
        asked = EffectKey(key=key)
        found: Begun = await self._call(
            step, EffectsPort.begun, asked, Effect.READ, "Was it begun before it was called off?", OnStop.GO_ON
        )
        return found.begun

    async def _ask_outcome(
        self, step: str, act: Act[Any], unknown: ActivityError, summary: str, on_stop: OnStop
    ) -> bool:
        evidence = Evidence(
            key=act.key,
            digest=act.digest,
            what_is_known=root_message(unknown),
            argument=act.argument.model_dump(mode="json"),
        )
        happened, by = await self._gates.did_it_happen(
            step, f"Did this happen? {summary}", evidence, after_stop=on_stop is not OnStop.LEAVE
        )
        settlement = Settlement(
            key=act.key, fence=fence_of(unknown), happened=happened, by=by, undoes=act.undoes if happened else None
        )
        summary = f"{by} says that it {'happened' if happened else 'did not happen'}"
        settles = OnStop.LEAVE if on_stop is OnStop.LEAVE else OnStop.GO_ON
        await self._call(step, EffectsPort.settle, settlement, Effect.WRITE, summary, settles)
        return happened

    async def _call(self, step: str, port: Any, argument: Any, effect: Effect, summary: str, on_stop: OnStop) -> Any:
        how, began = handling(effect), workflow.now()
        with self.progress.busy():
            result = await self._called(step, port, argument, how, summary, on_stop)
            # An attempt works no longer than its time-out; what is beyond was waiting for the outside system.
            self.progress.worked(min(workflow.now() - began, how.timeout))
            return result

    async def _called(self, step: str, port: Any, argument: Any, how: Handling, summary: str, on_stop: OnStop) -> Any:
        call = self.progress.chain.journal.start(
            port,
            argument,
            activity_id=self.progress.begin(step, after_stop=on_stop is not OnStop.LEAVE),
            summary=summary,
            start_to_close_timeout=how.timeout,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RetryPolicy(
                initial_interval=FIRST_RETRY, maximum_interval=timedelta(minutes=5), maximum_attempts=how.attempts
            ),
            # What is under way may still happen: its end is waited for, and then known.
            cancellation_type=_WAIT if not how.interruptible else _TRY,
        )
        if on_stop is OnStop.GO_ON:
            return await call
        if how.interruptible:
            return await self.progress.switch.until_stopped(call)
        return await self.progress.switch.until_settled(call, find_out=on_stop is OnStop.FIND_OUT)
