"""The library: a folder of documents in Markdown, searched by words and by meaning. Each hit says where it stands."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from temporalio import activity

from contracts.tools import ReadTool

MOST_PASSAGES = 8
LONGEST_PASSAGE = 900
"""Characters."""

Word = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)]


class SearchLibrary(BaseModel):
    """What is looked for: any words, no syntax; and in which documents, by what their heads say."""

    model_config = ConfigDict(frozen=True)

    query: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="a question, or a few words that the document would use"
    )
    at_most: int = Field(default=5, ge=1, le=MOST_PASSAGES, description="how many passages")
    topic: Word = Field(default="", description="only documents of this topic")
    audience: Word = Field(default="", description="only documents for these readers")
    language: Word = Field(default="", description="only documents in this language, like en")
    since: date | None = Field(default=None, description="only documents of this date or later")


class Passage(BaseModel):
    """A part of a document, word for word: the characters `start` to `end` of the file whose SHA-256 is `sha256`."""

    model_config = ConfigDict(frozen=True)

    file: str = Field(description="its path below the folder of the library")
    title: str
    heading: str = Field(description="the headings that it stands under, from the top one down")
    dated: date | None = Field(default=None, description="as the document's head says")
    start: int
    end: int
    text: str
    sha256: str = Field(description="of the file, as it was when it was read")


class Passages(BaseModel):
    """The best ones, the best first."""

    model_config = ConfigDict(frozen=True)

    passages: tuple[Passage, ...]


class LibraryPort:
    """The way to the documents."""

    @activity.defn(name="library.search")
    async def search(self, request: SearchLibrary) -> Passages:
        """The passages that fit best, by words and by meaning. Raises ToolFailed, ToolUnavailable."""
        raise NotImplementedError


SEARCH_LIBRARY = ReadTool(LibraryPort.search, at_most=20, fast=True)
