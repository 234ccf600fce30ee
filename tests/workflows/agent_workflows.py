"""A process in which a model looks around in a house, may ask its owner, and may hang one notice on the door."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity, workflow

from contracts.agents import Stopped, Turn, turn_contract
from contracts.budgets import Limits
from contracts.outputs import OutputContract
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.tools import Act, Consent, IrreversibleTool, ReadTool, Receipt
from workflows.patterns.bounded_agent_loop import Agent, Bounds, Finished, bounded_agent_loop
from workflows.steps.calls import AskPerson, Calls, Offer
from workflows.steps.ended import Ended
from workflows.steps.gates import Gates, Review
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

MANY = 1_000_000


class Room(BaseModel):
    """Where to look."""

    model_config = ConfigDict(frozen=True)

    room: str = Field(max_length=40)


class Seen(BaseModel):
    """What is there."""

    model_config = ConfigDict(frozen=True)

    room: str
    things: str


class Notice(BaseModel):
    """What is hung on the door."""

    model_config = ConfigDict(frozen=True)

    text: str


class HousePort:
    """The house."""

    @activity.defn(name="test.look")
    async def look(self, room: Room) -> Seen:
        """Look around."""
        raise NotImplementedError

    @activity.defn(name="test.search")
    async def search(self, room: Room) -> Seen:
        """Look closely, which takes a while."""
        raise NotImplementedError

    @activity.defn(name="test.hang")
    async def hang(self, act: Act[Notice]) -> Receipt[Notice]:
        """Hang it up, for good."""
        raise NotImplementedError


LOOK = ReadTool[Room, Seen](HousePort.look, at_most=MANY, fast=True)
SEARCH = ReadTool[Room, Seen](HousePort.search, at_most=MANY)
HANG = IrreversibleTool[Notice, Notice](HousePort.hang, at_most=1, consent=Consent.PERSON)


class Found(BaseModel):
    """What the model has found."""

    model_config = ConfigDict(frozen=True)

    where: str


class House(BaseModel):
    """Which rooms there are."""

    model_config = ConfigDict(frozen=True)

    rooms: tuple[str, ...]


def _is_a_room(found: Found, house: House) -> list[str]:
    return [] if found.where in house.rooms else [f"where: no room of the house is called {found.where[:40]!r}"]


TURN: OutputContract[Turn[Found], House] = turn_contract("quest.turn", Found, House, _is_a_room)


class Quest(ProcessInput):
    """What starts it."""

    thing: str
    rooms: tuple[str, ...] = ("hall", "kitchen", "attic")
    pinned: tuple[str, ...] = ()
    turns: int = 10
    tools: int = 20
    usd: Decimal = Decimal(1)
    seconds: int = 300
    beside: str = ""
    """A room that code looks at closely, at the same time."""


class Ending(BaseModel):
    """How it ended."""

    outcome: Literal["found", "not found", "ended"]
    where: str | None = None
    stopped: Stopped | None = None
    reason: str = ""
    turns: int = 0
    tool_calls: int = 0
    model_calls: int = 0
    asked: int = 0


QUEST = Process(
    name="quest",
    workflow_type="Quest",
    does="Finds a thing in a house",
    input=Quest,
    result=Ending,
    business_key=lambda quest: quest.thing,
    steps=(
        Step("choose-models", Decider.CODE, "Read which models stand on the route"),
        Step("seek", Decider.MODEL_ROUTES, "Decide where to look next"),
        Step("seek-summary", Decider.MODEL_FILLS, "Summarise older turns"),
        Step("look", Decider.MODEL_ROUTES, "Look around", LOOK),
        Step("search", Decider.MODEL_ROUTES, "Look closely", SEARCH),
        Step("ask-owner", Decider.PERSON, "Answer the model's question"),
        Step("agree", Decider.PERSON, "Agree to the notice"),
        Step("hang", Decider.MODEL_ROUTES, "Hang up the notice", HANG),
    ),
    outputs=(TURN,),
    limits=Limits(
        steps=MANY, tool_calls=MANY, model_calls=MANY, working_time=timedelta(days=7), idle_time=timedelta(days=1)
    ),
)


@workflow.defn(name="Quest")
class Quests(TakesMessages):
    """Finds a thing in a house."""

    def __init__(self) -> None:
        self.progress = Progress(QUEST)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, request: Quest) -> Ending:
        """One loop."""
        return await self.progress.tell(request, self._story(request), self._ended)

    async def _story(self, request: Quest) -> Ending:
        offers = (
            Offer("look", "look", LOOK, Room, lambda room: room, "Look around a room"),
            Offer("search", "search", SEARCH, Room, lambda room: room, "Look closely at a room"),
            Offer("hang", "hang", HANG, Notice, lambda notice: notice, "Hang up a notice", _review),
        )
        calls = Calls(self.tools, self.gates, offers, AskPerson("ask-owner", House(rooms=request.rooms)))
        end = await self._found(request, calls)
        assert self.progress.budget
        return Ending(
            outcome="found" if end.result else "not found",
            where=end.result.where if end.result else None,
            stopped=end.stopped,
            reason=end.reason,
            turns=end.turns,
            tool_calls=end.tool_calls,
            model_calls=self.progress.budget.spent.model_calls,
            asked=calls.asked,
        )

    async def _found(self, request: Quest, calls: Calls) -> Finished[Found]:
        loop = bounded_agent_loop(_seeker(request), self.llm, calls)
        if not request.beside:
            return await loop
        room = Room(room=request.beside)
        return (await asyncio.gather(loop, self.tools.use("search", SEARCH, room, "Search beside the loop")))[0]

    def _ended(self, end: Ended) -> Ending:
        return Ending(outcome="ended", reason=end.reason)


def _seeker(request: Quest) -> Agent[Found]:
    return Agent(
        step="seek",
        summary=f"Look for {request.thing}",
        prompt="conversation/agent",
        variables={"task": f"In which room is {request.thing}?"},
        contract=TURN,
        facts=House(rooms=request.rooms),
        bounds=Bounds(request.turns, request.tools, request.usd, timedelta(seconds=request.seconds)),
        pinned=request.pinned,
    )


def _review(notice: Notice) -> Review[Notice]:
    return Review("agree", "Hang up this notice?", notice, ("text",))
