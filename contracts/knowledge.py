"""The knowledge base: articles in Markdown, searched by words and by meaning. Each hit says where it stands exactly."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity

from contracts.tools import ReadTool

MOST_HITS = 8
LONGEST_HIT = 1_500
"""Characters."""


class SearchKnowledge(BaseModel):
    """What is looked for: any words, no syntax."""

    model_config = ConfigDict(frozen=True)

    query: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="a few words that the article would use: the error's own words, the part that fails"
    )
    at_most: int = Field(default=4, ge=1, le=MOST_HITS, description="how many hits")


class KnowledgeHit(BaseModel):
    """A part of an article, word for word: the characters `start` to `end` of the file."""

    model_config = ConfigDict(frozen=True)

    file: str = Field(description="its path below the folder of the articles")
    heading: str = Field(description="the headings that it stands under, from the top one down")
    start: int
    end: int
    text: str


class KnowledgeHits(BaseModel):
    """The best hits, the best one first."""

    model_config = ConfigDict(frozen=True)

    hits: tuple[KnowledgeHit, ...]


class SectionName(BaseModel):
    """Where a part of an article stands, as a hit says it."""

    model_config = ConfigDict(frozen=True)

    file: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    heading: Annotated[str, StringConstraints(max_length=300)] = Field(default="", description="empty: all of it")


class ReadSections(BaseModel):
    """Which parts of articles."""

    model_config = ConfigDict(frozen=True)

    sections: tuple[SectionName, ...] = Field(min_length=1, max_length=5)


class KnowledgePort:
    """The way to the articles."""

    @activity.defn(name="knowledge.search")
    async def search(self, request: SearchKnowledge) -> KnowledgeHits:
        """The parts of articles that fit the words best. Raises ToolFailed, ToolUnavailable."""
        raise NotImplementedError

    @activity.defn(name="knowledge.read")
    async def read(self, request: ReadSections) -> KnowledgeHits:
        """These parts, whole, in their order; a long one in several pieces. Raises NotFound, ToolUnavailable."""
        raise NotImplementedError


SEARCH_KNOWLEDGE = ReadTool(KnowledgePort.search, at_most=20, fast=True)
READ_SECTIONS = ReadTool(KnowledgePort.read, at_most=20, fast=True)
