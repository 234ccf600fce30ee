"""One child process: how it starts, how one sees that it works, how it ends."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOG_LIMIT = 10 * 1024 * 1024
"""Bytes above which a log starts anew when its child starts."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildFailed(Exception):
    """A child cannot be kept running; the message is one line that names it, its last words and its log."""


async def no_further_check() -> bool:
    """For a child whose ready file says everything."""
    return True


@dataclass(frozen=True)
class Program:
    """What to run, and how to tell that it works."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    grace: float = 5.0
    """Seconds between SIGTERM and SIGKILL."""
    ready_file: Path | None = None
    """The child touches it when it works."""
    answers: Callable[[], Awaitable[bool]] = no_further_check

    async def is_healthy(self) -> bool:
        """Whether the ready file, where there is one, is there and the child answers."""
        if self.ready_file and not self.ready_file.exists():
            return False
        return await self.answers()

    def failure(self, what: str) -> ChildFailed:
        """The error that tells a person what happened and where to read on."""
        return ChildFailed(f"{self.name} {what}; it said last: {last_words(self.log)} (see {self.log})")


async def start(program: Program) -> asyncio.subprocess.Process:
    """Start it in a session of its own, its output in its log. Raises ChildFailed where it cannot be started."""
    try:
        if program.ready_file:
            program.ready_file.unlink(missing_ok=True)
        with program.log.open("ab") as log:
            if log.tell() > LOG_LIMIT:
                log.truncate(0)
            # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which ends them in order.
            return await asyncio.create_subprocess_exec(
                *program.command,
                env=program.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
    except OSError as error:
        raise ChildFailed(f"{program.name} cannot be started ({error.strerror}: {error.filename})") from error


def _die_with(parent: int) -> Callable[[], None]:
    """Ask Linux to kill the child when its parent dies, even by SIGKILL. Elsewhere the next start ends leftovers."""

    def in_child() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the request was made
                os._exit(1)

    return in_child


async def end(process: asyncio.subprocess.Process, grace: float) -> None:
    """SIGTERM, `grace` seconds, SIGKILL; what the child itself started goes with it."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace)
    with suppress(ProcessLookupError, PermissionError):  # macOS answers PermissionError for a group of zombies
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def cause_of_death(returncode: int) -> str:
    """`ended with code 2`, `was ended by SIGKILL`."""
    if returncode >= 0:
        return f"ended with code {returncode}"
    return f"was ended by {signal.Signals(-returncode).name}"


def last_words(log: Path, limit: int = 300) -> str:
    """The last line of a log that is not blank, as printable text of at most `limit` characters."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        lines = []
    said = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    return "".join(c if c.isprintable() else " " for c in said)[:limit]
