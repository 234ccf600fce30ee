"""The process that this repository's conversation is: one bounded agent loop, over one tool that only reads."""

from datetime import timedelta
from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from temporalio import activity, workflow

from bench.conversation.programs.script import prompt
from contracts.agents import Turn, turn_contract
from contracts.budgets import Limits
from contracts.outputs import NoFacts, OutputContract
from contracts.processes import Decider, Process, ProcessInput, Step
from contracts.tools import ReadTool
from workflows.patterns.bounded_agent_loop import Agent, Bounds, bounded_agent_loop
from workflows.steps.calls import Calls, Offer
from workflows.steps.gates import Gates
from workflows.steps.llm import Llm
from workflows.steps.messages import TakesMessages
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

MANY = 1_000_000
LONG = timedelta(days=7)
LIMITS = Limits(steps=MANY, tool_calls=MANY, model_calls=MANY, working_time=LONG, idle_time=LONG)


class Thing(BaseModel):
    """What is looked up."""

    model_config = ConfigDict(frozen=True)

    turn: int
    size: int


class Found(BaseModel):
    """What it is."""

    model_config = ConfigDict(frozen=True)

    text: str


class LibraryPort:
    """Where things are looked up."""

    @activity.defn(name="bench.look_up")
    async def look_up(self, thing: Thing) -> Found:
        """Look one thing up."""
        raise NotImplementedError


LOOK_UP = ReadTool[Thing, Found](LibraryPort.look_up, at_most=MANY, fast=True)


class Done(BaseModel):
    """The model has its things."""

    model_config = ConfigDict(frozen=True)

    summary: str


def _fits(done: Done, facts: NoFacts) -> list[str]:
    return []


TURN: OutputContract[Turn[Done], NoFacts] = turn_contract("bench.turn", Done, NoFacts, _fits)


class Conversation(ProcessInput):
    """How long it is, and how much its tool finds."""

    turns: int
    tool_bytes: int


class Held(BaseModel):
    """How it ended."""

    model_config = ConfigDict(frozen=True)

    turns: int = 0
    why: str = ""


CONVERSATION = Process(
    name="bench-conversation",
    workflow_type="BenchConversation",
    does="Look things up, one after the other.",
    input=Conversation,
    result=Held,
    business_key=lambda request: str(request.turns),
    steps=(
        Step("choose-models", Decider.CODE, "take the models' route from the worker's settings"),
        Step("work", Decider.MODEL_ROUTES, "decide what to look up next"),
        Step("work-summary", Decider.MODEL_FILLS, "summarise older turns"),
        Step("look-up", Decider.MODEL_ROUTES, "look it up", LOOK_UP),
    ),
    outputs=(TURN,),
    limits=LIMITS,
)


@workflow.defn(name=CONVERSATION.workflow_type)
class BenchConversation(TakesMessages):
    """One conversation."""

    def __init__(self) -> None:
        self.progress = Progress(CONVERSATION)
        self.gates = Gates(self.progress)
        self.llm = Llm(self.progress, self.gates)
        self.tools = Tools(self.progress, self.gates)

    @workflow.run
    async def run(self, request: Conversation) -> Held:
        """The whole story."""
        return await self.progress.tell(request, self._story(request), lambda end: Held(why=end.reason))

    async def _story(self, request: Conversation) -> Held:
        agent = Agent(
            step="work",
            summary="Look things up",
            prompt="conversation/agent",
            variables={"task": prompt(request.turns, request.tool_bytes)},
            contract=TURN,
            facts=NoFacts(),
            bounds=Bounds(request.turns + 1, MANY, Decimal(MANY), LONG),
        )
        offer = Offer("look_up", "look-up", LOOK_UP, Thing, lambda thing: thing, "Look one thing up")
        end = await bounded_agent_loop(agent, self.llm, Calls(self.tools, self.gates, [offer]))
        return Held(turns=end.turns, why=end.reason)
