"""Gate policies: who decides, how many, in which order, by when, and what silence means."""

from datetime import timedelta
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.gates import Name

ROLE = "role:"
"""Begins the name of a role where people and roles stand side by side."""

MOST_REMINDERS = 20


class Silence(StrEnum):
    """What it means when nobody decides by the deadline. Nothing makes it a yes."""

    NO = "no"
    DEFAULT = "default"
    """A question's own default is the answer."""


class Stage(BaseModel):
    """So many of these people have to approve, before the next stage's are asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: tuple[Name, ...] = ()
    """Names, and roles as `role:NAME`; empty: everybody who may decide at all."""
    needed: int = Field(default=1, ge=1, le=20)


class Escalation(BaseModel):
    """From then on these may decide, too, at whatever stage the gate is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: timedelta
    to: tuple[Name, ...] = Field(min_length=1)


class GatePolicy(BaseModel):
    """How a gate decides. Nobody decides twice at one gate; one no is enough."""

    model_config = ConfigDict(frozen=True)

    deadline: timedelta
    remind_after: timedelta
    remind_every: timedelta | None = None
    """After the first reminder, until the deadline; None: there is one reminder."""
    stages: tuple[Stage, ...] = Field(default=(Stage(),), min_length=1, max_length=10)
    separate: bool = False
    """Separation of duties: the requester does not decide."""
    escalations: tuple[Escalation, ...] = Field(default=(), max_length=10)
    silence: Silence = Silence.NO
    signed: bool = False
    """Decisions count only with their sender's signature."""
    bound: bool = False
    """Decisions count only with the digest of what was decided on."""
    at_least: int = Field(default=1, ge=1, le=20)
    """So many different people approve, whatever else the settings say of the gate."""

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if min(self.deadline, self.remind_after, self.remind_every or self.deadline) <= timedelta(0):
            raise ValueError("its times must be longer than nothing")
        if late := [one.after for one in self.escalations if not timedelta(0) < one.after < self.deadline]:
            raise ValueError(f"an escalation after {late[0]} does not lie before the deadline of {self.deadline}")
        if self.needed < self.at_least:
            raise ValueError(f"asks {self.needed} to approve, and here it takes {self.at_least} different people")
        return self

    @property
    def needed(self) -> int:
        """How many must approve in all."""
        return sum(stage.needed for stage in self.stages)


PATIENCE = GatePolicy(deadline=timedelta(hours=48), remind_after=timedelta(hours=24))
"""How a gate decides unless its process or the settings say otherwise."""
