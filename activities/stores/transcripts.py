"""The store of conversations: a chain of content-addressed rows, so that conversations which begin alike share them.

A row is never changed. Its address is a hash of its parent's address and of what it says, so that one which was
changed, or is missing, is found out when it is read. The first row of a conversation names its `owner`, the run with
which all of it goes.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, literal, select
from sqlalchemy.sql import Select

from activities.stores.sealing import Sealing, sealing_of
from activities.stores.tables import TRANSCRIPTS, insert_into
from contracts.errors import BadInput
from contracts.transcript import Head

Row = dict[str, Any]


class Words(NamedTuple):
    """A message. `text` is None where it stands in a row of its own, at `ref`."""

    role: str
    text: str | None = None
    ref: str | None = None
    pinned: bool = False


@dataclass(frozen=True)
class Place:
    """A row's place: the first one, and one that stands by itself, have no parent. `fresh`: what stands before it is
    not shown any more."""

    owner: str | None = None
    opening: str | None = None
    parent: str | None = None
    size: int = 0
    fresh: bool = False


def head_of(address: str, size: int) -> Head:
    """A head, as it stands in histories."""
    return f"{address}.{size}"


def address_in(head: Head) -> str:
    """The row that a head names."""
    return head.partition(".")[0]


def row(sealing: Sealing, run: str, place: Place, body: Any) -> Row:
    """A row, ready to be stored: encrypted, where there are keys, for the subject of its run. Raises BlobError."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # Before what it says, on a line of its own: the address, which histories hold, must not confirm a guess.
    if salt := sealing.salt(run, text):
        text = f"{salt}\n{text}"
    address = _address(place, text)
    return {
        "hash": address,
        "owner": place.owner,
        "opening": place.opening or address,
        "parent": place.parent,
        "size": place.size,
        "fresh": place.fresh or place.parent is None,
        "body": sealing.seal(run, text, address),
        "opened_at": datetime.now(UTC) if place.owner else None,
    }


def put(connection: Connection, rows: Sequence[Row]) -> None:
    """Store rows; one that is there already stays."""
    for one in rows:
        connection.execute(insert_into(connection, TRANSCRIPTS).values(one).on_conflict_do_nothing())


def fetch(connection: Connection, address: str) -> Row:
    """One row. Raises BadInput where it is missing or damaged."""
    found = connection.execute(select(TRANSCRIPTS).where(TRANSCRIPTS.c.hash == address)).mappings().one_or_none()
    return _sound(connection, address, dict(found) if found else None)


def line(connection: Connection, head: Head) -> list[Row]:
    """The rows that the model is shown, the oldest first. Raises BadInput where one is missing or damaged."""
    found = {one["hash"]: dict(one) for one in connection.execute(_upwards(address_in(head))).mappings()}
    rows, address = [], address_in(head)
    while True:
        rows.append(one := _sound(connection, address, found.get(address)))
        if one["fresh"]:
            return rows[::-1]
        address = one["parent"]


def owners_before(connection: Connection, moment: datetime) -> set[str]:
    """The runs whose conversations all began before then."""
    newest = select(TRANSCRIPTS.c.owner).where(TRANSCRIPTS.c.owner.is_not(None)).group_by(TRANSCRIPTS.c.owner)
    return {str(one) for one in connection.scalars(newest.having(func.max(TRANSCRIPTS.c.opened_at) < moment))}


def forget(connection: Connection, owners: Collection[str], before: datetime) -> int:
    """Remove the conversations of these runs that began before then; answers how many rows went."""
    rows = TRANSCRIPTS.c
    openings = select(rows.hash).where(rows.owner.in_(owners), rows.opened_at < before)
    # Openings go last: what a lost connection leaves is still theirs.
    turns = connection.execute(delete(TRANSCRIPTS).where(rows.opening.in_(openings), rows.owner.is_(None)))
    begun = connection.execute(delete(TRANSCRIPTS).where(rows.owner.in_(owners), rows.opened_at < before))
    return turns.rowcount + begun.rowcount


def _upwards(address: str) -> Select[Any]:
    """From a row up to the first one above it that is fresh."""
    rows = TRANSCRIPTS
    start = select(rows.c.hash, rows.c.parent, rows.c.fresh, literal(0).label("depth")).where(rows.c.hash == address)
    way = start.cte("way", recursive=True)
    above = select(rows.c.hash, rows.c.parent, rows.c.fresh, way.c.depth + 1)
    way = way.union_all(above.join(way, rows.c.hash == way.c.parent).where(~way.c.fresh))
    return select(rows).join(way, rows.c.hash == way.c.hash)


def _address(place: Place, body: str) -> str:
    said = "\n".join((place.owner or "", place.opening or "", place.parent or "", str(place.fresh), body))
    return base64.urlsafe_b64encode(hashlib.sha256(said.encode()).digest()[:18]).decode()


def _sound(connection: Connection, address: str, one: Row | None) -> Row:
    if one is None:
        why = "is missing"
    else:
        opening = None if one["opening"] == one["hash"] else one["opening"]
        fresh = bool(one["fresh"]) and one["parent"] is not None
        place = Place(one["owner"], opening, one["parent"], fresh=fresh)
        body = sealing_of(connection).open(one["body"], address)
        if address == _address(place, body):
            return {**one, "body": body.partition("\n")[2] if body[:1] != "{" else body}
        why = "was changed"
    raise BadInput(f"the message {address} of the conversation {why}: restore the table transcripts of the database")
