"""Programs of the systems under test, as processes; and conversations that run on them."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from bench.conversation.chain import Conversation, read
from bench.conversation.systems import System
from bench.server import Server

ROOT = Path(__file__).parents[2]
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
READY_WITHIN_S = 120

Handle = WorkflowHandle[Any, Any]
_numbers = count()


def cpu_s(pid: int) -> float:
    """Processor time of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


@dataclass
class Worker:
    """A worker's process."""

    process: asyncio.subprocess.Process
    ready_at: float
    """When it began to poll, in seconds since 1970."""

    @property
    def cpu_s(self) -> float:
        """Its processor time so far."""
        return cpu_s(self.process.pid)

    @property
    def most_mb(self) -> float:
        """Resident memory at its highest so far, in MB (10^6 bytes)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6

    async def end(self) -> None:
        """As an operator would."""
        self.process.terminate()
        await self.process.wait()

    async def kill(self) -> None:
        """As a crash would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@dataclass
class World:
    """One server for all systems; `folder` is for what the programs write."""

    server: Server
    client: Client
    folder: Path
    _workers: list[Worker] = field(default_factory=list)

    async def worker(self, system: System, *options: str, folder: Path | None = None) -> Worker:
        """A new process of the system's worker, polling."""
        place = folder or self.folder / f"worker-{next(_numbers)}"
        place.mkdir(exist_ok=True)
        ready = place / f"ready-{next(_numbers)}"
        process = await self._program(system, "work", "--ready", str(ready), *options, log=place / "log")
        end = time.monotonic() + READY_WITHIN_S
        while not ready.exists():
            if process.returncode is not None or time.monotonic() > end:
                raise RuntimeError(f"the worker of {system.name} did not start: {(place / 'log').read_text()[-2000:]}")
            # Only how often to look.
            await asyncio.sleep(0.02)
        worker = Worker(process, float(ready.read_text()))
        self._workers.append(worker)
        return worker

    @asynccontextmanager
    async def working(self, system: System, *options: str) -> AsyncIterator[Worker]:
        """A worker for a while, that has held a first short conversation: what is loaded once has been."""
        worker = await self.worker(system, *options)
        try:
            await (await self.start(system, 2, 10)).result()
            yield worker
        finally:
            await worker.kill()

    async def start(self, system: System, turns: int, tool_bytes: int) -> Handle:
        """A conversation."""
        name = f"{system.queue}/{next(_numbers)}"
        words = {"turns": turns, "tool_bytes": tool_bytes}
        return await self.client.start_workflow(system.workflow_type, words, id=name, task_queue=system.queue)

    async def replay_s(self, system: System, handle: Handle, conversation: Conversation) -> float:
        """Seconds that a cold process takes to replay it."""
        runs = [run.run_id for run in conversation.runs]
        log = self.folder / f"replay-{next(_numbers)}.log"
        process = await self._program(system, "replay", handle.id, *runs, log=log, output=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"the replay of {system.name} failed: {log.read_text()[-2000:]}")
        return float(json.loads(out.splitlines()[-1]))

    async def read(self, system: System, handle: Handle) -> Conversation:
        """What there is of it by now."""
        assert handle.first_execution_run_id
        return await read(self.client, handle.id, handle.first_execution_run_id, system.is_call)

    def stored(self) -> int:
        """Bytes of this repository's own database by now; 0 before there is one."""
        with closing(sqlite3.connect(self.folder / ".signoff" / "signoff.db")) as database:
            (pages,), (size,) = (database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
            return int(pages) * int(size)

    async def end(self) -> None:
        """Kill what still runs."""
        await asyncio.gather(*(worker.kill() for worker in self._workers))

    async def _program(self, system: System, *words: str, log: Path, output: int | None = None) -> Any:
        python = await asyncio.to_thread(system.python)
        command = (python, "-m", "bench.conversation.programs", system.program, words[0])
        with log.open("a") as errors:
            return await asyncio.create_subprocess_exec(
                *(*command, "--address", self.server.address, *words[1:]),
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                cwd=self.folder,
                stdout=output or errors,
                stderr=errors,
            )


async def over(client: Client, handle: Handle, still_s: float) -> bool:
    """Wait until a conversation is over: True; or until nothing has happened in it for so long: False."""
    seen, since = (0, ""), time.monotonic()
    while True:
        found = await client.get_workflow_handle(handle.id).describe()
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return True
        now = (found.history_length, found.run_id)
        if now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > still_s:
            return False
        # Only how often to look; each look is work for the server.
        await asyncio.sleep(0.5)
