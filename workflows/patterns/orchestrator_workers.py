"""Sub-tasks as child workflows: so many, so many at once, so deep; each on a share of the parent's budget."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from temporalio import workflow

from contracts.budgets import Spent
from contracts.delegation import Report, Task
from workflows.patterns.parallel import Sections, sections
from workflows.steps.ended import Ended, Ending
from workflows.steps.progress import Progress

Q = TypeVar("Q")
R = TypeVar("R")


@dataclass(frozen=True)
class Team:
    """The bounds. `share`: what each child may spend; it is set aside, and what is left of it comes back."""

    share: Spent
    at_most: int = 8
    at_once: int = 3
    may_fail: int = 0
    deepest: int = 1


async def delegate(
    progress: Progress,
    step: str,
    run: Callable[[Any, Task[Q]], Awaitable[Report[R]]],
    requests: Mapping[str, Q],
    team: Team,
    depth: int = 0,
) -> Sections[str, R]:
    """A child for each request, by name. `run`: that of the child's workflow; `depth`: the parent's own, of its `Task`.

    Those beyond `at_most` are not begun, and count as failed. When more than `may_fail` have failed the others are
    cancelled, as they are when the parent is stopped. Raises Ended (at a limit, too deep, too many, stopped) and
    ChildWorkflowError.
    """
    with progress.step(step):
        if depth >= team.deepest:
            raise Ended(Ending.UNFIT, f"{step}: sub-tasks are at most {team.deepest} deep")
        crew = _Crew(progress, step, run, team, depth)
        children = {name: crew.child(name, request, n) for n, (name, request) in enumerate(requests.items())}
        return await sections(progress, step, children, team.may_fail)


class _Crew:
    def __init__(self, progress: Progress, step: str, run: Any, team: Team, depth: int) -> None:
        assert progress.budget, "a run that began before there were budgets has no children"
        self._progress, self._step, self._run, self._budget = progress, step, run, progress.budget
        self._team, self._depth = team, depth
        self._places = asyncio.Semaphore(team.at_once)
        self._open: set[asyncio.Future[Report[Any]]] = set()

    async def child(self, name: str, request: Any, number: int) -> Any:
        """One child's result."""
        if number >= self._team.at_most:
            raise Ended(Ending.UNFIT, f"{self._step}: at most {self._team.at_most} sub-tasks are begun")
        async with self._places:
            while self._open and not self._budget.affords(self._team.share):
                await workflow.wait_condition(lambda: self._budget.affords(self._team.share) or not self._open)
            self._progress.switch.raise_if_stopped()
            return (await self._report(self._begun(name, request))).result

    def _begun(self, name: str, request: Any) -> "asyncio.Future[Report[Any]]":
        lease, account = self._budget.lease(self._team.share)
        task = Task(request=request, account=account, depth=self._depth + 1)
        child_id = f"{workflow.info().workflow_id}/{self._step}/{name}"
        summary = f"{self._step}: {name}"[:200]
        started = self._progress.chain.journal.child(self._run, task, id=child_id, static_summary=summary)
        child: asyncio.Future[Report[Any]] = asyncio.ensure_future(started)

        def over(_: object) -> None:
            self._open.remove(child)
            if child.cancelled() or child.exception():
                self._budget.lose(lease)
            else:
                self._budget.settle(lease, child.result().spent)

        self._open.add(child)
        child.add_done_callback(over)
        return child

    async def _report(self, child: "asyncio.Future[Report[Any]]") -> Report[Any]:
        switch = self._progress.switch
        try:
            await workflow.wait_condition(lambda: child.done() or switch.pulled)
        finally:
            # A stop, or the end of the others, reaches a child as a cancellation: it settles what is under way.
            if not child.done():
                child.cancel()
                await asyncio.gather(child, return_exceptions=True)
        if switch.pulled:
            # Whoever leaves first calls the others off, and they would not await theirs.
            await workflow.wait_condition(lambda: not self._open)
        switch.raise_if_stopped()
        return child.result()
