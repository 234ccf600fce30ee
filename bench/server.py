"""A Temporal server for a bench, started as the embedded stack starts it, with nothing left from before."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from runtime.client import NoServer, connect
from runtime.settings import load_settings
from workers.ports import Ports
from workers.programs import Addresses, Programs
from workers.state import State

DYNAMIC = "--dynamic-config-value"


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    address: str
    pid: int


@asynccontextmanager
async def temporal_server(folder: Path, *, fair: bool = True) -> AsyncIterator[Server]:
    """On free ports, its database under `folder`. `fair`: with the stack's settings."""
    ports = Ports()
    at = Addresses(temporal_port=ports.take(0), ui_port=ports.take(0), smtp_port=ports.take(0), model_port=None)
    state = State(folder)
    state.path.mkdir()
    (temporal, _) = Programs(state, at, os.environ).servers()
    command = temporal.command if fair else _without_dynamic(temporal.command)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, env=temporal.environment, stdout=quiet, stderr=quiet)
    try:
        await _answers(at.temporal, folder)
        yield Server(at.temporal, process.pid)
    finally:
        process.terminate()
        await process.wait()
        ports.close()


def _without_dynamic(command: tuple[str, ...]) -> tuple[str, ...]:
    return (command[0], *(word for before, word in pairwise(command) if DYNAMIC not in (before, word)))


async def _answers(address: str, folder: Path) -> None:
    settings = load_settings({"TEMPORAL_ADDRESS": address}, folder)
    end = time.monotonic() + 30
    while True:
        try:
            await connect(settings)
        except NoServer:
            if time.monotonic() > end:
                raise
            # Only how often to look.
            await asyncio.sleep(0.1)
        else:
            return
