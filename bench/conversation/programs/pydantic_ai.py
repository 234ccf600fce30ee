"""Pydantic AI on Temporal, used as its documentation shows: one run of one agent with one tool."""

# Its packages are not in this environment.
# mypy: disable-error-code="import-not-found, misc"

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic_ai import Agent, RunContext
from pydantic_ai.durable_exec.temporal import PydanticAIPlugin, PydanticAIWorkflow, TemporalDurability
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.toolsets import FunctionToolset
from pydantic_ai.usage import UsageLimits
from temporalio import workflow

from bench.conversation.programs.program import Plain, model_queue
from bench.conversation.programs.script import MODEL, asked, found, prompt, said

QUEUE = "bench-pydantic-ai"
WITHIN = timedelta(minutes=5)
NO_LIMIT = UsageLimits(request_limit=None)


@dataclass
class Conversation:
    """How long it is, and how much its tool finds; and where it stands, in a run that goes on from another."""

    turns: int
    tool_bytes: int
    messages: list[ModelMessage] | None = None


async def scripted(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """500 bytes of text, and the call of the tool at each turn, until it has its things."""
    turns, size = asked(str(messages[0].parts[0].content))
    turn = sum(isinstance(part, ToolReturnPart) for message in messages for part in message.parts)
    await MODEL.think(turn)
    call = ToolCallPart("look_up", {"turn": turn, "size": size}, f"call-{turn}")
    return ModelResponse(parts=[TextPart(said(turn)), *([call] if turn < turns else [])])


async def look_up(turn: int, size: int) -> str:
    """Look one thing up."""
    return found(turn, size)


def go_on(context: RunContext[Any]) -> None:
    """Called where the server suggests it: the messages go along."""
    turns, size = asked(str(context.messages[0].parts[0].content))
    workflow.continue_as_new(Conversation(turns, size, context.messages))


def _agent(name: str, **durability: Any) -> tuple[Agent, TemporalDurability]:
    config = {"start_to_close_timeout": WITHIN}
    durable = TemporalDurability(
        activity_config=config, model_activity_config={"task_queue": model_queue(QUEUE)}, **durability
    )
    tools = FunctionToolset([look_up], id="tools")
    agent = Agent(FunctionModel(scripted), name=name, toolsets=[tools], capabilities=[durable])
    return agent, TemporalDurability.from_agent(agent)


ONE_RUN, ONE_RUN_DURABLE = _agent("one-run")
CHAIN, CHAIN_DURABLE = _agent("chain", continue_as_new=go_on)


@workflow.defn(name="BenchPydanticAI")
class OneRun(PydanticAIWorkflow):
    """In one run of the workflow."""

    __pydantic_ai_agents__ = (ONE_RUN,)

    @workflow.run
    async def run(self, of: Conversation) -> None:
        """Until the model has its things."""
        await ONE_RUN.run(prompt(of.turns, of.tool_bytes), usage_limits=NO_LIMIT)


@workflow.defn(name="BenchPydanticAIChain")
class Chain(PydanticAIWorkflow):
    """With its handler for continue-as-new."""

    __pydantic_ai_agents__ = (CHAIN,)

    @workflow.run
    async def run(self, of: Conversation) -> None:
        """Until the model has its things."""
        words = None if of.messages else prompt(of.turns, of.tool_bytes)
        await CHAIN.run(words, message_history=of.messages, usage_limits=NO_LIMIT)


def _plugins() -> Sequence[Any]:
    return [PydanticAIPlugin()]


PROGRAM = Plain(
    QUEUE,
    workflows=(OneRun, Chain),
    tools=(),
    models=[*ONE_RUN_DURABLE.temporal_activities, *CHAIN_DURABLE.temporal_activities],
    plugins=_plugins,
)
