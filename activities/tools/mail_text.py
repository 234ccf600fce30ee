"""A mail's text, handed over without its end first: a server takes nothing before the end (RFC 5321, 4.1.1.4)."""

import asyncio
import re
from typing import Any

from aiosmtplib import SMTPDataError, SMTPResponse, SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol

_END = b".\r\n"
_PAUSE_S = 0.01
"""How often it is looked whether the socket has taken what was written: no event tells of both TLS and its socket."""


class MailText:
    """What is written after the server's 354, and its answer. Errors are aiosmtplib's, and mean: nothing was taken."""

    def __init__(self, protocol: SMTPProtocol, message: bytes) -> None:
        """`message` in lines that end with CRLF; nothing is written yet."""
        dotted = re.sub(rb"(?m)^\.", b"..", message)
        self._text = dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n"
        self._protocol = protocol
        self._answer: asyncio.Task[SMTPResponse] | None = None

    async def write(self) -> None:
        """All but the end, until nothing of it is left in this process. A server may refuse meanwhile."""
        # It listens from now on: what a server says before anybody listens is dropped.
        self._answer = asyncio.create_task(self._protocol.read_response())
        self._answer.add_done_callback(_retrieve)
        self._protocol.write(self._text)
        while self._left() and not self._answer.done():
            await asyncio.wait([self._answer], timeout=_PAUSE_S)
        self._check(self._answer)

    def end(self) -> "asyncio.Task[SMTPResponse]":
        """Write the end, here and now or not at all; the server's verdict, which is to come."""
        assert self._answer is not None, "the text comes before its end"
        self._check(self._answer)
        self._protocol.write(_END)
        if self._left():
            # Left to the event loop, it would be sent at a time when the claim may be another worker's.
            assert isinstance(self._protocol.transport, asyncio.WriteTransport)
            self._protocol.transport.abort()
            raise SMTPServerDisconnected("it takes no more")
        return self._answer

    def _check(self, answer: "asyncio.Task[SMTPResponse]") -> None:
        if answer.done():
            early = answer.result()
            raise SMTPDataError(early.code, early.message)
        if not self._protocol.is_connected:
            raise SMTPServerDisconnected("Connection lost")

    def _left(self) -> int:
        """Bytes that the kernel has not taken yet."""
        transport: Any = self._protocol.transport
        if transport is None:
            return 0
        # TLS has a transport of its own, which counts what it holds itself and not what waits before the socket.
        socket = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
        return int(transport.get_write_buffer_size()) + (int(socket.get_write_buffer_size()) if socket else 0)


def _retrieve(answer: "asyncio.Task[SMTPResponse]") -> None:
    # Nobody may come to await it; asyncio would log that.
    if not answer.cancelled():
        answer.exception()
