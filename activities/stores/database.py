"""The database: one transaction at a time, in a thread, with one error for whatever is wrong with it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from activities.stores.tables import METADATA
from contracts.errors import ToolUnavailable

T = TypeVar("T")

BUSY_MS = 5000
"""How long a lock is waited for; an activity's own retries do the rest."""
CONNECT_S = 5
_BEGIN = {
    # A transaction that reads first and writes later fails at once when another one wrote in between, whatever the
    # busy timeout; one that begins as a writer waits its turn.
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": f"SET LOCAL lock_timeout = {BUSY_MS}",
}
_CORRUPT = ("file is not a database", "database disk image is malformed")
"""SQLite's words for a file that no setting mends."""
_TABLES_LOCK = 0x5167_0FF1
_PSYCOPG = "postgresql+psycopg"


class Database:
    """Where the CRM and the ledger are kept. Tables that are missing are made at the first use."""

    def __init__(self, url: str) -> None:
        """`url`: `sqlite:///PATH` or `postgresql://…`, as in SIGNOFF_DATABASE_URL. Nothing is opened yet.

        Raises ValueError.
        """
        self._url = _driver_url(url)
        self._engine = _engine(self._url)
        self._ready = False
        self._making = threading.Lock()

    @property
    def name(self) -> str:
        """The URL as people may see it: no password, no options."""
        scheme = self._url.set(drivername=self._url.get_backend_name(), query={})
        return scheme.render_as_string(hide_password=True)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """`transact` in a thread."""
        return await asyncio.to_thread(self.transact, work)

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction: all of it, or, when it raises, nothing.

        Raises ToolUnavailable when the database is locked, full, read-only or not reached.
        """
        try:
            self._prepare()
            with self._engine.begin() as connection:
                return work(connection)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            # Without the cause: its text can hold rows, and users read the innermost message.
            raise ToolUnavailable(self._problem(_reason(error))) from None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _problem(self, reason: str) -> str:
        if reason in _CORRUPT:
            path = self._url.database
            return f"{path} cannot be used ({reason}): restore it, or move it away to begin with an empty one"
        return f"the database {self.name} cannot be used ({reason}): see SIGNOFF_DATABASE_URL"

    def _prepare(self) -> None:
        if self._ready:
            return
        with self._making:
            if self._url.database and self._engine.dialect.name == "sqlite":
                Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
            with self._engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    # Two workers that start at once would both find the tables missing.
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _TABLES_LOCK})
                METADATA.create_all(connection)
            self._ready = True


def _driver_url(url: str) -> URL:
    kind, _, path = url.partition(":///")
    if kind == "sqlite":
        return URL.create("sqlite", database=path)
    place = urlsplit(url).netloc
    user, at, host = place.rpartition("@")
    try:
        # SQLAlchemy ends a password at the first @, and would take the rest of it for the host, in every message.
        return make_url(url.replace(place, f"{user.replace('@', '%40')}{at}{host}", 1)).set(drivername=_PSYCOPG)
    except (ValueError, SQLAlchemyError):
        raise ValueError("SIGNOFF_DATABASE_URL must be postgresql://USER:PASSWORD@HOST:PORT/NAME") from None


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    waits: dict[str, Any] = {"timeout": BUSY_MS / 1000} if sqlite else {"connect_timeout": CONNECT_S}
    engine = create_engine(url, connect_args=waits, hide_parameters=True, pool_pre_ping=not sqlite)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(_BEGIN[connection.dialect.name])

    if sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """Let SQLAlchemy, not the driver, begin transactions; WAL, so that readers do not wait for a writer's disk."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")


def _reason(error: Exception) -> str:
    """The first line of the driver's own words; SQLAlchemy's would add the statement."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return (str(original).strip().splitlines() or [type(original).__name__])[0]
