"""How a program ends: what it printed is flushed, failures are one line, and nothing runs after that."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn, TextIO

from starters.failures import Failure, as_failure

INTERRUPTED = 130
"""128 and SIGINT's number, as shells have it."""
NOBODY_READS = 141
"""128 and SIGPIPE's number."""


def finish(command: Callable[[], int]) -> NoReturn:
    """Run a command and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its escape instead of ending the command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = outcome(command)
    code = max((_flushed(stream, code) for stream in (sys.stdout, sys.stderr)), default=code)
    # The SDK's threads make about one interpreter exit in twelve abort; everything is flushed by now.
    os._exit(code)


def outcome(command: Callable[[], int]) -> int:
    """Run a command; its exit code. Failures become a line on stderr; bugs are raised."""
    try:
        return command()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _muted(sys.stdout)
    except Exception as error:
        failure = as_failure(error)
        if failure is None:
            raise
        return _told(failure)


def _told(failure: Failure) -> int:
    line = " ".join("".join(c if c.isprintable() else " " for c in failure.line).split())
    try:
        print(f"signoff: {line}", file=sys.stderr)
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
