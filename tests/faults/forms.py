"""Odd forms of a good reply, down to the bytes."""

import gzip
from collections.abc import Callable, Mapping

from contracts.llm import Verdict
from tests.activities.llm.conftest import FITTING
from tests.faults.fault import Fault, streamed
from tests.support.provider_http import EVENTS, chunks, head
from tests.support.provider_server import Raw, Says, Sends
from tests.support.provider_wire import Dialect, Said

FITS = Verdict.FITS

Reshape = Callable[[bytes], bytes]


def _form(name: str, reshape: Reshape, headers: Mapping[str, str] | None = None, counted: bool = True) -> Fault:
    """The fitting reply's stream, changed."""
    return Fault(name, (lambda d: Sends(reshape(streamed(d)), headers or {}),), FITS, counted=counted)


def _cut_after_the_end(dialect: Dialect) -> Raw:
    """The last event is DONE, or message_stop; the ones before it have said how the reply ended, and what it used."""
    said = Said(FITTING)
    *events, _ = (*dialect.opening(said), *dialect.closing(said))
    return Raw(head(200, EVENTS) + chunks(events))


def _bare(start: bytes, headers: Mapping[str, str]) -> Callable[[Dialect], Raw]:
    """Without chunks: the body ends with the connection."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    return lambda dialect: Raw(start + lines + b"\r\n" + streamed(dialect))


_STREAM = {"content-type": "text/event-stream"}

FORMS = [
    _form("lines that end as on Windows", lambda body: body.replace(b"\n", b"\r\n")),
    _form("lines that end as on old Macs", lambda body: body.replace(b"\n", b"\r")),
    _form("comments between the events", lambda body: body.replace(b"\n\n", b"\n\n: still there\n\n")),
    _form("a mark of byte order", lambda body: b"\xef\xbb\xbf" + body),
    _form("ids and retry times", lambda body: body.replace(b"data:", b"id: 3\nretry: 10\ndata:")),
    _form("no line end at the end", lambda body: body.rstrip(b"\n")),
    _form(
        "an event that nobody knows", lambda body: b'event: surprise\ndata: {"type": "surprise", "x": [1]}\n\n' + body
    ),
    _form("data over several lines", lambda body: body.replace(b'": {', b'":\ndata: {')),
    _form("another content type", lambda body: body, {"content-type": "text/plain; charset=utf-8"}),
    _form("a stream that is called JSON", lambda body: body, {"content-type": "application/json"}),
    _form("a reply that came packed", gzip.compress, {"content-encoding": "gzip"}),
    _form("numbers where names belong", lambda body: body.replace(b'"id": "', b'"id": 5, "x": "')),
    _form("counts as text", lambda body: body.replace(b": 11", b': "11"').replace(b": 7", b': "7"')),
    _form("counts that are words", lambda body: body.replace(b": 7", b': "many"'), counted=False),
    _form(
        "counts that are lists", lambda body: body.replace(b": 11", b": [11]").replace(b": 7", b": {}"), counted=False
    ),
    _form("counts in halves", lambda body: body.replace(b": 7", b": 7.5"), counted=False),
    Fault("a stream that breaks after the reply's end", (_cut_after_the_end,), FITS),
    Fault("300 headers", (Says(FITTING, headers={f"x-{n}": "v" for n in range(300)}),), FITS),
    Fault("HTTP/1.0", (_bare(b"HTTP/1.0 200 OK\r\n", _STREAM),), FITS),
    Fault("no header at all", (_bare(b"HTTP/1.1 200 OK\r\n", {}),), FITS),
    Fault("a hint before the reply", (_bare(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n", _STREAM),), FITS),
]
