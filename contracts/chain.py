"""What a run hands to the next run of its chain (continue-as-new), so that nothing is done again."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from contracts.approvers import Rules
from contracts.budgets import Spent
from contracts.gates import Decision, OpenGate, Refusal, Signature


class Failure(BaseModel):
    """How a call failed, as far as workflow code looks at it."""

    model_config = ConfigDict(frozen=True)

    message: str
    type: str | None = None
    """Name of the error of `contracts.errors`; None: no error of an activity."""
    details: tuple[Any, ...] = ()
    timeout: int | None = None
    """`temporalio.exceptions.TimeoutType`"""
    cancelled: bool = False


class Came(BaseModel):
    """What came of one call, or of one gate."""

    model_config = ConfigDict(frozen=True)

    value: JsonValue = None
    failure: Failure | None = None
    ended: tuple[str, str] | None = None
    """Of a gate: the story ended there; how, and why."""


class Vote(BaseModel):
    """An approval that counts towards a quorum, or an answer."""

    model_config = ConfigDict(frozen=True)

    decision: Decision
    at: AwareDatetime
    """When the run took it."""
    stage: int

    @property
    def by(self) -> str:
        """Whose it is."""
        return self.decision.by

    @property
    def signature(self) -> Signature | None:
        """How it was signed."""
        return self.decision.signature


class GateSoFar(BaseModel):
    """A gate that is open."""

    model_config = ConfigDict(frozen=True)

    open: OpenGate
    rules: Rules
    votes: tuple[Vote, ...] = ()
    abstained: tuple[str, ...] = ()
    escalated: int = 0
    """How many of the policy's escalations have begun."""
    signed_at: dict[str, datetime] = {}
    """By person: the time in their last signature. An older one is a repetition."""
    edited: bool = False


class Counted(BaseModel):
    """What a run has counted; see `workflows.steps.counts`."""

    model_config = ConfigDict(frozen=True)

    calls: dict[str, int] = {}
    asked: dict[str, int] = {}
    uses: dict[str, int] = {}
    acts: dict[str, int] = {}
    loops: dict[str, int] = {}
    spent: tuple[tuple[str, str], ...] = ()
    done: tuple[str, ...] = ()


class Checkpoint(BaseModel):
    """Where a loop of many calls stood: in the next run of the chain it goes on from here, its calls are not told
    again."""

    model_config = ConfigDict(frozen=True)

    counted: Counted
    spent: Spent
    state: JsonValue
    """The loop's own."""


class RunSoFar(BaseModel):
    """A run of a chain, when the next one goes on."""

    model_config = ConfigDict(frozen=True)

    action: str = ""
    """The business action."""
    calls: dict[str, tuple[Came, ...]] = {}
    """By activity id, or gate; in the order in which they were made."""
    gates: dict[str, GateSoFar] = {}
    refusals: tuple[Refusal, ...] = ()
    refusals_count: int = 0
    working_time: timedelta = timedelta(0)
