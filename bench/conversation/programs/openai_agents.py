"""Temporal's plugin for the OpenAI Agents SDK, used as its documentation shows: one run of one agent with one tool."""

# Its packages are not in this environment.
# mypy: disable-error-code="import-not-found, misc"

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow

from bench.conversation.programs.program import Plain, model_queue
from bench.conversation.programs.script import MODEL, asked, found, prompt, said

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Model, ModelProvider, ModelResponse, RunConfig, Runner, Usage
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText
    from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
    from temporalio.openai_agents.workflow import activity_as_tool

QUEUE = "bench-openai-agents"
WITHIN = timedelta(minutes=5)


@dataclass
class Conversation:
    """How long it is, and how much its tool finds."""

    turns: int
    tool_bytes: int


@activity.defn
async def look_up(turn: int, size: int) -> str:
    """Look one thing up."""
    return found(turn, size)


class Scripted(Model):
    """Asks for the tool at each turn, until it has its things."""

    async def get_response(self, system_instructions: str | None, input: Any, *others: Any, **more: Any) -> Any:
        """500 bytes of text, and the call."""
        first = input if isinstance(input, str) else input[0]["content"]
        turns, size = asked(first)
        turn = 0 if isinstance(input, str) else sum(one.get("type") == "function_call_output" for one in input)
        await MODEL.think(turn)
        words = ResponseOutputText(text=said(turn), annotations=[], type="output_text")
        message = ResponseOutputMessage(
            id=f"message-{turn}", content=[words], role="assistant", status="completed", type="message"
        )
        call = ResponseFunctionToolCall(
            id=f"item-{turn}",
            call_id=f"call-{turn}",
            name="look_up",
            arguments=f'{{"turn": {turn}, "size": {size}}}',
            type="function_call",
            status="completed",
        )
        return ModelResponse(output=[message, call][: 2 if turn < turns else 1], usage=Usage(), response_id=None)

    def stream_response(self, *everything: Any, **more: Any) -> Any:
        """Nobody asks for it."""
        raise NotImplementedError


class Provider(ModelProvider):
    """Of the scripted model."""

    def get_model(self, model_name: str | None) -> Any:
        """The only one."""
        return Scripted()


@workflow.defn(name="BenchOpenAIAgents")
class OpenAIAgents:
    """One run of the agents' loop."""

    @workflow.run
    async def run(self, of: Conversation) -> None:
        """Until the model has its things. Tracing is off: it would take time, and send to nobody."""
        agent = Agent(
            name="Looker",
            instructions="Look things up.",
            model="scripted",
            tools=[activity_as_tool(look_up, start_to_close_timeout=WITHIN)],
        )
        await Runner.run(
            agent,
            input=prompt(of.turns, of.tool_bytes),
            max_turns=of.turns + 1,
            run_config=RunConfig(tracing_disabled=True),
        )


def _plugins() -> Sequence[Any]:
    params = ModelActivityParameters(task_queue=model_queue(QUEUE), start_to_close_timeout=WITHIN)
    return [OpenAIAgentsPlugin(model_params=params, model_provider=Provider())]


PROGRAM = Plain(QUEUE, workflows=(OpenAIAgents,), tools=(look_up,), plugins=_plugins)
