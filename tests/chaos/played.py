"""What a process's file in `tests/chaos/processes/` says: its inputs, its far ends, and what people do."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from temporalio.client import Client

from contracts.processes import Process
from tests.chaos.person import Person
from tests.support.provider_server import Received, Says

Answers = Callable[[Received], Says]
"""What a model says to a request: the same to the same, so that a question may be asked again."""

Surroundings = Callable[[Client, Path], AbstractAsyncContextManager[Mapping[str, str]]]
"""What else there is while a run goes on, from a client and the run's folder; as settings of the worker."""


@asynccontextmanager
async def nothing_else(client: Client, folder: Path) -> AsyncIterator[Mapping[str, str]]:
    """No surroundings."""
    yield {}


def nobody_asked(request: Received) -> Says:
    """No model is in this."""
    raise AssertionError("a model is asked")


@dataclass(frozen=True)
class Variant:
    """One story: what starts it, what the model says to which question, what people do meanwhile."""

    name: str
    request: dict[str, Any]
    people: Callable[[Person], Awaitable[None]]
    answers: Answers = nobody_asked
    around: Surroundings = nothing_else
    again: str | None = None
    """Points whose names hold this are taken although an earlier variant has them, too."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of the worker, before what is usual."""
    mail_takes_s: float = 0
    """How long the mail server thinks before it takes a mail."""
    judge: Callable[[dict[str, Any], Counter[str]], list[str]] | None = None
    """What is wrong with a result and the effects beside it, where they hang on the moment of the crash; None: they
    are those of the undisturbed run."""


@dataclass(frozen=True)
class Played:
    """A process as chaos plays it. The first variant's points are all taken; of a later one, those that are new, and
    those that it wants again."""

    process: Process
    variants: tuple[Variant, ...]
    effects: Callable[[Path, str], Counter[str]]
    """What the outside systems hold, each effect by a name that is the same in every run: counted there, not in the
    ledger. From the run's folder and the database's URL."""
    lasting: Callable[[dict[str, Any]], dict[str, Any]]
    """What of a result is the same whenever it is run."""
    second: Callable[[dict[str, Any], dict[str, Any]], bool]
    """Of two runs of the same action: whether the second may answer this (its second argument) where the first
    answers that."""
    unsteady: tuple[str, ...] = ()
    """Points whose names begin so are left out: where branches go side by side, their results come together or one
    after the other."""
    disturbed: tuple[str, ...] | None = None
    """Activities at which each outage is tried out; unless they are named, those that change the world."""
