"""The database: one transaction at a time, in a thread, with one error for whatever is wrong with it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from activities.stores.migrations import NewerDatabase, migrate
from activities.stores.sealing import Sealing
from contracts.errors import ToolFailed, ToolUnavailable
from runtime.sealing.vault import Vault
from runtime.wal import use_wal

T = TypeVar("T")

BUSY_MS = 5000
"""How long a lock is waited for; an activity's own retries do the rest."""
CONNECT_S = 5
ANSWER_S = 15
"""A server that is reached and says nothing for so long counts as gone."""
THREADS = 8
"""Of the database's own: others, with a mailbox to look through, would keep a claim from being renewed."""
_BEGIN = {
    # A transaction that reads first and writes later fails at once when another one wrote in between, whatever the
    # busy timeout; one that begins as a writer waits its turn.
    "sqlite": "BEGIN IMMEDIATE",
    # A worker that is frozen within a transaction keeps its locks until the server ends it.
    "postgresql": f"SET LOCAL lock_timeout = {BUSY_MS}; SET LOCAL idle_in_transaction_session_timeout = {BUSY_MS}",
}
_DURABLE = {"sqlite": "PRAGMA synchronous = {}", "postgresql": "SET LOCAL synchronous_commit = {}"}
_LEVELS = {"sqlite": ("NORMAL", "FULL"), "postgresql": ("OFF", "ON")}
_CORRUPT = ("file is not a database", "database disk image is malformed")
"""SQLite's words for a file that no setting mends."""
_TABLES_LOCK = 0x5167_0FF1
_PSYCOPG = "postgresql+psycopg"


_POSTGRESQL = {
    "connect_timeout": CONNECT_S,
    # A server that vanished with its machine closes no connection: the kernel has to find out.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": ANSWER_S * 1000,
}


class Database:
    """Where the CRM and the ledger are kept. The tables are made, or brought up to date, at the first use."""

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        """`url`: `sqlite:///PATH` or `postgresql://…`, as in SIGNOFF_DATABASE_URL. Nothing is opened yet.

        `vault` encrypts what is kept beside the systems of record; without one it is kept as it is. Raises ValueError.
        """
        self.sealing = Sealing(vault)
        self._url = _driver_url(url)
        self._engine = _engine(self._url).execution_options(sealing=self.sealing)
        self._lax = self._engine.execution_options(durable=False)
        self._ready = False
        self._making = threading.Lock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        self._free = asyncio.Semaphore(THREADS)

    @property
    def name(self) -> str:
        """The URL as people may see it: no password, no options."""
        scheme = self._url.set(drivername=self._url.get_backend_name(), query={})
        return scheme.render_as_string(hide_password=True)

    async def run(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        """`transact` in a thread. Raises ToolUnavailable, too, when no answer comes; it may still be done then."""
        try:
            # The time counts from when a thread is free: many at once wait for one another as long as it takes.
            async with self._free, asyncio.timeout(ANSWER_S):
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, partial(self.transact, work, durable=durable)
                )
        except TimeoutError:
            raise ToolUnavailable(self._problem(f"no answer within {ANSWER_S} s")) from None

    def transact(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        """Do `work` in one transaction: all of it, or, when it raises, nothing.

        Not `durable`: a machine that loses its power may lose it, up to the next durable one. No killed process can.

        Raises ToolUnavailable when the database is locked, full, read-only, not reached or of a newer version, and
        ToolFailed when it refuses what it was given. Where the server is lost in the very answer to the commit, it is
        done and ToolUnavailable is raised: whoever tries again has to look first.
        """
        try:
            self._prepare()
            with (self._engine if durable else self._lax).begin() as connection:
                return work(connection)
        # Without the cause: its text can hold rows, and users read the innermost message.
        except (IntegrityError, DataError) as error:
            raise ToolFailed(f"the database {self.name} refused it: {_reason(error)}") from None
        except (SQLAlchemyError, sqlite3.Error, OSError, NewerDatabase) as error:
            raise ToolUnavailable(self._problem(_reason(error))) from None

    def prepare(self) -> None:
        """Make the tables, or bring them up to date, now. Raises ToolUnavailable, and NewerDatabase."""
        try:
            self._prepare()
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise ToolUnavailable(self._problem(_reason(error))) from None

    def close(self) -> None:
        """Close every connection."""
        self._threads.shutdown(wait=False)
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
                migrate(connection)
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
    waits: dict[str, Any] = {"timeout": BUSY_MS / 1000} if sqlite else _POSTGRESQL
    # As many connections as threads, and some for those who call `transact` themselves.
    pool = {"pool_size": THREADS, "pool_timeout": CONNECT_S}
    engine = create_engine(url, connect_args=waits, hide_parameters=True, pool_pre_ping=not sqlite, **pool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        kind = connection.dialect.name
        level = _DURABLE[kind].format(_LEVELS[kind][connection.get_execution_options().get("durable", True)])
        for statement in (level, _BEGIN[kind]) if sqlite else (_BEGIN[kind], level):
            connection.exec_driver_sql(statement)

    if sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """Let SQLAlchemy, not the driver, begin transactions."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    use_wal(connection, BUSY_MS / 1000)


def _reason(error: Exception) -> str:
    """The first line of the driver's own words; SQLAlchemy's would add the statement, and the next ones rows."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return (str(original).strip().splitlines() or [type(original).__name__])[0]
