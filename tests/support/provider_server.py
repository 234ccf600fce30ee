"""The far end of a model provider: OpenAI's chat completions and Anthropic's messages, streamed over real HTTP.

async with ProviderServer() as server:
    server.will(Fails(429, {"retry-after": "2"}), Says('{"a": 1}'))    # one for each request; the last one stays
    ... OPENAI_BASE_URL=server.openai_url, ANTHROPIC_BASE_URL=server.anthropic_url ...
    server.requests[0].body["messages"]
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Any, Self

from tests.support.provider_wire import ANTHROPIC, OPENAI, Dialect


@dataclass(frozen=True)
class Says:
    """A whole reply. `finish` is stop, length or refusal; `tokens` are those of the input and of the output."""

    text: str
    finish: str = "stop"
    refusal: str = ""
    tokens: tuple[int, int] = (11, 7)


class Break(Enum):
    """How a reply breaks off."""

    RESET = "the connection is torn down"
    SILENCE = "nothing more comes until the caller goes"
    ERROR = "an error event comes inside the 200 stream"
    END = "the stream ends as if it were whole"


@dataclass(frozen=True)
class Breaks:
    """A reply that breaks off after `text`; None: before its first byte, the HTTP status included."""

    how: Break
    text: str | None = None


@dataclass(frozen=True)
class Fails:
    """An HTTP error, with the body that the provider would send."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "no"
    code: str | None = None


@dataclass(frozen=True)
class Sends:
    """Exactly these bytes, as the body of a 200 event stream."""

    body: bytes


Turn = Says | Breaks | Fails | Sends


@dataclass(frozen=True)
class Received:
    """One request. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class ProviderServer:
    """Listens on a free port of this machine while it is entered."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.asked = asyncio.Event()
        """Set when a request has come in."""
        self.left = asyncio.Event()
        """Set when a caller has gone in the middle of a silent reply."""
        self._turns: list[Turn] = [Says("{}")]
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    def will(self, *turns: Turn) -> None:
        """What the next requests are answered with, in order; the last answer stays."""
        self._turns = list(turns)

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
            request = await _read(reader)
            self.requests.append(request)
            self.asked.set()
            dialect = ANTHROPIC if request.path.endswith("/messages") else OPENAI
            turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
            if isinstance(turn, Breaks):
                await self._break_off(turn, dialect, reader, writer)
            else:
                writer.write(_whole(turn, dialect))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):  # the caller went first
            self.left.set()
        finally:
            writer.close()

    async def _break_off(
        self, turn: Breaks, dialect: Dialect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if turn.text is not None:
            writer.write(_head(200, _STREAM) + _chunks(dialect.beginning(turn.text)))
        await writer.drain()
        match turn.how:
            case Break.RESET:
                writer.transport.abort()
            case Break.SILENCE:
                await reader.read()  # ends when the caller closes its side
                self.left.set()
            case Break.ERROR:
                writer.write(_chunks([dialect.error_event(), b""]))
            case Break.END:
                writer.write(_chunks([b""]))


_STREAM = {"content-type": "text/event-stream", "transfer-encoding": "chunked", "x-request-id": "req-1"}


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split()[1], headers, json.loads(body))


def _whole(turn: Says | Fails | Sends, dialect: Dialect) -> bytes:
    match turn:
        case Says():
            events = [*dialect.beginning(turn.text), *dialect.end(turn.finish, turn.refusal, turn.tokens)]
            return _head(200, _STREAM) + _chunks([*events, b""])
        case Sends():
            return _head(200, _STREAM) + _chunks([turn.body, b""])
        case Fails():
            body = json.dumps(dialect.error(turn.message, turn.code)).encode()
            return _head(turn.status, {"content-length": str(len(body)), **turn.headers}) + body


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Fake", "connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _chunks(parts: Iterable[bytes]) -> bytes:
    """HTTP/1.1 chunks; an empty one ends the body."""
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
