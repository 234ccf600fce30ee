"""Waiting for a state, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T | None]], what: str, within_s: float = 60) -> T:
    """The first answer that is true. Raises AssertionError, naming `what`, when none came in time."""
    end = time.monotonic() + within_s
    while True:
        if seen := await look():
            return seen
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        # Not a guess at how long it takes: only how often to look.
        await asyncio.sleep(0.05)


@contextmanager
def no_explosion() -> Iterator[None]:
    """What is done in here takes a second or two of this process; a pattern that goes back again and again takes hours.

    No measure of speed: the bound is far from both, on any machine.
    """
    begin = time.process_time()
    yield
    assert time.process_time() - begin < 60
