"""A way to PostgreSQL on which an answer can get lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """Passes everything on, until it is told to lose the answer to a commit."""

    def __init__(self, url: str) -> None:
        """`url` of the server, with a database's name."""
        self._parts = urlsplit(url)
        self._losing: int | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.url = ""

    def lose_commit(self, number: int) -> None:
        """Of the commits from now on, that of this number (the first is 1) is made, and its answer lost."""
        self._losing = number

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        there, up = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        task = asyncio.create_task(self._pass_on(reader, writer, there, up))
        self._open.add(task)
        await task

    async def end(self) -> None:
        """Once every client has closed its connections."""
        await asyncio.gather(*self._open)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        up: asyncio.StreamWriter,
    ) -> None:
        answers = asyncio.create_task(self._answers(there, writer))
        while asked := await reader.read(65_536):
            if b"COMMIT" in asked and self._losing is not None:
                self._losing -= 1
                if not self._losing:
                    await _cancelled(answers)
                    up.write(asked)
                    await there.read(1)  # it is made, and said to be made
                    self._losing = None
                    break
            up.write(asked)
        await _cancelled(answers)
        for end in (writer, up):
            end.transport.abort()
            with suppress(OSError):
                await end.wait_closed()

    @staticmethod
    async def _answers(there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while answered := await there.read(65_536):
            writer.write(answered)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


@asynccontextmanager
async def lossy(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the database at `url`."""
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = urlsplit(url)
    proxy.url = parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}").geturl()
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()
