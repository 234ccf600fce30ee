"""A provider that allows so many requests a second, over real HTTP: OpenAI's chat completions, streamed."""

import asyncio
import math
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.support.provider_http import EVENTS, Received, chunks, head, read_request
from tests.support.provider_wire import OPENAI, Said

RATE = 5.0
"""Requests a second."""

BURST = 5
"""Requests that a rested provider takes at once."""

REPLY_S = 0.3
REPLY = Said('{"signals": []}')


@dataclass(frozen=True)
class Request:
    """One request; `at` is in seconds of this machine's steady clock."""

    at: float
    taken: bool
    text: str
    """The last message."""


class LimitedProvider:
    """Listens on a free port of this machine while it is entered. A token bucket; past it 429 with Retry-After."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._tokens, self._at = float(BURST), time.monotonic()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """For the `base_url` of an endpoint."""
        assert self._server
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    @property
    def taken(self) -> list[Request]:
        """The requests that were answered."""
        return [one for one in self.requests if one.taken]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        try:
            wait = self._note(await read_request(await reader.readexactly(1), reader))
            if wait:
                writer.write(head(429, {"content-length": "0", "retry-after": str(wait)}))
            else:
                # What a model takes to answer.
                await asyncio.sleep(REPLY_S)
                writer.write(head(200, EVENTS) + chunks([*OPENAI.opening(REPLY), *OPENAI.closing(REPLY), b""]))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the caller went first
        finally:
            writer.close()

    def _note(self, received: Received) -> int:
        """Take a token: 0, or the whole seconds until there is one."""
        now = time.monotonic()
        self._tokens = min(float(BURST), self._tokens + (now - self._at) * RATE)
        self._at = now
        taken = self._tokens >= 1
        self._tokens -= taken
        self.requests.append(Request(now, taken, received.body["messages"][-1]["content"]))
        return 0 if taken else math.ceil((1 - self._tokens) / RATE)
