"""The HTTP client under both SDKs: what it reads is bounded, and its log keeps no URL.

The SDKs read a body, and each event in it, to its end, however long. So the bounds are set below them.
"""

import codecs
import logging
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Protocol

import httpx2

LONGEST_EVENT = 1_000_000
"""Bytes of one event of a stream, and of a body that is none; a token's event takes a few hundred."""

_A_LINE = 100
"""Bytes that each line counts for besides: an SDK copies the event anew for each of its lines."""

LONGEST_STREAM = 100_000_000
"""Bytes of a whole stream: the events around the largest reply that is read, one character in each."""

_TALKATIVE = ("anthropic", "httpcore2", "httpx2", "openai")
_KEPT = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
_FRESH = httpx2.Limits(max_connections=1000, max_keepalive_connections=0)
"""llama.cpp's server closes a connection after each stream and does not say so: of calls that follow at once, some
were sent on a connection that was about to close, and nobody could tell them from calls that were cut."""


class TooMuch(httpx2.StreamError):
    """A body went past its bound."""


def http_client(timeout: httpx2.Timeout, *, kept: bool = True, nearby: bool = False) -> httpx2.AsyncClient:
    """For an SDK. `kept`: connections are used again. `nearby`: a server of ours, past any proxy."""
    for name in _TALKATIVE:
        # Below this they write URLs and headers, and a key may stand in either, also in what a server echoes.
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx2.AsyncClient(
        timeout=timeout,
        limits=_KEPT if kept else _FRESH,
        trust_env=not nearby,
        follow_redirects=False,  # a prompt goes to nobody whom the settings do not name
        headers={"accept-encoding": "gzip, deflate"},
        event_hooks={"response": [partial(_bound, timeout.read or 0.0)]},
    )


async def _bound(seconds: float, response: httpx2.Response) -> None:
    """Put the bounds around a response's body, which nobody has read yet. `seconds`: for the whole of an error's."""
    packed = response.headers.pop("content-encoding", "identity").lower() in ("gzip", "x-gzip", "deflate")
    body = response.stream
    assert isinstance(body, httpx2.AsyncByteStream)
    response.stream = _Bounded(body, _Unpacked() if packed else _AsItIs(), None if response.is_success else seconds)


class _Decoder(Protocol):
    def pieces(self, data: bytes) -> Iterator[bytes]: ...


class _AsItIs:
    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Unpacked:
    """gzip and zlib, a little at a time: a few bytes can hold gigabytes."""

    _PIECE = 65_536

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            try:
                yield self._unpack.decompress(data, self._PIECE)
            except zlib.error as error:
                raise httpx2.DecodingError(str(error)) from None
            data = self._unpack.unconsumed_tail


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends within bounds, as UTF-8. A reply's body past them raises TooMuch.

    That of an error, which has a number of seconds besides, just ends there, as it does where the connection breaks:
    its status says enough.
    """

    def __init__(self, body: httpx2.AsyncByteStream, decoder: _Decoder, seconds: float | None) -> None:
        self._body, self._decoder, self._seconds = body, decoder, seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._within_bounds():
                yield piece
        except (httpx2.TransportError, httpx2.DecodingError, TooMuch):
            if self._seconds is None:
                raise

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._body.aclose()

    async def _within_bounds(self) -> AsyncIterator[bytes]:
        total = event = 0
        began = time.monotonic()
        # Half of a character would end the SDKs' reading; marked as such, the reply is judged like any other.
        mended = codecs.getincrementaldecoder("utf-8")("replace")
        async for data in self._body:
            if self._seconds is not None and time.monotonic() - began > self._seconds:
                raise TooMuch("the body takes longer than an error may")
            for piece in self._decoder.pieces(data):
                total += len(piece)
                before, _, last = piece.rpartition(b"\n\n") if b"\n\n" in piece else piece.rpartition(b"\r\n\r\n")
                event = len(last) + _A_LINE * last.count(b"\n") + (0 if before else event)
                if event > LONGEST_EVENT or total > LONGEST_STREAM:
                    raise TooMuch("the body is longer than any reply")
                yield mended.decode(piece).encode()
