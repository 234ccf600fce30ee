"""The product's worker on a server and a mail sink of its own, with mails that a person approved in advance."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowFailureError

from bench.orchestration.told import Told, told
from bench.server import temporal_server
from contracts.best_draft import BEST_DRAFT, Mode
from contracts.mail import SEND_EMAIL_IN_ADVANCE
from contracts.queues import WORK
from contracts.standing import Grant
from contracts.tools import tool_name
from runtime.client import connect
from runtime.search_attributes import ensure
from runtime.settings import load_settings
from starters.chain import read_chain
from starters.explain import explain
from starters.standing import grant_standing
from starters.words import dig
from tests.support.waiting import eventually
from tests.support.world import mail_sink
from workers.catalogue import make_workers
from workers.seed import seed

REQUEST: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "samples" / "best-draft" / "01-plain.json").read_text(encoding="utf-8")
)
"""The brief of every run."""

TO: str = REQUEST["to"]["email"]

MOST_RUNS = 1000
"""As many mails as one standing approval may cover."""


@dataclass(frozen=True)
class World:
    """Where runs are started."""

    client: Client
    maildir: Path

    async def run(self, mode: Mode, number: int) -> Told:
        """One run, from its start to its end."""
        name = f"{BEST_DRAFT.name}/{mode}/{number}"
        request = {**REQUEST, "mode": mode.value, "occasion": f"{mode}-{number}"}
        handle = await self.client.start_workflow(BEST_DRAFT.workflow_type, request, id=name, task_queue=WORK)
        result = None
        with suppress(WorkflowFailureError):  # its history says so
            result = await handle.result()
        newest = (await self.client.get_workflow_handle(name).describe()).run_id
        chain = await read_chain(self.client, self.client.get_workflow_handle(name, run_id=newest))
        began, ended = chain.events[0].event_time, chain.events[-1].event_time
        seconds = (ended.ToDatetime() - began.ToDatetime()).total_seconds()
        mails = self.mails().count(dig(result, "message_id"))
        return told(explain(name, chain.events, self.client.data_converter), seconds, mails)

    def mails(self) -> list[str]:
        """Message-IDs of all that arrived."""
        parse = BytesHeaderParser().parsebytes
        return [str(parse(file.read_bytes())["Message-ID"]) for file in (self.maildir / "new").glob("*")]


@asynccontextmanager
async def world(folder: Path, flags: Mapping[str, str]) -> AsyncIterator[World]:
    """All parts, on free ports, with nothing left from before. `flags` say which model is asked."""
    maildir = folder / "mail"
    async with AsyncExitStack() as stack:
        smtp_url = await stack.enter_async_context(mail_sink(maildir))
        server = await stack.enter_async_context(temporal_server(folder))
        usual = {
            "TEMPORAL_ADDRESS": server.address,
            "SIGNOFF_SMTP_URL": smtp_url,
            "SIGNOFF_MAIL_PROBE": f"maildir:{maildir}",
        }
        settings = load_settings({**usual, **flags}, folder)
        seed(settings)
        client = await connect(settings)
        await ensure(client)
        for worker in make_workers(client, settings):
            await stack.enter_async_context(worker)
        await _approve_in_advance(client)
        yield World(client, maildir)


async def _approve_in_advance(client: Client) -> None:
    """Mails to the brief's recipient, whatever they say; runs look it up in the server's list, where it comes late."""
    anything = ("to.name", "sender", "subject", "body", "drafted_by")
    bounds: dict[str, Any] = {name: {"anything": True} for name in anything}
    bounds |= {"to.email": {"one_of": [TO]}, "invitation": {"one_of": [""]}}
    grant = Grant.model_validate(
        {
            "process": BEST_DRAFT.name,
            "tool": tool_name(SEND_EMAIL_IN_ADVANCE),
            "bounds": bounds,
            "at_most": MOST_RUNS,
            "until": datetime.now(UTC) + timedelta(days=7),
            "by": "bench",
        }
    )
    granted = await grant_standing(client, grant, "bench")
    query = f"WorkflowId='{granted.workflow_id}' AND ExecutionStatus='Running'"
    await eventually(partial(_is_listed, client, query), "the standing approval in the list")


async def _is_listed(client: Client, query: str) -> bool:
    return (await client.count_workflows(query)).count == 1
