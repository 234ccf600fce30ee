"""Agents: what a model says in one turn of a loop over tools, and how such a loop may end."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.calls import ToolCall
from contracts.outputs import NoFacts, OutputContract

R = TypeVar("R", bound=BaseModel)
F = TypeVar("F", bound=BaseModel)


class Turn(BaseModel, Generic[R]):
    """One turn of an agent: tools to use, or the result; never both."""

    model_config = ConfigDict(frozen=True)

    thought: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="", description="what is known now and what to do next, in a sentence or two"
    )
    calls: tuple[ToolCall, ...] = Field(default=(), description="tools to use now; empty with the result")
    result: R | None = Field(default=None, description="the result, when it is known; null while tools are used")


class Stopped(StrEnum):
    """Why a loop ended without a result."""

    TURNS = "turns"
    TOOL_CALLS = "tool_calls"
    MONEY = "usd"
    TIME = "working_time"
    NO_MODEL = "no_model"
    """No model of the route gave a turn that can be used."""


class Summary(BaseModel):
    """Older turns of a conversation, in short."""

    model_config = ConfigDict(frozen=True)

    summary: Annotated[str, StringConstraints(min_length=20, max_length=6000, strip_whitespace=True)] = Field(
        description="what was asked, found out, decided and tried, and what is open; names and numbers as they are"
    )


def turn_contract(
    name: str, result: type[R], facts: type[F], check: Callable[[R, F], list[str]]
) -> OutputContract[Turn[R], F]:
    """The contract of an agent's turns. `check(result, facts)` lists what is wrong with a result."""

    def problems(turn: Turn[R], facts: F) -> list[str]:
        if (turn.result is None) == (not turn.calls):
            return ["either use tools (calls), or give the result, not both and not neither"]
        return [] if turn.result is None else check(turn.result, facts)

    return OutputContract(name, Turn[result], facts, problems)  # type: ignore[valid-type]


CONVERSATION_SUMMARY = OutputContract("conversation.summary", Summary, NoFacts, lambda summary, facts: [])
