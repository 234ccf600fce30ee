"""One life of a worker: the product's own `python -m workers`, in a process of its own, with its points tapped.

The process is forked from one that has imported everything, so that a restart takes half a second, not three.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import workers.__main__
import workers.catalogue
from tests.chaos.points import Fault, Points, wrap
from tests.chaos.taps import tap
from tests.support.waiting import eventually
from tests.workflows.journey_workflows import JourneyWorkflow
from tests.workflows.notice_workflows import NoticeWorkflow

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.chaos.life", "openai", "workers.catalogue"])

TEST_WORKFLOWS: tuple[type, ...] = (JourneyWorkflow, NoticeWorkflow)
"""Beside those of the product's catalogue."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_SETTINGS = ("SIGNOFF_", "TEMPORAL_", "ANTHROPIC_", "OPENAI_", "OTEL_")


def live(folder: Path, settings: Mapping[str, str], fault: Fault | None, ready: Path) -> None:
    """Be a worker until somebody ends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(folder / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith(_SETTINGS)]:
        del os.environ[name]
    os.environ |= settings
    _tell_time_by(folder / "clock")
    if fault and fault.deed is freeze:
        # With its only slot taken it polls no more: a frozen worker's polls would take each new attempt to the grave.
        wrap(workers.catalogue, "Worker", lambda worker: partial(worker, max_concurrent_activities=1))
    wrap(workers.catalogue, "WORKFLOWS", lambda processes: (*processes, *TEST_WORKFLOWS))
    tap(Points(folder, fault).reach)
    sys.argv = ["workers", "--ready-file", str(ready)]
    os._exit(workers.__main__.main())


def _tell_time_by(file: Path) -> None:
    """The wall clock of the product's own modules goes wrong by as many hours as stand in a file."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            hours = float(file.read_text()) if file.exists() else 0.0
            return datetime.now(tz) + timedelta(hours=hours)

    for name, module in list(sys.modules.items()):
        if name.startswith(("activities.", "runtime.", "workers.")) and getattr(module, "datetime", None) is datetime:
            wrap(module, "datetime", lambda _: Wrong)


class Lives:
    """Keeps a worker running, as a supervisor does: one that dies is followed by another at once."""

    def __init__(self, folder: Path, settings: Mapping[str, str], fault: Fault | None, workers: int = 1) -> None:
        self._folder, self._settings, self._fault = folder, settings, fault
        self._count = 0
        self._wanted = workers
        self._running: list[tuple[multiprocessing.process.BaseProcess, Path]] = []
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Lives":
        self._keeper = asyncio.create_task(self._keep())
        await self.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper:
            self._keeper.cancel()
        self.kill()

    async def ready(self) -> None:
        """Wait until as many work as are wanted. Raises AssertionError."""

        async def look() -> bool:
            return self._complete()

        await eventually(look, f"the worker works (see {self._folder / 'worker.log'})", within_s=60)

    def kill(self) -> None:
        """SIGKILL, here and now, to all of them."""
        for process, _ in self._running:
            process.kill()
            process.join()

    def want(self, workers: int) -> None:
        """How many are kept running from now on."""
        self._wanted = workers

    def _complete(self) -> bool:
        alive = [ready for process, ready in self._running if process.is_alive()]
        return len(alive) >= self._wanted and all(ready.exists() for ready in alive)

    async def _keep(self) -> None:
        while True:
            self._running = [(process, ready) for process, ready in self._running if process.is_alive()]
            while len(self._running) < self._wanted:
                self._start()
            await asyncio.sleep(0.02)

    def _start(self) -> None:
        self._count += 1
        ready = self._folder / f"ready-{self._count}"
        process = CONTEXT.Process(target=live, args=(self._folder, self._settings, self._fault, ready), daemon=True)
        process.start()
        self._running.append((process, ready))


def die() -> None:
    """SIGKILL to oneself."""
    os.kill(os.getpid(), signal.SIGKILL)


def freeze() -> None:
    """SIGSTOP to oneself; who goes on from here was woken up."""
    os.kill(os.getpid(), signal.SIGSTOP)
