"""A small world for a run: a real server, database and mail sink, real activities; only the model is scripted."""

import asyncio
import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any, TypeVar, cast

from aiosmtpd.smtp import SMTP
from sqlalchemy import make_url
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from contracts.gates import OpenGate
from contracts.queues import WORK
from contracts.sales_follow_up import FollowUpResult
from contracts.visibility import State
from runtime.settings import SAMPLE_KYC, Settings, load_settings
from tests.support.runs import gate_of, state_of
from tests.support.waiting import eventually
from workers.catalogue import make_workers
from workers.mail_sink import KeepInMaildir
from workers.seed import seed

Handle = WorkflowHandle[Any, FollowUpResult]
R = TypeVar("R")

SIGNALS: dict[str, Any] = {"signals": []}
DRAFT: dict[str, Any] = {
    "subject": "Your plans for the new site",
    "paragraphs": ["Thank you for telling us about your plans. I would be glad to hear how they are coming along."],
}
GOOD: dict[str, Any] = {"summarise-signals": [SIGNALS], "draft-email": [DRAFT]}
"""A script of a model that does as it is told."""


@dataclass(frozen=True)
class World:
    """Where one test lives."""

    env: WorkflowEnvironment
    client: Client
    settings: Settings
    maildir: Path
    started: list[Handle] = field(default_factory=list)

    async def start(
        self, request: dict[str, Any], run_id: str | None = None, workflow: str = "SalesFollowUp"
    ) -> Handle:
        """Start a follow-up of `request`, or another workflow, as somebody at the `temporal` CLI would: plain JSON."""
        occasion = request.get("occasion", "today")
        name = run_id or f"{self.settings.state.parent.name}/{request.get('lead_id')}/{occasion}"
        await self.client.start_workflow(workflow, request, id=name, task_queue=WORK)
        handle = self.handle(name)
        self.started.append(handle)
        return handle

    async def begin(
        self, workflow: str, request: dict[str, Any], key: str, result: type[R], run_id: str | None = None
    ) -> WorkflowHandle[Any, R]:
        """Start a run about `key` whose clock stands still while nothing happens: only `fast_forward` moves it."""
        name = run_id or f"{self.settings.state.parent.name}/{key}/{request.get('occasion', 'today')}"
        with self.env.with_time_skipping_disabled():
            started: WorkflowHandle[Any, R] = await self.client.start_workflow(
                workflow, request, id=name, task_queue=WORK, result_type=result
            )
        self.started.append(cast(Handle, started))
        return started

    def handle(self, workflow_id: str) -> Handle:
        """A run, with its result's type."""
        found = self.client.get_workflow_handle(workflow_id, result_type=FollowUpResult)
        return cast(Handle, found)

    async def state(self, handle: Handle) -> State:
        """What the query says."""
        return await state_of(handle)

    async def gate(self, handle: Handle) -> OpenGate:
        """The run's open gate, once there is one."""
        return await gate_of(handle)

    async def past_working_hours(self, handle: Handle) -> None:
        """Move the run's clock past a wait for working hours, if it comes to one: it hangs on today's weekday."""

        async def waits_or_is_over() -> bool:
            return await self._waits(handle) or (await handle.describe()).status != WorkflowExecutionStatus.RUNNING

        await eventually(waits_or_is_over, "the wait for working hours, or the end")
        if await self._waits(handle):
            await self.env.fast_forward(handle, timedelta(days=4))

    async def _waits(self, handle: Handle) -> bool:
        started = [e async for e in handle.fetch_history_events() if e.HasField("timer_started_event_attributes")]
        return any(b"working hours" in event.user_metadata.summary.data for event in started)

    async def end(self) -> None:
        """End what was started, so that the workers of no other test go on with it."""
        for handle in self.started:
            with suppress(RPCError):  # it is over
                await handle.terminate("the test is over")

    def mails(self) -> list[EmailMessage]:
        """What arrived at the mail sink."""
        files = sorted((self.maildir / "new").glob("*"))
        parse = BytesParser(policy=default).parsebytes
        return [parse(file.read_bytes()) for file in files]


PLAIN = {"lead_id": "lead-007"}


async def at_the_gate(world: World, request: dict[str, Any], run_id: str | None = None) -> Handle:
    """A run that waits for its approver; only `fast_forward` moves its clock."""
    with world.env.with_time_skipping_disabled():
        handle = await world.start(request, run_id)
    await world.gate(handle)
    return handle


def body_of(mail: EmailMessage) -> str:
    """The text that a person reads."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@asynccontextmanager
async def mail_sink(folder: Path, keep: KeepInMaildir | None = None) -> AsyncIterator[str]:
    """The embedded stack's mail sink, in this process; yields its URL."""
    loop = asyncio.get_running_loop()
    handler = keep or KeepInMaildir(folder)
    server = await loop.create_server(lambda: SMTP(handler, hostname="localhost", loop=loop), "127.0.0.1", 0)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def put_samples(settings: Settings) -> None:
    """What `seed` does, and quicker: an SQLite file that is not there yet is a copy of one that it made before."""
    url = make_url(settings.database_url)
    file = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or file.exists():
        seed(settings)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_seeded(), file)


@functools.cache
def _seeded() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    seed(load_settings({}, folder))
    return folder / ".signoff" / "signoff.db"


@asynccontextmanager
async def world(
    env: WorkflowEnvironment, folder: Path, script: dict[str, Any], flags: dict[str, str], client: Client | None = None
) -> AsyncIterator[World]:
    """Workers of one test, on a database and a mail sink of their own."""
    path = folder / "script.json"
    path.write_text(json.dumps(script))
    maildir = folder / "mail"
    async with AsyncExitStack() as stack:
        smtp_url = await stack.enter_async_context(mail_sink(maildir))
        usual = {
            "SIGNOFF_MODELS": f"scripted:{path}",
            "SIGNOFF_KYC": str(SAMPLE_KYC),
            "SIGNOFF_SMTP_URL": smtp_url,
            "SIGNOFF_MAIL_PROBE": f"maildir:{maildir}",
        }
        settings = load_settings(usual | flags, folder)
        put_samples(settings)
        for worker in make_workers(client or env.client, settings):
            await stack.enter_async_context(worker)
        made = World(env, client or env.client, settings, maildir)
        stack.push_async_callback(made.end)
        yield made
