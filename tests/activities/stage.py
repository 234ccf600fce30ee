"""A worker on a stage: its clock, its tool and its probe do what a test tells them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from activities.effects import Deed, EffectsActivities, Unseen, once
from activities.hold import Hold
from activities.stores.database import Database
from activities.stores.entries import Entry, find_entry
from activities.stores.ledger import Ledger
from contracts.effects import Settlement
from contracts.gates import Approval, digest_of
from contracts.tools import Act, Effect, Receipt

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DELAY = timedelta(minutes=1)
"""How long what was done may stay unseen."""
KEY = "sales-follow-up/lead-007/2026-11-23/send-email"


class Words(BaseModel):
    """What is to be said."""

    text: str


class Said(BaseModel):
    """What was said, and how one knows."""

    how: str


def act(text: str = "hello", **changes: object) -> Act[Words]:
    """An approved act under the one key of these tests."""
    words = Words(text=text)
    digest = digest_of(words)
    approval = Approval(request="run", gate="review", digest=digest, by="ann", at=NOON)
    whole: Act[Words] = Act(key=KEY, digest=digest, argument=words, approval=approval)
    return whole.model_copy(update=changes)


async def says(result: Said | Unseen | Exception) -> Said:
    """A perform that ends like this."""
    if isinstance(result, Exception):
        raise result
    assert isinstance(result, Said)
    return result


async def nothing() -> None:
    """Nothing happens."""


async def dies() -> Any:
    """What is left of a tool whose worker is gone: no answer at all."""
    raise asyncio.CancelledError


@dataclass
class Stage:
    """One worker, whose clock, tool and probe the test sets. `done` counts what the tool really did."""

    database: Database
    now: datetime = NOON
    seen: Said | Unseen | None = Unseen.UNKNOWN
    """What the probe answers; None: there is no probe."""
    perform: Callable[[], Awaitable[Said]] = lambda: says(Said(how="done"))
    before: Callable[[], Awaitable[None]] = nothing
    """What happens before the point from which on the effect may have come about."""
    effect: Effect = Effect.IRREVERSIBLE
    repeatable: bool = False
    done: list[str] = field(default_factory=list)
    probed: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.database, clock=lambda _: self.now)

    async def play(self, what: Act[Words]) -> Receipt[Said]:
        """Carry it out, once."""

        async def perform(hold: Hold) -> Said:
            await self.before()
            await hold.act()
            self.done.append(what.argument.text)
            return await self.perform()

        async def probe(presumed: Said) -> Said | Unseen:
            self.probed.append(presumed)
            assert self.seen is not None
            return self.seen

        deed = Deed(
            tool="stage.say",
            effect=self.effect,
            presumed=Said(how=f"presumed {what.argument.text}"),
            visible_within=DELAY,
            perform=perform,
            probe=probe if self.seen is not None else None,
            repeatable=self.repeatable,
        )
        return await once(self.ledger, what, deed)

    async def crash(self, what: Act[Words], *, before_it_acts: bool = False) -> None:
        """A worker that dies while it carries something out."""
        if before_it_acts:
            self.before = dies
        else:
            self.perform = dies
        with pytest.raises(asyncio.CancelledError):
            await self.play(what)
        self.perform, self.before = lambda: says(Said(how="done")), nothing
        self.done.clear()

    async def settle(self, happened: bool, fence: int = 1) -> None:
        """A person's answer about a claim."""
        activities = EffectsActivities(self.database)
        activities._ledger = self.ledger
        await activities.settle(Settlement(key=KEY, fence=fence, happened=happened, by="ann"))

    def entry(self) -> Entry:
        """The ledger's row."""
        found = self.database.transact(lambda connection: find_entry(connection, KEY, self.now))
        assert found
        return found
