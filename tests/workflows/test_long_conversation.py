"""Conversations that outlast a model's window, and a run of the server."""

import os
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from activities.providers.base import Call
from tests.support.runs import gate_of, state_of
from tests.support.waiting import eventually
from tests.workflows.quests import Handle, Manor, found, looks, manor
from workflows.steps.chain import MOST_EVENTS, MOST_SIGNALS

PINNED = ("Never look into the chapel.", "The key is made of brass.")
SUMMARY = {"summary": "The hall was looked at a number of times, and nothing but dust was found there."}


def seeks(turns: int, thought: str = "") -> Any:
    """So many turns; then the end."""

    def say(call: Call, number: int) -> Any:
        if call.step == "seek-summary":
            return SUMMARY
        return found("attic") if number == turns else looks("hall", thought=thought)

    return say


async def runs_of(house: Manor, handle: Handle) -> list[Handle]:
    """The runs of a chain, in order."""
    runs, run_id = [], handle.first_execution_run_id
    while run_id:
        run = house.env.client.get_workflow_handle(handle.id, run_id=run_id)
        runs.append(run)
        events = [event async for event in run.fetch_history_events()]
        run_id = events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return runs


async def in_the_next_run(house: Manor, handle: Handle) -> Handle:
    """The newest run, once there is a second one."""
    newest: Handle = house.env.client.get_workflow_handle(handle.id)

    async def look() -> bool:
        return (await newest.describe()).run_id != handle.first_execution_run_id

    await eventually(look, "the next run", 120)
    return newest


async def test_the_model_is_shown_every_constraint_after_each_summary(env: WorkflowEnvironment, tmp_path: Path) -> None:
    things = os.urandom(9_500).hex()
    async with manor(env, tmp_path, seeks(40), things) as house:
        end = await house.run(turns=50, tools=50, usd=100, budget={"usd": 100}, pinned=PINNED)
        assert (end.outcome, end.turns) == ("found", 40)
        summaries, turns = house.mind.turns("seek-summary"), house.mind.turns()
        assert len(summaries) >= 3
        for call in turns:
            said = "\n".join(message.content for message in call.messages)
            assert all(words in said for words in PINNED)
            assert "In which room is the key?" in said
            assert len(said.encode()) < 250_000
        assert sum(SUMMARY["summary"] in message.content for message in turns[-1].messages) == 1
        # What was summarised is what the model had been shown, and no constraint among it.
        shown = "\n".join(message.content for message in summaries[0].messages)
        assert things[:1000] in shown
        assert PINNED[0] not in shown


async def test_a_long_conversation_goes_on_in_a_new_run_and_a_stop_reaches_it_there(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with manor(env, tmp_path, seeks(10_000)) as house:
        handle = await house.start(turns=20_000, tools=20_000, usd=1000, budget={"usd": 1000}, pinned=PINNED)
        newest = await in_the_next_run(house, handle)
        before = len(house.mind.turns())

        async def some_turns_later() -> bool:
            return len(house.mind.turns()) > before + 5

        await eventually(some_turns_later, "turns in the next run")
        await newest.signal("stop", {"by": "ann", "reason": "enough"})
        end = await handle.result()
        assert (end.outcome, end.reason) == ("ended", "ann: enough")
        first, second = await runs_of(house, handle)
        assert (await first.describe()).history_length < MOST_EVENTS + 50
        assert (await second.describe()).status == WorkflowExecutionStatus.COMPLETED
        # No turn was had twice, and none was left out.
        assert abs(len(house.rooms.looked) - len(house.mind.turns())) <= 1
        assert [call.nth for call in house.mind.turns()] == list(range(len(house.mind.turns())))
        assert all(PINNED[0] in str(call.messages) for call in house.mind.turns())


async def test_a_flood_while_a_question_is_open_does_not_ask_the_model_again(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    def curious(call: Call, number: int) -> Any:
        ask = {"id": "q", "tool": "ask_person", "arguments": {"question": "Where did you last see it?"}}
        return {2: {"calls": [ask]}, 4: found("attic")}.get(number) or looks("hall")

    async with manor(env, tmp_path, curious) as house:
        handle = await house.start(skips=False)
        gate = await gate_of(handle)
        for number in range(MOST_SIGNALS + 10):
            await handle.signal("approve", {"by": "mallory", "digest": f"{number}"})
        newest = await in_the_next_run(house, handle)
        assert (await gate_of(newest)).card.digest == gate.card.digest
        assert (await state_of(newest)).refusals_count >= MOST_SIGNALS
        await newest.signal("answer", {"by": "ann", "text": "In the attic"})
        end = await handle.result()
        assert (end.outcome, end.turns, end.asked) == ("found", 4, 1)
        assert len(house.mind.turns()) == 4
        assert "In the attic" in house.mind.turns()[2].messages[-1].content
        assert (await newest.describe()).status == WorkflowExecutionStatus.COMPLETED
