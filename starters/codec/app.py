"""The application: `/decode` and `/encode` as Temporal's tools call them, and a page to sign in.

https://docs.temporal.io/production-deployment/data-encryption says what they send.
"""

import json
from collections.abc import Awaitable, Callable, Collection

from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import DataConverter

from runtime.blobs.inlined import put_back
from runtime.blobs.lost import line_of
from runtime.blobs.store import BlobError
from starters.codec.door import Door
from starters.codec.signing_in import Login

LARGEST = 32_000_000
"""Bytes of a request's body."""
_HEADERS = ("content-type", "x-namespace", "authorization", "authorization-extras")
"""What the Temporal UI sends. The last one holds the user's identity token, and is not read here."""


def make_app(converter: DataConverter, door: Door, origins: Collection[str], namespace: str) -> ASGIApp:
    """The ASGI application; `origins`: of the web pages that may ask, and no others."""
    login, work = Login(door), _Work(converter)

    def guarded(answer: Callable[[Payloads], Awaitable[None]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            _check_origin(request, origins)
            door.check(request)
            _check_namespace(request, namespace)
            payloads = await _read(request)
            await answer(payloads)
            return Response(MessageToJson(payloads, indent=None), media_type="application/json")

        return endpoint

    return Starlette(
        routes=[
            Route("/decode", guarded(work.decode), methods=["POST"]),
            Route("/encode", guarded(work.encode), methods=["POST"]),
            Route("/login", login.ask),
            Route("/login", login.enter, methods=["POST"]),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=list(origins),
                allow_methods=["POST"],
                allow_headers=list(_HEADERS),
                allow_credentials=True,
            )
        ],
        exception_handlers={HTTPException: _refused, BlobError: _away},
    )


class _Work:
    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter

    async def decode(self, payloads: Payloads) -> None:
        """Decrypt in place, and fetch what is kept outside history."""
        await put_back(payloads, self._converter)
        for payload in payloads.payloads:
            if line := line_of(payload):
                payload.CopyFrom(_readable(line))

    async def encode(self, payloads: Payloads) -> None:
        """Encrypt in place. Nobody says for which run, so it is not with a subject's key."""
        encoded = await self._converter._encode_payload_sequence(payloads.payloads)
        del payloads.payloads[:]
        payloads.payloads.extend(encoded)


def _readable(line: str) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(line).encode())


def _check_origin(request: Request, origins: Collection[str]) -> None:
    """Raise HTTPException (403) where a page asks that is not one of these. Programs have no origin."""
    origin = request.headers.get("origin")
    if origin is not None and origin not in origins:
        raise HTTPException(403, f"pages of {origin} may not ask here: see `signoff codec --origin`")


def _check_namespace(request: Request, namespace: str) -> None:
    asked = request.headers.get("x-namespace", namespace)
    if asked != namespace:
        raise HTTPException(403, f"this is for namespace {namespace}, not {asked}")


async def _read(request: Request) -> Payloads:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise HTTPException(413, f"more than {LARGEST:,} bytes")
    try:
        return Parse(bytes(body), Payloads(), ignore_unknown_fields=True)
    except (ParseError, UnicodeDecodeError):
        raise HTTPException(400, 'the body must be {"payloads": [...]}, payloads in proto-JSON') from None


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


async def _away(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 503)
