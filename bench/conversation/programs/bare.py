"""The floor: a plain workflow of the SDK that carries no transcript. Its tool is an activity, or a local one."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from bench.conversation.programs.program import Plain, model_queue
from bench.conversation.programs.script import MODEL, found, said

QUEUE = "bench-bare"
WITHIN = timedelta(minutes=5)
RETRY = RetryPolicy(maximum_attempts=3)


@dataclass
class Conversation:
    """How long it is, and how much its tool finds."""

    turns: int
    tool_bytes: int


@dataclass
class Fan:
    """How many calls at once."""

    calls: int


@dataclass
class Lookup:
    """What the tool is asked."""

    turn: int
    size: int


@activity.defn(name="model")
async def ask_model(turn: int) -> str:
    """The model's reply."""
    await MODEL.think(turn)
    return said(turn)


@activity.defn(name="look_up")
async def look_up(lookup: Lookup) -> str:
    """The tool."""
    return found(lookup.turn, lookup.size)


async def _ask(turn: int) -> None:
    await workflow.execute_activity(
        ask_model,
        turn,
        task_queue=model_queue(QUEUE),
        start_to_close_timeout=WITHIN,
        retry_policy=RETRY,
    )


@workflow.defn(name="BenchBare")
class Bare:
    """Two activities a turn."""

    @workflow.run
    async def run(self, of: Conversation) -> None:
        """Turn by turn, and a last reply."""
        for turn in range(of.turns):
            await _ask(turn)
            lookup = Lookup(turn, of.tool_bytes)
            await workflow.execute_activity(look_up, lookup, start_to_close_timeout=WITHIN, retry_policy=RETRY)
        await _ask(of.turns)


@workflow.defn(name="BenchBareLocal")
class BareLocal:
    """One activity and one local activity a turn."""

    @workflow.run
    async def run(self, of: Conversation) -> None:
        """Turn by turn, and a last reply."""
        for turn in range(of.turns):
            await _ask(turn)
            lookup = Lookup(turn, of.tool_bytes)
            await workflow.execute_local_activity(look_up, lookup, start_to_close_timeout=WITHIN, retry_policy=RETRY)
        await _ask(of.turns)


@workflow.defn(name="BenchBareFan")
class BareFan:
    """Many calls of the model at once."""

    @workflow.run
    async def run(self, of: Fan) -> None:
        """All of them."""
        await asyncio.gather(*(_ask(number) for number in range(of.calls)))


PROGRAM = Plain(QUEUE, workflows=(Bare, BareLocal, BareFan), tools=(look_up,), models=(ask_model,))
