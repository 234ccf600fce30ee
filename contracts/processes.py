"""Processes: what starts them, what they answer, and their boundary (who decides which step)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.budgets import USUAL, Budget, Limits, Targets
from contracts.gates import Who
from contracts.outputs import OutputContract
from contracts.policies import GatePolicy
from contracts.tools import Effect, Tool

Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class ProcessInput(BaseModel):
    """What every process's input shares. People type it, so unknown fields are refused; a shipped field stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    occasion: Label | None = Field(
        default=None, description="tells one run for the same key from the next; the start's date (UTC) unless given"
    )
    by: Who | None = Field(default=None, description="the requester")
    tenant: Label | None = Field(default=None, description="on whose account it runs")
    budget: Budget | None = Field(default=None, description="what this run may spend; else as its process's limits")


class Decider(StrEnum):
    """Who decides a step."""

    CODE = "code"
    MODEL_FILLS = "model fills"
    MODEL_ROUTES = "model routes"
    PERSON = "person"


@dataclass(frozen=True)
class Step:
    """One line of a boundary map. `tool`: the one that the step uses, and no other."""

    name: str
    by: Decider
    does: str
    tool: Tool | None = None
    gate: GatePolicy | None = None
    """How its gate decides, where that is not as usual."""

    @property
    def effect(self) -> Effect | None:
        """What its tool does to the world."""
        return self.tool.effect if self.tool else None


@dataclass(frozen=True)
class Process:
    """One business workflow, as the CLI, the worker and the tests know it."""

    name: str
    workflow_type: str
    does: str
    input: type[ProcessInput]
    result: type[BaseModel]
    business_key: Callable[[Any], str]
    steps: tuple[Step, ...]
    outputs: tuple[OutputContract[Any, Any], ...]
    limits: Limits = USUAL
    targets: Targets | None = None

    @property
    def roles(self) -> tuple[Step, ...]:
        """Where a model decides what comes next: each agent and each choice from a list.

        A step with a tool is none, though a model may decide that it is taken: the agent that uses it is counted.
        """
        return tuple(step for step in self.steps if step.by is Decider.MODEL_ROUTES and step.tool is None)

    def business_action(self, request: ProcessInput, occasion: str) -> str:
        """What is being done, whoever runs it: also the run's default workflow id."""
        return f"{self.name}/{self.business_key(request)}/{occasion}"
