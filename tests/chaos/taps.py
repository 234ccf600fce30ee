"""A worker's points in history: around activities and their reports, and around workflow tasks.

The product is not changed: its objects are wrapped in the process that is to die.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio.bridge.worker import Worker as Core
from temporalio.plugin import SimplePlugin
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

import workers.__main__
from tests.chaos.naming import Names, here
from tests.chaos.points import Reach, wrap
from tests.chaos.world_taps import tap_world


def tap(reach: Reach) -> None:
    """Report every point of this process, whose worker is started afterwards."""
    _tap_bodies(reach)
    _tap_core(reach, Names())
    tap_world(reach)


class _Bodies(Interceptor):
    """Innermost, so that it stands right around the body."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Body(next, self._reach)


class _Body(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, reach: Reach) -> None:
        super().__init__(next)
        self._reach = reach

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        self._reach(f"{here()}: before its body")
        try:
            return await super().execute_activity(input)
        finally:
            self._reach(f"{here()}: after its body")


def _tap_bodies(reach: Reach) -> None:
    plugin = SimplePlugin("chaos", interceptors=[_Bodies(reach)])
    wrap(workers.__main__, "telemetry_plugins", lambda made: lambda settings: [*made(settings), plugin])


def _tap_core(reach: Reach, names: Names) -> None:
    """What comes from the server's queues, and what is reported back."""

    def polled(poll: Callable[[Core], Awaitable[Any]], name_of: Callable[[Any], str | None]) -> Any:
        async def wrapped(core: Core) -> Any:
            task = await poll(core)
            if name := name_of(task):
                reach(f"{name}: taken")
            return task

        return wrapped

    def completed(complete: Callable[[Core, Any], Awaitable[None]], name_of: Callable[[Any], str | None]) -> Any:
        async def wrapped(core: Core, completion: Any) -> None:
            name = name_of(completion)
            if name:
                reach(f"{name}: before its completion is reported")
            await complete(core, completion)
            if name:
                reach(f"{name}: reported")

        return wrapped

    wrap(Core, "poll_workflow_activation", lambda poll: polled(poll, names.of_activation))
    wrap(Core, "complete_workflow_activation", lambda done: completed(done, names.of_decisions))
    wrap(Core, "poll_activity_task", lambda poll: polled(poll, names.of_task))
    wrap(Core, "complete_activity_task", lambda done: completed(done, names.of_outcome))
