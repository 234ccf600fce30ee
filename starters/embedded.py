"""The embedded stack of this folder: found while it runs, or started as a child and ended again."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.settings import PLAIN_CONNECTION
from starters.failures import REFUSED, Failure

STACK_FILE = Path(".signoff") / "stack.json"
"""In the current folder; the stack writes it when it starts, and removes it when it ends."""

PROGRAM = (sys.executable, "-m", "workers.stack")

_LOOK_EVERY_S = 0.1
_GRACE_S = 30.0
"""Longer than the stack takes to end its children."""


class Stack(BaseModel):
    """What starters want to know of a stack: `ready` is true while all of it works."""

    model_config = ConfigDict(frozen=True)

    pid: int = Field(gt=0)
    ready: bool = False
    temporal: str
    namespace: str
    ui: str
    inbox: str | None = None
    maildir: Path
    children: dict[str, int] = {}

    @property
    def flags(self) -> dict[str, str]:
        """Settings that lead to this stack, whatever else the environment says."""
        return {**PLAIN_CONNECTION, "TEMPORAL_ADDRESS": self.temporal, "TEMPORAL_NAMESPACE": self.namespace}


Say = Callable[[str], None]


def running_stack() -> Stack | None:
    """The stack that runs here, ready or not."""
    try:
        stack = Stack.model_validate_json(STACK_FILE.read_bytes())
    except (OSError, ValidationError):
        return None
    try:
        os.kill(stack.pid, 0)
    except PermissionError:  # it runs, under another user
        return stack
    except (ProcessLookupError, OverflowError):
        return None
    return stack


@contextmanager
def ready_stack(say: Say) -> Iterator[tuple[Stack, subprocess.Popen[bytes] | None]]:
    """The stack that runs here, or one that is started now and ended afterwards. Raises Failure.

    `say` is told what is waited for. The second value is the stack's process, where it was started here.
    """
    if running_stack():
        yield _await_ready(say, None, None), None
        return
    # A file, not a pipe: nobody reads a pipe while the demo goes on, and a full one would hold the stack up.
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([*PROGRAM, "--quiet"], stdin=subprocess.DEVNULL, stderr=errors)
        try:
            yield _await_ready(say, child, errors), child
        finally:
            _end(child)


def _await_ready(say: Say, child: subprocess.Popen[bytes] | None, errors: IO[bytes] | None) -> Stack:
    while True:
        stack = running_stack()
        if stack and stack.ready and (child is None or stack.pid == child.pid):
            return stack
        if child is not None and errors is not None and child.poll() is not None:
            raise _failed(child.returncode, errors)
        if child is None and stack is None:
            raise Failure(REFUSED, "the stack that was starting here has ended: see .signoff/logs")
        names = ", ".join(stack.children) if stack else ""
        say(f"starting the embedded stack: {names} …" if names else "starting the embedded stack …")
        # Only how often to look.
        time.sleep(_LOOK_EVERY_S)


def _failed(code: int, errors: IO[bytes]) -> Failure:
    """The stack's own last line and exit code."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines() or [
        "the embedded stack ended; see .signoff/logs"
    ]
    return Failure(code if code > 0 else REFUSED, lines[-1].removeprefix("signoff: "))


def _end(child: subprocess.Popen[bytes]) -> None:
    # The terminal sends Ctrl-C to both; a second one must not leave the children behind.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child.terminate()
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
    finally:
        signal.signal(signal.SIGINT, before)
