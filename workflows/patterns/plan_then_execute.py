"""A plan is data: made by a model or given, checked by code, edited by a person, carried out by code, made anew."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from temporalio import workflow

from contracts.gates import Approved
from contracts.notes import Note
from contracts.plans import Plan
from workflows.steps.ended import Ended, Ending
from workflows.steps.gates import Gates, Review

P = TypeVar("P", bound=Plan[Any])
R = TypeVar("R")

EDITS = 3
"""So often a person is shown what is wrong with the plan as they have edited it."""


class PlanFailed(Exception):
    """Raised by a step that shows that the plan leads nowhere; says why, to whoever plans anew."""


@dataclass(frozen=True)
class Executed(Generic[P, R]):
    """The plan that was carried out to its end, and what came of each step; `before`: of steps of earlier plans."""

    plan: P
    results: tuple[R, ...]
    before: tuple[R, ...]
    approved_by: str | None


async def plan_then_execute(
    gates: Gates,
    make: Callable[[str | None, Sequence[R]], Awaitable[P]],
    check: Callable[[P], str | None],
    do: Callable[[Any, Sequence[R]], Awaitable[R]],
    *,
    given: P | None = None,
    review: Callable[[P], Review[P]] | None = None,
    replans: int = 1,
) -> Executed[P, R]:
    """Carry a plan out, step by step; plan anew at most `replans` times.

    `make` is told why the plan before did not hold, and what has come of its steps. `given` takes the first plan's
    place. `check` names what the plan's type cannot rule out. `do` is one step, after the results of those before.
    Raises Ended (unfit: no plan held; a person said no).
    """

    async def one_by_one(plan: P, earlier: Sequence[R], results: list[R]) -> None:
        for step in plan.steps:
            results.append(await do(step, (*earlier, *results)))

    return await plan_then_carry_out(gates, make, check, one_by_one, given=given, review=review, replans=replans)


async def plan_then_carry_out(
    gates: Gates,
    make: Callable[[str | None, Sequence[R]], Awaitable[P]],
    check: Callable[[P], str | None],
    carry_out: Callable[[P, Sequence[R], list[R]], Awaitable[None]],
    *,
    given: P | None = None,
    review: Callable[[P], Review[P]] | None = None,
    replans: int = 1,
) -> Executed[P, R]:
    """As `plan_then_execute`, where the steps of a plan do not wait for one another. Raises Ended.

    `carry_out` is told what came of earlier plans, and adds what comes of this one's steps, in their order.
    """
    before: list[R] = []
    problem: str | None = None
    for number in range(replans + 1):
        plan = given if given is not None and number == 0 else await make(problem, tuple(before))
        by: str | None = None
        if (problem := check(plan)) is None:
            if review:
                approved = await _reviewed(gates, review(plan), check)
                plan, by = approved.value, approved.approval.by
            results: list[R] = []
            try:
                await carry_out(plan, tuple(before), results)
                return Executed(plan, tuple(results), tuple(before), by)
            except PlanFailed as failed:
                problem = str(failed)
                before += results
        gates.progress.note(Note(at=workflow.now(), step="plan", outcome="did not hold", text=problem[:1000]))
    raise Ended(Ending.UNFIT, f"no plan held: {problem}")


async def _reviewed(gates: Gates, review: Review[P], check: Callable[[P], str | None]) -> Approved[P]:
    """The plan that a person approves, which may be their own; it is checked like any other."""
    asked, problem = review, ""
    for _ in range(EDITS):
        approved = await gates.approve(asked)
        found = check(approved.value)
        if found is None:
            return approved
        problem = found
        question = f"This plan cannot be carried out: {problem}"[:200]
        asked = replace(review, question=f"{question}. {review.question}", subject=approved.value)
    raise Ended(Ending.UNFIT, f"no plan held: {problem}")
