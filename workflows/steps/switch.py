"""The run's kill switch: what is awaited heeds it, each kind of call in its own way."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, CancelledError, TimeoutError

from contracts.errors import OutcomeUnknown, error_name
from contracts.gates import Stop
from workflows.steps.ended import Ended, Ending

T = TypeVar("T")


class Switch:
    """Pulled once, by a person; a cancellation that came while an effect was under way counts too."""

    def __init__(self) -> None:
        self._stop: Stop | None = None
        self._cancelled = False

    @property
    def pulled(self) -> bool:
        """Whether the run was stopped."""
        return self._stop is not None

    def pull(self, message: Stop) -> bool:
        """Whether this was the first one."""
        first = self._stop is None
        self._stop = self._stop or message
        return first

    def raise_if_stopped(self, besides: str = "") -> None:
        """Leave the story where the run was stopped or cancelled; `besides`: what the result should say as well."""
        if self._cancelled:
            raise asyncio.CancelledError
        if self._stop is not None:
            raise Ended(Ending.STOPPED, f"{self._stop.by}: {self._stop.reason}{besides}")

    async def until_stopped(self, work: Awaitable[T]) -> T:
        """Await work that may be given up at once when the run is stopped."""
        task = asyncio.ensure_future(work)
        try:
            await workflow.wait_condition(lambda: task.done() or self.pulled)
        finally:
            if not task.done():
                task.cancel()
        self.raise_if_stopped()
        return task.result()

    async def until_settled(self, call: workflow.ActivityHandle[T], *, find_out: bool = False) -> T:
        """Await an effect. A stop or a cancellation ends the attempts; one that is under way is awaited to its end.

        With `find_out` its end is told even then: the result, or, as it came, the error that leaves it open.
        """
        try:
            await workflow.wait_condition(lambda: call.done() or self.pulled)
        except asyncio.CancelledError:
            if not find_out:
                await call_off(call)
                with suppress(ActivityError):
                    await call
                raise
            self._cancelled = True  # the story learns of it once the effect is settled
        await call_off(call)
        try:
            return await call
        except ActivityError as error:
            if find_out and was_called_off(error):
                raise
            if error_name(error) == OutcomeUnknown.__name__ or was_lost(error):
                if find_out:
                    raise
                self.raise_if_stopped("; whether the effect that was under way happened is not known")
            self.raise_if_stopped()
            raise


def was_lost(error: ActivityError) -> bool:
    """Whether nobody was left to tell what came of a call: its worker died, or took too long. What is called off is
    not tried again then."""
    return isinstance(error.cause, TimeoutError)


def was_called_off(error: ActivityError) -> bool:
    """Whether no attempt was under way when a call was called off. One before may have been lost."""
    return isinstance(error.cause, CancelledError)


async def call_off(call: workflow.ActivityHandle[Any]) -> None:
    """Request the cancellation of a call. One whose result is there, and not yet taken in, would lose it by that."""
    # Not a wait: it lets everything run that is ready to.
    await workflow.wait_condition(lambda: True)
    if not call.done():
        call.cancel()
