"""Budgets: what one run may spend, what it has spent, and what it leaves behind when it comes to a limit."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from contracts.durations import Duration
from contracts.money import Usd


class Limit(StrEnum):
    """Which limit; the names of the fields below."""

    USD = "usd"
    MODEL_CALLS = "model_calls"
    TOOL_CALLS = "tool_calls"
    STEPS = "steps"
    WORKING_TIME = "working_time"
    IDLE_TIME = "idle_time"


Dollars = Annotated[Usd, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Length = Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=365))]


class Budget(BaseModel):
    """What a person sets for a run; what is left out stays as the process has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usd: Dollars | None = Field(default=None, description="US dollars, for model calls")
    model_calls: Count | None = Field(default=None, description="calls of models")
    tool_calls: Count | None = Field(default=None, description="uses of tools")
    steps: Count | None = Field(default=None, description="steps of the process")
    working_time: Length | None = Field(default=None, description="time in which a step runs; seconds, 10m, or PT10M")
    idle_time: Length | None = Field(default=None, description="time without progress outside a gate")


class Limits(BaseModel):
    """What a run may spend. Working time stands still while a gate is open and while a provider or a queue makes the
    run wait; idle time is how long it may make no progress outside a gate and outside a wait that it chose."""

    model_config = ConfigDict(frozen=True)

    usd: Usd = Decimal(5)
    model_calls: int = 50
    tool_calls: int = 20
    steps: int = 25
    working_time: timedelta = timedelta(minutes=10)
    idle_time: timedelta = timedelta(hours=24)

    def within(self, budget: Budget | None) -> "Limits":
        """These limits, with what a budget says otherwise."""
        return self.model_copy(update=budget.model_dump(exclude_none=True) if budget else {})


USUAL = Limits()
"""Of a process that states none."""


class Spent(BaseModel):
    """What a run has spent so far."""

    model_config = ConfigDict(frozen=True)

    usd: Usd = Decimal(0)
    model_calls: int = 0
    tool_calls: int = 0
    steps: int = 0
    working_time: timedelta = timedelta(0)


class Account(BaseModel):
    """A run's budget as it goes on elsewhere: in a child, or in the next run of a chain (continue-as-new)."""

    model_config = ConfigDict(frozen=True)

    limits: Limits
    spent: Spent = Spent()


class Partial(BaseModel):
    """What a run leaves behind that came to a limit (`limit` set) or was stopped by hand."""

    model_config = ConfigDict(frozen=True)

    limit: Limit | None = None
    limits: Limits
    spent: Spent
    done: tuple[str, ...] = Field(description="steps that were taken to their end, in order")
    go_on: str = Field(description="how to go on")


class Targets(BaseModel):
    """What a run of a process should cost and take. No limits: reports count who meets them."""

    model_config = ConfigDict(frozen=True)

    usd: Usd
    working_time: timedelta


class LimitsRequest(BaseModel):
    """Whose limits are wanted; `usual` are the process's own."""

    model_config = ConfigDict(frozen=True)

    process: str
    usual: Limits


class LimitsPort:
    """What the settings allow."""

    @activity.defn(name="limits.read")
    async def read(self, request: LimitsRequest) -> Limits:
        """The process's limits, with what the settings say otherwise; recorded once, so that a run keeps them."""
        raise NotImplementedError
