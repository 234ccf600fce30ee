"""A fault, as data: what the far end does in one call, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from contracts.errors import SignoffError
from contracts.llm import Rung, Verdict
from tests.activities.llm.conftest import FITTING
from tests.support.provider_server import Turn
from tests.support.provider_wire import Dialect, Said

IN_90_S = "in 90 s"
"""In a header: the HTTP date of that moment."""

BACKOFF = (0.5, 1.0)
"""Seconds; after a first attempt."""


class Where(Enum):
    """What stands at the provider's address."""

    HERE = "the far end"
    NOWHERE = "nobody listens"
    DEAF = "nobody takes the connection"
    NO_TLS = "https is asked of a server that speaks http"


@dataclass(frozen=True)
class Fault:
    """`gives` comes of one call of a model. `waits`: seconds until the next attempt, at least and at most."""

    name: str
    turns: tuple[Turn | Callable[[Dialect], Turn], ...]
    """One for each request; the last one stays."""
    gives: Verdict | type[SignoffError]
    says: str = ""
    """In the error, or in the problems; `{provider}` and `{key}` stand for the provider's own."""
    waits: tuple[float, float] | None = None
    requests: int = 1
    rung: Rung = Rung.NATIVE
    where: Where = Where.HERE
    counted: bool = True
    """Whether what the provider says that a reply has used is all of it, and to be believed."""

    def __str__(self) -> str:
        return self.name


HALF = FITTING[:32]
"""Of a reply."""


def streamed(dialect: Dialect, text: str = FITTING) -> bytes:
    """A reply as a provider streams it, from its first event to its last."""
    return b"".join((*dialect.opening(Said(text)), *dialect.closing(Said(text))))
