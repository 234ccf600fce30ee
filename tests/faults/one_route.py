"""Runs whose first model misbehaves, all at once on one server, and what must be true of each."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.limits import LimitsActivities
from activities.llm.service import LlmActivities
from activities.providers.streaming import Patience
from contracts.catalogue import OUTPUTS
from contracts.llm import Answer, Ask, ModelRef, Route, RouteRequest, Verdict
from contracts.queues import llm_queue
from contracts.sales_follow_up import FollowUpRequest
from runtime.settings import load_settings
from tests.activities.llm.conftest import FITTING, IMPATIENT, SECRET, providers_at
from tests.faults.ask_once import AskedOnce, AskOnce
from tests.faults.one_call import COUNTED, KEYS
from tests.faults.routes import NATIVE, SCHEMA, TOOL, XML, RouteFault
from tests.support.open_house import OpenHouse
from tests.support.provider_http import Received
from tests.support.provider_server import ProviderServer, Says
from workers.catalogue import HEARD_WITHIN
from workers.interceptors import Guard

Handle = WorkflowHandle[Any, AskedOnce]

QUEUE = "faults"
OTHER = {"anthropic": "openai", "openai": "anthropic"}
GOOD = "good"
AT_ONCE = 12
PRICES = "[prices.anthropic]\ninput = 3\noutput = 15\n[prices.openai]\ninput = 3\noutput = 15\n"


class Routed(LlmActivities):
    """Each run has a route of its own: its id is PROVIDER/MODEL, and the second model is another provider's."""

    @activity.defn(name="llm.route")
    async def route(self, request: RouteRequest) -> Route:
        """The model of the run's id, and one that always answers."""
        provider, _, model = (activity.info().workflow_id or "").partition("/")
        return Route(models=(ModelRef(provider=provider, model=model), ModelRef(provider=OTHER[provider], model=GOOD)))


@dataclass(frozen=True)
class Ran:
    """What came of a run, and what the first model was asked."""

    result: AskedOnce
    asks: list[Ask]
    answers: list[Answer]
    history: str
    requests: list[Received]


@dataclass(frozen=True)
class Fleet:
    """A far end, and workers whose models it plays."""

    env: WorkflowEnvironment
    server: ProviderServer
    llm: LlmActivities
    settings_folder: Path

    async def start(self, provider: str, model: str) -> Handle:
        """A run of `AskOnce` with that model first on its route."""
        request = FollowUpRequest(lead_id="lead-007")
        return await self.env.client.start_workflow(AskOnce.run, request, id=f"{provider}/{model}", task_queue=QUEUE)

    def worker(self, queue: str) -> Worker:
        """One that calls models, or does all the rest."""
        rest = queue == QUEUE
        limits = LimitsActivities(load_settings({}, self.settings_folder))
        return Worker(
            self.env.client,
            task_queue=queue,
            workflows=[AskOnce] if rest else [],
            activities=[self.llm.route, self.llm.quote, limits.read, OpenHouse().rules] if rest else [self.llm.ask],
            # The sandbox has tests of its own, and its imports would be a third of the time that all runs take.
            workflow_runner=UnsandboxedWorkflowRunner(),
            interceptors=[Guard()],
            max_heartbeat_throttle_interval=HEARD_WITHIN,
        )


@asynccontextmanager
async def fleet(
    env: WorkflowEnvironment,
    folder: Path,
    patience: Patience = IMPATIENT,
    queues: Iterable[str] = (),
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Fleet]:
    """Workers for all queues, or for those that are named. `elsewhere`: addresses of providers that are not here."""
    (folder / "limits.toml").write_text(PRICES)
    flags = dict.fromkeys(KEYS.values(), SECRET) | {"SIGNOFF_LIMITS": "limits.toml"}
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ProviderServer())
        server.will(Says(FITTING), model=GOOD)
        here = providers_at(server.anthropic_url, server.openai_url, patience)
        there = {name: providers_at(url, url, patience)[name] for name, url in elsewhere.items()}
        llm = Routed(load_settings(flags, folder), OUTPUTS, {**here, **there})
        stack.push_async_callback(llm.close)
        made = Fleet(env, server, llm, folder)
        for queue in queues or (QUEUE, *map(llm_queue, OTHER)):
            await stack.enter_async_context(made.worker(queue))
        yield made


async def run_all(faults: Sequence[RouteFault], on: Fleet) -> dict[str, dict[str, Ran]]:
    """Many at once, but not so many that their heartbeats come late on a busy machine; by provider and fault."""
    few = asyncio.Semaphore(AT_ONCE)

    async def run(fault: RouteFault, provider: str) -> Ran:
        model = f"{fault.name}, at {provider}"
        on.server.will(*fault.turns, model=model)
        async with few:
            return await run_one(model, provider, on)

    every = [(fault, provider) for fault in faults for provider in OTHER]
    ran = await asyncio.gather(*(run(fault, provider) for fault, provider in every))
    found: dict[str, dict[str, Ran]] = {provider: {} for provider in OTHER}
    for (fault, provider), one in zip(every, ran, strict=True):
        found[provider][fault.name] = one
    return found


async def run_one(model: str, provider: str, on: Fleet) -> Ran:
    """A run with that model first on its route."""
    handle = await on.start(provider, model)
    result = await asyncio.wait_for(handle.result(), 60)
    history = await handle.fetch_history()
    events = list(history.events)
    asks = [
        Ask.model_validate_json(event.activity_task_scheduled_event_attributes.input.payloads[0].data)
        for event in events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    answers = [
        Answer.model_validate_json(event.activity_task_completed_event_attributes.result.payloads[0].data)
        for event in events
        if event.HasField("activity_task_completed_event_attributes")
    ]
    raw = "".join(str(event) for event in events)
    return Ran(result, asks, answers, raw, on.server.asked_of(model))


def check_route(fault: RouteFault, ran: Ran, provider: str) -> None:
    """The run got its reply, in the way that the table says, and paid for what may have been billed."""
    assert [form_of(request) for request in ran.requests] == list(fault.asked)
    assert ran.result.by == f"fake-{provider if fault.answers == 'first' else OTHER[provider]}"
    assert ran.result.ended is None
    assert fault.records.format(key=KEYS[provider]) in ran.history
    assert SECRET not in ran.history
    for request, shown in zip(ran.requests, fault.shows, strict=False):
        assert shown in str(request.body["messages"][-1]["content"])
    for request, room in zip(ran.requests, fault.room, strict=False):
        assert room in (request.body.get("max_tokens"), request.body.get("max_completion_tokens"))
    assert fault.declines is (Verdict.DECLINED in {answer.verdict for answer in ran.answers})
    assert not fault.declines or len({len(request.body["messages"]) for request in ran.requests}) == 1
    _check_costs(fault, ran)


def _check_costs(fault: RouteFault, ran: Ran) -> None:
    """Lost calls at what was reserved for them, the others at what was counted, and nothing for those in vain."""
    reserved = {(ask.model, ask.rung, ask.nth): ask.reserved_usd for ask in ran.asks}
    lost = [answer.cost_usd for answer in ran.answers if answer.cost_is_worst_case]
    counted = fault.counted + (fault.answers == "second")
    assert len(lost) == fault.lost
    assert set(lost) <= set(reserved.values())
    assert all(usd is not None and usd > COUNTED for usd in reserved.values())
    assert ran.result.usd == sum((usd or Decimal(0) for usd in lost), counted * COUNTED)
    assert ran.result.model_calls == len(lost) + counted


def form_of(request: Received) -> str:
    """How a request asks for its reply."""
    body = request.body
    last = json.dumps(body["messages"][-1])
    if body.get("tools"):
        return TOOL
    if body.get("response_format") or body.get("output_config"):
        return NATIVE
    return XML if "answer in XML" in last else SCHEMA
