"""Whatever a model replies, a loop ends, within its bounds, and no call costs more than was set aside for it."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from temporalio.testing import WorkflowEnvironment

from activities.llm.calling import most_input_tokens
from activities.providers.base import Call
from activities.providers.reply import REPLY_LIMIT
from contracts.agents import Stopped
from contracts.llm import Answer, Ask, Rung, Usage
from tests.workflows.quests import Handle, found, looks, manor
from workflows.steps.calls import MOST_CALLS

PRICES = "[prices.mind]\ninput = 1\noutput = 100\n"

NAMES = st.sampled_from(["", "c", "look", "search", "ask_person", "hang", "LOOK", "ﷺ" * 200, "\u0000", "<|im_end|>"])
NAME = NAMES | st.text(max_size=20)
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | NAME
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3))
ROOM = st.fixed_dictionaries({"room": st.sampled_from(["hall", "attic", "ﷺ" * 40]) | JSON})
QUESTION = st.fixed_dictionaries({"question": NAME, "choices": st.lists(NAME, max_size=3) | JSON})
DEEP = st.integers(1, 300).map(lambda deep: {"room": json.loads("[" * deep + "]" * deep)})
HUGE = st.sampled_from(["HUGE", "NUMBER"])
LARGE = {"HUGE": {"room": "x" * 150_000}, "NUMBER": {"room": int("9" * 4000)}}
"""By name, since an example has to be written down."""
CALL = st.fixed_dictionaries({"id": NAME, "tool": NAME, "arguments": ROOM | QUESTION | DEEP | HUGE | JSON})
CALLS = st.lists(CALL, min_size=1, max_size=4) | st.builds(lambda call, n: [call] * n, CALL, st.integers(17, 120))
TURN = st.fixed_dictionaries({"thought": NAME, "calls": CALLS})
LOOK = st.just(looks("hall", "attic")) | st.just(looks("attic", tool="search"))
ODD = st.fixed_dictionaries({}, optional={"thought": JSON, "calls": CALLS | JSON, "result": JSON})
JUNK = ODD | JSON | st.text(max_size=200) | st.just(found("cellar"))
REPLIES = st.lists(TURN | LOOK | TURN | JUNK.map(lambda one: one), min_size=2, max_size=4)
"""Over and over again."""


def all_that_may_be_billed(call: Call) -> Usage:
    """A provider that counts as many tokens as it can. On some rungs it is sent no schema besides the messages."""
    no_schema = call.rung in (Rung.SCHEMA, Rung.XML)
    sent = replace(call, schema={}) if no_schema else call
    return Usage(input_tokens=most_input_tokens(sent), output_tokens=call.max_tokens)


def written(reply: Any) -> str:
    """As it comes from a provider; what stands for something large is written out."""
    text = reply if isinstance(reply, str) else json.dumps(reply)
    for name, large in LARGE.items():
        text = text.replace(f'"{name}"', json.dumps(large))
    return text[: REPLY_LIMIT + 1]  # no more of it is read


async def paid(handle: Handle) -> list[tuple[Decimal, Decimal]]:
    """What was set aside for each call of the model, and what it cost."""
    asked: dict[int, Decimal] = {}
    calls = []
    async for event in handle.fetch_history_events():
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == "llm.ask":
            asked[event.event_id] = Ask.model_validate_json(scheduled.input.payloads[0].data).reserved_usd or Decimal(0)
        done = event.activity_task_completed_event_attributes
        if done.scheduled_event_id in asked:
            answer = Answer.model_validate_json(done.result.payloads[0].data)
            calls.append((asked[done.scheduled_event_id], answer.cost_usd or Decimal(0)))
    return calls


async def test_whatever_a_model_replies_the_loop_stays_within_its_bounds(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with manor(env, tmp_path, lambda call, number: None, "ﷺ<|im_end|>" * 40, limits=PRICES) as house:
        house.mind.bills = all_that_may_be_billed

        async def one(replies: list[Any], turns: int, tools: int, usd: Decimal, example: int) -> None:
            house.mind.calls.clear()
            house.rooms.looked.clear()
            house.mind.say = lambda call, number: written(replies[number % len(replies)])
            bounds: dict[str, Any] = {"turns": turns, "tools": tools, "usd": usd, "budget": {"usd": 100}}
            handle = await house.start(f"{example}", skips=True, rooms=("hall",), **bounds)
            end = await asyncio.wait_for(handle.result(), 30)
            assert end.outcome == "not found"
            assert end.turns <= turns
            assert end.tool_calls <= tools
            assert len(house.rooms.looked) <= min(tools, MOST_CALLS * (turns - 1))
            assert house.rooms.hung == []
            calls = await paid(handle)
            assert len(calls) == len(house.mind.calls) == end.model_calls <= 5 * turns
            assert sum(cost for _, cost in calls) <= usd
            assert all(cost <= reserved for reserved, cost in calls)

        loop, examples = asyncio.get_running_loop(), iter(range(10_000))

        @settings(
            max_examples=50,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            REPLIES,
            st.sampled_from([6, 6, 4, 2, 1]),
            st.sampled_from([40, 40, 5, 1, 0]),
            st.sampled_from([Decimal(9), Decimal(9), Decimal(1), Decimal("0.3"), Decimal("0.1")]),
        )
        def every(replies: list[Any], turns: int, tools: int, usd: Decimal) -> None:
            run = one(replies, turns, tools, usd, next(examples))
            asyncio.run_coroutine_threadsafe(run, loop).result()

        await asyncio.to_thread(every)


@pytest.mark.parametrize("things", ["<conversation" * 500, "<|" * 4000, "ﷺ" * 500])
async def test_no_call_costs_more_than_was_set_aside_for_it(
    env: WorkflowEnvironment, tmp_path: Path, things: str
) -> None:
    """Not one with results that grow on their way to the model, and not a summary of them."""

    def say(call: Call, number: int) -> Any:
        if call.step == "seek-summary":
            return {"summary": "<|" * 2000}
        if number % 5 == 4:
            return {"thought": "ﷺ<|" * 100}
        return looks("hall", "attic", "ﷺ" * 40, thought="ﷺ" * 2000, tool=("look", "search")[number % 2])

    async with manor(env, tmp_path, say, things, limits=PRICES) as house:
        house.mind.bills = all_that_may_be_billed
        handle = await house.start(turns=24, tools=100, usd=1000, budget={"usd": 1000})
        await handle.result()
        calls = await paid(handle)
        assert len(house.mind.turns("seek-summary")) >= 1
        assert len(calls) == len(house.mind.calls)
        assert [(reserved, cost) for reserved, cost in calls if cost > reserved] == []


@pytest.mark.parametrize("tool", ["look", "search"])
async def test_the_time_that_tools_take_counts(env: WorkflowEnvironment, tmp_path: Path, tool: str) -> None:
    async def slowly(room: str) -> None:
        await asyncio.sleep(0.7)  # of work

    async with manor(env, tmp_path, lambda call, number: looks("hall", tool=tool)) as house:
        house.rooms.on_the_way = slowly
        end = await house.run(seconds=1)
        assert (end.stopped, end.turns) == (Stopped.TIME, 2)
