"""Branches side by side: all of them, as many as agree, or the first good one. None is left behind.

Each branch takes steps of its own: a run that goes on in a new one tells calls apart by their steps.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from temporalio.exceptions import ActivityError, ChildWorkflowError

from contracts.chain import Came
from contracts.errors import root_message
from workflows.steps.ended import Ended, Ending
from workflows.steps.journal import SEALED
from workflows.steps.progress import Progress

N = TypeVar("N", bound=str)
T = TypeVar("T")
H = TypeVar("H", bound=Hashable)

Branches = Mapping[str, Coroutine[Any, Any, T]]
"""By name."""


@dataclass(frozen=True)
class Back(Generic[T]):
    """How one branch came back: with a value, or with what it failed of."""

    name: str
    value: T | None = None
    failure: Exception | None = None

    @property
    def why(self) -> str:
        """In words, what it failed of."""
        return root_message(self.failure) if self.failure else ""


@dataclass(frozen=True)
class Sections(Generic[N, T]):
    """All branches, in the order in which they were given. `failed`: why, in words."""

    done: dict[N, T]
    failed: dict[N, str]


async def sections(
    progress: Progress, name: str, branches: Mapping[N, Coroutine[Any, Any, T]], may_fail: int = 0
) -> Sections[N, T]:
    """All of them. When more than `may_fail` have failed, the others are called off and the first failure is raised."""
    work = {str(one): branch for one, branch in branches.items()}
    back = await race(progress, name, work, lambda so_far: len(_failed(so_far)) > may_fail)
    if len(failed := _failed(back)) > may_fail:
        raise cast(Exception, failed[0].failure)
    came = {one.name: one for one in back}
    done = {one: cast(T, came[one].value) for one in branches if came[one].failure is None}
    return Sections(done, {one: came[one].why for one in branches if came[one].failure})


@dataclass(frozen=True)
class Agreed(Generic[H]):
    """What so many said, and who they were."""

    value: H
    by: tuple[str, ...]


async def vote(progress: Progress, name: str, askers: Branches[H], needed: int) -> Agreed[H] | None:
    """What `needed` of the askers agree on; None where they do not. It is over as soon as either is certain."""

    def leaders(so_far: Sequence[Back[H]]) -> list[tuple[H, int]]:
        return Counter(cast(H, one.value) for one in so_far if one.failure is None).most_common(1)

    def over(so_far: Sequence[Back[H]]) -> bool:
        most = max((count for _, count in leaders(so_far)), default=0)
        return most >= needed or most + len(askers) - len(so_far) < needed

    back = await race(progress, name, askers, over)
    for value, count in leaders(back):
        if count >= needed:
            agree = {one.name for one in back if one.failure is None and one.value == value}
            return Agreed(value, tuple(name for name in askers if name in agree))
    return None


async def first(
    progress: Progress, name: str, branches: Branches[T], good: Callable[[T], bool] = lambda _: True
) -> Back[T] | None:
    """The first good answer; the other branches are called off. None where no branch has one."""

    def is_good(one: Back[T]) -> bool:
        return one.failure is None and good(cast(T, one.value))

    back = await race(progress, name, branches, lambda so_far: any(map(is_good, so_far)))
    return next(filter(is_good, back), None)


async def race(
    progress: Progress, name: str, branches: Branches[T], over: Callable[[Sequence[Back[T]]], bool]
) -> list[Back[T]]:
    """The branches that came back until it was `over`, in that order; the others are called off, and awaited.

    `over` must not hang on the order. A branch fails by a tool's or a child's error, or where a person says no or
    nobody answers. A stop, a limit, or an error in the code ends all of them, and is raised.
    """
    journal, key = progress.chain.journal, f"race {name}"
    if journal.knows(key) and (before := journal.take(key)):
        return await _again(branches, cast(list[str], before.value))
    back: list[Back[T]] = []
    came: asyncio.Queue[asyncio.Task[Back[T]]] = asyncio.Queue()
    tasks = [asyncio.create_task(_back(name, branch)) for name, branch in branches.items()]
    for task in tasks:
        task.add_done_callback(came.put_nowait)
    try:
        while len(back) < len(tasks) and not over(back):
            back.append((await came.get()).result())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for branch in branches.values():
            branch.close()  # one that was called off before its first step
    journal.keep(key, Came(value=[one.name for one in back]))
    return back


async def _back(name: str, branch: Coroutine[Any, Any, T]) -> Back[T]:
    try:
        return Back(name, await branch)
    except (ActivityError, ChildWorkflowError) as error:
        return Back(name, failure=error)
    except Ended as end:
        if end.how is Ending.STOPPED:
            raise
        return Back(name, failure=end)


async def _again(branches: Branches[T], order: list[str]) -> list[Back[T]]:
    """Told again, it comes out as it did; branches that were called off spend again what they had spent."""

    async def sealed(branch: Coroutine[Any, Any, T]) -> T:
        SEALED.set(True)
        return await branch

    tasks = {
        name: asyncio.create_task(_back(name, branch if name in order else sealed(branch)))
        for name, branch in branches.items()
    }
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return [tasks[name].result() for name in order]


def _failed(back: Sequence[Back[T]]) -> list[Back[T]]:
    return [one for one in back if one.failure]
