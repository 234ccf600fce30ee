"""Using a tool: how often it is tried, under which key and with whose approval follow from its effect."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, assert_never, overload

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from contracts.effects import EffectsPort, Settlement
from contracts.errors import NotApproved, OutcomeUnknown, error_name, fence_of, root_message
from contracts.gates import Approved, digest_of
from contracts.tools import Act, Effect, IrreversibleTool, ReadTool, Receipt, WriteTool
from workflows.steps.gates import Gates
from workflows.steps.progress import Progress

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R")

_WAIT = workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
_TRY = workflow.ActivityCancellationType.TRY_CANCEL

HEARTBEAT = timedelta(seconds=10)
"""A worker that dies in an activity is missed after this long."""


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
        self._used: set[tuple[str, str]] = set()

    @overload
    async def use(self, step: str, tool: ReadTool[A, R], argument: A, summary: str) -> R: ...
    @overload
    async def use(self, step: str, tool: WriteTool[A, R], argument: A, summary: str) -> Receipt[R]: ...
    @overload
    async def use(self, step: str, tool: IrreversibleTool[A, R], argument: Approved[A], summary: str) -> Receipt[R]: ...
    async def use(self, step: str, tool: Any, argument: Any, summary: str) -> Any:
        """Use a tool at a step of the boundary map. `summary` is the line that the Temporal UI shows.

        Raises Ended (stopped), NotApproved, and the tool's own errors as ActivityError.
        """
        match tool:
            case ReadTool():
                return await self._call(step, tool.port, argument, tool.effect, summary)
            case WriteTool():
                return await self._settled(step, tool, self._act(step, argument), summary)
            case IrreversibleTool():
                approval = argument.approval
                # One approval is worth one action; the ledger holds the same line across runs.
                if (approval.gate, approval.digest) in self._used:
                    raise NotApproved(f"the approval given at {approval.gate} has been used")
                self._used.add((approval.gate, approval.digest))
                act = self._act(step, argument.value).model_copy(update={"approval": approval})
                return await self._settled(step, tool, act, summary)
            case _:
                raise TypeError(f"not a tool: {tool!r}")

    def _act(self, step: str, argument: BaseModel) -> Act[Any]:
        return Act(key=f"{self.progress.action}/{step}", digest=digest_of(argument), argument=argument)

    async def _settled(self, step: str, tool: Any, act: Act[Any], summary: str) -> Receipt[Any]:
        """Call until the outcome is known; where only a person can know it, ask one."""
        while True:
            try:
                receipt: Receipt[Any] = await self._call(step, tool.port, act, tool.effect, summary)
                return receipt
            except ActivityError as error:
                if error_name(error) != OutcomeUnknown.__name__:
                    raise
                await self._ask_outcome(f"{step}-outcome", act, error, summary)

    async def _ask_outcome(self, step: str, act: Act[Any], unknown: ActivityError, summary: str) -> None:
        evidence = Evidence(
            key=act.key,
            digest=act.digest,
            what_is_known=root_message(unknown),
            argument=act.argument.model_dump(mode="json"),
        )
        happened, by = await self._gates.did_it_happen(step, f"Did this happen? {summary}", evidence)
        settlement = Settlement(key=act.key, fence=fence_of(unknown), happened=happened, by=by)
        summary = f"{by} says that it {'happened' if happened else 'did not happen'}"
        await self._call(step, EffectsPort.settle, settlement, Effect.WRITE, summary)

    async def _call(self, step: str, port: Any, argument: Any, effect: Effect, summary: str) -> Any:
        how = handling(effect)
        call = workflow.start_activity_method(
            port,
            argument,
            activity_id=self.progress.begin(step),
            summary=summary,
            start_to_close_timeout=how.timeout,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RetryPolicy(maximum_attempts=how.attempts, maximum_interval=timedelta(minutes=5)),
            # What is under way may still happen: its end is waited for, and then known.
            cancellation_type=_WAIT if not how.interruptible else _TRY,
        )
        return await (self.progress.until_stopped(call) if how.interruptible else self.progress.until_settled(call))
