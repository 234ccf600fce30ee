"""Real processes for tests: started from this repository, waited for by what they do, ended whatever happens."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from workers.state import command_line

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]


def until(look: Callable[[], T | None], what: str, within_s: float = 60) -> T:
    """The first answer that is true. Raises AssertionError, naming `what`, when none came in time."""
    end = time.monotonic() + within_s
    while not (seen := look()):
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        # Not a guess at how long it takes: only how often to look.
        time.sleep(0.02)
    return seen


def python(*arguments: str, folder: Path, **settings: str) -> subprocess.Popen[str]:
    """This repository's Python in `folder`, without the settings of whoever runs the tests."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SIGNOFF_", "TEMPORAL_", "ANTHROPIC_", "OPENAI_", "OTEL_"))
    }
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as the stack starts its children
    )


@contextmanager
def running(*arguments: str, folder: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Such a process for the length of a test; SIGTERM ends it, or SIGKILL where that does not."""
    process = python(*arguments, folder=folder, **settings)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def refusal(*arguments: str, folder: Path, **settings: str) -> tuple[int, str]:
    """Run to the end a program that must refuse: its exit code and what it said on stderr."""
    process = python(*arguments, folder=folder, **settings)
    said, complained = process.communicate(timeout=30)
    assert "Traceback" not in complained, complained
    assert said == ""
    return process.returncode, complained


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    return bool(command_line(pid))


def kill(pid: int) -> None:
    """kill -9."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
