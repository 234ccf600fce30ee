"""A worker's points in the outside world: transactions, SMTP, HTTP, a model's reply."""

import re
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx2
from aiosmtplib.protocol import SMTPProtocol

from activities.providers import reply as model_reply
from activities.stores.database import Database
from tests.chaos.naming import here
from tests.chaos.points import Reach, wrap


def tap_world(reach: Reach) -> None:
    """Report what this process does to the world, and what it hears from it."""
    _tap_transactions(reach)
    _tap_smtp(reach)
    _tap_http(reach)
    _tap_replies(reach)


def _tap_transactions(reach: Reach) -> None:
    """Named in the task that wants them: their threads do not know for which activity they work."""

    def tapped(run: Callable[..., Awaitable[Any]]) -> Any:
        async def wrapped(database: Database, work: Callable[[Any], Any], **how: bool) -> Any:
            name = f"{here()}, {_caller()}"

            def then(connection: Any) -> Any:
                result = work(connection)
                reach(f"{name}: before its commit")
                return result

            reach(f"{name}: before")
            result = await run(database, then, **how)
            reach(f"{name}: after")
            return result

        return wrapped

    wrap(Database, "run", tapped)


def _caller() -> str:
    """Who wants the transaction: `Ledger.finish`."""
    frame = sys._getframe(2)
    while frame.f_code.co_name.startswith("_") and frame.f_back:
        frame = frame.f_back
    return f"transaction {frame.f_code.co_qualname}"


def _tap_smtp(reach: Reach) -> None:
    """The message itself goes out in two halves, with a point between them, and its end apart."""

    def tapped(write: Callable[..., None]) -> Any:
        def wrapped(protocol: SMTPProtocol, data: bytes) -> None:
            command = re.match(rb"[A-Z]{4}(?= |\r\n)", data)
            what = command[0].decode() if command else "end of message" if data == b".\r\n" else "message"
            name = f"{here()}, SMTP {what}"
            reach(f"{name}: before")
            if what == "message":
                write(protocol, data[: len(data) // 2])
                data = data[len(data) // 2 :]
                reach(f"{name}: half of it written")
            write(protocol, data)
            reach(f"{name}: written")

        return wrapped

    def answered(read: Callable[..., Awaitable[Any]]) -> Any:
        async def wrapped(protocol: SMTPProtocol, *args: Any, **options: Any) -> Any:
            response = await read(protocol, *args, **options)
            reach(f"{here()}, SMTP: answered {response.code}")
            return response

        return wrapped

    wrap(SMTPProtocol, "write", tapped)
    wrap(SMTPProtocol, "read_response", answered)


def _tap_http(reach: Reach) -> None:
    """Of the requests that a tool makes, told by the trace that it keeps of each."""
    points = {
        "http11.send_request_headers.started": "before",
        "http11.send_request_headers.complete": "head written",
        "http11.send_request_body.complete": "written",
        "http11.receive_response_headers.complete": "answered",
    }

    async def traced(told: Callable[[str, Any], Awaitable[None]], event: str, info: Any) -> None:
        await told(event, info)
        if event in points:
            reach(f"{here()}, HTTP: {points[event]}")

    def tapped(build: Callable[..., Any]) -> Any:
        def wrapped(client: Any, *args: Any, extensions: dict[str, Any] | None = None, **options: Any) -> Any:
            if extensions and "trace" in extensions:
                extensions = extensions | {"trace": partial(traced, extensions["trace"])}
            return build(client, *args, extensions=extensions, **options)

        return wrapped

    wrap(httpx2.AsyncClient, "build_request", tapped)


def _tap_replies(reach: Reach) -> None:
    def tapped(note: Callable[[int], None]) -> Any:
        def wrapped(characters: int) -> None:
            note(characters)
            if characters:
                reach(f"{here()}, model's reply: a piece came")

        return wrapped

    wrap(model_reply, "note_arrival", tapped)
