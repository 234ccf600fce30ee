"""Conversations that go on in a new run, with something under way."""

import asyncio
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from activities.providers.base import Call
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.workflows.quests import Handle, found, looks, manor
from workflows.steps.chain import MOST_SIGNALS


async def flood(handle: Handle) -> None:
    """More than a run takes in."""
    wrong = {"by": "mallory", "digest": "wrong"}
    await asyncio.gather(*(handle.signal("approve", wrong) for _ in range(MOST_SIGNALS + 1)))


async def test_an_effect_whose_gate_outlives_its_run_happens_once(env: WorkflowEnvironment, tmp_path: Path) -> None:
    def eager(call: Call, number: int) -> Any:
        hang = {"calls": [{"id": f"{number}", "tool": "hang", "arguments": {"text": "Lost: a key"}}]}
        return {1: looks("hall"), 5: found("attic")}.get(number) or hang

    async with manor(env, tmp_path, eager) as house:
        handle = await house.start()
        gate = await gate_of(handle)
        await flood(handle)
        newest: Handle = env.client.get_workflow_handle(handle.id)

        async def went_on() -> bool:
            return (await newest.describe()).run_id != handle.first_execution_run_id

        await eventually(went_on, "the next run")
        assert (await gate_of(newest)).card.digest == gate.card.digest
        await newest.signal("approve", {"by": "ann", "digest": gate.card.digest})
        end = await asyncio.wait_for(handle.result(), 30)
        assert (end.outcome, end.turns, end.model_calls) == ("found", 5, 5)
        (hung,) = house.rooms.hung
        assert hung.key == "quest/the key/today/hang"
        last = house.mind.turns()[-1]
        assert [call.nth for call in house.mind.turns()] == [0, 1, 2, 3, 4]
        assert sum("used as often as a run may use it" in message.content for message in last.messages) == 2


async def test_a_loop_that_something_runs_beside_goes_on_in_its_run(env: WorkflowEnvironment, tmp_path: Path) -> None:
    asked, replies, searching, searched = (asyncio.Event() for _ in range(4))

    async def slowly(room: str) -> None:
        if room == "cellar":
            searching.set()
            await searched.wait()

    async def say(call: Call, number: int) -> Any:
        if number == 2:
            asked.set()
            await replies.wait()
        return found("attic") if number == 4 else looks("hall")

    async with manor(env, tmp_path, say) as house:
        house.rooms.on_the_way = slowly
        handle = await house.start(beside="cellar")
        await asyncio.gather(searching.wait(), asked.wait())
        await flood(handle)
        replies.set()

        async def at_its_end() -> bool:
            return len(house.rooms.looked) == 2

        await eventually(at_its_end, "the loop's next checkpoint")
        searched.set()
        end = await asyncio.wait_for(handle.result(), 30)
        assert (end.outcome, end.turns) == ("found", 4)
        assert (await handle.describe()).status == WorkflowExecutionStatus.COMPLETED
        assert (await handle.describe()).run_id == handle.first_execution_run_id
