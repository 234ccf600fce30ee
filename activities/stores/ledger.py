"""The effect ledger: who may act under a key, and what came of it."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, Insert, Update, select, update

from activities.stores.database import Database
from activities.stores.tables import EFFECTS, insert_into


class State(StrEnum):
    """How an effect stands."""

    CLAIMED = "claimed"
    """Somebody acts, or died acting."""
    RELEASED = "released"
    """It surely did not happen. The row stays, so that no fence is ever given out twice."""
    DONE = "done"


@dataclass(frozen=True)
class Claim:
    """What somebody is about to do.

    `presumed` is the receipt, should a person say later that it happened. After `settling` the claimant has surely
    stopped acting, and what it did can be seen.
    """

    key: str
    digest: str
    tool: str
    presumed: BaseModel
    settling: timedelta


@dataclass(frozen=True)
class Entry:
    """One row. Each claim has a greater `fence` than the one before; only the newest may write the receipt."""

    key: str
    tool: str
    digest: str
    state: State
    fence: int
    claimed_by: str
    claimed_at: datetime
    over_at: datetime
    """Before this time "not found" and "no" prove nothing: the claimant may be acting at this moment."""
    presumed: Any
    receipt: Any
    done_at: datetime | None
    settled_by: str | None

    @property
    def evidence(self) -> str:
        """What is known of it, in one line."""
        return f"{self.key}, begun {self.claimed_at:%Y-%m-%d %H:%M:%S} UTC by {self.claimed_by}, digest {self.digest}"


class Ledger:
    """Every method is one transaction, and raises ToolUnavailable when the database cannot be used."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now` is the clock that claims are timed by."""
        self._database = database
        self._me = f"{os.getpid()}@{socket.gethostname()}"
        self.now = now

    async def claim(self, claim: Claim) -> tuple[Entry, bool]:
        """The key's entry, and whether this call may act now."""
        values = self._values(claim)

        def work(connection: Connection) -> tuple[Entry, bool]:
            first = insert_into(connection, EFFECTS).values(key=claim.key, fence=1, **values).on_conflict_do_nothing()
            released = _next_fence(values).where(EFFECTS.c.key == claim.key, EFFECTS.c.state == State.RELEASED)
            won = _changes(connection, first) or _changes(connection, released)
            return read_entry(connection, claim.key), won

        return await self._database.run(work)

    async def take_over(self, entry: Entry, claim: Claim) -> tuple[Entry, bool]:
        """Claim what another claimant surely did not do, unless the entry has changed since it was read."""
        return await self._change(entry, _next_fence(self._values(claim)))

    async def finish(self, entry: Entry, result: BaseModel) -> Entry:
        """Write the receipt if the claim still stands; the entry as it is afterwards."""
        receipt = result.model_dump(mode="json")
        done = update(EFFECTS).values(state=State.DONE, receipt=receipt, done_at=self.now())
        return (await self._change(entry, done))[0]

    async def release(self, entry: Entry) -> None:
        """Give up a claim under which surely nothing was done."""
        await self._change(entry, update(EFFECTS).values(state=State.RELEASED))

    async def settle(self, key: str, fence: int, *, happened: bool, by: str) -> Entry | None:
        """Take a person's answer about one claim; "no" counts once the claimant has stopped. The entry afterwards."""
        now = self.now()
        answer = update(EFFECTS).where(EFFECTS.c.key == key, EFFECTS.c.fence == fence)
        if happened:
            receipt = {"receipt": EFFECTS.c.presumed, "done_at": now}
            answer = answer.where(EFFECTS.c.state != State.DONE).values(state=State.DONE, settled_by=by, **receipt)
        else:
            answer = answer.where(EFFECTS.c.state == State.CLAIMED, EFFECTS.c.over_at <= now)
            answer = answer.values(state=State.RELEASED, settled_by=by)

        def work(connection: Connection) -> Entry | None:
            connection.execute(answer)
            return find_entry(connection, key)

        return await self._database.run(work)

    def record(self, connection: Connection, claim: Claim) -> tuple[Entry, bool]:
        """Write the receipt in the transaction that does the effect. True: it is the first; do it, here and now.

        Both stand or fall together, so that such an effect never has an unknown outcome.
        """
        values = self._values(claim)
        done = {"state": State.DONE, "receipt": values["presumed"], "done_at": self.now()}
        row = insert_into(connection, EFFECTS).values(key=claim.key, fence=1, **values | done)
        first = _changes(connection, row.on_conflict_do_nothing())
        return read_entry(connection, claim.key), first

    def _values(self, claim: Claim) -> dict[str, Any]:
        now = self.now()
        return {
            "tool": claim.tool,
            "digest": claim.digest,
            "state": State.CLAIMED,
            "claimed_by": self._me,
            "claimed_at": now,
            "over_at": now + claim.settling,
            "presumed": claim.presumed.model_dump(mode="json"),
        }

    async def _change(self, entry: Entry, change: Update) -> tuple[Entry, bool]:
        still = change.where(
            EFFECTS.c.key == entry.key, EFFECTS.c.fence == entry.fence, EFFECTS.c.state == State.CLAIMED
        )

        def work(connection: Connection) -> tuple[Entry, bool]:
            changed = _changes(connection, still)
            return read_entry(connection, entry.key), changed

        return await self._database.run(work)


def _changes(connection: Connection, statement: Insert | Update) -> bool:
    # Not by `rowcount`, which for an INSERT is -1 with psycopg: every claim would be won.
    return connection.execute(statement.returning(EFFECTS.c.key)).first() is not None


def _next_fence(values: dict[str, Any]) -> Update:
    return update(EFFECTS).values(fence=EFFECTS.c.fence + 1, settled_by=None, **values)


def find_entry(connection: Connection, key: str) -> Entry | None:
    """The key's entry, if there is one."""
    row = connection.execute(select(EFFECTS).where(EFFECTS.c.key == key)).mappings().one_or_none()
    return Entry(**{**row, "state": State(row["state"])}) if row else None


def read_entry(connection: Connection, key: str) -> Entry:
    """The key's entry, which is there."""
    entry = find_entry(connection, key)
    assert entry is not None, key
    return entry
