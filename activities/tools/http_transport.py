"""One HTTP request, with an exact answer to "was it sent?"."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2

from contracts.errors import ToolFailed, ToolUnavailable
from runtime.systems import LOOPBACK

LARGEST = 1_000_000
"""Bytes of a body that are read: an activity's result may be 2 MB."""

_HEADERS_BEGIN = "send_request_headers.started"
_UNPOOLED = httpx2.Limits(max_keepalive_connections=0)
"""A connection that the other side closed a moment ago would leave open whether a request was taken."""


class Answer(NamedTuple):
    """What came back. `body` is None where it is larger than LARGEST, or packed although nobody asked for that."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class CutOff(Exception):
    """The request was sent, or a part of it, and no whole answer came; the message says why, in a few words."""


class Wire:
    """Sends requests, each on a connection of its own. Redirects are answers like any other."""

    def __init__(self, limit_s: float) -> None:
        """`limit_s`: how long one request may take, from connecting to the last byte of its answer."""
        self._limit_s = limit_s
        self._clients: list[httpx2.AsyncClient] = []
        for name in ("httpcore2", "httpx2"):
            # Below this they write URLs and headers, and a token may stand in either.
            logging.getLogger(name).setLevel(logging.WARNING)

    async def close(self) -> None:
        """Let go of what was opened."""
        for client in self._clients:
            await client.aclose()

    async def send(
        self,
        method: str,
        url: httpx2.URL,
        headers: Mapping[str, str],
        content: bytes | None = None,
        act: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        """`act` is awaited right before the first byte of the request, and may raise instead.

        Raises ToolUnavailable or ToolFailed (nothing was sent), CutOff.
        """
        sent = False

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            nonlocal sent
            # A proxy is asked to connect first.
            if event.endswith(_HEADERS_BEGIN) and info["request"].method != b"CONNECT":
                if act is not None:
                    await act()
                sent = True

        client = self._nearby if url.host in LOOPBACK else self._far
        request = client.build_request(method, url, headers=headers, content=content, extensions={"trace": trace})
        try:
            async with asyncio.timeout(self._limit_s):
                return await _answer(client, request)
        except (httpx2.HTTPError, ssl.SSLError, TimeoutError) as error:
            why = _why(error)
            if sent:
                raise CutOff(why) from None
            if _untrusted(error):
                raise ToolFailed(f"the certificate of {_place(url)} cannot be trusted") from None
            raise ToolUnavailable(f"{_place(url)} was not reached ({why}); nothing was sent") from None

    @cached_property
    def _far(self) -> httpx2.AsyncClient:
        return self._client(trust_env=True)

    @cached_property
    def _nearby(self) -> httpx2.AsyncClient:
        return self._client(trust_env=False)  # past any proxy

    def _client(self, *, trust_env: bool) -> httpx2.AsyncClient:
        # Of its own for connecting: cut off from outside within a TLS handshake, a connection would stay open.
        timeout = httpx2.Timeout(None, connect=self._limit_s * 2 / 3)
        client = httpx2.AsyncClient(timeout=timeout, limits=_UNPOOLED, trust_env=trust_env, follow_redirects=False)
        self._clients.append(client)
        return client


async def _answer(client: httpx2.AsyncClient, request: httpx2.Request) -> Answer:
    response = await client.send(request, stream=True)
    try:
        body = b""
        packed = response.headers.get("content-encoding", "identity").lower() != "identity"
        async for piece in response.aiter_raw():
            body += piece
            if packed or len(body) > LARGEST:
                return Answer(response.status_code, response.headers, None)
        return Answer(response.status_code, response.headers, body)
    finally:
        with suppress(httpx2.HTTPError):
            await response.aclose()


def _why(error: Exception) -> str:
    """Never the error's own words, which may hold a URL."""
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx2.ConnectError):
        return "no connection"
    return "the answer broke off" if isinstance(error, httpx2.RemoteProtocolError) else type(error).__name__


def _untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _place(url: httpx2.URL) -> str:
    return urlsplit(str(url)).netloc
