"""An index of a folder of documents, in an SQLite file: words (FTS5), meaning (vectors), and what each document says of
itself. Whatever is in it can be made anew from the documents; a document is read again only when it has changed."""

import hashlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from activities.retrieval.documents import MOST_FILES, Cut, Document, Seen, files_below, read_document
from activities.retrieval.embedding import DIMENSIONS, MODEL, embed, unit
from activities.retrieval.fusion import fused
from activities.retrieval.words import telling_words
from runtime.wal import use_wal

DEPTH = 50
"""So many places of each ranking are fused."""

LEAST_ALIKE = 0.15
"""Cosine below which a part does not count as alike: else every query would find something."""

ENOUGH_WORDS = 3
"""Half of a query's words have to be in a part, or so many."""

LOOKED_AT = 500
"""The best parts by bm25, of which those with enough of the words count."""

BUSY_S = 30
"""A whole folder is indexed in one transaction, for which others wait."""

_MADE = (
    """CREATE TABLE documents (
        path TEXT PRIMARY KEY, hash TEXT NOT NULL, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL,
        title TEXT NOT NULL, topic TEXT NOT NULL, audience TEXT NOT NULL, language TEXT NOT NULL, date TEXT NOT NULL
    )""",
    """CREATE TABLE parts (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL
    )""",
    "CREATE INDEX parts_of_path ON parts (path)",
    """CREATE VIRTUAL TABLE words USING fts5(
        heading, text, tokenize = 'porter unicode61 remove_diacritics 2'
    )""",
)
_PART = """SELECT parts.id, parts.path, heading, start, "end", text, hash, title, topic, audience, language, date
    FROM parts JOIN words ON words.rowid = parts.id JOIN documents USING (path) WHERE """
_CHOSEN = """SELECT parts.id FROM parts JOIN documents USING (path)
    WHERE ? IN ('', topic) AND ? IN ('', audience) AND ? IN ('', language) AND date >= ?"""


class Way(StrEnum):
    """How parts are ranked."""

    WORDS = "words"
    MEANING = "meaning"


BOTH = (Way.WORDS, Way.MEANING)


class Where(NamedTuple):
    """Which documents: by what they say of themselves. Empty: whichever; `since`: an ISO date."""

    topic: str = ""
    audience: str = ""
    language: str = ""
    since: str = ""


ANYWHERE = Where()


class Part(NamedTuple):
    """A part of a document, word for word: the characters `start` to `end` of the file that has the hash."""

    id: int
    path: str
    heading: str
    start: int
    end: int
    text: str
    hash: str
    title: str
    topic: str
    audience: str
    language: str
    date: str


def index_file(state: Path, folder: Path, cut: Cut) -> Path:
    """Where a folder's index is kept: one for each folder and cut, so that none undoes another's."""
    name = hashlib.sha256(f"{folder} {cut.longest} {cut.overlap}".encode()).hexdigest()[:16]
    return state / "retrieval" / f"{name}.db"


class Index:
    """One folder's. Threads use it one after the other; several programs may use one file."""

    def __init__(self, folder: Path, file: Path, cut: Cut, most: int = MOST_FILES) -> None:
        """`file`: where the index is kept; `most`: documents. Nothing is read yet."""
        self._folder, self._file, self._cut, self._most = folder, file, cut, most
        self._version = f"2 {MODEL} {cut.longest} {cut.overlap}"
        self._connection: sqlite3.Connection | None = None
        self._seen: dict[str, Seen] = {}
        self._changes = -1
        self._ids: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._vectors = np.zeros((0, DIMENSIONS), dtype=np.float32)
        self._one_at_a_time = threading.Lock()

    def search(self, query: str, at_most: int, where: Where = ANYWHERE, ways: Sequence[Way] = BOTH) -> list[Part]:
        """The parts that fit best. Raises ToolFailed (too many documents), OSError and sqlite3.Error."""
        with self._fresh() as connection:
            rank = {Way.WORDS: self._by_words, Way.MEANING: self._by_meaning}
            best = fused(rank[way](connection, query, where) for way in ways)[:at_most]
            return [_one(connection, found) for found in best]

    def parts(self, path: str, heading: str, at_most: int) -> list[Part]:
        """Those of one document in their order; `heading`: only those under it, unless empty. Raises as `search`."""
        with self._fresh() as connection:
            wanted = f"{_PART} path = ? AND ? IN ('', heading) ORDER BY start LIMIT ?"
            return [Part(*row) for row in connection.execute(wanted, (path, heading, at_most))]

    def close(self) -> None:
        """Leave the file."""
        with self._one_at_a_time:
            if self._connection:
                self._connection.close()
            self._connection = None

    def _by_words(self, connection: sqlite3.Connection, query: str, where: Where) -> list[int]:
        if not (words := telling_words(query)):
            return []
        ranked = f"""SELECT rowid FROM words WHERE words MATCH ? AND (? OR rowid IN ({_CHOSEN}))
            ORDER BY bm25(words, 4.0, 1.0), rowid LIMIT ?"""
        values = (" OR ".join(words), where == ANYWHERE, *where, LOOKED_AT)
        best = [row[0] for row in connection.execute(ranked, values)]
        has = Counter(
            row[0]
            for word in words
            for row in connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (word,))
        )
        # A part that shares one word of many with a query is a hit by chance, and would push others down.
        enough = min((len(words) + 1) // 2, ENOUGH_WORDS)
        return [one for one in best if has[one] >= enough][:DEPTH]

    def _by_meaning(self, connection: sqlite3.Connection, query: str, where: Where) -> list[int]:
        if not telling_words(query):  # words that say nothing are alike to all
            return []
        alike = self._vectors @ embed([query])[0]
        if where != ANYWHERE:
            allowed = [row[0] for row in connection.execute(_CHOSEN, where)]
            alike = np.where(np.isin(self._ids, allowed), alike, -1)
        best = np.argsort(-alike, kind="stable")[:DEPTH]
        return [int(self._ids[one]) for one in best if alike[one] >= LEAST_ALIKE]

    @contextmanager
    def _fresh(self) -> Iterator[sqlite3.Connection]:
        """The index as the folder is now."""
        with self._one_at_a_time:
            files = files_below(self._folder, self._most)
            connection = self._connection or self._opened()
            if files != self._seen:
                self._update(connection, files)
            with _transaction(connection, "DEFERRED"):  # one state of it, whatever other programs do meanwhile
                connection.execute("SELECT version FROM index_version").fetchone()
                changes = connection.execute("PRAGMA data_version").fetchone()[0]
                if changes != self._changes:  # another program's; our own set it back
                    self._load(connection)
                    self._changes = changes
                yield connection

    def _opened(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._connected()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # No index, or a damaged one: it holds nothing that is not in the documents.
            self._file.unlink()
            self._connection = self._connected()
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            use_wal(connection, BUSY_S)
            connection.execute("PRAGMA synchronous = NORMAL")
            with _transaction(connection):
                self._made(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _made(self, connection: sqlite3.Connection) -> None:
        """The tables; made anew where documents were cut otherwise, or vectors are of another model."""
        with suppress(sqlite3.OperationalError):
            if connection.execute("SELECT version FROM index_version").fetchone() == (self._version,):
                return
        for table in ("index_version", "documents", "parts", "words"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _MADE:
            connection.execute(statement)
        connection.execute("CREATE TABLE index_version (version TEXT NOT NULL)")
        connection.execute("INSERT INTO index_version VALUES (?)", (self._version,))

    def _update(self, connection: sqlite3.Connection, files: dict[str, Seen]) -> None:
        with _transaction(connection):
            rows = connection.execute("SELECT path, mtime_ns, size, hash FROM documents").fetchall()
            known = {path: (Seen(mtime_ns, size), digest) for path, mtime_ns, size, digest in rows}
            for path in known.keys() - files.keys():
                _remove(connection, path)
            for path, seen in files.items():
                before, digest = known.get(path, (None, ""))
                if before != seen:
                    self._take(connection, path, seen, digest)
        self._seen, self._changes = files, -1

    def _take(self, connection: sqlite3.Connection, path: str, seen: Seen, digest: str) -> None:
        document = read_document(self._folder / path, self._cut)
        if document.hash == digest:  # touched, or copied anew
            connection.execute("UPDATE documents SET mtime_ns = ?, size = ? WHERE path = ?", (*seen, path))
        else:
            _remove(connection, path)
            _add(connection, path, seen, document)

    def _load(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT id, vector FROM parts ORDER BY id").fetchall()
        self._ids = np.array([row[0] for row in rows], dtype=np.int64)
        joined = b"".join(row[1] for row in rows)
        self._vectors = np.frombuffer(joined, dtype=np.float32).reshape(len(rows), DIMENSIONS)


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All of it or nothing; another writer's is waited for, unless it only reads (DEFERRED)."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _remove(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM parts WHERE path = ?)", (path,))
    connection.execute("DELETE FROM parts WHERE path = ?", (path,))
    connection.execute("DELETE FROM documents WHERE path = ?", (path,))


def _add(connection: sqlite3.Connection, path: str, seen: Seen, document: Document) -> None:
    row = (path, document.hash, *seen, *document.about)
    connection.execute(f"INSERT INTO documents VALUES ({', '.join('?' * len(row))})", row)
    # Headings say in a few words what a part is about: they count as much as all of its text.
    headings = embed([part.heading for part in document.parts])
    for part, vector in zip(
        document.parts, unit(headings + embed([part.text for part in document.parts])), strict=True
    ):
        said = (path, part.start, part.end, vector.tobytes())
        made = connection.execute('INSERT INTO parts (path, start, "end", vector) VALUES (?, ?, ?, ?)', said)
        words: tuple[Any, ...] = (made.lastrowid, part.heading, part.text)
        connection.execute("INSERT INTO words (rowid, heading, text) VALUES (?, ?, ?)", words)


def _one(connection: sqlite3.Connection, number: int) -> Part:
    return Part(*connection.execute(f"{_PART} parts.id = ?", (number,)).fetchone())
