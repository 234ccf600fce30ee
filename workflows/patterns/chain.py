"""Links one after another, with a check between them: what does not pass is made once more, or the story ends."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow

from contracts.notes import Note
from workflows.steps.ended import Ended, Ending
from workflows.steps.progress import Progress

T = TypeVar("T")


async def link(
    progress: Progress,
    step: str,
    make: Callable[[str | None], Awaitable[T]],
    check: Callable[[T], str | None],
    redo: bool = True,
) -> T:
    """What `make` makes, once `check` finds no problem with it.

    `make` is given the problem of the time before, or None; with `redo` it has two tries. A chain is several links,
    each made from what the one before has made. Raises Ended (unfit; and as `make` does).
    """
    problem: str | None = None
    for _ in range(2 if redo else 1):
        made = await make(problem)
        problem = check(made)
        if problem is None:
            return made
        progress.note(Note(at=workflow.now(), step=step, outcome="did not pass its check", text=problem[:1000]))
    raise Ended(Ending.UNFIT, f"{step}: {problem}")
