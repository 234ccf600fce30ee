"""A Temporal server as the embedded stack starts it, the product's worker, and runs that ask a model once."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from temporalio.client import Client, WorkflowHandle

from bench.rates.one_fill import ONE_FILL, OneFill, OneFillRequest, OneFillResult
from bench.rates.provider import LimitedProvider
from bench.server import temporal_server
from contracts.queues import WORK
from runtime.client import connect
from runtime.search_attributes import ensure
from runtime.settings import load_settings
from workers.catalogue import make_workers

PROVIDER = "paced"

Handle = WorkflowHandle[object, OneFillResult]


@dataclass(frozen=True)
class Set:
    """How a measurement is set up. `fair`: whether the server has the stack's settings for queues."""

    rate: float | None
    tenants: bool = False
    fair: bool = True


@dataclass(frozen=True)
class World:
    """Where runs are started."""

    client: Client
    provider: LimitedProvider

    async def start(self, name: str, tenant: str | None) -> Handle:
        """One run; its name stands in its prompt."""
        request = OneFillRequest(name=name, tenant=tenant)
        return await self.client.start_workflow(
            ONE_FILL.workflow_type, request, id=name, task_queue=WORK, result_type=OneFillResult
        )


@asynccontextmanager
async def world(folder: Path, how: Set) -> AsyncIterator[World]:
    """All parts, on free ports, with nothing left from before."""
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(LimitedProvider())
        server = await stack.enter_async_context(temporal_server(folder, fair=how.fair))
        flags = {"TEMPORAL_ADDRESS": server.address, **_files(folder, provider.url, how.rate)}
        settings = load_settings(flags, folder)
        client = await connect(settings)
        await ensure(client)
        with mock.patch("workers.catalogue.WORKFLOWS", (OneFill,)):
            workers = make_workers(client, settings)
        for worker in workers:
            await stack.enter_async_context(worker)
        yield World(client, provider)


def _files(folder: Path, url: str, rate: float | None) -> dict[str, str]:
    (folder / "endpoints.toml").write_text(f'[{PROVIDER}]\nbase_url = "{url}"\n')
    price = f'[prices."{PROVIDER}:model"]\ninput = 1\noutput = 1\n'
    (folder / "limits.toml").write_text(price + (f"[rates]\n{PROVIDER} = {rate:g}\n" if rate else ""))
    return {
        "SIGNOFF_ENDPOINTS": "endpoints.toml",
        "SIGNOFF_LIMITS": "limits.toml",
        "SIGNOFF_MODELS": f"{PROVIDER}:model",
    }
