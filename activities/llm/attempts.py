"""What becomes of a call when its activity is cancelled or fails: the run's end, the worker's, another attempt."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import activity

from contracts.errors import ModelUnavailable, SignoffError

T = TypeVar("T")


def worker_ends() -> bool:
    """Whether it is the worker's end, not the run's, that cancels this activity."""
    details = activity.cancellation_details() if activity.in_activity() else None
    return details is not None and details.worker_shutdown


def will_be_tried_again(error: SignoffError) -> bool:
    """Whether Temporal makes another attempt, for which what was entered for this one goes on to stand."""
    if not isinstance(error, ModelUnavailable) or not activity.in_activity():
        return False
    policy = activity.info().retry_policy
    return policy is not None and not 0 < policy.maximum_attempts <= activity.info().attempt


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """A worker that is told to end hands over first what was paid for."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not worker_ends():
            raise
        return await task
