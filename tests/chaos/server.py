"""A Temporal server of one's own, its state on disk, started as the embedded stack starts it and kept running."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from temporalio.client import Client

from runtime.codec import data_converter
from tests.support.server import free_port
from tests.support.waiting import eventually
from workers.child import end, start
from workers.programs import Addresses, Programs
from workers.state import State

_PASSES_TIME = ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true")


class Server:
    """A dev server with a namespace for each of `lanes`; one that dies is started again on the same state."""

    def __init__(self, folder: Path, lanes: Sequence[str]) -> None:
        state = State(folder)
        state.logs.mkdir(parents=True, exist_ok=True)
        self._addresses = Addresses(free_port(), free_port(), 0, None)
        program = Programs(state, self._addresses, os.environ).servers()[0]
        spaces = [word for lane in lanes for word in ("--namespace", lane)]
        self._program = replace(program, command=(*program.command, *_PASSES_TIME, *spaces))
        self.pid = 0
        """Of the process that runs now."""

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return self._addresses.temporal

    async def keep(self) -> None:
        """Until it is cancelled."""
        while True:
            process = await start(self._program)
            self.pid = process.pid
            try:
                await process.wait()
            finally:
                await end(process, self._program.grace)

    async def ready(self) -> None:
        """Wait until it answers. Raises AssertionError."""
        await eventually(self._program.is_healthy, f"the Temporal server answers (see {self._program.log})", 60)

    async def client(self, lane: str) -> Client:
        """A client of one lane's namespace."""
        return await Client.connect(self.address, namespace=lane, data_converter=data_converter())


@asynccontextmanager
async def running_server(folder: Path, lanes: Sequence[str]) -> AsyncIterator[Server]:
    """A server that answers."""
    server = Server(folder, lanes)
    keeper = asyncio.create_task(server.keep())
    try:
        await server.ready()
        yield server
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])
