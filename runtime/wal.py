"""SQLite's write-ahead log, with which readers do not wait for a writer's disk."""

import sqlite3
import time

PAUSE_S = 0.01


def use_wal(connection: sqlite3.Connection, busy_s: float) -> None:
    """Turn it on; for a new file this waits up to `busy_s` seconds for those who meet it at the same time.

    Raises sqlite3.OperationalError: the file is locked for longer than that.
    """
    until = time.monotonic() + busy_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Where another one holds the lock of a writer, SQLite fails at once here, whatever the busy timeout.
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(PAUSE_S)  # in a thread
