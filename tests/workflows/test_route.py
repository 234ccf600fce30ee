"""A model chooses a branch, a person where it is not sure, and code holds the branch to its tools."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from temporalio import workflow
from temporalio.testing import WorkflowEnvironment

from contracts.errors import UndeclaredStep
from contracts.routing import closed_list
from contracts.tools import Tool
from tests.support.runs import gate_of
from tests.workflows.pattern_desk import FullShelf, PatternDesk, pattern_desk
from tests.workflows.pattern_words import LOOK, PUT, Kind
from tests.workflows.silent import Silent
from workflows.patterns.route import Allowed, Branch, WrongClass, route
from workflows.steps.gates import Gates
from workflows.steps.tools import Tools


@pytest.fixture
async def desk(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[PatternDesk]:
    """A desk."""
    async with pattern_desk(env, tmp_path, FullShelf()) as made:
        yield made


async def test_a_model_that_is_sure_chooses_the_branch(desk: PatternDesk) -> None:
    run = await desk.start("route")
    await desk.replies("kind", {"kind": "stone", "confidence": 0.9})
    assert (await run.result()).said == ["desk", "stone"]
    assert desk.shelf.there == [desk.queue]


async def test_below_the_floor_a_person_is_asked_with_the_choices(desk: PatternDesk) -> None:
    run = await desk.start("route")
    await desk.replies("kind", {"kind": "stone", "confidence": 0.5})
    gate = await gate_of(run)
    assert gate.card.choices == ("fruit", "stone", "other")
    assert gate.card.question == "Say what it is: which is it? The model would say stone"
    await run.signal("answer", {"by": "ann", "choice": "fruit"})
    assert (await run.result()).said == ["ann", "fruit"]
    assert desk.shelf.there == []


async def test_where_no_reply_can_be_used_a_person_is_asked(desk: PatternDesk) -> None:
    run = await desk.start("route")
    for _ in range(5):
        await desk.replies("kind", {"kind": "vegetable", "confidence": 1})
    await gate_of(run)
    await run.signal("answer", {"by": "ann", "choice": 3})
    assert (await run.result()).said == ["ann", "other"]


async def test_a_wrong_class_that_is_found_early_leads_to_the_right_one(desk: PatternDesk) -> None:
    run = await desk.start("route", wrong=["fruit"])
    await desk.replies("kind", {"kind": "fruit", "confidence": 1})
    assert (await run.result()).said == ["desk", "fruit", "stone"]


async def test_a_second_wrong_class_leads_to_other(desk: PatternDesk) -> None:
    run = await desk.start("route", wrong=["fruit", "stone"])
    await desk.replies("kind", {"kind": "fruit", "confidence": 1})
    assert (await run.result()).said == ["desk", "fruit", "stone", "other"]


def test_a_closed_list_takes_what_is_in_it_and_has_an_other() -> None:
    contract = closed_list("test.list", Kind)
    assert contract.value.model_validate({"kind": "fruit", "confidence": 0.5}).kind is Kind.FRUIT
    for wrong in ({"kind": "tree", "confidence": 0.5}, {"kind": "fruit", "confidence": 1.1}, {"kind": "fruit"}):
        with pytest.raises(ValidationError):
            contract.value.model_validate(wrong)


def some_tools() -> Tools:
    """A run's tools, which only count."""
    progress = Silent()
    return Tools(progress, Gates(progress))


@given(
    st.sampled_from(Kind),
    st.dictionaries(st.sampled_from([Kind.FRUIT, Kind.STONE]), st.tuples(st.sampled_from(Kind), st.booleans())),
)
def test_whatever_branches_find_at_most_three_are_taken_and_a_late_one_goes_to_other(
    chosen: Kind, wrong: dict[Kind, tuple[Kind, bool]]
) -> None:
    taken: list[Kind] = []

    def leads(kind: Kind) -> Branch[str]:
        async def story(tools: Tools) -> str:
            assert isinstance(tools, Allowed)
            taken.append(kind)
            better, writes = wrong.get(kind, (None, False))
            tools._count("put", PUT) if writes else tools._count("look", LOOK)
            if better:
                raise WrongClass("it looks otherwise", better)
            return kind

        return Branch((LOOK, PUT), story)

    tools = some_tools()
    with patch.object(workflow, "now", lambda: datetime.now(UTC)):
        ended = asyncio.run(route(tools.progress, tools, chosen, {kind: leads(kind) for kind in Kind}))
    assert ended == taken[-1]
    assert len(taken) == len(set(taken)) <= 3
    late = [kind for kind in taken[:-1] if wrong[kind][1]]
    assert all(taken[taken.index(kind) + 1] is Kind.OTHER for kind in late)


@pytest.mark.parametrize(("tool", "step"), [(PUT, "put"), (LOOK, "put")])
async def test_a_branch_does_not_use_a_tool_that_is_not_its_own(tool: Tool, step: str) -> None:
    with pytest.raises(UndeclaredStep, match=r"may not use test\.put|has no test\.look"):
        Allowed(some_tools(), "fruit", (LOOK,))._count(step, tool)


def test_what_a_branch_uses_counts_for_the_run() -> None:
    tools = some_tools()
    Allowed(tools, "fruit", (LOOK,))._count("look", LOOK)
    assert tools.left(LOOK) == LOOK.at_most - 1
