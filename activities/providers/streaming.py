"""Reading a streamed reply: what both SDKs have in common.

Every call is streamed: a cancelled call lets go of its connection at once, and what came before a break is kept.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Generic, Protocol, TypeVar

import httpx2

from activities.llm.failures import STREAM_FAULTS, before_the_reply
from activities.llm.refusals import Door
from activities.providers.base import Completion, Finish
from contracts.llm import Usage

REPLY_LIMIT = 200_000
"""Bytes of a reply that are read; the rest is left unread, whoever pays for it."""

KEPT_OF_OVERLONG = 10_000
"""Characters that are recorded of a reply past that limit: enough to see what went wrong."""

P = TypeVar("P", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """Seconds: to connect, and between two pieces of a reply (the wait for the first one included)."""

    connect: float = 5.0
    silence: float = 60.0

    def timeout(self) -> httpx2.Timeout:
        """As the HTTP client takes it."""
        return httpx2.Timeout(self.silence, connect=self.connect, pool=self.connect)


USUAL = Patience()
LOCAL = Patience(silence=120.0)
"""The local model reads the whole prompt, and waits for a free slot, before its first word."""


@dataclass
class Reply:
    """A reply while it streams in."""

    reason: str | None = None
    refusal: str = ""
    response_model: str | None = None
    response_id: str | None = None
    request_id: str | None = None
    usage: Usage | None = None
    size: int = 0
    parts: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Take in one more piece."""
        self.parts.append(text)
        self.size += len(text.encode("utf-8", "surrogatepass"))

    def end(self, finish: Finish, note: str = "") -> Completion:
        """The reply as it stands now."""
        return Completion(
            text=_whole("".join(self.parts))[: KEPT_OF_OVERLONG if finish is Finish.OVERLONG else None],
            finish=finish,
            reason=self.reason,
            note=_whole(note),
            response_model=self.response_model,
            response_id=self.response_id,
            request_id=self.request_id or self.response_id,
            usage=self.usage,
        )


def _whole(text: str) -> str:
    """Join surrogate pairs that two pieces split; replace lone halves, which are no text and cannot be recorded."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Stream(Protocol[P]):
    """What both SDKs' AsyncStream offers."""

    response: httpx2.Response

    def __aiter__(self) -> AsyncIterator[P]: ...
    async def __aenter__(self) -> object: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


async def read_reply(
    opening: Awaitable[Stream[P]],
    take: Callable[[P, Reply], None],
    ends: Mapping[str, Finish],
    fault: type[Exception],
    door: Door,
) -> Completion:
    """Open a stream and read it to its end. `ends`: reasons that are no plain end; `fault`: root of the SDK's errors.

    Raises ModelUnavailable, ModelRefused.
    """
    reply = Reply()
    try:
        stream = await opening
    except (fault, *STREAM_FAULTS) as error:
        if failure := before_the_reply(error, door):
            raise failure from None
        return reply.end(Finish.BROKEN, f"the connection broke before the reply came ({type(error).__name__})")
    headers = stream.response.headers
    reply.request_id = headers.get("request-id") or headers.get("x-request-id")
    try:
        async with stream:
            async for piece in stream:
                take(piece, reply)
                if reply.size > REPLY_LIMIT:
                    return reply.end(Finish.OVERLONG)
    except (fault, *STREAM_FAULTS) as error:
        return reply.end(Finish.BROKEN, f"the reply broke off ({type(error).__name__})")
    return _ended(reply, ends)


def _ended(reply: Reply, ends: Mapping[str, Finish]) -> Completion:
    if reply.refusal:
        return reply.end(Finish.DECLINED, reply.refusal)
    if reply.reason is None:
        return reply.end(Finish.BROKEN, "the reply ended without saying so")
    return reply.end(ends.get(reply.reason, Finish.COMPLETE))


class Once(Generic[T]):
    """Something slow to make, made when first wanted, in a thread: importing an SDK holds up heartbeats otherwise."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self.made: T | None = None

    async def get(self) -> T:
        """The one and only."""
        async with self._lock:
            if self.made is None:
                self.made = await asyncio.to_thread(self._make)
            return self.made
