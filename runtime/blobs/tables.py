"""A few tables of SQLite or PostgreSQL, for both ends: made at the first use, one connection for each thread."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from runtime.blobs.dialects import Dialect
from runtime.blobs.store import BlobError

T = TypeVar("T")


class Cursor:
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


class Tables:
    """Every method raises BlobError where the database cannot be used."""

    def __init__(self, dialect: Dialect, statements: Sequence[str], what: str, mend: str) -> None:
        """`statements` make the tables; `what` is in them, and `mend` says what to do, both as in messages."""
        self._dialect = dialect
        self._statements = statements
        self._what = what
        self._mend = mend
        self._mine = threading.local()
        self._ready = False
        self._making = threading.Lock()
        self._open: list[Any] = []

    def transact(self, work: Callable[[Cursor], T]) -> T:
        """Do `work` in one transaction, as a writer."""

        def whole(cursor: Cursor) -> T:
            self._prepare(cursor)
            cursor.run(self._dialect.begin)
            result = work(cursor)
            cursor.run("COMMIT")
            return result

        return self._tried(whole)

    def read(self, statement: str, *values: Any) -> list[Any]:
        """What one statement finds. It waits for no writer, and makes no table."""
        return self._tried(lambda cursor: cursor.rows(statement, *values))

    def run(self, statement: str) -> None:
        """One statement, outside of any transaction."""
        self._tried(lambda cursor: cursor.run(statement))

    def close(self) -> None:
        """Close every connection."""
        while self._open:
            with contextlib.suppress(Exception):  # it is of no use any more, whatever it says
                self._open.pop().close()

    def _tried(self, work: Callable[[Cursor], T]) -> T:
        try:
            return work(Cursor(self._connection(), self._dialect.mark))
        except Exception as error:
            # The transaction goes with its connection, whatever it was that failed.
            self._drop()
            if (reason := self._dialect.reason(error)) is None:
                raise
            where = f"{self._what} in {self._dialect.name}"
            raise BlobError(f"{where} cannot be used ({reason}): {self._mend}") from None

    def _prepare(self, cursor: Cursor) -> None:
        """In a transaction of its own: who has begun to write would wait for what this locks, and this for them."""
        with self._making:
            if self._ready:
                return
            for statement in (self._dialect.begin, *self._dialect.settle, *self._statements, "COMMIT"):
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
