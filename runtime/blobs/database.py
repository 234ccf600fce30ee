"""Blobs in two tables, `blobs` and `blob_owners`, of SQLite or PostgreSQL. They are made at the first use."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from runtime.blobs.dialects import Dialect
from runtime.blobs.store import MEND, Claim, Content, Owner
from runtime.blobs.tables import Cursor, Tables

PAGE = 1000
"""Rows that are read at once."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS blobs (
        digest TEXT PRIMARY KEY NOT NULL, size BIGINT NOT NULL, touched_at {number} NOT NULL, data {blob} NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS blob_owners (
        space TEXT NOT NULL, workflow_id TEXT NOT NULL, digest TEXT NOT NULL, touched_at {number} NOT NULL,
        PRIMARY KEY (space, workflow_id, digest)
    )""",
    "CREATE INDEX IF NOT EXISTS ix_blob_owners_digest ON blob_owners (digest)",
    "CREATE TABLE IF NOT EXISTS blob_turns (space TEXT PRIMARY KEY NOT NULL, taken_at {number} NOT NULL)",
)
_TOUCH = "UPDATE blobs SET touched_at = ? WHERE digest = ? AND size = ?"
_PUT = """INSERT INTO blobs (digest, size, touched_at, data) VALUES (?, ?, ?, ?) ON CONFLICT (digest)
    DO UPDATE SET size = excluded.size, touched_at = excluded.touched_at, data = excluded.data"""
_CLAIM = """INSERT INTO blob_owners (space, workflow_id, digest, touched_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (space, workflow_id, digest) DO UPDATE SET touched_at = excluded.touched_at"""
_FORGET = """DELETE FROM blob_owners WHERE space = ? AND workflow_id = ? AND NOT EXISTS (
    SELECT 1 FROM blob_owners other WHERE other.space = ? AND other.workflow_id = ? AND other.touched_at >= ?)"""
_REMOVE = """DELETE FROM blobs WHERE digest = ? AND touched_at < ?
    AND NOT EXISTS (SELECT 1 FROM blob_owners WHERE blob_owners.digest = blobs.digest)"""

_TURN = "UPDATE blob_turns SET taken_at = ? WHERE space = ? AND taken_at <= ?"


class Database:
    """See BlobStore."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._tables = Tables(dialect, _TABLES, "the blobs", MEND)
        self._transact = self._tables.transact

    @property
    def name(self) -> str:
        """As in messages."""
        return self._dialect.name

    def put(self, digest: str, data: bytes, owner: Owner | None) -> None:
        """Keep it."""
        now = time.time()

        def work(cursor: Cursor) -> None:
            # Content that is there is not sent again.
            if not cursor.run(_TOUCH, now, digest, len(data)):
                cursor.run(_PUT, digest, len(data), now, data)
            if owner:
                cursor.run(_CLAIM, *owner, digest, now)

        self._transact(work)

    def get(self, digest: str) -> bytes | None:
        """What is there."""
        rows = self._transact(lambda cursor: cursor.rows("SELECT data FROM blobs WHERE digest = ?", digest))
        return bytes(rows[0][0]) if rows else None

    def contents(self) -> Iterator[Content]:
        """By digest."""
        last = ""
        query = f"SELECT digest, size, touched_at FROM blobs WHERE digest > ? ORDER BY digest LIMIT {PAGE}"
        while rows := self._page(query, last):
            yield from (Content(*row) for row in rows)
            last = rows[-1][0]

    def claims(self) -> Iterator[Claim]:
        """By owner."""
        last: Sequence[str] = ("", "", "")
        query = f"""SELECT space, workflow_id, digest, touched_at FROM blob_owners
            WHERE (space, workflow_id, digest) > (?, ?, ?) ORDER BY space, workflow_id, digest LIMIT {PAGE}"""
        while rows := self._page(query, *last):
            yield from (Claim(Owner(*row[:2]), *row[2:]) for row in rows)
            last = rows[-1][:3]

    def forget(self, owner: Owner, before: float) -> None:
        """Drop its claims."""
        self._transact(lambda cursor: cursor.run(_FORGET, *owner, *owner, before))

    def remove(self, digest: str, before: float) -> bool:
        """Remove it. Who stores it meanwhile waits for this, and then stores it anew."""
        return bool(self._transact(lambda cursor: cursor.run(_REMOVE, digest, before)))

    def take_turn(self, space: str, now: float, every: float) -> bool:
        """By a row."""

        def work(cursor: Cursor) -> int:
            cursor.run("INSERT INTO blob_turns (space, taken_at) VALUES (?, 0) ON CONFLICT (space) DO NOTHING", space)
            return cursor.run(_TURN, now, space, now - every)

        return bool(self._transact(work))

    def prepare(self) -> None:
        """The tables."""
        self._transact(lambda _: None)

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()

    def _page(self, query: str, *values: str) -> list[Any]:
        return self._transact(lambda cursor: cursor.rows(query, *values))
