"""Models that answer when the test lets them, with runs on one budget; and a counter where refunds are paid."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.limits import LimitsActivities
from activities.llm.ceilings import Ceilings, Wait
from activities.llm.service import LlmActivities
from activities.stores.database import Database
from contracts.catalogue import OUTPUTS
from contracts.gates import OpenGate
from contracts.queues import llm_queue
from contracts.tools import Act, Outcome, Receipt
from contracts.visibility import State
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from tests.support.open_house import OpenHouse
from tests.support.runs import gate_of, state_of
from tests.support.waiting import eventually
from tests.workflows.budget_workflows import ALL, Request, Sign, SignsPort, Told, Work
from tests.workflows.desk import PRICES, Desk
from tests.workflows.standing_counter import Counter, counter
from workers.interceptors import Guard

Handle = WorkflowHandle[Any, Told]

FULL = "full"
"""A tenant whose ceiling never has room."""


class Signs(SignsPort):
    """Puts up signs, once it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.up: list[str] = []

    @activity.defn(name="test.put_up")
    async def put_up(self, act: Act[Sign]) -> Receipt[Sign]:
        """What was begun is done, whoever calls it off."""
        allowed = asyncio.create_task(self.may.wait())
        while not allowed.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(allowed)
        self.up.append(act.argument.text)
        return Receipt(key=act.key, digest=act.digest, outcome=Outcome.DONE, result=act.argument)


class NoRoom(Ceilings):
    """Asks the tenant FULL to come back in half a day and more, however often it comes."""

    async def enter(self, key: str, process: str, tenant: str | None, usd: Decimal) -> Wait | None:
        """No room, or all of it."""
        return Wait(seconds=13 * 3600, why="the ceiling is met") if tenant == FULL else None


@dataclass(frozen=True)
class Office:
    """Where the runs of a module work."""

    env: WorkflowEnvironment
    queue: str
    desk: Desk
    signs: Signs
    activities: Sequence[Any]

    def worker(self, queue: str) -> Worker:
        """A worker for workflows and tools."""
        return Worker(
            self.env.client,
            task_queue=queue,
            workflows=ALL,
            activities=self.activities,
            workflow_runner=workflow_runner(),
            interceptors=[Guard()],
        )

    async def start(
        self, what: str, key: str, *, skips: bool = False, queue: str | None = None, **request: Any
    ) -> Handle:
        """Start a run; its clock skips what nobody waits for only if that is asked for."""
        if not skips:
            with self.env.with_time_skipping_disabled():
                return await self.start(what, key, skips=True, queue=queue, **request)
        queue = queue or self.queue
        work = Work(request=Request.model_validate({"key": key, **request}))
        client = self.env.client
        handle = await client.start_workflow(what, work, id=f"{queue}/{key}", task_queue=queue, result_type=Told)
        return cast(Handle, handle)

    async def state(self, handle: Handle) -> State:
        """What the query says."""
        return await state_of(handle)

    async def gate(self, handle: Handle) -> OpenGate:
        """The run's gate, once it is open."""
        return await gate_of(handle)

    async def event(self, handle: Handle, kind: "EventType.ValueType") -> HistoryEvent:
        """The first event of a kind, once the run's history has it."""

        async def look() -> HistoryEvent | None:
            events = (await handle.fetch_history()).events
            return next((event for event in events if event.event_type == kind), None)

        return await eventually(look, EventType.Name(kind))


@pytest.fixture(scope="module")
async def office(env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """Tools, models and workflows of budget_workflows.py, on queues of their own."""
    folder = tmp_path_factory.mktemp("office")
    desk, signs = Desk(), Signs()
    llm, limits = _models(folder, desk)
    models = Worker(
        env.client,
        task_queue=llm_queue("desk"),
        activities=[llm.ask],
        interceptors=[Guard()],
        max_heartbeat_throttle_interval=timedelta(seconds=1),
    )
    office = Office(env, folder.name, desk, signs, [llm.route, llm.quote, limits.read, OpenHouse().rules, signs.put_up])
    async with models, office.worker(office.queue):
        yield office


@pytest.fixture
async def till(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Counter]:
    """A counter of the test's own."""
    async with counter(env, tmp_path) as made:
        yield made


def _models(folder: Path, desk: Desk) -> tuple[LlmActivities, LimitsActivities]:
    (folder / "limits.toml").write_text(PRICES)
    (folder / "endpoints.toml").write_text('[desk]\nbase_url = "http://127.0.0.1:1/v1"\n')
    flags = {
        "SIGNOFF_ENDPOINTS": "endpoints.toml",
        "SIGNOFF_MODELS": "desk:model",
        "SIGNOFF_MODELS_FAST": "local",  # which no worker of this module serves
        "SIGNOFF_LIMITS": "limits.toml",
    }
    settings = load_settings(flags, folder)
    ceilings = NoRoom(settings, Database(settings.database_url))
    return LlmActivities(settings, OUTPUTS, {"desk": desk}, ceilings=ceilings), LimitsActivities(settings)
