"""What an SDK's exception means: try again, give up, or count the reply as lost.

Both SDKs use the same class names, so one table serves both and no SDK is imported. A test walks their classes and
fails on one that is not in the table.
"""

from collections.abc import Mapping
from enum import StrEnum

import httpx2

from activities.llm.refusals import Door, is_for_good, refused
from activities.llm.waiting import wanted_wait
from contracts.errors import ModelRefused, ModelUnavailable, SignoffError

STREAM_FAULTS = (httpx2.HTTPError, httpx2.StreamError, OSError, EOFError, ValueError, RecursionError)
"""What a stream raises beside the SDK's own errors: httpx2's, TLS's, and junk (bad JSON and bad types are ValueError).

anthropic 2.11 lets httpx2's errors through once the stream has begun; openai 3.52 wraps most of them.
"""


class Kind(StrEnum):
    """Where to look for what an exception means."""

    STATUS = "status"
    """The HTTP status decides."""
    CONNECTION = "connection"
    """The cause decides: had the request gone out?"""
    BROKEN = "broken"
    """There was a reply, and it is of no use; it may have been billed."""
    SETUP = "setup"
    """The call cannot be made as things are set up here."""


KINDS: Mapping[str, Kind] = {
    "APIStatusError": Kind.STATUS,
    "APIConnectionError": Kind.CONNECTION,
    "APITimeoutError": Kind.CONNECTION,
    "APIError": Kind.BROKEN,
    "APIResponseValidationError": Kind.BROKEN,
    "ContentFilterFinishReasonError": Kind.BROKEN,
    "LengthFinishReasonError": Kind.BROKEN,
    "RetryableError": Kind.BROKEN,
    "StreamAlreadyConsumed": Kind.BROKEN,
    "AnthropicError": Kind.SETUP,
    "CredentialsError": Kind.SETUP,
    "IdentityTokenFileError": Kind.SETUP,
    "MissingDependencyError": Kind.SETUP,
    "MutuallyExclusiveAuthError": Kind.SETUP,
    "OpenAIError": Kind.SETUP,
    "SubjectTokenProviderError": Kind.SETUP,
    "WorkloadIdentityError": Kind.SETUP,
}
"""By class name. What is below APIStatusError needs no line of its own: it comes with a status."""

NOT_IN_A_CALL = frozenset(
    {
        "APIRemovedInV1",
        "APIWebhookValidationError",
        "AgentFilePreparationError",
        "AgentFileStagingError",
        "AgentOutputParseError",
        "AgentTurnResultError",
        "ToolsetUsageError",
        "WebSocketConnectionClosedError",
        "WebSocketQueueFullError",
        "_AmbiguousModuleClientUsageError",
    }
)
"""Of webhooks, websockets, agents, toolsets and the module-level client, with what is below them: no call of ours
raises these."""

_AFTER_THE_REQUEST = frozenset({200, 499})
"""An error inside a stream that had begun well, and a caller that went away: both may have been billed."""

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_BAD_ADDRESS = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.TooManyRedirects)


def kind_of(error: Exception) -> Kind:
    """The kind of the nearest class that the table knows; an exception of no SDK is a broken reply."""
    return next((KINDS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in KINDS), Kind.BROKEN)


def before_the_reply(error: Exception, door: Door) -> SignoffError | None:
    """What to raise for an error that came before the first byte of a reply; None: it may have been billed.

    Raise it `from None`: an SDK's exception may quote a key, and the cause of an activity's failure is history.
    """
    match kind_of(error):
        case Kind.STATUS:
            return _by_status(error, door)
        case Kind.CONNECTION:
            return _by_cause(error, door)
        case Kind.SETUP:
            why = type(error).__name__
            return ModelRefused(f"{door.name} cannot be called ({why}): check {door.key_name} and {door.url}")
        case Kind.BROKEN:
            return None


def _by_status(error: Exception, door: Door) -> SignoffError | None:
    response = getattr(error, "response", None)
    if not isinstance(response, httpx2.Response) or response.status_code in _AFTER_THE_REQUEST:
        return None
    if is_for_good(response, error):
        return refused(response.status_code, error, door)
    wait = wanted_wait(response.headers)
    return ModelUnavailable(f"{door.name} is busy or down ({response.status_code})", wait=wait)


def _by_cause(error: Exception, door: Door) -> SignoffError | None:
    cause = error.__cause__
    if isinstance(cause, _BAD_ADDRESS):
        return ModelRefused(f"{door.name} cannot be called ({type(cause).__name__}): correct {door.url}")
    if isinstance(cause, _NEVER_SENT):
        request = getattr(error, "request", None)
        where = f" at {request.url.netloc.decode()}" if isinstance(request, httpx2.Request) else ""
        return ModelUnavailable(f"{door.name} cannot be reached{where} ({type(cause).__name__})")
    return None
