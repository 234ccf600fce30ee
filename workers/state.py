"""The folder `.signoff/`: one stack at a time, its files, its addresses, what an earlier stack left behind."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.sources import STACK, STATE
from workers.disk import check_room, unusable

_PROGRAMS = {"start-dev", "workers", "workers.model_server", "workers.mail_sink", "starters"}
"""One of these words is in the command line of each child."""


class AlreadyRunning(Exception):
    """Another stack runs in this folder; the message is one line that says where."""


class StackFile(BaseModel):
    """`stack.json`: where the stack's servers are. `ready` is true while every child works."""

    model_config = ConfigDict(frozen=True)

    pid: int
    ready: bool = False
    temporal: str
    namespace: str
    ui: str
    inbox: str | None = None
    """None: a stack of an earlier version."""
    model: str | None
    """None: no route uses the local model, so it is not started."""
    smtp: str
    maildir: str
    blobs: str | None = None
    """As in SIGNOFF_BLOBS; None: a stack of an earlier version."""
    children: Mapping[str, int] = {}
    """Process ids by name."""


class State:
    """The state folder of the folder that a stack runs in. All paths are absolute."""

    def __init__(self, folder: Path) -> None:
        self.path = folder.resolve() / STATE
        self.stack_file = folder.resolve() / STACK
        self.maildir = self.path / "mail"
        self.logs = self.path / "logs"
        self.blobs = self.path / "blobs"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one stack; its `stack.json` is gone at the end. Raises StateError, AlreadyRunning."""
        if not self.logs.exists():
            check_room(self.path)  # before anything is made: a refusal leaves nothing behind
        try:
            for folder in (self.path, self.logs):
                folder.mkdir(exist_ok=True, mode=0o700)  # mails and customers are in it
            lock = (self.path / "lock").open("w")
        except OSError as error:
            raise unusable(self.path, error.strerror or str(error)) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(self._who_runs()) from None
            check_room(self.path)
            self._end_leftovers()
            self.stack_file.unlink(missing_ok=True)
            try:
                yield
            finally:
                self.stack_file.unlink(missing_ok=True)

    def publish(self, stack: StackFile) -> None:
        """Write `stack.json` in one step: a reader sees the old one or the new one. Raises OSError."""
        draft = self.stack_file.with_suffix(".tmp")
        with draft.open("w") as file:
            file.write(stack.model_dump_json(indent=2))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.stack_file)

    def _who_runs(self) -> str:
        stack = self._read()
        where = f" (pid {stack.pid}, Temporal UI {stack.ui})" if stack else ""
        return f"a stack is already running here{where}; end it with Ctrl-C in its terminal first"

    def _read(self) -> StackFile | None:
        try:
            return StackFile.model_validate_json(self.stack_file.read_bytes())
        except (OSError, ValidationError):
            return None

    def _end_leftovers(self) -> None:
        """End the children of a stack that was killed. A process id may have been given to another program since."""
        stack = self._read()
        ours = [pid for pid in stack.children.values() if self._is_ours(pid)] if stack else []
        for pid in ours:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while any(self._is_ours(pid) for pid in ours) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in filter(self._is_ours, ours):
            _signal(pid, signal.SIGKILL)

    def _is_ours(self, pid: int) -> bool:
        words = command_line(pid)
        return not _PROGRAMS.isdisjoint(words) and f"{self.path}/" in " ".join(words)


def command_line(pid: int) -> list[str]:
    """The words of a running process's command line; empty where it does not run, or only waits to be reaped."""
    try:
        if Path("/proc/self").exists():
            words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
            return [word for word in words if word]
        listed = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
        return listed.stdout.split()
    except OSError:
        return []


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)  # each child leads a group of its own
