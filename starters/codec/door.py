"""Who may have payloads decrypted: who shows the token, has signed in with it, or was let in by a trusted proxy."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict

from starlette.exceptions import HTTPException
from starlette.requests import Request

from runtime.settings import Settings
from starters.inbox.people import People

SESSION_S = 12 * 3600
MOST_SESSIONS = 1000

STRANGER = "not signed in: open /login here in this browser, or send Authorization: Bearer with SIGNOFF_CODEC_TOKEN"


class Door:
    """Sessions live in memory: they end with the program."""

    def __init__(self, settings: Settings, port: int) -> None:
        """`port`: browsers keep cookies by host, not by port, and two servers may share a machine."""
        token = settings.codec_token
        self._token = token.get_secret_value() if token else None
        self._proxy = settings.inbox_auth
        self._people = People(settings)
        self._sessions: OrderedDict[str, float] = OrderedDict()
        self.cookie = f"signoff-codec-{port}"

    def check(self, request: Request) -> None:
        """Raise HTTPException (401) unless the request may be answered."""
        if not (self._shows_token(request) or self._has_session(request) or self._is_vouched_for(request)):
            raise HTTPException(401, STRANGER, {"WWW-Authenticate": "Bearer"})

    def enter(self, token: str) -> str | None:
        """A new session's cookie value; None where the token is another."""
        if not self._is_token(token):
            return None
        while len(self._sessions) >= MOST_SESSIONS:
            self._sessions.popitem(last=False)
        session = secrets.token_urlsafe(32)
        self._sessions[session] = time.monotonic() + SESSION_S
        return session

    def _is_token(self, text: str) -> bool:
        # Hashed, so that neither its length nor a letter that is not ASCII shows in the time or as an error.
        given, wanted = (hashlib.sha256(one.encode()).digest() for one in (text, self._token or ""))
        return self._token is not None and hmac.compare_digest(given, wanted)

    def _shows_token(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._is_token(token.strip())

    def _has_session(self, request: Request) -> bool:
        return time.monotonic() < self._sessions.get(request.cookies.get(self.cookie, ""), 0.0)

    def _is_vouched_for(self, request: Request) -> bool:
        """As in the inbox: a proxy has checked who it is, and they are among the approvers."""
        if self._proxy is None or request.client is None or not self._proxy.trusts(request.client.host):
            return False
        names = request.headers.getlist(self._proxy.header)
        return len(names) == 1 and self._people.problem(names[0].strip()) is None
