"""Blobs in two tables, `blobs` and `blob_owners`, of SQLite or PostgreSQL. They are made at the first use."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from runtime.blobs.dialects import Dialect
from runtime.blobs.store import MEND, BlobError, Claim, Content, Owner

T = TypeVar("T")

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
        self._mine = threading.local()
        self._ready = False
        self._making = threading.Lock()
        self._open: list[Any] = []

    @property
    def name(self) -> str:
        """As in messages."""
        return self._dialect.name

    def put(self, digest: str, data: bytes, owner: Owner | None) -> None:
        """Keep it."""
        now = time.time()

        def work(cursor: "_Cursor") -> None:
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

        def work(cursor: "_Cursor") -> int:
            cursor.run("INSERT INTO blob_turns (space, taken_at) VALUES (?, 0) ON CONFLICT (space) DO NOTHING", space)
            return cursor.run(_TURN, now, space, now - every)

        return bool(self._transact(work))

    def prepare(self) -> None:
        """The tables."""
        self._transact(lambda _: None)

    def close(self) -> None:
        """Close every connection."""
        while self._open:
            with contextlib.suppress(Exception):  # it is of no use any more, whatever it says
                self._open.pop().close()

    def _page(self, query: str, *values: str) -> list[Any]:
        return self._transact(lambda cursor: cursor.rows(query, *values))

    def _transact(self, work: Callable[["_Cursor"], T]) -> T:
        try:
            cursor = _Cursor(self._connection(), self._dialect.mark)
            self._prepare(cursor)
            cursor.run(self._dialect.begin)
            result = work(cursor)
            cursor.run("COMMIT")
        except Exception as error:
            # The transaction goes with its connection, whatever it was that failed.
            self._drop()
            if (reason := self._dialect.reason(error)) is None:
                raise
            raise BlobError(f"the blobs in {self.name} cannot be used ({reason}): {MEND}") from None
        return result

    def _prepare(self, cursor: "_Cursor") -> None:
        """In a transaction of its own: who has begun to write would wait for what this locks, and this for them."""
        with self._making:
            if self._ready:
                return
            for statement in (self._dialect.begin, *self._dialect.settle, *_TABLES, "COMMIT"):
                cursor.run(statement.format(number=self._dialect.number, blob=self._dialect.blob))
            self._ready = True

    def _connection(self) -> Any:
        """This thread's own."""
        if getattr(self._mine, "connection", None) is None:
            self._mine.connection = self._dialect.connect()
            self._open.append(self._mine.connection)
        return self._mine.connection

    def _drop(self) -> None:
        connection, self._mine.connection = getattr(self._mine, "connection", None), None
        if connection is not None:
            with contextlib.suppress(Exception):  # it may be broken already
                self._open.remove(connection)
                connection.close()


class _Cursor:
    """Runs statements that have `?` for their values."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._cursor = connection.cursor()
        self._mark = mark

    def run(self, statement: str, *values: Any) -> int:
        """How many rows it changed."""
        self._cursor.execute(statement.replace("?", self._mark), *([values] if values else ()))
        return int(self._cursor.rowcount)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """What it found."""
        self.run(statement, *values)
        return list(self._cursor.fetchall())
