"""Who sends a request: known by a session that a link opened, or by a trusted proxy's word."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from runtime.inbox_auth import ProxyAuth
from starters.inbox.people import People
from starters.inbox.place import Place

SESSION_S = 12 * 3600
MOST_SESSIONS = 1000
"""Past it the oldest one ends."""

STRANGER = "You are not signed in. Open a link that lets you in: `signoff inbox link` prints one, where the inbox runs."
OTHER_PAGE = "This did not come from a page of this inbox, so nothing was done. Go back, load the page anew, try again."


@dataclass(frozen=True)
class Visitor:
    """Somebody whose name is known."""

    name: str
    csrf: str
    """Goes along with whatever they send."""
    can_leave: bool
    """Whether they can sign out here."""


class Auth:
    """Sessions live in memory: they end with the program."""

    def __init__(self, proxy: ProxyAuth | None, people: People, place: Place) -> None:
        self._proxy = proxy
        self._people = people
        self._place = place
        self._key = secrets.token_bytes(32)
        self._sessions: OrderedDict[str, tuple[str, float]] = OrderedDict()
        # Browsers keep cookies by host, not by port, and two inboxes may share a machine.
        self.cookie = f"signoff-inbox-{place.port}"

    def visitor(self, request: Request) -> Visitor:
        """Who it is. Raises HTTPException: 401 not known, 403 known and not let in."""
        name, key = self._by_proxy(self._proxy, request) if self._proxy else self._by_session(request)
        if problem := self._people.problem(name):
            raise HTTPException(403, f"You cannot sign in here: {problem}.")
        csrf = hmac.new(self._key, key.encode(), hashlib.sha256).hexdigest()
        return Visitor(name, csrf, can_leave=self._proxy is None)

    def check(self, request: Request, visitor: Visitor, token: str) -> None:
        """Raise HTTPException (403) unless a page of this inbox, made for this visitor, sent the request."""
        self.check_origin(request)
        if not hmac.compare_digest(token.encode(), visitor.csrf.encode()):
            raise HTTPException(403, OTHER_PAGE)

    def check_origin(self, request: Request) -> None:
        """Browsers say with each POST which site it comes from."""
        if not self._place.is_own(request.headers.get("origin", ""), request.headers.get("host", "")):
            raise HTTPException(403, OTHER_PAGE)

    def open(self, name: str) -> str:
        """A new session's cookie value."""
        while len(self._sessions) >= MOST_SESSIONS:
            self._sessions.popitem(last=False)
        session = secrets.token_urlsafe(32)
        self._sessions[session] = (name, time.monotonic() + SESSION_S)
        return session

    def close(self, request: Request) -> None:
        """End the request's session, where it has one."""
        self._sessions.pop(request.cookies.get(self.cookie, ""), None)

    def _by_session(self, request: Request) -> tuple[str, str]:
        session = request.cookies.get(self.cookie, "")
        name, until = self._sessions.get(session, ("", 0.0))
        if time.monotonic() >= until:
            raise HTTPException(401, STRANGER)
        return name, f"session {session}"

    def _by_proxy(self, proxy: ProxyAuth, request: Request) -> tuple[str, str]:
        if request.client is None or not proxy.trusts(request.client.host):
            raise HTTPException(403, "This inbox is reached through its proxy, which knows who you are.")
        given = request.headers.getlist(proxy.header)
        try:
            # Twice would be a visitor's own beside the proxy's.
            (name,) = (one.encode("latin-1").decode().strip() for one in given)
        except ValueError:
            raise HTTPException(401, f"The proxy did not say who you are: {proxy.header} must be there once.") from None
        return name, f"proxy {name}"
