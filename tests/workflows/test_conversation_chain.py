"""Conversations that go on in a new run, or are reset, with something under way."""

import asyncio
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from activities.providers.base import Call
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.workflows.agent_workflows import Ending
from tests.workflows.quests import Handle, found, looks, manor
from workflows.steps.chain import MOST_SIGNALS

_TASK_DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


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


async def test_a_conversation_that_is_reset_shares_what_came_before(env: WorkflowEnvironment, tmp_path: Path) -> None:
    rooms = ["hall", "kitchen", "attic", "hall", "hall"]

    def say(call: Call, number: int) -> Any:
        return found("attic") if number >= 4 else looks(rooms[number - 1])

    async with manor(env, tmp_path, say) as house:
        handle = await house.start()
        assert (await handle.result()).turns == 4
        ends = [e.event_id async for e in handle.fetch_history_events() if e.event_type == _TASK_DONE]
        execution = WorkflowExecution(workflow_id=handle.id, run_id=handle.first_execution_run_id or "")
        request = ResetWorkflowExecutionRequest(
            namespace=env.client.namespace,
            workflow_execution=execution,
            workflow_task_finish_event_id=ends[2],  # the second reply has come
            reason="to see",
            request_id="reset",
        )
        await env.client.workflow_service.reset_workflow_execution(request)
        newest: Handle = env.client.get_workflow_handle(handle.id, result_type=Ending)
        end = await asyncio.wait_for(newest.result(), 30)
        assert (end.outcome, end.turns, end.model_calls) == ("found", 3, 3)
        assert len(house.mind.turns()) == 5
        before, again = house.mind.turns()[2], house.mind.turns()[4]
        assert again.messages[:4] == before.messages[:4]
        assert len(again.messages) == len(before.messages) == 6
