"""The table `subject_keys`: a data key for each subject, wrapped by a key of the settings; once erased, a tombstone.

And `erased_runs`: what may still be told of the runs that were about an erased subject.
"""

import time
from typing import Any, NamedTuple

from runtime.blobs.dialects import Dialect
from runtime.blobs.store import BlobError
from runtime.blobs.tables import Cursor, Tables

_TABLES = (
    """CREATE TABLE IF NOT EXISTS subject_keys (
        id TEXT PRIMARY KEY NOT NULL, subject TEXT NOT NULL, key_id TEXT NOT NULL, wrapped {blob},
        made_at {number} NOT NULL, erased_at {number}, erased_by TEXT
    )""",
    "CREATE TABLE IF NOT EXISTS erased_runs (workflow_id TEXT PRIMARY KEY NOT NULL, account TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS subject_keys_in_use ON subject_keys (subject) WHERE erased_at IS NULL",
    "CREATE INDEX IF NOT EXISTS subject_keys_subject ON subject_keys (subject)",
)
_COLUMNS = "id, subject, key_id, wrapped, erased_at, erased_by"
_INSERT = """INSERT INTO subject_keys (id, subject, key_id, wrapped, made_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_NO_TABLE = ("no such table", "does not exist")


class SubjectKey(NamedTuple):
    """A row. `wrapped` is None once it was erased; `erased_at` (seconds since 1970) is set from when that began."""

    id: str
    subject: str
    key_id: str
    wrapped: bytes | None
    erased_at: float | None
    erased_by: str | None


class SubjectKeys:
    """Its methods block, and raise BlobError where the database cannot be used."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._tables = Tables(dialect, _TABLES, "the subjects' keys", "see SIGNOFF_DATABASE_URL")

    @property
    def name(self) -> str:
        """The database, as in messages."""
        return self._dialect.name

    def find(self, key: str) -> SubjectKey | None:
        """By its id."""
        return next(iter(self._read("id = ?", key)), None)

    def in_use(self, subject: str) -> SubjectKey | None:
        """The one that a subject's payloads are encrypted with."""
        return next(iter(self._read("subject = ? AND erased_at IS NULL", subject)), None)

    def of(self, subject: str) -> list[SubjectKey]:
        """All of a subject, those that were erased too."""
        return self._read("subject = ?", subject)

    def all(self) -> list[SubjectKey]:
        """Every one."""
        return self._read("1 = 1")

    def add(self, key: SubjectKey) -> SubjectKey:
        """Keep a new key, unless another program was first; the one that is in use."""
        self._tables.transact(
            lambda cursor: cursor.run(_INSERT, key.id, key.subject, key.key_id, key.wrapped, time.time())
        )
        found = self.in_use(key.subject)
        if found is None:  # erased in this very moment
            raise BlobError(f"the key of {key.subject} was just erased: it is made anew at the next try")
        return found

    def rewrap(self, key: str, key_id: str, wrapped: bytes) -> None:
        """Keep it wrapped by another key of the settings."""
        statement = "UPDATE subject_keys SET key_id = ?, wrapped = ? WHERE id = ? AND wrapped IS NOT NULL"
        self._tables.transact(lambda cursor: cursor.run(statement, key_id, wrapped, key))

    def mark(self, subject: str, by: str) -> int:
        """Nothing more is encrypted with the subject's key; how many there are to erase."""
        marked = "UPDATE subject_keys SET erased_at = ?, erased_by = ? WHERE subject = ? AND erased_at IS NULL"

        def work(cursor: Cursor) -> int:
            cursor.run(marked, time.time(), by, subject)
            left = (
                "SELECT COUNT(*) FROM subject_keys WHERE subject = ? AND wrapped IS NOT NULL AND erased_at IS NOT NULL"
            )
            return int(cursor.rows(left, subject)[0][0])

        return self._tables.transact(work)

    def shred(self, subject: str) -> None:
        """Remove what was marked, also from the pages and the log that a database keeps."""
        statement = "UPDATE subject_keys SET wrapped = NULL WHERE subject = ? AND erased_at IS NOT NULL"

        def work(cursor: Cursor) -> None:
            if self._dialect.overwrites:
                cursor.rows(self._dialect.overwrites)
            cursor.run(statement, subject)

        self._tables.transact(work)
        for scrub in self._dialect.scrubs("subject_keys"):
            self._tables.run(scrub)

    def keep_account(self, workflow_id: str, account: str) -> None:
        """What may be told of a run once its subject is erased."""
        statement = """INSERT INTO erased_runs (workflow_id, account) VALUES (?, ?)
            ON CONFLICT (workflow_id) DO UPDATE SET account = excluded.account"""
        self._tables.transact(lambda cursor: cursor.run(statement, workflow_id, account))

    def account(self, workflow_id: str) -> str | None:
        """What was kept so."""
        rows = self._rows("SELECT account FROM erased_runs WHERE workflow_id = ?", workflow_id)
        return str(rows[0][0]) if rows else None

    def prepare(self) -> None:
        """Make the table."""
        self._tables.transact(lambda _: None)

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()

    def _read(self, where: str, *values: str) -> list[SubjectKey]:
        return [_key(*row) for row in self._rows(f"SELECT {_COLUMNS} FROM subject_keys WHERE {where}", *values)]

    def _rows(self, statement: str, *values: str) -> list[Any]:
        """What is there; nothing where no key was ever made."""
        try:
            return self._tables.read(statement, *values)
        except BlobError as error:
            if any(words in str(error) for words in _NO_TABLE):
                return []
            raise


def _key(
    key: str, subject: str, key_id: str, wrapped: bytes | None, erased_at: float | None, erased_by: str | None
) -> SubjectKey:
    # PostgreSQL's driver answers with a memoryview.
    return SubjectKey(key, subject, key_id, None if wrapped is None else bytes(wrapped), erased_at, erased_by)
