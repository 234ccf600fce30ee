"""Searching the articles below SIGNOFF_KNOWLEDGE, by words and by meaning."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial

from temporalio import activity

from activities.retrieval.documents import Cut
from activities.retrieval.index import Index, Part, index_file
from contracts.errors import NotFound, ToolUnavailable
from contracts.knowledge import LONGEST_HIT, KnowledgeHit, KnowledgeHits, KnowledgePort, ReadSections, SearchKnowledge
from runtime.settings import Settings

MOST_FILES = 2_000
CUT = Cut(LONGEST_HIT)
"""Without an overlap: parts are read whole, too, and nothing of them is to stand there twice."""

_MOST_PIECES = 10


class KnowledgeActivities(KnowledgePort):
    """The articles of one folder, with an index in the state folder."""

    def __init__(self, settings: Settings) -> None:
        """`settings` name the folder. Nothing is read yet."""
        self._folder = settings.knowledge
        self._index = Index(self._folder, index_file(settings.state, self._folder, CUT), CUT, MOST_FILES)

    @activity.defn(name="knowledge.search")
    async def search(self, request: SearchKnowledge) -> KnowledgeHits:
        """The parts of articles that fit best. Raises ToolFailed, ToolUnavailable."""
        return KnowledgeHits(hits=await self._found(partial(self._index.search, request.query, request.at_most)))

    @activity.defn(name="knowledge.read")
    async def read(self, request: ReadSections) -> KnowledgeHits:
        """These parts, whole, in their order; a long one in several pieces. Raises NotFound, ToolUnavailable."""
        hits: list[KnowledgeHit] = []
        for wanted in dict.fromkeys(request.sections):
            look = partial(self._index.parts, wanted.file, wanted.heading, _MOST_PIECES)
            if not (found := await self._found(look)):
                there = f"{wanted.heading!r} in {wanted.file!r}"
                raise NotFound(f"there is no part {there}: name file and heading as the search gives them")
            hits += found
        return KnowledgeHits(hits=tuple(hits))

    async def _found(self, look: Callable[[], list[Part]]) -> tuple[KnowledgeHit, ...]:
        try:
            found = await asyncio.to_thread(look)
        except OSError as error:
            raise ToolUnavailable(f"the articles in {self._folder} cannot be read now ({error.strerror})") from None
        except sqlite3.Error as error:
            raise ToolUnavailable(f"the index of {self._folder} cannot be used now ({error})") from None
        return tuple(
            KnowledgeHit(file=part.path, heading=part.heading, start=part.start, end=part.end, text=part.text)
            for part in found
        )
