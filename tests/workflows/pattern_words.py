"""What the stories of pattern_workflows.py are about: words, and a shelf for them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from contracts.outputs import NoFacts, OutputContract
from contracts.plans import Plan
from contracts.routing import closed_list
from contracts.tools import Act, ReadTool, Receipt, WriteTool


class Word(BaseModel):
    """What a model says."""

    model_config = ConfigDict(frozen=True)

    word: str


class Kind(StrEnum):
    """A closed list."""

    FRUIT = "fruit"
    STONE = "stone"
    OTHER = "other"


class Say(BaseModel):
    """A step of a plan: say a word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["say"] = "say"
    word: str


class Put(BaseModel):
    """A step of a plan: put a word on the shelf."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["put"] = "put"
    word: str


class WordPlan(Plan[Annotated[Say | Put, Field(discriminator="kind")]]):
    """What to do with words."""


class ShapesPort:
    """A shelf."""

    @activity.defn(name="test.look")
    async def look(self, word: Word) -> Word:
        """Look at something."""
        raise NotImplementedError

    @activity.defn(name="test.put")
    async def put(self, act: Act[Word]) -> Receipt[Word]:
        """Put something there."""
        raise NotImplementedError


LOOK = ReadTool[Word, Word](ShapesPort.look, at_most=9)
PUT = WriteTool[Word, Word](ShapesPort.put, at_most=9)

WORD = OutputContract("test.word", Word, NoFacts, lambda value, facts: [])
KIND = closed_list("test.kind", Kind)
PLAN = OutputContract("test.plan", WordPlan, NoFacts, lambda value, facts: [])
