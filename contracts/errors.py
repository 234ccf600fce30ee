"""The few errors that workflow code and users meet.

    SignoffError
    ├── BadInput            a request that cannot be right; names the field
    ├── TooLarge            a value that no history and no store of blobs takes
    ├── NotFound            what the request names is not there
    ├── UndeclaredStep      a process took a step, or used a tool at a step, that its boundary does not declare
    ├── OverUsed            a tool was to be used more often in one run than its policy allows
    ├── ModelUnavailable    not answered and not billed: 429, 5xx, refused connection (Temporal retries it)
    ├── ModelRefused        this model will not answer however often it is asked: key, model name, request
    ├── ToolUnavailable     nothing was done and trying again may help (Temporal retries it)
    ├── ToolFailed          nothing was done and trying again will not help
    ├── NotApproved         an effect without an approval of its exact arguments
    └── OutcomeUnknown      it may have happened; nobody can say but a person

Activities translate at the edge and raise only these; workflow code tells them apart with `error_name`.
"""

from datetime import timedelta
from typing import ClassVar

from temporalio.exceptions import ActivityError, ApplicationError


class SignoffError(ApplicationError):
    """Root of the tree; `type` on the wire is the class's name."""

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *details: int, wait: timedelta | None = None) -> None:
        """`wait`: how long the other side asked us to stay away before the next attempt."""
        super().__init__(
            message, *details, type=type(self).__name__, non_retryable=not self.retryable, next_retry_delay=wait
        )


class BadInput(SignoffError):
    """A request that cannot be right."""


class TooLarge(SignoffError):
    """A value of more bytes than can be recorded."""


class NotFound(SignoffError):
    """What the request names is not there."""


class UndeclaredStep(SignoffError):
    """A step that the process's boundary map does not declare."""


class OverUsed(SignoffError):
    """A use of a tool beyond its policy's `at_most`."""


class ModelUnavailable(SignoffError):
    """The provider did not answer and did not bill."""

    retryable = True


class ModelRefused(SignoffError):
    """The provider will never answer this as it stands."""


class ToolUnavailable(SignoffError):
    """The outside system was not reached or was busy; nothing was done."""

    retryable = True


class ToolFailed(SignoffError):
    """The outside system said no for good; nothing was done."""


class NotApproved(SignoffError):
    """The approval is not one of these exact arguments."""


class OutcomeUnknown(SignoffError):
    """The effect was begun, and whether it happened cannot be looked up."""

    def __init__(self, message: str, *, fence: int = 0) -> None:
        """`fence`: the claim it was begun under, so that an answer cannot settle a later one; the ledger knows it."""
        super().__init__(message, fence)


def error_name(error: BaseException) -> str | None:
    """Name of the Signoff error behind a failed activity; None where it is none of them."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return cause.type if isinstance(cause, ApplicationError) else None


def fence_of(error: ActivityError) -> int:
    """The claim that an OutcomeUnknown is about."""
    cause = error.cause
    assert isinstance(cause, ApplicationError)
    return int(cause.details[0])


def root_message(error: BaseException) -> str:
    """The innermost message of a chain of failures: the line that a user should read."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error.message if isinstance(error, ApplicationError) else str(error)
