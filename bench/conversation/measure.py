"""What is measured of each system."""

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path

from temporalio.client import WorkflowExecutionStatus

from bench.conversation.chain import Conversation, summary, tens
from bench.conversation.running import Handle, World, cpu_s, over
from bench.conversation.systems import System

STILL_S = 60
"""A conversation in which nothing has happened for so long is stuck."""
SLOW_S = 240
"""The same, where a worker may first have to replay all of it."""
FORGOTTEN_S = 12
"""The server offers a task to the worker that has its run in memory, unless that one has not asked for so long (10)."""


@dataclass(frozen=True)
class Talk:
    """One conversation, and how it ended."""

    wanted: int
    """Turns that it was to have."""
    over: bool
    """False: it was stuck, and the server still calls it RUNNING."""
    status: str
    why: str
    figures: dict[str, float]
    runs: int
    seconds: list[float]
    """A turn, in the mean of ten turns each."""
    bytes: list[float]
    """A turn, likewise."""
    at: dict[int, int]
    """History bytes after some turns."""
    took_s: float
    stored: int = 0
    """Bytes that the conversation has added to this repository's own store."""

    @property
    def whole(self) -> bool:
        """Whether it came to its end."""
        return self.status == "COMPLETED"


@dataclass(frozen=True)
class Rate:
    """Many runs in flight."""

    turns_a_second: float
    worker_ms: float
    """Processor time a turn."""
    server_ms: float


@dataclass(frozen=True)
class Replay:
    """A replay by a cold process."""

    turns: int
    events: int
    history_bytes: int
    seconds: float


def told(conversation: Conversation, wanted: int, is_over: bool) -> Talk:
    """What is kept of a conversation."""
    marks = {turn: conversation.bytes_at(turn) for turn in (50, 100, 200, 500, 1000)}
    return Talk(
        wanted=wanted,
        over=is_over,
        status=conversation.runs[-1].status,
        why=conversation.failure,
        figures=summary(conversation),
        runs=len(conversation.runs),
        seconds=[round(one, 4) for one in tens(conversation.seconds)],
        bytes=[round(one) for one in tens(conversation.bytes)],
        at={turn: size for turn, size in marks.items() if size is not None},
        took_s=round(sum(conversation.seconds), 1),
    )


async def talk(world: World, system: System, turns: int, tool_bytes: int) -> Talk:
    """One conversation, from its first turn to its last, or to where it is stuck."""
    async with world.working(system):
        before = world.stored()
        handle = await world.start(system, turns, tool_bytes)
        is_over = await over(world.client, handle, STILL_S)
        conversation = await world.read(system, handle)
        await _put_away(world, handle, is_over)
    return replace(told(conversation, turns, is_over), stored=world.stored() - before)


async def replay(world: World, system: System, turns: int, tool_bytes: int) -> Replay:
    """Cold, in a process of its own, in the sandbox."""
    async with world.working(system):
        handle = await world.start(system, turns, tool_bytes)
        await over(world.client, handle, STILL_S)
    conversation = await world.read(system, handle)
    seconds = await world.replay_s(system, handle, conversation)
    return Replay(conversation.turns, conversation.events, conversation.history_bytes, seconds)


async def resume_s(world: World, system: System, turns: int, tool_bytes: int) -> float | None:
    """Seconds in which a new worker goes on with the conversation of one that was killed after so many turns.

    The worker is killed while the model is asked, by a process of its own. Once another one polls, and the server no
    longer waits for the first, the model answers. The seconds end where the next turn's model call is scheduled. None
    where it never is.
    """
    place = world.folder / f"resume-{system.program}-{turns}-{time.time_ns()}"
    place.mkdir()
    model = await world.worker(system, "--part", "model", "--hold-at", str(turns), folder=place)
    first = await world.worker(system, "--part", "work")
    second = None
    try:
        handle = await world.start(system, turns + 1, tool_bytes)
        if not await _held(world, handle, place):
            return None
        await first.kill()
        killed = time.monotonic()
        second = await world.worker(system, "--part", "work")
        # As a model takes that thinks for longer: the wait for the dead worker is no part of what is measured.
        await asyncio.sleep(max(0, FORGOTTEN_S - (time.monotonic() - killed)))
        answered = time.time()
        (place / "go").touch()
        is_over = await over(world.client, handle, SLOW_S)
        conversation = await world.read(system, handle)
        await _put_away(world, handle, is_over)
    finally:
        await asyncio.gather(*(worker.kill() for worker in (model, first, second) if worker is not None))
    return conversation.marks[turns + 1].at - answered if conversation.turns > turns else None


async def _held(world: World, handle: Handle, place: Path) -> bool:
    """Wait until the model is asked and keeps its answer; False: the conversation was over before."""
    newest, file = world.client.get_workflow_handle(handle.id), place / "held"
    while not await asyncio.to_thread(file.exists):
        if (await newest.describe()).status is not WorkflowExecutionStatus.RUNNING:
            return False
        # Only how often to look.
        await asyncio.sleep(0.2)
    return True


async def rate(world: World, system: System, runs: int, turns: int, tool_bytes: int) -> Rate:
    """All runs at once, from the first start to the last end."""
    async with world.working(system) as worker:
        worker_s, server_s, began = worker.cpu_s, cpu_s(world.server.pid), time.monotonic()
        handles = await asyncio.gather(*(world.start(system, turns, tool_bytes) for _ in range(runs)))
        await asyncio.gather(*(handle.result() for handle in handles))
        took = time.monotonic() - began
        each = 1000 / (runs * turns)
        return Rate(
            turns_a_second=runs * turns / took,
            worker_ms=(worker.cpu_s - worker_s) * each,
            server_ms=(cpu_s(world.server.pid) - server_s) * each,
        )


async def _put_away(world: World, handle: Handle, is_over: bool) -> None:
    """A run that is stuck would be tried again and again while the others are measured."""
    if not is_over:
        await world.client.get_workflow_handle(handle.id).terminate("the bench has seen enough")
