"""The record of spending: every model call that a ceiling counts, entered before it is made.

A call counts from its entry, at its worst case, until a window's length after the last moment at which it can have
been billed: after it was settled, or, where nobody ever settles it, after an hour. So what was really billed in any
hour or any day stays within the ceiling, however long calls take.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, or_, select, text, update

from activities.stores.database import Database
from activities.stores.room import Met, met_by
from activities.stores.tables import SPENDING, Utc
from runtime.limits import Ceiling

LONGEST_CALL = timedelta(hours=1)
"""From its entry; a call that waits longer in its queue counts anew once it is settled."""

KEPT = timedelta(hours=25)
"""After that, no window reaches back to an entry."""

_LOCK = 0x5167_0FF2


@dataclass(frozen=True)
class Entry:
    """A call that is about to be made, and the most that it can cost, in billionths of a US dollar."""

    key: str
    process: str
    tenant: str | None
    nano_usd: int


class Spending:
    """Every method is one transaction, and raises ToolUnavailable when the database cannot be used.

    Times are by the database's clock where that is a server, so that workers whose clocks differ count the same hour.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] | None = None) -> None:
        """`now` takes the place of that clock."""
        self._database = database
        self._now = now

    async def enter(self, entry: Entry, ceilings: Sequence[Ceiling]) -> Met | None:
        """Enter a call if every ceiling has room for it; else the one that will have none for longest.

        Under the same key it is entered once; a call that was settled stays as it is.
        """

        def work(connection: Connection) -> Met | None:
            _one_at_a_time(connection)
            now = self._clock(connection)
            if _is_settled(connection, entry.key):
                return None
            _forget(connection, entry.key, now)
            met = met_by(connection, ceilings, entry.nano_usd, now)
            if met:
                return max(met, key=lambda one: one.latest)
            _put(connection, entry, now)
            return None

        return await self._database.run(work)

    async def settle(self, key: str, nano_usd: int) -> None:
        """Enter what a call did cost. A key that was never entered is left out."""

        def work(connection: Connection) -> None:
            over = {"nano_usd": nano_usd, "settled": True, "billed_by": self._clock(connection)}
            connection.execute(update(SPENDING).where(SPENDING.c.key == key, ~SPENDING.c.settled).values(over))

        await self._database.run(work)

    def _clock(self, connection: Connection) -> datetime:
        if self._now is not None:
            return self._now()
        if connection.dialect.name == "sqlite":
            return datetime.now(UTC)
        # Not `now()`, which is when the transaction began: before it waited for its turn.
        return connection.execute(select(func.clock_timestamp(type_=Utc))).scalar_one()


def _one_at_a_time(connection: Connection) -> None:
    """Two that looked at once would both find room. SQLite's transactions begin as writers, one after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _is_settled(connection: Connection, key: str) -> bool:
    return bool(connection.scalar(select(SPENDING.c.settled).where(SPENDING.c.key == key)))


def _forget(connection: Connection, key: str, now: datetime) -> None:
    """An earlier entry of a call that is entered anew: it was not made. And those that no window reaches."""
    anew = and_(SPENDING.c.key == key, ~SPENDING.c.settled)
    connection.execute(delete(SPENDING).where(or_(anew, SPENDING.c.billed_by < now - KEPT)))


def _put(connection: Connection, entry: Entry, now: datetime) -> None:
    row = SPENDING.insert().values(
        key=entry.key,
        process=entry.process,
        tenant=entry.tenant,
        nano_usd=entry.nano_usd,
        entered_at=now,
        billed_by=now + LONGEST_CALL,
        settled=False,
    )
    connection.execute(row)
