"""A plan is checked, edited by a person, given from outside, carried out by code, and made anew only so often."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio import workflow
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from contracts.errors import root_message
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.workflows.pattern_desk import PatternDesk, pattern_desk
from tests.workflows.pattern_words import Say, WordPlan
from tests.workflows.silent import Silent
from workflows.patterns.plan_then_execute import PlanFailed, plan_then_execute
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates


@pytest.fixture
async def desk(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[PatternDesk]:
    """A desk."""
    async with pattern_desk(env, tmp_path) as made:
        yield made


def plan(*words: str, put: str | None = None) -> dict[str, Any]:
    """Say these, and put that on the shelf."""
    steps = [{"kind": "say", "word": word} for word in words]
    return {"steps": [*steps, *([{"kind": "put", "word": put}] if put else [])]}


async def test_a_plan_is_carried_out_step_by_step(desk: PatternDesk) -> None:
    run = await desk.start("plan")
    await desk.replies("plan", plan("one", "two", put="three"))
    told = await run.result()
    assert told.said == {"results": ["one", "two", "put three"], "before": [], "by": None}
    assert desk.shelf.there == ["three"]


async def test_a_plan_that_does_not_hold_is_made_anew_with_the_reason(desk: PatternDesk) -> None:
    run = await desk.start("plan")
    await desk.replies("plan", plan("one", "nothing", put="three"))
    assert "there is nothing to say" in await desk.replies("plan", plan("other"))
    told = await run.result()
    assert told.said == {"results": ["other"], "before": ["one"], "by": None}
    assert desk.shelf.there == []


async def test_where_no_plan_holds_the_story_ends(desk: PatternDesk) -> None:
    run = await desk.start("plan")
    await desk.replies("plan", plan("damn"))
    assert "swearing is not allowed" in await desk.replies("plan", plan("nothing"))
    assert (await run.result()).reason == "unfit: no plan held: there is nothing to say"


async def test_a_plan_can_be_given_and_no_model_is_asked(desk: PatternDesk) -> None:
    told = await (await desk.start("plan", plan=plan("given"))).result()
    assert told.said == {"results": ["given"], "before": [], "by": None}
    assert desk.model.calls == []


@pytest.mark.parametrize(
    "wrong", [{"steps": []}, {"steps": [{"kind": "fly", "word": "up"}]}, plan("a") | {"more": 1}, plan(*"a" * 21)]
)
async def test_a_plan_of_another_form_is_refused_before_anything_is_done(
    desk: PatternDesk, wrong: dict[str, Any]
) -> None:
    run = await desk.start("plan", plan=wrong)
    with pytest.raises(WorkflowFailureError) as failed:
        await asyncio.wait_for(run.result(), 60)
    assert "plan" in root_message(failed.value)


async def test_a_person_may_edit_the_plan_and_is_told_what_cannot_be_carried_out(desk: PatternDesk) -> None:
    run = await desk.start("plan", signed=True)
    await desk.replies("plan", plan("one"))
    await gate_of(run)
    misfit = {"verdict": "approve", "by": "ann", "edit": {"steps": [{"kind": "fly", "word": "up"}]}}
    assert (await run.execute_update("decide", misfit))["accepted"] is False
    await run.signal("approve", {"by": "ann", "edit": plan("damn")})

    async def asked_again() -> bool:
        question = (await gate_of(run)).card.question
        return question == "This plan cannot be carried out: swearing is not allowed. Do this?"

    await eventually(asked_again, "the gate, once more")
    await run.signal("approve", {"by": "ann", "edit": plan("better")})
    assert (await run.result()).said == {"results": ["better"], "before": [], "by": "ann"}


words = st.sampled_from(["fine", "damn", "nothing"])
plans = st.lists(st.lists(words, min_size=1, max_size=20), min_size=1)


@given(plans, st.integers(0, 4))
def test_whatever_is_planned_it_is_planned_only_so_often(proposed: list[list[str]], replans: int) -> None:
    made: list[str | None] = []
    done: list[str] = []

    async def make(problem: str | None, before: Sequence[str]) -> WordPlan:
        made.append(problem)
        assert list(before) == done
        return WordPlan(steps=tuple(Say(word=word) for word in proposed[min(len(made), len(proposed)) - 1]))

    async def do(step: Say, before: Sequence[str]) -> str:
        assert list(before) == done
        if step.word == "nothing":
            raise PlanFailed("there is nothing to say")
        done.append(step.word)
        return step.word

    def check(plan: WordPlan) -> str | None:
        return "swearing" if any(step.word == "damn" for step in plan.steps) else None

    with patch.object(workflow, "now", lambda: datetime.now(UTC)):
        try:
            executed = asyncio.run(plan_then_execute(Gates(Silent()), make, check, do, replans=replans))
        except Ended:
            assert len(made) == replans + 1
        else:
            assert [*executed.before, *executed.results] == done
    assert len(made) <= replans + 1
    assert made[0] is None
    assert None not in made[1:]
    assert "damn" not in done
