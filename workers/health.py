"""Cheap questions to a server: does it listen, does it answer. No client library, no thread.

The worker listens nowhere: of it the supervisor sees that the process lives, so a frozen one still counts as working.
"""

import asyncio
from urllib.parse import urlsplit

PATIENCE = 2.0
"""Seconds that a server may take for one answer."""


async def listens(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    return await _first_line(host, port, b"") is not None


async def answers_ok(url: str) -> bool:
    """Whether GET answers 200. Spoken by hand, so that no proxy of the environment comes in between."""
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    line = await _first_line(parts.hostname or "", parts.port or 80, request.encode())
    return line is not None and line.split(b" ")[1:2] == [b"200"]


async def _first_line(host: str, port: int, request: bytes) -> bytes | None:
    """What the server says first; None where it cannot be reached or takes too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                return await reader.readline() if request else b""
            finally:
                writer.close()
    except (OSError, ValueError):  # refused, reset, too slow; ValueError: a line without an end
        return None
