"""An office where papers are signed, under rules that each test makes for its run."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.effects import check_approval
from activities.limits import LimitsActivities
from contracts.approvers import (
    Approver,
    ApproverKey,
    ApproversPort,
    Notice,
    NoticesPort,
    Revocations,
    RevocationsRequest,
    Rules,
    RulesRequest,
)
from contracts.errors import ToolFailed
from contracts.gates import DECISION, OpenGate, Reply, signed_bytes
from contracts.policies import PATIENCE, GatePolicy
from contracts.tools import Act, Effect, Outcome, Receipt
from contracts.visibility import State
from runtime.codec import data_converter
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from starters.explain import explain
from starters.explanation import Explanation
from tests.support.runs import gate_of, state_of
from tests.workflows.paper_workflows import Key, Paper, Papers, PapersPort, Published
from workers.interceptors import Guard
from workers.patience import with_patience

Handle = WorkflowHandle[Any, Published]

LAW = Paper(title="A law", body="Nobody signs twice.")


class Archive(PapersPort):
    """Counts what is done."""

    def __init__(self) -> None:
        self.read_papers: list[str] = []
        self.published: list[Act[Paper]] = []

    @activity.defn(name="test.read_paper")
    async def read(self, key: Key) -> Paper:
        """The same paper for every key."""
        self.read_papers.append(key.key)
        return LAW

    @activity.defn(name="test.publish")
    async def publish(self, act: Act[Paper]) -> Receipt[Paper]:
        """As the ledger would have it."""
        check_approval(act, Effect.IRREVERSIBLE)
        self.published.append(act)
        return Receipt(key=act.key, digest=act.digest, outcome=Outcome.DONE, result=act.argument)


class Registry(ApproversPort, NoticesPort):
    """Rules, revocations and notices, as a test wants them."""

    def __init__(self) -> None:
        self.policy: GatePolicy = PATIENCE
        self.people: tuple[Approver, ...] | None = None
        self.revoked: dict[str, str] = {}
        self.tells = False
        self.told: list[Notice] = []
        self.deaf = False
        self.looked_up = 0

    @activity.defn(name="approvers.rules")
    async def rules(self, request: RulesRequest) -> Rules:
        """What holds from now on."""
        return Rules(policy=self.policy, approvers=self.people, notices=self.tells)

    @activity.defn(name="approvers.revocations")
    async def revocations(self, request: RevocationsRequest) -> Revocations:
        """What was revoked since."""
        self.looked_up += 1
        by = {vote.by for vote in request.votes}
        return Revocations(refused={who: why for who, why in self.revoked.items() if who in by})

    @activity.defn(name="notices.send")
    async def send(self, notice: Notice) -> None:
        """Remember it."""
        if self.deaf:
            raise ToolFailed("the mail server is gone")
        self.told.append(notice)


@dataclass(frozen=True)
class Signer:
    """A person with a key."""

    name: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def approver(self, *roles: str, revoked: datetime | None = None) -> Approver:
        """As the rules name them."""
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        public = ApproverKey(id=f"{self.name}-1", public=base64.b64encode(raw).decode(), revoked=revoked)
        return Approver(name=self.name, roles=roles, keys=(public,))

    def signs(self, run: str, message: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
        """The message with its signature."""
        message = {"by": self.name, **message}
        moment = (at or datetime.now(UTC)).isoformat()
        signed = self.key.sign(signed_bytes(run, DECISION.validate_python(message), moment))
        value = base64.b64encode(signed).decode()
        return message | {"signature": {"key": f"{self.name}-1", "at": moment, "value": value}}


@dataclass(frozen=True)
class Office:
    """One test's."""

    env: WorkflowEnvironment
    queue: str
    folder: Path
    archive: Archive = field(default_factory=Archive)
    registry: Registry = field(default_factory=Registry)

    def worker(self) -> Worker:
        """For runs and tools."""
        limits = LimitsActivities(load_settings({"SIGNOFF_MODELS": "local"}, self.folder))
        archive, registry = self.archive, self.registry
        worker = Worker(
            self.env.client,
            task_queue=self.queue,
            workflows=[Papers],
            activities=[
                limits.read,
                archive.read,
                archive.publish,
                registry.rules,
                registry.revocations,
                registry.send,
            ],
            workflow_runner=workflow_runner(),
            interceptors=[Guard()],
        )
        return with_patience(worker)

    def rules(self, *people: Approver, **policy: Any) -> None:
        """What gates that open from now on go by."""
        self.registry.people = people or None
        self.registry.policy = GatePolicy.model_validate(PATIENCE.model_dump() | policy)

    async def start(self, key: str = "law", *, skips: bool = False, **sheet: Any) -> Handle:
        """A run; its clock skips what nobody waits for only if that is asked for."""
        if not skips:
            with self.env.with_time_skipping_disabled():
                return await self.start(key, skips=True, **sheet)
        started = await self.env.client.start_workflow(
            "Papers",
            {"key": key, "occasion": "today", **sheet},
            id=f"{self.queue}/{key}",
            task_queue=self.queue,
            result_type=Published,
        )
        return cast(Handle, started)

    async def gate(self, handle: Handle) -> OpenGate:
        """The run's gate, once it is open."""
        return await gate_of(handle)

    async def state(self, handle: Handle) -> State:
        """What the query says."""
        return await state_of(handle)

    async def decide(self, handle: Handle, verdict: str, by: str | None = None, **more: Any) -> Reply:
        """By update."""
        message = {"verdict": verdict, **({"by": by} if by else {}), **more}
        reply: Reply = await handle.execute_update("decide", message, result_type=Reply)
        return reply


@asynccontextmanager
async def office(env: WorkflowEnvironment, folder: Path) -> AsyncIterator[Office]:
    """With a worker."""
    made = Office(env, folder.name, folder)
    async with made.worker():
        yield made


async def explained(handle: Handle) -> Explanation:
    """What `signoff show` tells."""
    events = [event async for event in handle.fetch_history_events()]
    return explain(handle.id, events, data_converter())


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
