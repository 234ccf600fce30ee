"""A chain goes on where a check passes, tries once more where it does not, and ends there."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio import workflow
from temporalio.testing import WorkflowEnvironment

from tests.workflows.pattern_desk import pattern_desk
from tests.workflows.silent import Silent
from workflows.patterns.chain import link
from workflows.steps.ended import Ended, Ending


async def test_a_link_that_does_not_pass_is_made_once_more_with_the_problem_shown(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with pattern_desk(env, tmp_path) as desk:
        run = await desk.start("chain")
        await desk.says("ask-1", "apple")
        await desk.says("ask-2", "pear")
        assert "pear does not begin with apple" in await desk.says("ask-2", "apple pie")
        assert (await run.result()).said == "apple pie"


async def test_a_link_that_does_not_pass_twice_ends_the_story(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with pattern_desk(env, tmp_path) as desk:
        run = await desk.start("chain")
        await desk.says("ask-1", "apple")
        await desk.says("ask-2", "pear")
        await desk.says("ask-2", "plum")
        assert (await run.result()).reason == "unfit: ask-2: plum does not begin with apple"


@given(st.tuples(st.booleans(), st.booleans()), st.booleans())
def test_a_link_is_made_at_most_twice_whatever_is_made(passes: tuple[bool, bool], redo: bool) -> None:
    made: list[str | None] = []

    async def make(problem: str | None) -> bool:
        made.append(problem)
        return passes[len(made) - 1]

    def check(passed: bool) -> str | None:
        return None if passed else "wrong"

    with patch.object(workflow, "now", lambda: datetime.now(UTC)):
        if any(passes[: 1 + redo]):
            assert asyncio.run(link(Silent(), "step", make, check, redo))
        else:
            with pytest.raises(Ended) as ended:
                asyncio.run(link(Silent(), "step", make, check, redo))
            assert ended.value.how is Ending.UNFIT
    assert made == [None, "wrong"][: len(made)]
    assert len(made) <= 1 + redo
