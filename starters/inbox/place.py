"""Where the inbox is, and by which names it may be called."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def run_path(workflow_id: str, gate: str | None = None) -> str:
    """The page of a run, whatever its id holds."""
    query = f"?gate={quote(gate, safe='')}" if gate else ""
    return f"/runs/{quote(workflow_id, safe='')}{query}"


@dataclass(frozen=True)
class Place:
    """What it listens on, and how the settings say that people reach it."""

    host: str
    port: int
    public: str | None = None
    """A URL without a slash at its end; None: as it listens."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def home(self) -> str:
        """What people are told to open."""
        return self.public or self.url

    def knows(self, authority: str) -> bool:
        """Whether a Host header names this inbox. Any other name may be a stranger's, pointed here (DNS rebinding)."""
        names = {*LOOPBACK_NAMES, self.host.lower(), _name(urlsplit(self.public).netloc) if self.public else None}
        return _name(authority) in names - {None}

    def is_public(self, authority: str) -> bool:
        """Whether a Host header has the name that the settings give."""
        return self.public is not None and authority.lower() == urlsplit(self.public).netloc.lower()

    def base(self, authority: str) -> str:
        """What stands before each path where people reach it."""
        return urlsplit(self.public or "").path if self.is_public(authority) else ""

    def is_secure(self, authority: str) -> bool:
        """Whether the browser speaks TLS."""
        return self.is_public(authority) and (self.public or "").startswith("https:")

    def is_own(self, origin: str, authority: str) -> bool:
        """Whether a page of this inbox sent a request that names this origin."""
        netloc = urlsplit(origin).netloc.lower()
        return netloc != "" and (netloc == authority.lower() or self.is_public(netloc))


def _name(authority: str) -> str | None:
    """The host of HOST or HOST:PORT; None where it is neither."""
    try:
        parts = urlsplit(f"//{authority}")
        return parts.hostname if parts.port != 0 and "@" not in authority else None
    except ValueError:
        return None
