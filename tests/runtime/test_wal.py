"""Several programs may meet a new SQLite file at once: each waits for the one that writes in it first."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.retrieval.documents import Cut
from activities.retrieval.index import Index
from activities.stores.database import Database
from runtime import wal
from runtime.blobs.database import Database as Blobs
from runtime.blobs.dialects import dialect_of


def open_ledger(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    database.transact(lambda connection: None)
    database.close()


def open_blobs(path: Path) -> None:
    blobs = Blobs(dialect_of(f"sqlite:///{path}"))
    blobs.prepare()
    blobs.close()


def open_index(path: Path) -> None:
    documents = path.parent / "documents"
    documents.mkdir()
    index = Index(documents, path, Cut(300, overlap=60))
    index.search("backups", 1)
    index.close()


@pytest.fixture
def writer(tmp_path: Path) -> sqlite3.Connection:
    """Has begun to write in a new file."""
    connection = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


@pytest.mark.parametrize("open_it", [open_ledger, open_blobs, open_index])
def test_a_new_file_in_which_another_one_writes_is_waited_for(
    open_it: Callable[[Path], None], writer: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            writer.execute("COMMIT")

    monkeypatch.setattr("runtime.wal.time.sleep", wait)

    open_it(tmp_path / "new.db")

    assert waits == [wal.PAUSE_S] * 3
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    writer.close()


def test_a_file_that_stays_locked_is_not_waited_for_longer(writer: sqlite3.Connection, tmp_path: Path) -> None:
    second = sqlite3.connect(tmp_path / "new.db", isolation_level=None)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        wal.use_wal(second, 0)
    second.close()
    writer.close()
