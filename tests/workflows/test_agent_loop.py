"""The bounded agent loop: whatever the model replies, it ends, and what it may not do is not done."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

from temporalio.testing import WorkflowEnvironment

from activities.providers.base import Call
from contracts.agents import Stopped
from tests.support.runs import gate_of
from tests.workflows.quests import found, looks, manor


def tidy(call: Call, number: int) -> Any:
    """Look in two rooms, then know."""
    return looks("hall", "kitchen") if number == 1 else found("attic")


def never_ends(call: Call, number: int) -> Any:
    """Always one more look."""
    return looks("hall")


async def test_a_model_looks_and_then_knows(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with manor(env, tmp_path, tidy) as house:
        end = await house.run()
        assert (end.outcome, end.where, end.turns, end.tool_calls) == ("found", "attic", 2, 2)
        assert sorted(house.rooms.looked) == ["hall", "kitchen"]
        first, second = house.mind.turns()
        assert [message.role for message in first.messages] == ["system", "user"]
        assert [message.role for message in second.messages] == ["system", "user", "assistant", "user"]
        assert '"room":"kitchen"' in second.messages[-1].content
        assert '"things":"dust"' in second.messages[-1].content


async def test_a_model_that_never_ends_meets_the_ceiling_of_turns(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with manor(env, tmp_path, never_ends) as house:
        end = await house.run(turns=4)
        assert (end.stopped, end.turns, len(house.mind.turns())) == (Stopped.TURNS, 4, 4)
        assert len(house.rooms.looked) == 3
        assert "last turn" in house.mind.turns()[-1].messages[-1].content


async def test_a_model_that_never_ends_meets_the_ceiling_of_tool_calls(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with manor(env, tmp_path, lambda call, number: looks("hall", "kitchen", "attic")) as house:
        end = await house.run(tools=4, turns=50)
        assert (end.stopped, end.tool_calls, len(house.rooms.looked)) == (Stopped.TOOL_CALLS, 4, 4)


async def test_a_model_that_never_ends_meets_the_ceiling_of_money(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with manor(env, tmp_path, never_ends) as house:
        end = await house.run(usd="0.17", turns=50)
        # Each call is set aside with 0.10 and costs 0.02: after four of them the next might pass the ceiling.
        assert (end.stopped, end.turns - 1) == (Stopped.MONEY, 4)
        assert Decimal("0.02") * len(house.mind.turns()) <= Decimal("0.17")


async def test_a_model_that_never_ends_meets_the_ceiling_of_time(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async def thinks(call: Call, number: int) -> Any:
        await asyncio.sleep(0.4)  # as long as it takes
        return looks("hall")

    async with manor(env, tmp_path, thinks) as house:
        end = await house.run(seconds=1, turns=50)
        assert (end.outcome, end.stopped) == ("not found", Stopped.TIME)
        assert 1 < end.turns <= 3


async def test_a_reply_that_breaks_the_contract_is_asked_for_again(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with manor(env, tmp_path, lambda call, number: found("cellar") if number == 1 else found("attic")) as house:
        end = await house.run()
        assert (end.outcome, end.where, end.turns, len(house.mind.turns())) == ("found", "attic", 1, 2)
        assert "no room of the house is called 'cellar'" in house.mind.turns()[1].messages[-1].content


async def test_without_a_usable_reply_the_loop_ends_with_a_reason(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with manor(env, tmp_path, lambda call, number: "I would rather not.") as house:
        end = await house.run()
        assert (end.outcome, end.stopped) == ("not found", Stopped.NO_MODEL)


async def test_what_is_for_good_waits_for_a_person_and_is_done_once(env: WorkflowEnvironment, tmp_path: Path) -> None:
    def eager(call: Call, number: int) -> Any:
        hang = {"tool": "hang", "arguments": {"text": "Lost: a key"}}
        calls = [{"id": "a", **hang}, {"id": "b", **hang}]
        return {"calls": calls} if number <= 2 else found("hall")

    async with manor(env, tmp_path, eager) as house:
        handle = await house.start()
        gate = await gate_of(handle)
        await handle.signal("approve", {"by": "ann", "digest": gate.card.digest})
        end = await handle.result()
        assert (end.outcome, len(house.rooms.hung)) == ("found", 1)
        told = house.mind.turns()[1].messages[-1].content
        assert '"done":true' in told
        assert "used as often as a run may use it" in told


async def test_a_slow_tool_is_an_activity_of_its_own_and_tells_the_model_too(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    def slow(call: Call, number: int) -> Any:
        return looks("hall", tool="search") if number == 1 else found("hall")

    async with manor(env, tmp_path, slow) as house:
        assert (await house.run()).outcome == "found"
        assert '"things":"dust"' in house.mind.turns()[1].messages[-1].content


async def test_calls_that_make_no_sense_are_told_to_the_model(env: WorkflowEnvironment, tmp_path: Path) -> None:
    def confused(call: Call, number: int) -> Any:
        odd = [
            {"id": "a", "tool": "fly", "arguments": {}},
            {"id": "b", "tool": "look", "arguments": {"place": "hall"}},
            {"id": "b", "tool": "look", "arguments": {"room": "hall"}},
        ]
        return {"calls": odd} if number == 1 else found("hall")

    async with manor(env, tmp_path, confused) as house:
        assert (await house.run()).outcome == "found"
        told = house.mind.turns()[1].messages[-1].content
        for words in ("there is no tool 'fly'", "do not fit", "another call with the id"):
            assert words in told
