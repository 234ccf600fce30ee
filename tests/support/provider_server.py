"""The far end of a model provider: OpenAI's chat completions and Anthropic's messages over real HTTP, streamed or not.

async with ProviderServer() as server:
    server.will(Fails(429, {"retry-after": "2"}), Says('{"a": 1}'))    # one for each request; the last one stays
    server.will(Says("{}"), model="claude-b")                          # to one model, whatever the others are told
    ... OPENAI_BASE_URL=server.openai_url, ANTHROPIC_BASE_URL=server.anthropic_url ...
    server.requests[0].body["messages"]
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from types import TracebackType
from typing import Self

from tests.support.provider_http import EVENTS, chunks, head, read_request
from tests.support.provider_http import Received as Received
from tests.support.provider_wire import ANTHROPIC, OPENAI, Called, Counts, Dialect, Said


@dataclass(frozen=True)
class Says:
    """A whole reply. `finish` is stop, length, refusal or tool_calls; `tokens` are those of the input and of the
    output, and `counts` says more of them; `gap_s` passes before each event; `headers` go with the usual ones.

    `whole`: in one piece, whatever was asked for, as a server sends it that does not stream.
    """

    text: str = ""
    finish: str = "stop"
    refusal: str = ""
    tokens: tuple[int, int] = (11, 7)
    reasoning: str = ""
    calls: tuple[Called, ...] = ()
    counts: Counts | None = None
    gap_s: float = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False

    def said(self) -> Said:
        """As it goes over the wire."""
        counts = self.counts or Counts(*self.tokens)
        return Said(self.text, self.reasoning, self.calls, self.finish, self.refusal, counts)


class Break(Enum):
    """How a reply breaks off."""

    RESET = "the connection is torn down"
    SILENCE = "nothing more comes until the caller goes"
    PINGS = "signs of life come until the caller goes, and nothing else"
    ERROR = "an error event comes inside the 200 stream"
    END = "the stream ends as if it were whole"


@dataclass(frozen=True)
class Breaks:
    """A reply that breaks off after `text`; None: before its first byte, the HTTP status included."""

    how: Break
    text: str | None = None


@dataclass(frozen=True)
class Fails:
    """An HTTP error, with the body that the provider would send, or with `body`; it breaks off in it where `breaks`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "no"
    code: str | None = None
    body: bytes | None = None
    breaks: Break | None = None


@dataclass(frozen=True)
class Sends:
    """Exactly these bytes, as the body of a 200; of an event stream unless `headers` say otherwise."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Exactly these bytes, in place of all HTTP."""

    data: bytes


@dataclass(frozen=True)
class Drips:
    """These bytes, and then `piece` again and again, a little at a time, until the caller goes."""

    start: bytes
    piece: bytes


Turn = Says | Drips | Breaks | Fails | Sends | Raw

_PING_S = 0.05
_PINGS = {ANTHROPIC: b'event: ping\ndata: {"type": "ping"}\n\n', OPENAI: b": still there\n\n"}
_TLS_HANDSHAKE = b"\x16"


class ProviderServer:
    """Listens on a free port of this machine while it is entered."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.asked = asyncio.Event()
        """Set when a request has come in."""
        self.left = asyncio.Event()
        """Set when a caller has gone in the middle of a reply."""
        self.left_by: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        """The same for the callers of one model."""
        self._turns: dict[str | None, list[Turn]] = {None: [Says("{}")]}
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    def will(self, *turns: Turn, model: str | None = None) -> None:
        """What the next requests are answered with, in order; the last answer stays. `model`: only requests to it."""
        self._turns[model] = list(turns)

    def asked_of(self, model: str) -> list[Received]:
        """The requests to one model."""
        return [request for request in self.requests if request.body.get("model") == model]

    @property
    def anthropic_url(self) -> str:
        """For ANTHROPIC_BASE_URL."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def openai_url(self) -> str:
        """For OPENAI_BASE_URL, and for the `base_url` of an endpoint."""
        return f"{self.anthropic_url}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.create_task(self._serve(reader, writer))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection, as `connection: close` says."""
        try:
            first = await reader.readexactly(1)
            if first == _TLS_HANDSHAKE:
                writer.write(b"HTTP is spoken here\r\n")
                return
            request = await read_request(first, reader)
            self.requests.append(request)
            self.asked.set()
            far_end = _FarEnd(self, request, reader, writer)
            await far_end.play(self._next(request.body.get("model")))
        except (ConnectionError, asyncio.IncompleteReadError):  # the caller went first
            self.left.set()
        finally:
            writer.close()

    def _next(self, model: str | None) -> Turn:
        turns = self._turns.get(model) or self._turns[None]
        return turns.pop(0) if len(turns) > 1 else turns[0]


class _FarEnd:
    """One request's answer."""

    def __init__(
        self, server: ProviderServer, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._request, self._reader, self._writer = server, request, reader, writer
        self._dialect: Dialect = ANTHROPIC if request.path.endswith("/messages") else OPENAI

    async def play(self, turn: Turn) -> None:
        """Answer as told."""
        match turn:
            case Says():
                await self._say(turn)
            case Breaks(how, text):
                if text is not None:
                    self._writer.write(head(200, EVENTS) + chunks(self._dialect.opening(Said(text))))
                await self._break_off(how)
            case Fails():
                await self._fail(turn)
            case Sends(body, headers):
                self._writer.write(head(200, {**EVENTS, **headers}) + chunks([body, b""]))
            case Raw(data):
                self._writer.write(data)
            case Drips(start, piece):
                self._writer.write(start)
                await self._drip(piece)
        await self._writer.drain()

    async def _say(self, turn: Says) -> None:
        said = turn.said()
        if turn.whole or self._request.body.get("stream") is not True:
            body = json.dumps(self._dialect.body(said)).encode()
            headers = {"content-type": "application/json", "content-length": str(len(body)), **turn.headers}
            self._writer.write(head(200, headers) + body)
            return
        self._writer.write(head(200, {**EVENTS, **turn.headers}))
        for event in chain(self._dialect.opening(said), self._dialect.closing(said), [b""]):
            if turn.gap_s:
                await asyncio.sleep(turn.gap_s)
            self._writer.write(chunks([event]))
            await self._writer.drain()

    async def _fail(self, turn: Fails) -> None:
        body = turn.body
        if body is None:
            body = json.dumps(self._dialect.error(turn.message, turn.code)).encode()
        missing = 0 if turn.breaks is None else 10
        self._writer.write(head(turn.status, {"content-length": str(len(body) + missing), **turn.headers}) + body)
        if turn.breaks:
            await self._break_off(turn.breaks)

    async def _break_off(self, how: Break) -> None:
        await self._writer.drain()
        match how:
            case Break.RESET:
                self._writer.transport.abort()
            case Break.SILENCE:
                await self._reader.read()  # ends when the caller closes its side
                self._gone()
            case Break.PINGS:
                await self._drip(chunks([_PINGS[self._dialect]]))
            case Break.ERROR:
                self._writer.write(chunks([self._dialect.error_event(), b""]))
            case Break.END:
                self._writer.write(chunks([b""]))

    async def _drip(self, piece: bytes) -> None:
        while not self._reader.at_eof():
            self._writer.write(piece)
            await asyncio.sleep(_PING_S)
        self._gone()

    def _gone(self) -> None:
        self._server.left.set()
        self._server.left_by[str(self._request.body.get("model"))].set()
