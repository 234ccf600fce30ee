"""Other systems over HTTP, JSON in and out: read at will, asked for something once."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from urllib.parse import quote

import httpx2
from pydantic import JsonValue
from pydantic_core import from_json, to_json
from temporalio import activity

from activities.effects import Deed, once
from activities.hold import Hold
from activities.llm.waiting import wanted_wait
from activities.stores.database import Database
from activities.stores.ledger import Ledger
from activities.tools.http_transport import LARGEST, Answer, CutOff, Wire
from activities.tools.mail_transport import one_line
from contracts.errors import NotFound, OutcomeUnknown, SignoffError, ToolFailed, ToolUnavailable
from contracts.http import HTTP_POST, HttpGet, HttpPort, HttpPost, HttpReply
from contracts.tools import Act, Receipt
from runtime.settings import Settings
from runtime.systems import System

LIMIT_S = 30.0
"""Of one request, whole."""

VISIBLE_WITHIN = timedelta(minutes=1)
"""How long a request may be under way in the other system after its connection broke; a person's "no" waits for it."""

_LATER = {408, 425, 429}
"""The request was not handled, and may be made again: RFC 9110, RFC 8470, RFC 6585."""
_NEVER = {501, 505}
_SAFE = "/!$&'()*+,;=:@~"
"""What stands for itself in a path (RFC 3986, 3.3)."""
_IN_ITS_WORDS = ("detail", "title", "message", "error_description", "error")
"""Where APIs put what is wrong; the first two are those of RFC 9457."""


class HttpActivities(HttpPort):
    """Requests to the systems of SIGNOFF_SYSTEMS."""

    def __init__(self, settings: Settings, database: Database, limit_s: float = LIMIT_S) -> None:
        """`settings` name the systems; `database` keeps the ledger."""
        self._systems = settings.systems
        self._ledger = Ledger(database)
        self._wire = Wire(limit_s)

    async def close(self) -> None:
        """Let go of what was opened."""
        await self._wire.close()

    @activity.defn(name="http.get")
    async def get(self, request: HttpGet) -> HttpReply:
        """Read something. Raises NotFound, ToolFailed, ToolUnavailable."""
        system = self._system(request.system)
        what = f"{request.system}: GET {request.path}"
        try:
            url = _url(system, request.path).copy_merge_params(request.query)
            answer = await self._wire.send("GET", url, _headers(system))
        except CutOff as cut:
            raise ToolUnavailable(f"{what} was cut off ({cut})") from None
        if not 200 <= answer.status < 300:
            raise _no_reading(what, system, answer)
        reply = _reply(answer)
        if reply.left_out:
            raise ToolFailed(f"{what}: {reply.left_out}")
        return reply

    @activity.defn(name="http.post")
    async def post(self, act: Act[HttpPost]) -> Receipt[HttpReply]:
        """Ask for something, once, under an Idempotency-Key that is made from the act's key.

        Raises OutcomeUnknown, ToolFailed (refused: nothing was done), ToolUnavailable.
        """
        system = self._systems.get(act.argument.system)
        deed = Deed(
            tool="http.post",
            effect=HTTP_POST.effect,
            presumed=HttpReply(status=None),
            visible_within=VISIBLE_WITHIN,
            perform=partial(self._ask, act.key, act.argument),
            probe=None,
            repeatable=system is not None and system.idempotency_keys,
        )
        return await once(self._ledger, act, deed)

    async def _ask(self, key: str, request: HttpPost, hold: Hold) -> HttpReply:
        system = self._system(request.system)
        what = f"{request.system}: POST {request.path}"
        headers = {"content-type": "application/json", "idempotency-key": idempotency_key(key)}
        url, body = _url(system, request.path), to_json(request.body)
        try:
            answer = await self._wire.send("POST", url, _headers(system) | headers, body, hold.act)
        except CutOff as cut:
            raise OutcomeUnknown(f"{what} was sent, and cut off ({cut})") from None
        # 303 points to what the request has brought about (RFC 9110, 15.4.4); it is not followed.
        if 200 <= answer.status < 300 or answer.status == 303:
            return _reply(answer)
        raise _no_doing(what, system, answer, again=hold.again)

    def _system(self, name: str) -> System:
        if name in self._systems:
            if self._systems[name].base_url.startswith("tcp:"):
                raise ToolFailed(f"the system {name} does not speak HTTP: correct its base_url, or look at it only")
            return self._systems[name]
        there_are = f"there are {', '.join(self._systems)}" if self._systems else "none is set"
        raise ToolFailed(f"there is no system {name}: name it in the file of SIGNOFF_SYSTEMS ({there_are})")


def idempotency_key(key: str) -> str:
    """A string of RFC 8941, as draft-ietf-httpapi-idempotency-key-header wants it: the same for the same effect.

    Not made from the arguments: a system that knows the key with others refuses, where it would act once more.
    """
    return f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'


def _url(system: System, path: str) -> httpx2.URL:
    """Below the base URL, whatever the path holds: each part of it is encoded."""
    return httpx2.URL(f"{system.base_url}/{quote(path.removeprefix('/'), safe=_SAFE)}")


def _headers(system: System) -> dict[str, str]:
    # Unpacked, a few bytes can be gigabytes.
    plain = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "signoff"}
    return plain | ({"authorization": f"Bearer {system.token.get_secret_value()}"} if system.token else {})


def _reply(answer: Answer) -> HttpReply:
    body, left_out = _json(answer)
    return HttpReply(status=answer.status, body=body, left_out=left_out)


def _json(answer: Answer) -> tuple[JsonValue, str | None]:
    """The body, or why it cannot be had."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.body is None:
        return None, f"the body is packed, or larger than {LARGEST:,} bytes"
    if not answer.body:
        return None, None
    if kind != "application/json" and not kind.endswith("+json"):
        return None, f"the body is not JSON but {one_line(kind) or 'of no stated type'}"
    try:
        value: JsonValue = from_json(answer.body, allow_inf_nan=False)
    except ValueError:
        return None, "the body is not what JSON can be"
    return value, None


def _no_reading(what: str, system: System, answer: Answer) -> SignoffError:
    said = f"{what} was answered {_words(system, answer)}"
    if answer.status in (404, 410):
        return NotFound(said)
    if answer.status in _LATER or (answer.status >= 500 and answer.status not in _NEVER):
        return ToolUnavailable(said, wait=wanted_wait(answer.headers))
    return ToolFailed(said)


def _no_doing(what: str, system: System, answer: Answer, *, again: bool) -> SignoffError:
    said = f"{what} was answered {_words(system, answer)}"
    wait = wanted_wait(answer.headers)
    # 503 by itself may come from behind the system; with a time to come back the system speaks for itself.
    if answer.status in _LATER or (answer.status == 503 and wait):
        return ToolUnavailable(f"{said}: not handled", wait=wait)
    # 409 under a key that was used before: the first request is still being worked on (the draft, 2.7).
    still_at_it = answer.status == 409 and again and system.idempotency_keys
    if answer.status == 302 or still_at_it or (answer.status >= 500 and answer.status not in _NEVER):
        return OutcomeUnknown(said)
    return ToolFailed(said)


def _words(system: System, answer: Answer) -> str:
    """The status, and what the system says to it; the token, should it be repeated there, is left out."""
    if 300 <= answer.status < 400:
        return f"{answer.status}, a redirect, which is not followed: correct base_url"
    if answer.status in (401, 403):
        return f"{answer.status}: {f'check {system.token_variable}' if system.token_variable else 'set its token_env'}"
    body = _json(answer)[0]
    found = next((body[name] for name in _IN_ITS_WORDS if body.get(name)), "") if isinstance(body, Mapping) else ""
    if isinstance(found, Mapping):
        found = found.get("message", "")
    text = found if isinstance(found, str) else ""
    if system.token:
        text = text.replace(system.token.get_secret_value(), "***")
    return f"{answer.status}: {one_line(text)}" if text else str(answer.status)
