"""`python -m workers.stack`: the embedded stack in the current folder, until Ctrl-C.

A Temporal dev server with its Web UI, the local model, a mail sink, a worker and the inbox, each a child process. Their
state is in `.signoff/` and outlives them: a run that was waiting still waits at the next start.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from runtime.settings import SAMPLE_KYC, SettingsError, child_environment, load_settings
from workers.child import ChildFailed
from workers.disk import StateError
from workers.model_server import NoModel
from workers.ports import NoPort, Ports
from workers.preflight import Say, check, choose_addresses, uses_local_model
from workers.programs import NAMESPACE, Addresses, NoServerProgram, Programs
from workers.state import AlreadyRunning, StackFile, State
from workers.supervisor import Supervisor


class Stack:
    """One run of the stack, from its first child to its last."""

    def __init__(self, state: State, addresses: Addresses, blobs: str, kyc: Path, say: Say) -> None:
        self._state = state
        self._at = addresses
        self._say = say
        self._blobs = blobs
        self._programs = Programs(state, addresses, {**child_environment(), "SIGNOFF_KYC": str(kyc)}, blobs)
        self._supervisor = Supervisor(self._publish, say)
        self._complete = False

    async def run(self, began: float) -> None:
        """Until SIGTERM or Ctrl-C, or until a child cannot be kept: ChildFailed. `began`: on the monotonic clock."""
        stopped = _stop_signal()
        starting = asyncio.create_task(self._start(began))
        failing = asyncio.create_task(self._supervisor.failure())
        try:
            await asyncio.wait([starting, failing, stopped], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
            await asyncio.wait([failing, stopped], return_when=asyncio.FIRST_COMPLETED)
            if failing.done():
                failing.result()
        finally:
            self._complete = False
            for task in (starting, failing):
                task.cancel()
            await asyncio.gather(starting, failing, return_exceptions=True)
            await self._supervisor.end()

    async def _start(self, began: float) -> None:
        self._publish()
        # Side by side: loading the model and importing what the seed needs takes as long as the server's start.
        ready = [self._supervisor.start(program) for program in self._programs.servers()]
        await asyncio.gather(*ready, self._supervisor.run_once(self._programs.seed()))
        await asyncio.gather(*map(self._supervisor.start, (self._programs.worker(), self._programs.inbox())))
        self._complete = True
        self._publish()
        for line in self._where():
            self._say(line)
        self._say(f"ready in {time.monotonic() - began:.1f} s; Ctrl-C ends it")

    def _where(self) -> list[str]:
        model = [f"Local model   {self._at.model}"] if self._at.model else []
        mails = f"Mails         {self._state.maildir} (kept, never sent on)"
        return [
            f"Inbox         {self._at.inbox} (`signoff inbox link` lets you in)",
            f"Temporal UI   {self._at.ui}",
            *model,
            mails,
            f"Worker's log  {self._state.logs / 'worker.log'}",
        ]

    def _publish(self) -> None:
        stack = StackFile(
            pid=os.getpid(),
            ready=self._complete and self._supervisor.all_healthy,
            temporal=self._at.temporal,
            namespace=NAMESPACE,
            ui=self._at.ui,
            inbox=self._at.inbox,
            model=self._at.model,
            smtp=self._at.smtp,
            maildir=str(self._state.maildir),
            blobs=self._blobs,
            children=self._supervisor.pids,
        )
        try:
            self._state.publish(stack)
        except OSError as error:
            # The children go on: a disk that is full for a while is no reason to end what runs.
            _complain(f"{self._state.stack_file} cannot be written: {error.strerror}")


def _stop_signal() -> asyncio.Future[None]:
    """Done at SIGTERM, Ctrl-C, or when the terminal is closed (unless nohup asked to go on)."""
    loop = asyncio.get_running_loop()
    stopped = loop.create_future()

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, stop)
    return stopped


def _complain(message: str) -> None:
    print(f"signoff: {message}", file=sys.stderr, flush=True)


def up(state: State, any_ports: bool, say: Say) -> None:
    """Check, choose ports, run. Raises this module's errors, each one line."""
    began = time.monotonic()

    async def serve(addresses: Addresses, blobs: str) -> None:
        await Stack(state, addresses, blobs, kyc, say).run(began)

    with state.held():
        settings = load_settings()
        check(settings, say)
        ports = Ports()
        # Not the worker's own default: elsewhere nobody is to be let in by a list of invented people.
        kyc = settings.kyc or SAMPLE_KYC
        blobs = settings.blobs if "SIGNOFF_BLOBS" in settings.origins else f"file:{state.blobs}"
        asyncio.run(serve(choose_addresses(ports, uses_local_model(settings), any_ports, say), blobs))
        ports.close()


def main() -> int:
    """Exit code: 0 ended on request; 1 another stack runs here, or a child cannot be kept; 2 nothing was started."""
    parser = argparse.ArgumentParser(prog="python -m workers.stack", description="Run the embedded stack here.")
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.add_argument("--any-ports", action="store_true", help="take any free ports, not the usual ones")
    args = parser.parse_args()

    def say(line: str) -> None:
        if not args.quiet:
            print(line, flush=True)

    try:
        up(State(Path.cwd()), args.any_ports, say)
    except (AlreadyRunning, ChildFailed) as error:
        _complain(str(error))
        return 1
    except (StateError, SettingsError, NoModel, NoPort, NoServerProgram) as error:
        _complain(str(error))
        return 2
    except KeyboardInterrupt:  # before the first child: from then on Ctrl-C is a request to end
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
