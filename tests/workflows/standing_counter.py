"""Where refunds are paid, with or without somebody's approval in advance."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.effects import check_approval
from activities.limits import LimitsActivities
from activities.standing import StandingActivities
from contracts.errors import ToolUnavailable
from contracts.standing import AskedInAdvance, InAdvance, StandingRecord
from contracts.tools import Act, Effect, Outcome, Receipt
from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from starters.explain import explain
from starters.explanation import Decision, Explanation
from tests.support.open_house import OpenHouse
from tests.support.waiting import eventually
from tests.workflows.standing_workflows import ALL, Refund, Refunded, RefundsPort
from workers.catalogue import BESIDES
from workers.interceptors import Guard

Handle = WorkflowHandle[Any, Refunded]
Standing = WorkflowHandle[Any, StandingRecord]

BOUNDS: dict[str, Any] = {
    "to.name": {"anything": True},
    "to.email": {"in_domain": "example.com"},
    "amount": {"at_most": 50},
    "lines": {"at_most": 1},
    "lines.*": {"anything": True},
}
HOME = "standing/refunds/test.refund/"
APPROVE = {"by": "bob"}


class Till(RefundsPort):
    """Pays, once for each key, what was approved."""

    def __init__(self) -> None:
        self.paid: dict[str, Act[Refund]] = {}

    @activity.defn(name="test.refund")
    async def refund(self, act: Act[Refund]) -> Receipt[Refund]:
        """As the ledger would have it."""
        check_approval(act, Effect.IRREVERSIBLE)
        self.paid.setdefault(act.key, act)
        return Receipt(key=act.key, digest=act.digest, outcome=Outcome.DONE, result=act.argument)


class Clumsy(StandingActivities):
    """Loses the answer of each first attempt, or of all of them, after the use has been counted."""

    loses: int = 0

    @activity.defn(name="standing.use")
    async def use(self, asked: AskedInAdvance) -> InAdvance:
        """As a worker that dies before it can report."""
        answer = await super().use(asked)
        if activity.info().attempt <= self.loses:
            raise ToolUnavailable("the answer was lost")
        return answer


@dataclass(frozen=True)
class Counter:
    """Where refunds are paid in one test."""

    env: WorkflowEnvironment
    queue: str
    till: Till = field(default_factory=Till)
    standing: Clumsy = field(default_factory=Clumsy)
    granted: list[Standing] = field(default_factory=list)

    @property
    def client(self) -> Client:
        """The server's."""
        return self.env.client

    def worker(self, folder: Path) -> Worker:
        """For runs, tools and standing approvals."""
        limits = LimitsActivities(load_settings({"SIGNOFF_MODELS": "local"}, folder))
        return Worker(
            self.client,
            task_queue=self.queue,
            workflows=[*ALL, *BESIDES],
            activities=[limits.read, OpenHouse().rules, self.standing.use, self.till.refund],
            workflow_runner=workflow_runner(),
            interceptors=[Guard()],
        )

    async def grant(
        self, name: str, *, lasts: timedelta = timedelta(days=7), queue: str | None = None, **more: Any
    ) -> Standing:
        """Approve refunds in advance; answers once runs can find it."""
        until = (datetime.now(UTC) + lasts).isoformat()
        grant = {
            "process": "refunds",
            "tool": "test.refund",
            "bounds": BOUNDS,
            "at_most": 1,
            "until": until,
            "by": "ann",
        }
        handle = await self.start_standing(f"{HOME}{self.queue}-{name}", grant | more, queue=queue)

        await eventually(lambda: self._is_listed(handle), f"{handle.id} in the list")
        return handle

    async def take_back(self) -> None:
        """All that was granted, until no run of another test finds it."""
        for standing in self.granted:
            with suppress(RPCError):  # it is over
                await standing.terminate("the test is over")

        async def gone() -> bool:
            return not any([await self._is_listed(standing) for standing in self.granted])

        await eventually(gone, "none in the list")

    async def _is_listed(self, standing: Standing) -> bool:
        query = f"WorkflowId='{standing.id}' AND ExecutionStatus='Running'"
        return bool([one async for one in self.client.list_workflows(query)])

    async def start_standing(self, workflow_id: str, *args: Any, queue: str | None = None) -> Standing:
        """As somebody at the `temporal` CLI would; its clock stands still."""
        with self.env.with_time_skipping_disabled():
            started = await self.client.start_workflow(
                "StandingApproval",
                args=args,
                id=workflow_id,
                task_queue=queue or self.queue,
                result_type=StandingRecord,
            )
        handle = cast(Standing, started)
        self.granted.append(handle)
        return handle

    async def start(self, key: str, what: str = "Refunds", **request: Any) -> Handle:
        """A run whose clock stands still at a gate."""
        with self.env.with_time_skipping_disabled():
            started = await self.client.start_workflow(
                what,
                {"key": f"{self.queue}-{key}", "occasion": "today", **request},
                id=f"{self.queue}/{what}/{key}",
                task_queue=self.queue,
                result_type=Refunded,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        return cast(Handle, started)

    async def state(self, standing: Standing) -> StandingRecord:
        """What the query says."""
        found: StandingRecord = await standing.query("state", result_type=StandingRecord)
        return found

    def paid(self) -> int:
        """How many refunds there were."""
        return len(self.till.paid)


@asynccontextmanager
async def counter(env: WorkflowEnvironment, folder: Path, queue: str | None = None) -> AsyncIterator[Counter]:
    """A counter of its own; what it granted is taken back at the end, so that no other test finds it."""
    made = Counter(env, queue or folder.name)
    async with made.worker(folder):
        try:
            yield made
        finally:
            await made.take_back()


async def explained(handle: Handle) -> Explanation:
    """What `signoff show` tells."""
    events = [event async for event in handle.fetch_history_events()]
    return explain(handle.id, events, data_converter())


async def decisions(handle: Handle) -> tuple[Decision, ...]:
    """Of that, who decided what."""
    return (await explained(handle)).decisions
