"""The database: one error for whatever is wrong with it, and tables that several workers may make at once."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from activities.stores import database as database_module
from activities.stores.crm import Busy, busy_times, put_meeting
from activities.stores.database import Database
from activities.stores.tables import MEETINGS
from contracts.errors import ToolUnavailable

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def add(connection: Connection, key: str) -> None:
    """Write something."""
    put_meeting(connection, key, "ann@example.com", Busy(NINE, NINE + timedelta(hours=1), weekly=False))


def count(database: Database) -> int:
    """How many rows `add` wrote."""
    return database.transact(lambda connection: connection.scalar(select(func.count()).select_from(MEETINGS)) or 0)


def test_what_fails_leaves_nothing_behind(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, "one")
        raise LookupError

    with pytest.raises(LookupError):
        database.transact(work)
    assert count(database) == 0


def test_only_what_says_so_may_be_lost_with_the_machines_power(database: Database) -> None:
    def asked(connection: Connection) -> str:
        sqlite = connection.dialect.name == "sqlite"
        return str(connection.scalar(text("PRAGMA synchronous" if sqlite else "SHOW synchronous_commit")))

    safe, lax, again = (database.transact(asked, durable=durable) for durable in (True, False, True))
    assert (safe, lax, again) in {("2", "1", "2"), ("on", "off", "on")}


def test_workers_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    workers = [Database(database_url) for _ in range(6)]
    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(lambda n: workers[n].transact(lambda connection: add(connection, str(n))), range(len(workers))))
    assert count(workers[0]) == len(workers)
    for worker in workers:
        worker.close()


def test_processes_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    code = "import sys; from activities.stores.database import Database; Database(sys.argv[1]).transact(lambda c: None)"
    command = [sys.executable, "-c", code, database_url]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(process.communicate()[1], process.returncode) for process in started] == [(b"", 0)] * 3


def test_times_come_back_as_the_same_moment(database: Database) -> None:
    there = datetime(2026, 11, 23, 9, tzinfo=timezone(timedelta(hours=9)))
    busy = Busy(there, there + timedelta(minutes=30), weekly=True)
    database.transact(lambda connection: put_meeting(connection, "k", "ann@example.com", busy))
    assert database.transact(lambda connection: busy_times(connection, "ann@example.com")) == [busy]


def test_a_time_without_its_zone_is_refused(database: Database) -> None:
    busy = Busy(NINE.replace(tzinfo=None), NINE, weekly=False)
    with pytest.raises(ToolUnavailable, match="a time without its zone"):
        database.transact(lambda connection: put_meeting(connection, "k", "ann@example.com", busy))


def test_a_locked_sqlite_file_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_MS", 50)
    path = tmp_path / "signoff.db"
    locked = Database(f"sqlite:///{path}")
    locked.transact(lambda connection: None)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ToolUnavailable, match=r"signoff.db cannot be used \(database is locked\)"):
        locked.transact(lambda connection: None)
    other.close()
    locked.transact(lambda connection: add(connection, "now"))
    locked.close()


def test_a_locked_postgresql_table_is_unavailable(postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database_module._BEGIN, "postgresql", "SET LOCAL lock_timeout = 50")
    holder, waiter = Database(f"{postgres_server}/postgres"), Database(f"{postgres_server}/postgres")
    waiter.transact(lambda connection: None)

    def hold(connection: Connection) -> None:
        connection.execute(text("LOCK TABLE meetings"))
        with pytest.raises(ToolUnavailable, match="lock timeout"):
            waiter.transact(lambda connection: add(connection, "one"))

    holder.transact(hold)
    holder.close()
    waiter.close()


def test_a_full_disk_is_unavailable_and_leaves_the_database_whole(tmp_path: Path) -> None:
    full = Database(f"sqlite:///{tmp_path}/signoff.db")

    def fill(connection: Connection) -> None:
        # SQLite answers a page too many just as it answers a disk that has no more room.
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        for n in range(1000):
            add(connection, f"{n}{'x' * 500}")

    with pytest.raises(ToolUnavailable, match="database or disk is full"):
        full.transact(fill)
    assert count(full) == 0
    full.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ToolUnavailable) as caught:
        Database(f"sqlite:///{tmp_path}/file/signoff.db").transact(lambda connection: None)
    assert f"sqlite:///{tmp_path}/file/signoff.db" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_file_that_is_no_database_is_named_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("my notes, which are no database\n" * 100)
    broken = Database(f"sqlite:///{path}")
    with pytest.raises(ToolUnavailable, match=r"notes\.db cannot be used \(file is not a database\): restore it"):
        broken.transact(lambda connection: None)
    broken.close()
    assert path.read_text().startswith("my notes")


def test_a_read_only_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "signoff.db"
    read_only = Database(f"sqlite:///{path}")
    read_only.transact(lambda connection: None)

    def work(connection: Connection) -> None:
        # File modes do not stop root, under whom the tests may run.
        connection.execute(text("PRAGMA query_only = ON"))
        add(connection, "one")

    with pytest.raises(ToolUnavailable, match="attempt to write a readonly database"):
        read_only.transact(work)
    read_only.close()


@pytest.mark.parametrize("password", ["secret-word", "se@cret-word", "secret-word@x"])
def test_a_server_that_is_not_there_is_named_without_its_password(password: str) -> None:
    gone = Database(f"postgresql://ann:{password}@127.0.0.1:1/crm?application_name=x")
    with pytest.raises(ToolUnavailable) as caught:
        gone.transact(lambda connection: None)
    assert "postgresql://ann:***@127.0.0.1:1/crm" in caught.value.message
    assert "cret-word" not in str(caught.value)
    assert "\n" not in caught.value.message
    assert caught.value.__cause__ is None


def test_a_url_that_cannot_be_read_is_refused_without_being_quoted() -> None:
    with pytest.raises(ValueError, match="SIGNOFF_DATABASE_URL must be") as caught:
        Database("postgresql://ann:secret-word@host:port/crm")
    assert "secret-word" not in str(caught.value)
