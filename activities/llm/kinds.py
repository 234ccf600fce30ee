"""Which exceptions the SDKs raise, and where to look for what one means.

Both SDKs use the same class names, so one table serves both and no SDK is imported. A test walks their exception
classes and those of the HTTP client below them, and fails on one that is not in the table.
"""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """Where to look for what an exception means."""

    STATUS = "status"
    """The HTTP status decides."""
    CONNECTION = "connection"
    """The cause decides."""
    UNSENT = "unsent"
    """The request never went out, or not to its end: nobody answered it, and nobody billed it."""
    BROKEN = "broken"
    """There may have been a reply, and it is of no use; it may have been billed."""
    SETUP = "setup"
    """The call cannot be made as things are set up here."""


_OF_THE_SDKS = {
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
"""What is below APIStatusError needs no line of its own: it comes with a status."""

_OF_THE_CONNECTION = {
    "ConnectError": Kind.UNSENT,
    "ConnectTimeout": Kind.UNSENT,
    "PoolTimeout": Kind.UNSENT,
    "ProxyError": Kind.UNSENT,
    "WriteError": Kind.UNSENT,
    "WriteTimeout": Kind.UNSENT,
    "InvalidURL": Kind.SETUP,
    "LocalProtocolError": Kind.SETUP,  # a key with a line end in it, which no header takes
    "UnicodeEncodeError": Kind.SETUP,  # or with a letter that none takes
    "UnsupportedProtocol": Kind.SETUP,
    "CloseError": Kind.BROKEN,
    "CookieConflict": Kind.BROKEN,
    "DecodingError": Kind.BROKEN,
    "HTTPError": Kind.BROKEN,
    "HTTPStatusError": Kind.BROKEN,
    "NetworkError": Kind.BROKEN,
    "ProtocolError": Kind.BROKEN,
    "ReadError": Kind.BROKEN,
    "ReadTimeout": Kind.BROKEN,
    "RemoteProtocolError": Kind.BROKEN,
    "RequestError": Kind.BROKEN,
    "RequestNotRead": Kind.BROKEN,
    "ResponseNotRead": Kind.BROKEN,
    "StreamClosed": Kind.BROKEN,
    "StreamConsumed": Kind.BROKEN,
    "StreamError": Kind.BROKEN,
    "TimeoutException": Kind.BROKEN,
    "TooManyRedirects": Kind.BROKEN,
    "TransportError": Kind.BROKEN,
}
"""httpx2's, which both SDKs send through, and what it does not catch."""

KINDS: Mapping[str, Kind] = _OF_THE_SDKS | _OF_THE_CONNECTION
"""By class name."""

NOT_IN_A_CALL = frozenset(
    {
        "APIRemovedInV1",
        "APIWebhookValidationError",
        "AgentFilePreparationError",
        "AgentFileStagingError",
        "AgentOutputParseError",
        "AgentTurnResultError",
        "BrowserCancelledError",
        "BrowserError",
        "ComputerUseError",
        "DecisionsToolRunnerCancelledError",
        "DecisionsToolRunnerError",
        "FileStoreError",
        "InvalidWebhookSignatureError",
        "MissingStreamClassError",
        "ResponsesWebSocketBufferError",
        "ResponsesWebSocketError",
        "SSEError",
        "SessionMemoryError",
        "ToolError",
        "ToolRunnerCancelledError",
        "ToolRunnerError",
        "ToolsetUsageError",
        "UnsupportedMCPValueError",
        "WebSocketConnectionClosedError",
        "WebSocketQueueFullError",
        "_AmbiguousModuleClientUsageError",
        "_NonObjectPayloadError",
        "_TransientTokenExchangeError",
    }
)
"""Of webhooks, websockets, agents, tools and their runners, other clients, other ways to log in and to read a stream,
with what is below them: no call of ours raises these."""


def kind_of(error: BaseException) -> Kind:
    """The kind of the nearest class that the table knows; what it does not know may have been billed."""
    return next((KINDS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in KINDS), Kind.BROKEN)
