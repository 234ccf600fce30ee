"""Replies that break off, fall silent, or are no replies: each may have been billed."""

import gzip
import json
from collections.abc import Callable

from contracts.llm import Verdict
from tests.activities.llm.conftest import FITTING, SECRET
from tests.faults.fault import HALF, Fault
from tests.support.provider_http import head
from tests.support.provider_server import Break, Breaks, Drips, Fails, Raw, Sends, Turn
from tests.support.provider_wire import Dialect, Said

JSON = {"content-type": "application/json"}


def _cut(name: str, turn: Turn | Callable[[Dialect], Turn], says: str = "") -> Fault:
    return Fault(name, (turn,), Verdict.CUT, says)


def _half_a_body(dialect: Dialect) -> Raw:
    body = json.dumps(dialect.body(Said(FITTING))).encode()
    return Raw(head(200, {**JSON, "content-length": str(len(body))}) + body[:50])


def _error_in_a_body(dialect: Dialect) -> Sends:
    return Sends(json.dumps(dialect.error(f"Overloaded, {SECRET}", None)).encode(), JSON)


def _error_at_once(dialect: Dialect) -> Sends:
    return Sends(dialect.error_event())


CUT = [
    _cut("a read timeout", Breaks(Break.SILENCE), "before the reply came"),
    _cut("a status line, and then silence", Raw(b"HTTP/1.1 200 OK\r\n"), "before the reply came"),
    _cut("headers that come a letter at a time", Drips(b"HTTP/1.1 200 OK\r\nx: ", b"y"), "before the reply came"),
    _cut("a reset before the first byte", Breaks(Break.RESET), "before the reply came"),
    _cut("a reset after half a reply", Breaks(Break.RESET, HALF), "broke off"),
    _cut("a stream that ends after half a reply", Breaks(Break.END, HALF), "ended without saying so"),
    _cut("a silent stall", Breaks(Break.SILENCE, HALF), "broke off"),
    _cut("pings for ever", Breaks(Break.PINGS, ""), "TimeoutError"),
    _cut("an error event inside the stream", Breaks(Break.ERROR, HALF), "broke off (Overloaded)"),
    _cut("an error event in place of a stream", _error_at_once, "broke off (Overloaded)"),
    _cut("an error in a body with a 200", _error_in_a_body, "broke off (Overloaded, ***)"),
    _cut("a 499 of a gateway that thinks that we have left", Fails(499), "before the reply came"),
    _cut(
        "an HTML page with a 200",
        Sends(b"<html>\n<h1>Welcome</h1>\n" * 3000, {"content-type": "text/html"}),
        "it came as text/html",
    ),
    _cut(
        "a JSON body of another shape",
        Sends(json.dumps({"id": "x", "content": FITTING, "choices": None}).encode(), JSON),
        "it came as application/json",
    ),
    _cut("half of a body in one piece", _half_a_body, "broke off"),
    _cut("a body in one piece that is no JSON", Sends(b'{"id": ', JSON), "JSONDecodeError"),
    _cut("an empty 200", Sends(b""), "ended without saying so"),
    _cut("a 204", Raw(head(204, {})), "ended without saying so"),
    _cut("an event that is no JSON", Sends(b"event: message_start\ndata: {broken\n\n"), "JSONDecodeError"),
    _cut("an event of another type", Sends(b"event: message_start\ndata: [1]\n\n")),
    _cut("an event nested 100,000 deep", Sends(b"event: message_start\ndata: " + b"[" * 100_000 + b"\n\n")),
    _cut("no HTTP at all", Raw(b"\x00\x01 hello\r\n\r\n"), "before the reply came"),
    _cut("a header that is none", Raw(b"HTTP/1.1 200 OK\r\nhello\r\n\r\n"), "before the reply came"),
    _cut("200 kB of headers", Raw(head(200, {f"x-{n}": "v" * 2_000 for n in range(100)})), "before the reply came"),
    _cut("a broken chunk", Raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n")),
    _cut("a body shorter than its length", Raw(head(200, {"content-length": "99"}) + b"data: {}\n\n")),
    _cut("gzip that is none", Sends(b"data: {}\n\n", {"content-encoding": "gzip"})),
    _cut("gzip that breaks off", Sends(gzip.compress(b"data: {}\n\n" * 99)[:-20], {"content-encoding": "gzip"})),
]
