"""Searching the articles: an index in memory (SQLite FTS5), made anew when a file has changed."""

import asyncio
import re
import sqlite3
import threading
from pathlib import Path
from typing import Any

from temporalio import activity

from activities.tools.articles import Section, sections
from contracts.errors import NotFound, ToolFailed, ToolUnavailable
from contracts.knowledge import KnowledgeHit, KnowledgeHits, KnowledgePort, ReadSections, SearchKnowledge
from runtime.settings import Settings

LARGEST = 1_000_000
"""Bytes of one article."""

MOST_FILES = 2_000
_MOST_WORDS = 40
_LONGEST_WORD = 60
_WORD = re.compile(r"\w+")
_USELESS = frozenset(
    _WORD.findall(
        "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me "
        "my of on or our so than that the their them then there they this to was we were what when where which who why "
        "will with would you your"
    )
)
"""Words of every article: they would make hits of those that have nothing else in common with the query."""

_TABLE = """CREATE VIRTUAL TABLE sections USING fts5(
    heading, text, file UNINDEXED, start UNINDEXED, "end" UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2'
)"""
_FIND = """SELECT file, heading, start, "end", text FROM sections WHERE sections MATCH ?
    ORDER BY bm25(sections, 4.0, 1.0), file, start LIMIT ?"""

_READ = """SELECT file, heading, start, "end", text FROM sections WHERE file = ? AND ? IN ('', heading)
    ORDER BY start LIMIT ?"""
_MOST_PIECES = 10

_State = tuple[tuple[str, int, int], ...]


class KnowledgeActivities(KnowledgePort):
    """The articles below SIGNOFF_KNOWLEDGE."""

    def __init__(self, settings: Settings) -> None:
        """`settings` name the folder. Nothing is read yet."""
        self._folder = settings.knowledge
        self._index: sqlite3.Connection | None = None
        self._state: _State = ()
        self._one_at_a_time = threading.Lock()

    @activity.defn(name="knowledge.search")
    async def search(self, request: SearchKnowledge) -> KnowledgeHits:
        """The parts of articles that fit the words best. Raises ToolFailed, ToolUnavailable."""
        query = as_match(request.query)
        return KnowledgeHits(hits=await self._found(_FIND, query, request.at_most) if query else ())

    @activity.defn(name="knowledge.read")
    async def read(self, request: ReadSections) -> KnowledgeHits:
        """These parts, whole, in their order; a long one in several pieces. Raises NotFound, ToolUnavailable."""
        hits: list[KnowledgeHit] = []
        for wanted in dict.fromkeys(request.sections):
            if not (found := await self._found(_READ, wanted.file, wanted.heading, _MOST_PIECES)):
                there = f"{wanted.heading!r} in {wanted.file!r}"
                raise NotFound(f"there is no part {there}: name file and heading as the search gives them")
            hits += found
        return KnowledgeHits(hits=tuple(hits))

    async def _found(self, statement: str, *values: str | int) -> tuple[KnowledgeHit, ...]:
        try:
            rows = await asyncio.to_thread(self._rows, statement, values)
        except OSError as error:
            raise ToolUnavailable(f"the articles in {self._folder} cannot be read now ({error.strerror})") from None
        names = ("file", "heading", "start", "end", "text")
        return tuple(KnowledgeHit(**dict(zip(names, row, strict=True))) for row in rows)

    def _rows(self, statement: str, values: tuple[str | int, ...]) -> list[Any]:
        with self._one_at_a_time:
            return self._fresh().execute(statement, values).fetchall()

    def _fresh(self) -> sqlite3.Connection:
        files = self._files()
        state = tuple((str(file), (found := file.stat()).st_mtime_ns, found.st_size) for file in files)
        if self._index is None or state != self._state:
            made = _index([(file.relative_to(self._folder).as_posix(), file) for file in files])
            if self._index is not None:
                self._index.close()
            self._index, self._state = made, state
        return self._index

    def _files(self) -> list[Path]:
        real = self._folder.resolve()
        files = [file for file in sorted(self._folder.rglob("*.md")) if file.is_file()]
        if len(files) > MOST_FILES:
            raise ToolFailed(f"{self._folder} holds more than {MOST_FILES:,} articles: name another SIGNOFF_KNOWLEDGE")
        return [file for file in files if file.resolve().is_relative_to(real)]


def as_match(query: str) -> str:
    """What FTS5 is asked for any of the query's telling words; empty where it has none.

    Each word in quotes is a string to FTS5, whatever it holds: nothing of a query is syntax.
    """
    words = dict.fromkeys(word.lower()[:_LONGEST_WORD] for word in _WORD.findall(query))
    telling = [word for word in words if word not in _USELESS][:_MOST_WORDS]
    return " OR ".join(f'"{word}"' for word in telling)


def _index(files: list[tuple[str, Path]]) -> sqlite3.Connection:
    # Threads use it one after the other.
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.execute(_TABLE)
    for name, file in files:
        rows = [(one.heading, one.text, name, one.start, one.end) for one in _read(file)]
        index.executemany("INSERT INTO sections VALUES (?, ?, ?, ?, ?)", rows)
    return index


def _read(file: Path) -> list[Section]:
    """One that is too large, or no text, is no article: the others are searched all the same."""
    data = file.read_bytes() if file.stat().st_size <= LARGEST else b""
    try:
        # Positions are those of the file's characters, so nothing of it is changed: no line end, no mark at its head.
        return sections(data.decode("utf-8"))
    except UnicodeDecodeError:
        return []
