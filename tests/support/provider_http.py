"""HTTP/1.1 as a far end speaks it, down to the bytes, so that it can be spoken wrongly as well."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

EVENTS = {"content-type": "text/event-stream", "transfer-encoding": "chunked", "x-request-id": "req-1"}
"""Headers of a streamed reply."""


@dataclass(frozen=True)
class Received:
    """One request. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


async def read_request(first: bytes, reader: asyncio.StreamReader) -> Received:
    """The request that begins with the byte `first`."""
    start = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = start.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(line.split()[1], headers, json.loads(body) if body else {})


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """The status line and the headers."""
    lines = [f"HTTP/1.1 {status} Fake", "connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunks(parts: Iterable[bytes]) -> bytes:
    """HTTP/1.1 chunks; an empty one ends the body."""
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
