"""Between the ledger's word and a mail lie the few bytes that end its text, and nothing else."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtplib import SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol

from activities.tools.mail_text import MailText
from activities.tools.mail_transport import SmtpServer
from contracts.errors import ToolUnavailable
from tests.activities.tools.smtp import Mailbox, smtp_server
from tests.activities.tools.test_mail import server_side

ROOM = 4096
"""What the kernel's buffers are asked to hold; they hold some times as much."""
SIZES = range(2_000, 600_000, 40_000)
"""Some fit into them; what the next ones leave waits before the socket, where TLS does not count it."""


async def nobody_acts() -> None:
    """As `Hold.act` in a worker whose claim is another's."""
    raise ToolUnavailable("its claim was given up")


def message(size: int) -> bytes:
    """Of about so many bytes, with a line that is a dot."""
    return b"Subject: x\r\n\r\n.\r\n" + b"0123456789abcdef\r\n" * (size // 18)


@pytest.mark.parametrize("size", [1_000, 5_000_000])
async def test_a_server_that_has_the_whole_text_takes_nothing_without_its_end(size: int) -> None:
    parties, limit = ("ann@example.com", "joe@example.com"), timedelta(seconds=20)
    async with smtp_server(Mailbox()) as box:
        with pytest.raises(ToolUnavailable, match="its claim was given up"):
            await SmtpServer(box.url).deliver(message(size), *parties, limit=limit, act=nobody_acts)
    assert box.kept == []


@asynccontextmanager
async def idle_server(tls: ssl.SSLContext | None) -> AsyncIterator[tuple[int, Callable[[], Awaitable[bytes]]]]:
    """A server that reads nothing before it is asked what came; its port, and that question."""
    asked = asyncio.Event()
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked.wait()
        with closing(writer):
            heard.set_result(await reader.read())

    async def what_came() -> bytes:
        asked.set()
        return await heard

    listening = socket.create_server(("localhost", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    server = await asyncio.start_server(serve, sock=listening, ssl=tls, limit=ROOM)
    try:
        yield listening.getsockname()[1], what_came
    finally:
        server.close()


async def connected(port: int, pem: Path | None) -> SMTPProtocol:
    """A connection that holds little."""
    ours = socket.create_connection(("localhost", port))
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
    tls = ssl.create_default_context(cafile=pem) if pem else None
    name = "localhost" if pem else None
    _, protocol = await asyncio.get_running_loop().create_connection(
        SMTPProtocol, sock=ours, ssl=tls, server_hostname=name
    )
    return protocol


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
async def test_a_text_is_written_when_nothing_of_it_is_left_in_this_process(localhost_pem: Path, secure: bool) -> None:
    fitted = set()
    for size in SIZES:
        async with idle_server(server_side(localhost_pem) if secure else None) as (port, what_came):
            protocol = await connected(port, localhost_pem if secure else None)
            text, written = MailText(protocol, message(size)), True
            try:
                await asyncio.wait_for(text.write(), 0.1)
            except TimeoutError:
                written = False
            assert isinstance(protocol.transport, asyncio.WriteTransport)
            protocol.transport.abort()
            came = await what_came()
        whole = message(size).replace(b"\r\n.\r\n", b"\r\n..\r\n")
        assert came == whole if written else whole.startswith(came)
        fitted.add(written)
    assert fitted == {True, False}


async def test_an_end_that_the_socket_does_not_take_at_once_is_never_written() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    protocol = SMTPProtocol()
    transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, sock=ours)
    text = MailText(protocol, message(1_000))
    await text.write()
    with suppress(BlockingIOError):
        while ours.send(b"x"):  # behind the connection's back, so that it is full in the very moment
            pass
    with pytest.raises(SMTPServerDisconnected, match="takes no more"):
        text.end()
    assert transport.is_closing()
    heard = await asyncio.to_thread(theirs.makefile("rb").read)
    assert heard.endswith(b"x")
    theirs.close()
