"""The effect ledger: who may act under a key, and what came of it."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Connection, Insert, Update, and_, bindparam, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from activities.stores.clocks import steady
from activities.stores.database import Database
from activities.stores.entries import Entry, State, entry_of, find_entry, read_entry
from activities.stores.tables import EFFECTS, Utc

LEASE = timedelta(seconds=8)
"""How long a claim holds without being renewed: less than the heartbeat timeout (10 s), so that the attempt which
follows a worker's death finds it given up."""

_OLD_SETTLING = timedelta(minutes=1)
"""How long a worker of the first version, which knows no lease, must leave a claim alone."""

Clock = Callable[[Connection], datetime]


@dataclass(frozen=True)
class Claim:
    """What somebody is about to do.

    `presumed` is the receipt, should a person say later that it happened. What was done can be seen at the latest
    `visible_within` after the claimant has stopped acting. `undoes`: the key of the effect that it takes back.
    """

    key: str
    digest: str
    tool: str
    presumed: BaseModel
    visible_within: timedelta
    undoes: str | None = None


class Ledger:
    """Every method is one transaction, and raises ToolUnavailable when the database cannot be used."""

    def __init__(self, database: Database, clock: Clock = steady, lease: timedelta = LEASE) -> None:
        """`clock` is the one that leases are timed by."""
        self._database = database
        self._clock = clock
        self.lease = lease
        self._me = f"{os.getpid()}@{socket.gethostname()}"

    async def find(self, key: str) -> Entry | None:
        """The key's entry, if there is one."""
        return await self._database.run(lambda connection: find_entry(connection, key, self._clock(connection)))

    async def claim(self, claim: Claim) -> tuple[Entry, bool]:
        """The key's entry, and whether this call may act now."""

        def work(connection: Connection) -> tuple[Entry, bool]:
            now = self._clock(connection)
            values = self._values(claim, now)
            ours = _inserted(connection, claim.key, values, now)
            ours = ours or _changed(connection, _CLAIM_RELEASED, {"its_key": claim.key, **values}, now)
            if ours:
                return ours, True
            self._set_right(connection, claim, now)
            return read_entry(connection, claim.key, now), False

        await self._database.sealing.ready(claim.key)
        # Not on disk yet: the note that it acts, before which nothing is done, brings the claim there too.
        return await self._database.run(work, durable=False)

    async def take_over(self, entry: Entry, claim: Claim, *, again: bool = False) -> tuple[Entry, bool]:
        """Claim what another claimant does not do any more, unless the entry has changed since it was read.

        `again`: it may have happened already, and the new claim does not forget that.
        """

        await self._database.sealing.ready(claim.key)

        def claimed(now: datetime) -> dict[str, Any]:
            values = self._values(claim, now) | {"its_lease": entry.held_until}
            if again:
                del values["acted_at"]
            return values

        return await self._change(entry, _TAKE_OVER, claimed)

    async def renew(self, entry: Entry, *, acting: bool = False) -> bool:
        """Hold a claim for one lease more, and, when `acting`, note that from now on it may have happened.

        False: it is not ours any more. One that was given up stays so, even if nobody has taken it over.
        """

        def renewed(now: datetime) -> dict[str, Any]:
            acts = {"acted_at": datetime.now(UTC)} if acting else {}
            return {"now": now, **acts, **self._held(now, entry.open_for - entry.held_for)}

        return (await self._change(entry, _RENEW, renewed, durable=acting))[1]

    async def stop(self, entry: Entry) -> Entry:
        """Give back the lease, not the claim: this claimant acts no more, and the outcome is open."""
        visible_within = entry.open_for - entry.held_for
        stopped = await self._change(entry, _CHANGE, lambda now: {"held_until": now, "clear_at": now + visible_within})
        return stopped[0]

    async def finish(self, entry: Entry, result: BaseModel, undoes: str | None = None) -> Entry:
        """Write the receipt if the claim still stands; the entry as it is afterwards.

        In the same transaction, the effect that this one `undoes` is noted as taken back.
        """
        await self._database.sealing.ready(entry.key)
        receipt = self._database.sealing.seal_json(entry.key, result.model_dump(mode="json"))
        done = {"state": State.DONE, "receipt": receipt, "done_at": datetime.now(UTC)}
        return (await self._change(entry, _CHANGE, lambda _: done, undoes=undoes))[0]

    async def release(self, entry: Entry) -> None:
        """Give up a claim under which surely nothing was done."""
        await self._change(entry, _CHANGE, lambda _: {"state": State.RELEASED})

    async def settle(self, key: str, fence: int, *, happened: bool, by: str, undoes: str | None = None) -> Entry | None:
        """Take a person's answer about one claim; "no" counts once nothing is under way. The entry afterwards.

        Fence 0, of an effect that `undoes` another: somebody has done it by hand, whatever became of the claims.
        """

        def work(connection: Connection) -> Entry | None:
            now = self._clock(connection)
            answer = update(EFFECTS).where(EFFECTS.c.key == key)
            if fence or not undoes:
                answer = answer.where(EFFECTS.c.fence == fence)
            if happened:
                receipt = {"receipt": EFFECTS.c.presumed, "done_at": datetime.now(UTC)}
                answer = answer.where(EFFECTS.c.state.in_((State.CLAIMED, State.RELEASED)))
                answer = answer.values(state=State.DONE, settled_by=by, **receipt)
            else:
                answer = answer.where(EFFECTS.c.state == State.CLAIMED, _clear(now))
                answer = answer.values(state=State.RELEASED, settled_by=by)
            connection.execute(answer)
            if happened:
                _undo(connection, undoes)
            return find_entry(connection, key, now)

        return await self._database.run(work)

    async def ready(self, key: str) -> None:
        """What has to be had before a transaction in which `record` is called."""
        await self._database.sealing.ready(key)

    def record(self, connection: Connection, claim: Claim) -> tuple[Entry, bool]:
        """Write the receipt in the transaction that does the effect. True: it is the first; do it, here and now.

        Both stand or fall together, so that such an effect never has an unknown outcome. Await `ready` before.
        """
        now = self._clock(connection)
        values = self._values(claim, now)
        done = {"state": State.DONE, "receipt": values["presumed"], "done_at": datetime.now(UTC)}
        ours = _inserted(connection, claim.key, values | done, now)
        if ours:
            _undo(connection, claim.undoes)
        return ours or read_entry(connection, claim.key, now), ours is not None

    def _values(self, claim: Claim, now: datetime) -> dict[str, Any]:
        return {
            "tool": claim.tool,
            "digest": claim.digest,
            "state": State.CLAIMED,
            "claimed_by": self._me,
            "claimed_at": datetime.now(UTC),
            "acted_at": None,
            "presumed": self._database.sealing.seal_json(claim.key, claim.presumed.model_dump(mode="json")),
            **self._held(now, claim.visible_within),
        }

    def _held(self, now: datetime, visible_within: timedelta) -> dict[str, datetime]:
        return {
            "held_until": now + self.lease,
            "clear_at": now + self.lease + visible_within,
            "over_at": datetime.now(UTC) + _OLD_SETTLING + visible_within,
        }

    def _set_right(self, connection: Connection, claim: Claim, now: datetime) -> None:
        """A lease longer than any is by a clock that was set back, or that began anew with the machine."""
        beyond = and_(EFFECTS.c.key == claim.key, EFFECTS.c.held_until > now + self.lease)
        held = {"held_until": now + self.lease, "clear_at": now + self.lease + claim.visible_within}
        connection.execute(update(EFFECTS).where(beyond, EFFECTS.c.state == State.CLAIMED).values(held))

    async def _change(
        self,
        entry: Entry,
        change: Update,
        values: Callable[[datetime], dict[str, Any]],
        *,
        durable: bool = True,
        undoes: str | None = None,
    ) -> tuple[Entry, bool]:
        def work(connection: Connection) -> tuple[Entry, bool]:
            now = self._clock(connection)
            its = {"its_key": entry.key, "its_fence": entry.fence}
            changed = _changed(connection, change, its | values(now), now)
            if changed:
                _undo(connection, undoes)
            return changed or read_entry(connection, entry.key, now), changed is not None

        return await self._database.run(work, durable=durable)


# Made once: each statement takes SQLAlchemy longer to make than SQLite to carry out. The values of columns come along
# when it is executed.
_ITS_ROW = update(EFFECTS).where(EFFECTS.c.key == bindparam("its_key")).returning(*EFFECTS.c)
_CHANGE = _ITS_ROW.where(EFFECTS.c.fence == bindparam("its_fence"), EFFECTS.c.state == State.CLAIMED)
_RENEW = _CHANGE.where(EFFECTS.c.held_until > bindparam("now", type_=Utc))
_NEXT_FENCE = {"fence": EFFECTS.c.fence + 1, "lease_fence": EFFECTS.c.fence + 1, "settled_by": None}
_CLAIM_RELEASED = _ITS_ROW.where(EFFECTS.c.state == State.RELEASED).values(_NEXT_FENCE)
_TAKE_OVER = _CHANGE.where(EFFECTS.c.held_until.is_not_distinct_from(bindparam("its_lease", type_=Utc))).values(
    _NEXT_FENCE
)
_INSERT = {
    kind: made.on_conflict_do_nothing().returning(*EFFECTS.c)
    for kind, made in (("sqlite", sqlite.insert(EFFECTS)), ("postgresql", postgresql.insert(EFFECTS)))
}


def _inserted(connection: Connection, key: str, values: dict[str, Any], now: datetime) -> Entry | None:
    """The first claim of a key; None where there is one."""
    first = {"key": key, "fence": 1, "lease_fence": 1, **values}
    return _changed(connection, _INSERT[connection.dialect.name], first, now)


def _changed(connection: Connection, statement: Insert | Update, values: dict[str, Any], now: datetime) -> Entry | None:
    # Not by `rowcount`, which for an INSERT is -1 with psycopg: every claim would be won.
    row = connection.execute(statement, values).mappings().one_or_none()
    return entry_of(connection, row, now) if row else None


def _undo(connection: Connection, key: str | None) -> None:
    if key is not None:
        undo = update(EFFECTS).where(EFFECTS.c.key == key, EFFECTS.c.state == State.DONE)
        connection.execute(undo.values(state=State.UNDONE))


def _clear(now: datetime) -> ColumnElement[bool]:
    ours = EFFECTS.c.lease_fence == EFFECTS.c.fence
    theirs = EFFECTS.c.lease_fence.is_distinct_from(EFFECTS.c.fence)
    return or_(and_(ours, EFFECTS.c.clear_at <= now), and_(theirs, EFFECTS.c.over_at <= datetime.now(UTC)))
