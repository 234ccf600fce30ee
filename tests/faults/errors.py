"""Calls that no reply comes of: the provider is busy or down, cannot be reached, or says no."""

import gzip

from contracts.errors import ModelRefused, ModelUnavailable
from contracts.llm import Verdict
from tests.activities.llm.conftest import FITTING, SECRET
from tests.faults.fault import BACKOFF, IN_90_S, Fault, Where
from tests.support.provider_http import head
from tests.support.provider_server import Break, Drips, Fails, Says


def _waits(status: int, how: str, headers: dict[str, str], least: float, most: float) -> Fault:
    name, turn = f"{status} with Retry-After {how}", Fails(status, headers)
    return Fault(name, (turn,), ModelUnavailable, f"busy or down ({status})", (least, most))


WAITS = [
    fault
    for status in (429, 503)
    for fault in (
        _waits(status, "in seconds", {"retry-after": "7"}, 7, 7),
        _waits(status, "as an HTTP date", {"retry-after": IN_90_S}, 60, 90),
        _waits(status, "in milliseconds", {"retry-after-ms": "250", "retry-after": "9"}, 0.25, 0.25),
        _waits(status, "absent", {}, *BACKOFF),
        _waits(status, "of -1", {"retry-after": "-1"}, *BACKOFF),
        _waits(status, "of 0", {"retry-after": "0"}, *BACKOFF),
        _waits(status, "of ten days", {"retry-after": "864000"}, 600, 600),
        _waits(status, "of garbage", {"retry-after": "a while; \x7f\xff"}, *BACKOFF),
    )
]

HUGE = b"<html>" + b"x" * 5_000_000
MILLION_SPACES = gzip.compress(b" " * 50_000_000)

DOWN = [
    *(
        Fault(f"a {status}", (Fails(status),), ModelUnavailable, f"({status})", BACKOFF)
        for status in (408, 409, 425, 500, 502, 504, 520, 529, 599)
    ),
    Fault(
        "a connection that is refused", (), ModelUnavailable, "cannot be reached at", BACKOFF, 0, where=Where.NOWHERE
    ),
    Fault("a connection that nobody takes", (), ModelUnavailable, "ConnectTimeout", BACKOFF, 0, where=Where.DEAF),
    Fault("TLS that is none", (), ModelUnavailable, "cannot be reached at", BACKOFF, 0, where=Where.NO_TLS),
    Fault("a 502 with a page of 5 MB", (Fails(502, body=HUGE),), ModelUnavailable, "(502)", BACKOFF),
    Fault(
        "a 500 with a gzip bomb",
        (Fails(500, {"content-encoding": "gzip"}, body=MILLION_SPACES),),
        ModelUnavailable,
        "(500)",
        BACKOFF,
    ),
    Fault(
        "a 503 with gzip that is none", (Fails(503, {"content-encoding": "gzip"}),), ModelUnavailable, "(503)", BACKOFF
    ),
    Fault(
        "a 429 that breaks off in its body",
        (Fails(429, {"retry-after": "7"}, breaks=Break.RESET),),
        ModelUnavailable,
        "(429)",
        (7, 7),
    ),
    Fault(
        "a 503 that falls silent in its body", (Fails(503, breaks=Break.SILENCE),), ModelUnavailable, "(503)", BACKOFF
    ),
    Fault(
        "a 503 whose body has no end",
        (Drips(head(503, {"content-type": "text/plain"}), b"no "),),
        ModelUnavailable,
        "(503)",
        BACKOFF,
    ),
]

LONG = "prompt is too long: 210000 tokens > 200000 maximum"

REFUSED = [
    Fault(
        "a 400",
        (Fails(400, message=f"no such thing\nfor key {SECRET}"),),
        ModelRefused,
        "refused the request to {provider}:fake-model (400): no such thing",
    ),
    Fault(
        "a 401",
        (Fails(401, message=f"invalid key {SECRET}"),),
        ModelRefused,
        "{key} was refused by the provider (401): set a valid key",
    ),
    Fault("a 403", (Fails(403, message=SECRET),), ModelRefused, "{key} may not use {provider}:fake-model (403)"),
    Fault("a 401 that wants to be asked again", (Fails(401, {"x-should-retry": "true"}),), ModelRefused, "(401)"),
    Fault(
        "a 403 of a proxy on the way",
        (Fails(403, {"content-type": "text/html"}, body=b"<html><h1>Denied</h1>"),),
        ModelRefused,
        "{key} may not use {provider}:fake-model (403)",
    ),
    Fault("a 404", (Fails(404),), ModelRefused, "does not know {provider}:fake-model (404): correct SIGNOFF_MODELS"),
    Fault("a 402", (Fails(402),), ModelRefused, "wants payment (402)"),
    Fault("a 429 of a spent account", (Fails(429, code="insufficient_quota"),), ModelRefused, "wants payment (429)"),
    *(
        Fault(
            f"a {status}", (Fails(status),), ModelRefused, f"refused the request to {{provider}}:fake-model ({status})"
        )
        for status in (405, 407, 410, 422, 451, 501)
    ),
    Fault("a body that is too large for the provider", (Fails(413),), ModelRefused, "is too long for", requests=3),
    Fault("a context that is too long at first", (Fails(400, message=LONG), Says(FITTING)), Verdict.FITS, requests=2),
    Fault(
        "a context that is too long at every length",
        (Fails(400, message=LONG, code="context_length_exceeded"),),
        ModelRefused,
        "is too long for {provider}:fake-model",
        None,
        3,
    ),
    *(
        Fault(
            f"a {status} to another host",
            (Fails(status, {"location": "http://127.0.0.1/v1/messages"}),),
            ModelRefused,
            f"{{provider}} sends us elsewhere ({status}): correct",
        )
        for status in (301, 302, 303, 307, 308)
    ),
    *(
        Fault(f"a 400 whose body is {what}", (Fails(400, body=body),), ModelRefused, says)
        for what, body, says in (
            ("empty", b"", "no reason given"),
            ("a page", b"<html>Bad Request</html>", "no reason given"),
            ("plain text", f"no such\x1b[31m field\n{SECRET}".encode(), "(400): no such [31m field ***"),
            ("a list", b"[1, 2]", "no reason given"),
            ("nested 50,000 deep", b'{"error": ' + b"[" * 50_000, "(400)"),
            ("not what errors are", b'{"error": {"message": {"a": 1}, "type": ["a"], "code": {"b": 1}}}', "no reason"),
            ("half a letter", b'{"error": {"message": "so \\ud83d what"}}', "(400): so what"),
            ("of another form", b'{"detail": "max_tokens is required"}', "(400): max_tokens is required"),
        )
    ),
]
