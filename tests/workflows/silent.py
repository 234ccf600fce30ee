"""A run's standing outside of a run, for patterns that are tried without a server."""

import asyncio
from collections.abc import Callable
from itertools import count

from contracts.notes import Note
from tests.workflows.pattern_workflows import SHAPES
from workflows.steps.progress import Progress


class Silent(Progress):
    """Of a run that nobody reads about."""

    def __init__(self) -> None:
        super().__init__(SHAPES)

    def note(self, note: Note) -> None:
        """Nowhere."""


async def until(condition: Callable[[], bool]) -> None:
    """As `workflow.wait_condition`, outside of a run."""
    for _ in count():
        if condition():
            return
        await asyncio.sleep(0)
