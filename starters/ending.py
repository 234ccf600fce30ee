"""How a program ends: what it printed is flushed, failures are one line, and nothing runs after that."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TextIO

from starters.failures import REFUSED, Failure, as_failure

INTERRUPTED = 130
"""128 and SIGINT's number, as shells have it."""
NOBODY_READS = 141
"""128 and SIGPIPE's number."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What writing to stdout fails with where it is a file."""


def finish(command: Callable[[], int]) -> NoReturn:
    """Run a command and end the process with its exit code."""
    closed = sys.stdout is None
    # Closed by the shell (`>&-`): the number must not go to a connection that the command opens.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(1), sys.stderr or _nowhere(2)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its escape; the command goes on.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = _told(_unwritable("it is closed")) if closed else outcome(command)
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
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
            return _lost(sys.stdout, error)
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
    except OSError:
        _muted(sys.stderr)
    return failure.code


def _flushed(stream: TextIO, code: int) -> int:
    try:
        stream.flush()
    except BrokenPipeError:
        return _muted(stream)
    except OSError as error:
        return _lost(stream, error)
    return code


def _lost(stream: TextIO, error: OSError) -> int:
    _muted(stream)
    return _told(_unwritable(error.strerror or "it fails"))


def _unwritable(reason: str) -> Failure:
    return Failure(REFUSED, f"stdout cannot be written to: {reason}")


def _nowhere(number: int) -> TextIO:
    """A stream that keeps the number of one that was closed."""
    opened = os.open(os.devnull, os.O_WRONLY)
    if opened != number:
        os.dup2(opened, number)
    return os.fdopen(number, "w")


def _muted(stream: TextIO) -> int:
    """Whoever read this is gone: nothing more is written to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return NOBODY_READS
