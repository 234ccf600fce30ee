"""Reading a streamed reply: what both SDKs have in common.

Every call is streamed: a cancelled call lets go of its connection at once, and what came before a break is kept.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

import httpx2

from activities.llm.failures import before_the_reply, in_words, not_set_up
from activities.llm.refusals import Door
from activities.providers.base import Completion, Finish
from activities.providers.http import TooMuch
from activities.providers.reply import REPLY_LIMIT, Reply
from contracts.errors import SignoffError

P = TypeVar("P", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """Seconds: to connect; between two pieces of what is sent (the wait for the first one included); and without a
    word of the reply. A provider that is thinking sends pings: they are life, but not for ever.
    """

    connect: float = 5.0
    silence: float = 60.0
    wordless: float = 300.0

    def timeout(self) -> httpx2.Timeout:
        """As the HTTP client takes it."""
        return httpx2.Timeout(self.silence, connect=self.connect, pool=self.connect)


USUAL = Patience()
LOCAL = Patience(silence=120.0)
"""The local model reads the whole prompt, and waits for a free slot, before its first word."""


class Stream(Protocol[P]):
    """What both SDKs' AsyncStream offers."""

    response: httpx2.Response

    def __aiter__(self) -> AsyncIterator[P]: ...
    async def __aenter__(self) -> object: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


Take = Callable[[object, Reply], None]
"""Takes in one piece of a stream, or the whole body of a server that does not stream. Raises whatever junk makes it."""


class ErrorBody(Exception):
    """A 200 whose body is an error's."""

    def __init__(self, body: object) -> None:
        super().__init__()
        self.body = body


async def read_reply(
    opening: Awaitable[Stream[P]],
    take: Take,
    ends: Mapping[str, Finish],
    door: Door,
    patience: Patience = USUAL,
) -> Completion:
    """Open a stream and read it to its end. `ends`: reasons that are no plain end.

    Raises ModelUnavailable, ModelRefused. Whatever else goes wrong once the request may have gone out makes a broken
    reply, errors that nobody thought of among them: raised, they would have Temporal ask again, and nobody would know
    that it is paid for twice.
    """
    reply = Reply(door.hidden)
    try:
        async with asyncio.timeout(patience.wordless):
            stream = await opening
    except Exception as error:
        if failure := before_the_reply(error, door):
            raise failure from None
        return reply.end(Finish.BROKEN, f"the connection broke before the reply came ({in_words(error, door)})")
    try:
        await _read(stream, take, reply, patience.wordless)
    except Exception as error:
        if isinstance(error, TooMuch) or isinstance(error.__cause__, TooMuch):
            return reply.end(Finish.OVERLONG)
        # Once a reply has said why it ends, it is whole, whatever becomes of the connection after it.
        if reply.reason is None:
            return reply.end(Finish.BROKEN, f"the reply broke off ({in_words(error, door)})")
    return _ended(reply, ends, stream.response.headers.get("content-type", ""))


async def _read(stream: Stream[P], take: Take, reply: Reply, wordless: float) -> None:
    """Take in what comes. Raises whatever SDK and connection raise, TimeoutError, TooMuch."""
    headers = stream.response.headers
    reply.request_id = headers.get("request-id") or headers.get("x-request-id")
    async with stream, asyncio.timeout(wordless) as patience:
        async for piece in _pieces(stream):
            before = reply.size
            take(piece, reply)
            if reply.size > REPLY_LIMIT:
                raise TooMuch("the reply is longer than any that was asked for")
            if reply.size > before:
                patience.reschedule(asyncio.get_running_loop().time() + wordless)


async def _pieces(stream: Stream[P]) -> AsyncIterator[object]:
    """The stream's; of a server that sends its reply whole, though a stream was asked for, just that one."""
    body = b""
    if stream.response.headers.get("content-type", "").lower().startswith("application/json"):
        body = (await stream.response.aread()).lstrip()
    if not body.startswith(b"{"):  # some send a stream under that name; what was read of it is read once more
        async for piece in stream:
            yield piece
        return
    whole: Any = json.loads(body)
    if whole.get("error"):
        raise ErrorBody(whole)
    yield whole


def _ended(reply: Reply, ends: Mapping[str, Finish], content_type: str) -> Completion:
    if reply.refusal:
        return reply.end(Finish.DECLINED, reply.refusal)
    if reply.reason is None:
        form = "" if content_type.startswith("text/event-stream") else f" (it came as {content_type or 'nothing'})"
        return reply.end(Finish.BROKEN, f"the reply ended without saying so{form}")
    return reply.end(ends.get(reply.reason, Finish.COMPLETE))


class Once(Generic[T]):
    """Something slow to make, made when first wanted, in a thread: importing an SDK holds up heartbeats otherwise."""

    def __init__(self, make: Callable[[], T], door: Door) -> None:
        """`door`: what a failure to make it speaks of."""
        self._make = make
        self._door = door
        self._lock = asyncio.Lock()
        self.made: T | None = None

    async def get(self) -> T:
        """The one and only. Raises ModelRefused: it cannot be made."""
        async with self._lock:
            if self.made is None:
                try:
                    self.made = await asyncio.to_thread(self._make)
                except SignoffError:
                    raise
                except Exception as error:  # an address, a proxy or a certificate that is none: nothing was sent
                    raise not_set_up(error, self._door) from None
            return self.made
