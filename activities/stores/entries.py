"""The effect ledger's rows, as they are read."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from activities.stores.clocks import steady
from activities.stores.sealing import sealing_of
from activities.stores.tables import EFFECTS


class State(StrEnum):
    """How an effect stands."""

    CLAIMED = "claimed"
    """Somebody acts, or died acting."""
    RELEASED = "released"
    """It surely did not happen. The row stays, so that no fence is ever given out twice."""
    DONE = "done"
    UNDONE = "undone"
    """It happened, and another effect took it back. It does not happen again under this key."""


@dataclass(frozen=True)
class Entry:
    """One row, as it was when it was read. Each claim has a greater `fence` than the one before it.

    Only the newest claim may act, be renewed, and write the receipt.
    """

    key: str
    tool: str
    digest: str
    state: State
    fence: int
    claimed_by: str
    claimed_at: datetime
    presumed: Any
    receipt: Any
    """"(erased)" where they were erased with their subject."""
    done_at: datetime | None
    settled_by: str | None
    held_until: datetime | None
    acted: bool
    """Whether the claimant came to the point from which on it may have happened."""
    held_for: timedelta
    """How much longer the claimant may act, unless it renews its claim; nothing, or less: it may not any more."""
    open_for: timedelta
    """How much longer "not found" and "no" prove nothing: the claimant may be acting, or what it did is on its way."""

    @property
    def evidence(self) -> str:
        """What is known of it, in one line."""
        return f"{self.key}, begun {self.claimed_at:%Y-%m-%d %H:%M:%S} UTC by {self.claimed_by}, digest {self.digest}"


_AS_THEY_ARE = {one.name for one in fields(Entry)} & set(EFFECTS.c.keys())


def entry_of(connection: Connection, row: RowMapping, now: datetime) -> Entry:
    """A row of the table, decrypted; `now` is by the ledger's clock. Raises BadInput where a key is missing."""
    opened = partial(sealing_of(connection).open_json, row["key"])
    values = {name: row[name] for name in _AS_THEY_ARE} | {"state": State(row["state"])}
    values |= {"presumed": opened(row["presumed"]), "receipt": opened(row["receipt"])}
    if row["lease_fence"] != row["fence"]:  # claimed by a worker of the first version
        left = row["over_at"] - datetime.now(UTC)
        return Entry(**values, acted=True, held_for=left, open_for=left)
    held_for, open_for = row["held_until"] - now, row["clear_at"] - now
    return Entry(**values, acted=row["acted_at"] is not None, held_for=held_for, open_for=open_for)


def find_entry(connection: Connection, key: str, now: datetime | None = None) -> Entry | None:
    """The key's entry, if there is one; `now` is by the ledger's clock."""
    row = connection.execute(select(EFFECTS).where(EFFECTS.c.key == key)).mappings().one_or_none()
    return entry_of(connection, row, now or steady(connection)) if row else None


def read_entry(connection: Connection, key: str, now: datetime | None = None) -> Entry:
    """The key's entry, which is there."""
    entry = find_entry(connection, key, now)
    assert entry is not None, key
    return entry
