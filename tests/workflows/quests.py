"""A house to look around in, and a model that says what the test has it say."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from inspect import isawaitable
from pathlib import Path
from typing import Any, cast

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.conversations import ConversationActivities
from activities.effects import check_approval
from activities.limits import LimitsActivities
from activities.llm.ceilings import Ceilings
from activities.llm.service import LlmActivities
from activities.providers.base import Call, Completion, Finish
from activities.stores.database import Database
from activities.transcripts import Transcripts
from contracts.agents import CONVERSATION_SUMMARY
from contracts.llm import Usage
from contracts.queues import llm_queue
from contracts.tools import Act, Effect, Outcome, Receipt
from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from starters.explain import explain
from starters.explanation import Explanation
from tests.workflows.agent_workflows import TURN, Ending, HousePort, Notice, Quests, Room, Seen
from tests.workflows.papers import Registry
from workers.interceptors import Guard
from workers.patience import with_patience

Handle = WorkflowHandle[Any, Ending]

Say = Callable[[Call, int], Any]
"""What the model replies to a call: JSON, or text, or what comes to that. Its number counts from 1, by step."""


def looks(*rooms: str, tool: str = "look", thought: str = "") -> dict[str, Any]:
    """A turn that uses a tool."""
    calls = [{"id": f"c{n}", "tool": tool, "arguments": {"room": room}} for n, room in enumerate(rooms)]
    return {"thought": thought, "calls": calls}


def found(where: str) -> dict[str, Any]:
    """A last turn."""
    return {"result": {"where": where}}


class Mind:
    """A provider."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.calls: list[Call] = []
        self.bills: Callable[[Call], Usage] = lambda call: Usage(input_tokens=10, output_tokens=200)

    async def complete(self, call: Call) -> Completion:
        """What the test says."""
        self.calls.append(call)
        number = sum(one.step == call.step for one in self.calls)
        said = self.say(call, number)
        if isawaitable(said):
            said = await said
        text = said if isinstance(said, str) else json.dumps(said)
        return Completion(text, Finish.COMPLETE, reason="stop", response_model="mind", usage=self.bills(call))

    async def close(self) -> None:
        """Nothing is open."""

    def turns(self, step: str = "seek") -> list[Call]:
        """The calls of a step."""
        return [call for call in self.calls if call.step == step]


class Rooms(HousePort):
    """Counts who looks."""

    def __init__(self, things: str) -> None:
        self.things = things
        self.looked: list[str] = []
        self.hung: list[Act[Notice]] = []
        self.on_the_way: Callable[[str], Awaitable[None]] | None = None
        """What happens on the way to a room."""

    @activity.defn(name="test.look")
    async def look(self, room: Room) -> Seen:
        """The same in every room."""
        if self.on_the_way:
            await self.on_the_way(room.room)
        self.looked.append(room.room)
        return Seen(room=room.room, things=self.things)

    @activity.defn(name="test.search")
    async def search(self, room: Room) -> Seen:
        """As `look`."""
        return await self.look(room)

    @activity.defn(name="test.hang")
    async def hang(self, act: Act[Notice]) -> Receipt[Notice]:
        """As the ledger would have it."""
        check_approval(act, Effect.IRREVERSIBLE)
        self.hung.append(act)
        return Receipt(key=act.key, digest=act.digest, outcome=Outcome.DONE, result=act.argument)


@dataclass(frozen=True)
class Manor:
    """One test's."""

    env: WorkflowEnvironment
    client: Client
    queue: str
    mind: Mind
    rooms: Rooms
    database: Database
    transcripts: Transcripts
    workers: list[Worker] = field(default_factory=list)

    def another_worker(self) -> None:
        """Takes over: nothing is remembered."""
        self.transcripts.__init__(self.database)  # type: ignore[misc]

    async def start(self, thing: str = "the key", *, skips: bool = False, **quest: Any) -> Handle:
        """A run; its clock skips what nobody waits for only if that is asked for."""
        if not skips:
            with self.env.with_time_skipping_disabled():
                return await self.start(thing, skips=True, **quest)
        started = await self.client.start_workflow(
            "Quest",
            {"thing": thing, "occasion": "today", **quest},
            id=f"{self.queue}/{thing}",
            task_queue=self.queue,
            result_type=Ending,
        )
        return cast(Handle, started)

    async def run(self, thing: str = "the key", **quest: Any) -> Ending:
        """A run, to its end."""
        return await (await self.start(thing, **quest)).result()


PRICES = "[prices.mind]\ninput = 0\noutput = 100\n"


@asynccontextmanager
async def manor(
    env: WorkflowEnvironment,
    folder: Path,
    say: Say,
    things: str = "dust",
    limits: str = PRICES,
    client: Client | None = None,
    **flags: str,
) -> AsyncIterator[Manor]:
    """With workers. A call that may write 1,000 tokens is reserved 0.10 USD and costs 0.02, unless `limits` differ."""
    (folder / "limits.toml").write_text(limits)
    (folder / "endpoints.toml").write_text('[mind]\nbase_url = "http://127.0.0.1:1/v1"\n')
    usual = {"SIGNOFF_ENDPOINTS": "endpoints.toml", "SIGNOFF_MODELS": "mind:m", "SIGNOFF_LIMITS": "limits.toml"}
    usual["SIGNOFF_DATABASE_URL"] = f"sqlite:///{folder}/quests.db"
    settings = load_settings(usual | flags, folder)
    mind, rooms, database = Mind(say), Rooms(things), Database(settings.database_url)
    transcripts, registry = Transcripts(database), Registry()
    outputs = {one.name: one for one in (TURN, CONVERSATION_SUMMARY)}
    ceilings = Ceilings(settings, database)
    llm = LlmActivities(settings, outputs, {"mind": mind}, transcripts=transcripts, ceilings=ceilings)
    kept = ConversationActivities(transcripts, {"test.look": rooms.look, "test.search": rooms.search})
    acts: list[Any] = [rooms.look, rooms.search, rooms.hang, registry.rules, registry.revocations, registry.send]
    acts += [kept.open, kept.observe, kept.compact, llm.route, llm.quote, LimitsActivities(settings).read]
    queue, client = f"{folder.name}", client or env.client
    work = Worker(
        client,
        task_queue=queue,
        workflows=[Quests],
        activities=acts,
        workflow_runner=workflow_runner(),
        interceptors=[Guard()],
    )
    models = Worker(client, task_queue=llm_queue("mind"), activities=[llm.ask], interceptors=[Guard()])
    async with with_patience(work), models:
        yield Manor(env, client, queue, mind, rooms, database, transcripts)
    database.close()


async def explained(handle: Handle) -> Explanation:
    """What `signoff show` tells."""
    events = [event async for event in handle.fetch_history_events()]
    return explain(handle.id, events, data_converter())
