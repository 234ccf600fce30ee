"""A real HTTP server that keeps what it is asked, and fails where a test tells it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

Finish = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Asked(NamedTuple):
    """One request as it came; names of headers in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def answer(
    status: int, body: bytes = b"", kind: str = "application/json", more: str = "", length: int | None = None
) -> bytes:
    """A whole HTTP answer; a greater `length` promises more than there is."""
    head = f"HTTP/1.1 {status} -\r\ncontent-length: {len(body) if length is None else length}\r\n{more}"
    stated = f"content-type: {kind}\r\n" if kind else ""
    return f"{head}{stated}\r\n".encode() + body


OK = answer(200, b'{"id": 7}')
HANGS_UP = b""
"""No answer: the connection is cut."""


@dataclass
class Web:
    """`answers`, one for each request, the last one for all that follow; None: it never answers."""

    answers: list[bytes | None] = field(default_factory=lambda: [answer(200, b"{}")])
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    knows: dict[str, bytes] | None = None
    """Honours Idempotency-Key: what it answered under each key. None: it does not."""
    done: int = 0
    """What it was really made to do."""
    scheme: str = "http"
    thinks_s: float = 0
    """How long it takes over each answer."""
    open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """As in `base_url`."""
        return f"{self.scheme}://localhost:{self.port}/api"

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.open.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            self.asked.append(asked)
            await asyncio.sleep(self.thinks_s)
            said = self._say(asked)
            if said is None:
                await reader.read()  # until the client hangs up
            else:
                writer.write(said)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.transport.abort()

    def _say(self, asked: Asked) -> bytes | None:
        key = asked.headers.get("idempotency-key", "")
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if self.knows is None or asked.method == "GET":
            self.done += asked.method != "GET"
            return said
        if key not in self.knows:
            self.done += 1
            self.knows[key] = answer(201, b'{"id": 7}')
        return self.knows[key] if said == OK else said


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


@asynccontextmanager
async def web_server(web: Web, tls: ssl.SSLContext | None = None) -> AsyncIterator[Web]:
    """Serve `web`, over TLS where it is given."""
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=tls)
    web.port, web.scheme = server.sockets[0].getsockname()[1], "https" if tls else "http"
    try:
        yield web
    finally:
        server.close()
        for task in web.open:
            task.cancel()
        await asyncio.gather(*web.open, return_exceptions=True)
