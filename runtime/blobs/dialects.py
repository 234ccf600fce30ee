"""SQLite and PostgreSQL, as far as the store of blobs meets a difference. Drivers are imported when they are used."""

import sqlite3
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from runtime.wal import use_wal

BUSY_S = 5
"""How long a lock, or a server that does not answer, is waited for."""
ANSWER_S = 15


class Dialect(Protocol):
    """One kind of database. A connection is of its driver, and begins no transaction by itself."""

    name: str
    blob: str
    """Type of a column."""
    number: str
    mark: str
    """Stands for a value in a statement."""
    begin: str
    settle: tuple[str, ...]
    """Before the tables are made."""
    overwrites: str
    """Has what a transaction removes overwritten; empty where there is no such statement."""

    def connect(self) -> Any:
        """A new connection."""

    def scrubs(self, table: str) -> tuple[str, ...]:
        """What removes from the disk what a table held before, each outside of any transaction."""

    def reason(self, error: Exception) -> str | None:
        """The driver's own words; None: the error is none of the database's."""


class Sqlite:
    """A file."""

    blob, number, mark = "BLOB", "REAL", "?"
    # One that reads first and writes later would fail at once when another one wrote in between.
    begin = "BEGIN IMMEDIATE"
    settle: tuple[str, ...] = ()
    overwrites = "PRAGMA secure_delete = ON"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = f"the database sqlite:///{path}"

    def connect(self) -> sqlite3.Connection:
        """Of one thread; another one may close it."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        use_wal(connection, BUSY_S)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def scrubs(self, table: str) -> tuple[str, ...]:
        """The log of writes holds whole pages."""
        return ("PRAGMA wal_checkpoint(TRUNCATE)",)

    def reason(self, error: Exception) -> str | None:
        """SQLite's."""
        if isinstance(error, OSError):
            return error.strerror or str(error)
        return str(error) if isinstance(error, sqlite3.Error) else None


class Postgresql:
    """A server."""

    blob, number, mark = "BYTEA", "DOUBLE PRECISION", "%s"
    begin = f"BEGIN; SET LOCAL lock_timeout = '{BUSY_S}s'"
    # Two programs that start at once would both find the tables missing.
    settle: tuple[str, ...] = (f"SELECT pg_advisory_xact_lock({0x5167_B10B})",)
    overwrites = ""

    def __init__(self, url: str) -> None:
        place = urlsplit(url).netloc
        login, at, host = place.rpartition("@")
        # The driver ends a password at the first @.
        self._url = url.replace(place, f"{login.replace('@', '%40')}{at}{host}", 1)
        user = login.partition(":")[0]
        self.name = f"the database postgresql://{user}{at}{host}{urlsplit(url).path}"

    def connect(self) -> Any:
        """Of one thread."""
        import psycopg

        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=BUSY_S,
            # A server that vanished with its machine closes no connection: the kernel has to find out.
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=ANSWER_S * 1000,
        )

    def scrubs(self, table: str) -> tuple[str, ...]:
        """Writes the table anew."""
        return (f"VACUUM FULL {table}",)

    def reason(self, error: Exception) -> str | None:
        """The server's first line; the next ones hold rows."""
        import psycopg

        if not isinstance(error, psycopg.Error):
            return None
        return (str(error).strip().splitlines() or [type(error).__name__])[0]


def dialect_of(url: str) -> Dialect:
    """Of a SIGNOFF_DATABASE_URL."""
    kind, _, path = url.partition(":///")
    return Sqlite(Path(path)) if kind == "sqlite" else Postgresql(url)
