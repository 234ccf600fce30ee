"""A Temporal server as the embedded stack starts it, the product's worker, and runs that ask a model once."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from unittest import mock

from temporalio.client import Client, WorkflowHandle

from bench.rates.one_fill import ONE_FILL, OneFill, OneFillRequest, OneFillResult
from bench.rates.provider import LimitedProvider
from contracts.queues import WORK
from runtime.client import NoServer, connect
from runtime.search_attributes import ensure
from runtime.settings import Settings, load_settings
from workers.catalogue import make_workers
from workers.ports import Ports
from workers.programs import Addresses, Programs
from workers.state import State

PROVIDER = "paced"
DYNAMIC = "--dynamic-config-value"

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
        address = await stack.enter_async_context(_server(folder, how.fair))
        settings = load_settings({"TEMPORAL_ADDRESS": address, **_files(folder, provider.url, how.rate)}, folder)
        client = await _connected(settings)
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


@asynccontextmanager
async def _server(folder: Path, fair: bool) -> AsyncIterator[str]:
    ports = Ports()
    at = Addresses(temporal_port=ports.take(0), ui_port=ports.take(0), smtp_port=ports.take(0), model_port=None)
    state = State(folder)
    state.path.mkdir()
    (temporal, _) = Programs(state, at, os.environ).servers()
    command = temporal.command if fair else _without_dynamic(temporal.command)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, env=temporal.environment, stdout=quiet, stderr=quiet)
    try:
        yield at.temporal
    finally:
        process.terminate()
        await process.wait()
        ports.close()


def _without_dynamic(command: tuple[str, ...]) -> tuple[str, ...]:
    return (command[0], *(word for before, word in pairwise(command) if DYNAMIC not in (before, word)))


async def _connected(settings: Settings) -> Client:
    end = time.monotonic() + 30
    while True:
        try:
            return await connect(settings)
        except NoServer:
            if time.monotonic() > end:
                raise
            # Only how often to look.
            await asyncio.sleep(0.1)
