"""How a program ends: what it printed is flushed, failures are one line, and nothing runs after that."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TextIO

from starters.failures import Failure, as_failure

INTERRUPTED = 130
"""128 and SIGINT's number, as shells have it."""
NOBODY_READS = 141
"""128 and SIGPIPE's number."""


def finish(command: Callable[[], int]) -> NoReturn:
    """Run a command and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its escape; the command goes on.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = outcome(command)
    if "runtime.telemetry" in sys.modules:
        from runtime.telemetry import flush

        flush()
    for stream in (sys.stdout, sys.stderr):
        code = _flushed(stream, code)
    # The SDK's threads can abort the interpreter on its way out; everything is flushed by now.
    os._exit(code)


def unwind_on_signals() -> None:
    """Leave through every `finally` on SIGTERM, too, and when the terminal is closed (unless nohup said to go on)."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _unwind)


def outcome(command: Callable[[], int]) -> int:
    """Run a command; its exit code. A failure becomes a line on stderr; a bug is raised."""
    try:
        return command()
    except SystemExit as done:  # argparse, after it printed its help
        return int(done.code or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _muted(sys.stdout)
    except Exception as error:
        failure = as_failure(error)
        if failure is None:
            raise
        return _told(failure)


def _unwind(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _told(failure: Failure) -> int:
    line = " ".join("".join(c if c.isprintable() else " " for c in failure.line).split())
    try:
        print(f"signoff: {line}", file=sys.stderr, flush=True)
    except BrokenPipeError:
        _muted(sys.stderr)
    return failure.code


def _flushed(stream: TextIO, code: int) -> int:
    try:
        stream.flush()
    except BrokenPipeError:
        return _muted(stream)
    return code


def _muted(stream: TextIO) -> int:
    """Whoever read this is gone: nothing more is written to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return NOBODY_READS
