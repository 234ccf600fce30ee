"""Searching the library: the documents below SIGNOFF_LIBRARY, by words and by meaning."""

import asyncio
import sqlite3
from datetime import date
from functools import partial

from temporalio import activity

from activities.retrieval.documents import Cut
from activities.retrieval.index import Index, Part, Where, index_file
from contracts.errors import ToolUnavailable
from contracts.library import LONGEST_PASSAGE, LibraryPort, Passage, Passages, SearchLibrary
from runtime.settings import Settings

CUT = Cut(LONGEST_PASSAGE, overlap=180)


class LibraryActivities(LibraryPort):
    """The documents of one folder, with an index in the state folder."""

    def __init__(self, settings: Settings) -> None:
        """`settings` name the folder. Nothing is read yet."""
        self._folder = settings.library
        self._index = Index(self._folder, index_file(settings.state, self._folder, CUT), CUT)

    @activity.defn(name="library.search")
    async def search(self, request: SearchLibrary) -> Passages:
        """The passages that fit best, by words and by meaning. Raises ToolFailed, ToolUnavailable."""
        since = request.since.isoformat() if request.since else ""
        where = Where(request.topic, request.audience, request.language, since)
        look = partial(self._index.search, request.query, request.at_most, where)
        try:
            found = await asyncio.to_thread(look)
        except OSError as error:
            raise ToolUnavailable(f"the documents in {self._folder} cannot be read now ({error.strerror})") from None
        except sqlite3.Error as error:
            raise ToolUnavailable(f"the index of {self._folder} cannot be used now ({error})") from None
        return Passages(passages=tuple(map(_passage, found)))

    def close(self) -> None:
        """Leave the index."""
        self._index.close()


def _passage(part: Part) -> Passage:
    return Passage(
        file=part.path,
        title=part.title or part.heading.partition(" > ")[0] or part.path,
        heading=part.heading,
        dated=date.fromisoformat(part.date) if part.date else None,
        start=part.start,
        end=part.end,
        text=part.text,
        sha256=part.hash,
    )
