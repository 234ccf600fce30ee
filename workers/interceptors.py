"""What surrounds every workflow and every activity: messages that cannot wedge a run, and heartbeats."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NoReturn

from temporalio import activity, workflow
from temporalio.worker import (
    ActivityInboundInterceptor,
    ContinueAsNewInput,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from activities.llm.arriving import Arriving, watch_arrival
from contracts.errors import BadInput

with workflow.unsafe.imports_passed_through():
    from workflows.steps.messages import TakesMessages

BEAT_S = 1.0
SLOWEST_BEAT_S = 6.0
BEATS_A_SECOND = 50
"""Of a worker with many calls under way, each beats less often, for every beat is work for the server. An activity is
given up after ten seconds without one."""


class Guard(Interceptor):
    """Refuses what no handler can be called with; beats for every activity while its process lives."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """The guard of the workflow side."""
        return _MessageGuard

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """The beating heart of the activity side."""
        return _Heartbeat(next)


class _MessageGuard(WorkflowInboundInterceptor):
    """A wrong number of arguments raises in the SDK's call, which fails the workflow task again and again."""

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_GoesOn(outbound))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        run, process = input.run_fn, workflow.instance()
        if hasattr(process, "gates"):
            input.args = process.gates.progress.chain.begin(run, input.args)
        if not _fits(run, (workflow.instance(), *input.args)):
            raise BadInput(f"{workflow.info().workflow_type} takes one JSON object as its input, got {len(input.args)}")
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        await _caught_up()
        handler = workflow.get_signal_handler(input.signal) or workflow.get_dynamic_signal_handler()
        if handler is not None and not _fits(handler, tuple(input.args)):
            process: TakesMessages = workflow.instance()
            process.refuse_signal(input.signal, f"takes one JSON object, got {len(input.args)} arguments")
            return
        await super().handle_signal(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        await _caught_up()
        return await super().handle_update_handler(input)


async def _caught_up() -> None:
    """A run of a chain first comes to where the one before it stood: until then no gate is open that was."""
    if hasattr(process := workflow.instance(), "gates"):
        await process.gates.progress.chain.caught_up()


class _GoesOn(WorkflowOutboundInterceptor):
    """What cannot be recorded is refused here, where that ends the run. The SDK would try to send it for ever."""

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        workflow.payload_converter().to_payloads(input.args)
        super().continue_as_new(input)


def _fits(function: Callable[..., Any], args: Sequence[Any]) -> bool:
    """Handlers come as partials, functions that know their instance."""
    if isinstance(function, partial):
        return _takes(function.func, len(function.args) + len(args))
    return _takes(function, len(args))


@cache
def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether it can be called with so many arguments; thousands of messages may ask at once."""
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    return True


class _Heartbeat(ActivityInboundInterceptor):
    """Cancellation and a worker's death reach an activity only through heartbeats, so each one beats.

    While a model's reply streams in, `{"characters": N}` goes along: how much of it there is so far.
    """

    _under_way = 0

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if activity.info().is_local:
            return await super().execute_activity(input)
        beat = asyncio.create_task(self._beat(watch_arrival()))
        self._under_way += 1
        try:
            return await super().execute_activity(input)
        finally:
            self._under_way -= 1
            beat.cancel()

    async def _beat(self, arriving: Arriving) -> None:
        while True:
            await asyncio.sleep(min(max(BEAT_S, self._under_way / BEATS_A_SECOND), SLOWEST_BEAT_S))
            activity.heartbeat(*arriving.details())
