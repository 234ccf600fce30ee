"""A worker that is killed in the middle of conversations: at most the one call in flight is made again, and charged."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from contracts.llm import Answer, Ask
from contracts.queues import WORK
from tests.support.provider_server import Break, Breaks, ProviderServer, Says, Turn
from tests.support.runs import gate_of, state_of
from tests.support.server import address
from tests.support.waiting import eventually
from tests.workers.processes import python
from tests.workflows.agent_workflows import Ending
from tests.workflows.quests import found, looks

Handle = WorkflowHandle[Any, Ending]

HANGS = {"calls": [{"id": "h", "tool": "hang", "arguments": {"text": "Lost: a key"}}]}
PLANS: dict[str, list[Any]] = {
    "asked": [looks("hall"), looks("kitchen"), looks("attic"), found("attic")],
    "answered": [looks("hall"), looks("kitchen"), looks("hall"), found("attic")],
    "using": [looks("hall"), looks("kitchen", "hall", tool="search"), found("attic")],
    "waiting": [looks("hall"), HANGS, found("attic")],
    "hanging": [looks("hall"), HANGS, found("attic")],
    "looking": [looks("hall"), looks("attic", "kitchen"), found("attic")],
}
"""What the model says in each run, by how often it has spoken."""


class Model(ProviderServer):
    """Says what its plan has, and holds back the first second turn of `asked`."""

    def _next(self, model: str | None) -> Turn:
        thing, spoken = self.turn(self.requests[-1].body)
        if (thing, spoken) == ("asked", 1) and self.turns()[thing, spoken] == 1:
            return Breaks(Break.SILENCE, '{"calls": ')
        return Says(json.dumps(PLANS[thing][spoken]), tokens=(1000, 100))

    def turn(self, body: dict[str, Any]) -> tuple[str, int]:
        """Of which run, and how often the model has spoken there."""
        messages = body["messages"]
        thing = next(one for one in PLANS if f"In which room is {one}?" in messages[1]["content"])
        return thing, sum(message["role"] == "assistant" for message in messages)

    def turns(self) -> Counter[tuple[str, int]]:
        """How often each turn was asked for."""
        return Counter(self.turn(request.body) for request in self.requests)


@asynccontextmanager
async def worker(folder: Path, **settings: str) -> AsyncIterator[Any]:
    """A process, once it is ready."""
    process = python("-m", "tests.e2e.quest_worker", folder=folder, **settings)
    out, err = process.stdout, process.stderr
    assert out
    assert err
    assert await asyncio.to_thread(lambda: any(line.startswith("ready at") for line in out)), err.read()
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)


async def start(env: WorkflowEnvironment, thing: str) -> Handle:
    """A run whose clock does not skip."""
    quest = {"thing": thing, "occasion": "today", "usd": 5}
    with env.with_time_skipping_disabled():
        started = await env.client.start_workflow(
            "Quest", quest, id=f"crash/{thing}", task_queue=WORK, result_type=Ending
        )
    return cast(Handle, started)


async def charged(handle: Handle) -> Decimal:
    """What the calls in the run's history come to; one that was lost at its worst case."""
    calls: dict[int, Decimal] = {}
    async for event in handle.fetch_history_events():
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == "llm.ask":
            ask = Ask.model_validate_json(scheduled.input.payloads[0].data)
            assert ask.reserved_usd
            calls[event.event_id] = ask.reserved_usd
        done = event.activity_task_completed_event_attributes
        if done.scheduled_event_id in calls:
            cost = Answer.model_validate_json(done.result.payloads[0].data).cost_usd
            assert cost
            assert cost < calls[done.scheduled_event_id]
            calls[done.scheduled_event_id] = cost
    return sum(calls.values(), Decimal(0))


def assert_whole(server: Model, thing: str) -> None:
    """Each request holds all that the one before it held, in order, and what was said since."""
    requests = [request.body["messages"] for request in server.requests if server.turn(request.body)[0] == thing]
    for before, now in pairwise(requests):
        assert now[: len(before)] == before
    asked = [json.loads(one["content"])["calls"] for one in requests[-1] if one["role"] == "assistant"]
    told = [one["content"] for one in requests[-1] if one["role"] == "user"][1:]
    assert len(asked) == len(told) == len(PLANS[thing]) - 1
    for calls, results in zip(asked, told, strict=True):
        assert [json.loads(line)["id"] for line in results.split("\n\n")] == [call["id"] for call in calls]


async def test_a_killed_worker_costs_a_conversation_at_most_the_call_in_flight(
    env: WorkflowEnvironment, tmp_path: Path
) -> None:
    async with Model() as server:
        settings = {
            "SIGNOFF_MODELS": "openai:gpt-4o-mini",
            "OPENAI_API_KEY": "sk-test-of-the-conversation",
            "OPENAI_BASE_URL": server.openai_url,
            "TEMPORAL_ADDRESS": address(env),
        }
        runs: dict[str, Handle] = {}
        (tmp_path / "wait").touch()
        async with worker(tmp_path, **settings) as first:
            for thing in ("asked", "using", "waiting", "hanging"):
                runs[thing] = await start(env, thing)
            gates = {thing: await gate_of(runs[thing]) for thing in ("waiting", "hanging")}
            await runs["hanging"].signal("approve", {"by": "ann", "digest": gates["hanging"].card.digest})

            async def all_under_way() -> bool:
                pending = (await runs["using"].describe()).raw_description.pending_activities
                searching = sum(one.state == 2 for one in pending) == 2
                return searching and (tmp_path / "door").exists() and server.turns()["asked", 1] == 1

            await eventually(all_under_way, "a call, two tools, a gate and an effect are under way")
            (tmp_path / "die-after-reply").touch()
            runs["answered"] = await start(env, "answered")
            assert await asyncio.to_thread(first.wait, 20) == -signal.SIGKILL
        assert set(server.turns().values()) == {1}
        (tmp_path / "wait").unlink()
        (tmp_path / "die-looking").touch()
        async with worker(tmp_path, **settings) as second:
            runs["looking"] = await start(env, "looking")
            assert await asyncio.to_thread(second.wait, 20) == -signal.SIGKILL
        async with worker(tmp_path, **settings):
            gate = await gate_of(runs["waiting"])
            assert gate.card.digest == gates["waiting"].card.digest
            await runs["waiting"].signal("approve", {"by": "ann", "digest": gate.card.digest})
            for thing, run in runs.items():
                end = await asyncio.wait_for(run.result(), 60)
                assert (end.outcome, end.turns) == ("found", len(PLANS[thing])), thing
            spent = {thing: (await state_of(run)).spent.usd for thing, run in runs.items()}
    twice = {turn for turn, times in server.turns().items() if times > 1}
    assert twice == {("asked", 1), ("answered", 1)}
    assert max(server.turns().values()) == 2
    for thing, run in runs.items():
        assert_whole(server, thing)
        assert spent[thing] == await charged(run), thing
    assert sorted((tmp_path / "door").read_text().split()) == [
        f"quest/{thing}/today/hang" for thing in ("hanging", "waiting")
    ]
