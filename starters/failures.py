"""How a command fails: one line that names the thing and says what to do, and an exit code."""

REFUSED = 1
"""Refused, or the run failed, or no worker answered."""
BAD_INPUT = 2
"""Bad usage, bad input, a setting that cannot be right."""
NO_SERVER = 3
"""No Temporal server."""


class Failure(Exception):
    """Ends the command: `line` goes to stderr, `code` to the shell."""

    def __init__(self, code: int, line: str) -> None:
        super().__init__(line)
        self.code = code
        self.line = line


_servers: list[str] = []
"""The address that this program has connected to. Errors of later calls do not say it, and settings may change."""


def connected_to(address: str) -> None:
    """Remember which server errors are about."""
    _servers[:] = [address]


def as_failure(error: Exception) -> Failure | None:
    """What an error of the layers below means to a user; None where it is a bug, which deserves its traceback."""
    # Imported here: a command that works, `--help` above all, does not pay for the SDK.
    from pydantic import ValidationError
    from temporalio.service import RPCError, RPCStatusCode

    from contracts.errors import TooLarge
    from runtime.blobs.store import BlobError
    from runtime.client import NoServer
    from runtime.problems import problem_line
    from runtime.settings import SettingsError

    match error:
        case Failure():
            return error
        case SettingsError():
            return Failure(BAD_INPUT, str(error))
        case BlobError():
            return Failure(REFUSED, str(error))
        case TooLarge():
            return Failure(BAD_INPUT, error.message)
        case ValidationError():
            return Failure(BAD_INPUT, problem_line(error))
        case NoServer():
            return Failure(NO_SERVER, str(error))
        case RPCError(status=RPCStatusCode.UNAVAILABLE | RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED):
            where = f" at {_servers[-1]}" if _servers else ""
            advice = "see that it is running, then give the command again; its runs lose nothing"
            return Failure(NO_SERVER, f"the Temporal server{where} does not answer ({error.message}): {advice}")
        case RPCError(status=RPCStatusCode.INVALID_ARGUMENT):
            return Failure(BAD_INPUT, f"the Temporal server refuses this: {error.message}")
        case RPCError():
            return Failure(REFUSED, f"the Temporal server says: {error.message}")
        case _:
            return None
