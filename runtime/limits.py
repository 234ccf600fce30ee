"""Limits that a fleet sets for itself: what runs may spend, what all of them may in an hour or a day, how fast they may
call models, and what models cost. `docs/limits.md` explains the file; `runtime.limits_file` reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from contracts.budgets import Budget, Limits
from runtime.toml_file import Table, length, whole_number


class Scope(StrEnum):
    """Whose calls a ceiling counts."""

    FLEET = "fleet"
    PROCESS = "process"
    TENANT = "tenant"


class Per(StrEnum):
    """Over how long; the window rolls."""

    HOUR = "hour"
    DAY = "day"

    @property
    def window(self) -> timedelta:
        """Its length."""
        return timedelta(hours=1) if self is Per.HOUR else timedelta(days=1)


class Of(StrEnum):
    """What is counted."""

    USD = "usd"
    MODEL_CALLS = "model_calls"


@dataclass(frozen=True)
class Ceiling:
    """The most that may be spent in any hour or any day. `name`: which process or tenant; empty for the fleet."""

    scope: Scope
    name: str
    per: Per
    of: Of
    amount: Decimal

    def __str__(self) -> str:
        whose = {Scope.FLEET: "the fleet's", Scope.PROCESS: f"{self.name}'s", Scope.TENANT: f"tenant {self.name}'s"}
        what = "USD" if self.of is Of.USD else "model calls"
        each = "an hour" if self.per is Per.HOUR else "a day"
        return f"{whose[self.scope]} ceiling of {self.amount.normalize():f} {what} {each}"


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    return value


MOST = 1_000_000_000
"""Of anything here; more is a slip of the finger."""

Usd = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=MOST, allow_inf_nan=False)]
Count = Annotated[int, BeforeValidator(whole_number), Field(ge=0, le=MOST)]
Rate = Annotated[float, BeforeValidator(_number), Field(gt=0, le=MOST, allow_inf_nan=False)]


class Spendable(Table, Budget):
    """`[budget]`, and `[budget.processes.NAME]`: read more strictly than what a program sends."""

    @field_validator("usd", mode="before")
    @classmethod
    def _money(cls, value: Any) -> Any:
        return _number(value)

    @field_validator("model_calls", "tool_calls", "steps", mode="before")
    @classmethod
    def _counts(cls, value: Any) -> Any:
        return whole_number(value)

    @field_validator("working_time", "idle_time", mode="before")
    @classmethod
    def _lengths(cls, value: Any) -> Any:
        return length(value)


class Budgets(Spendable):
    """`[budget]` as a whole."""

    processes: Mapping[str, Spendable] = Field(default={}, exclude=True)


class Amounts(Table):
    """One table of ceilings."""

    usd_per_hour: Usd | None = None
    usd_per_day: Usd | None = None
    model_calls_per_hour: Count | None = None
    model_calls_per_day: Count | None = None

    def ceilings(self, scope: Scope, name: str = "") -> Iterator[Ceiling]:
        """Those that are set."""
        for field in Amounts.model_fields:
            of, _, per = field.partition("_per_")
            if (amount := getattr(self, field)) is not None:
                yield Ceiling(scope, name, Per(per), Of(of), Decimal(amount))


class CeilingTables(Amounts):
    """`[ceilings]` as a whole."""

    processes: Mapping[str, Amounts] = {}
    each_tenant: Amounts = Amounts()
    tenants: Mapping[str, Amounts] = {}


class Price(Table):
    """US dollars per million tokens."""

    input: Usd
    output: Usd
    cached_input: Usd | None = None
    cache_write: Usd | None = None


class RunLimits(Table):
    """The whole file. Empty: the processes' own limits, no ceilings, no rates, the price table's prices."""

    budget: Budgets = Budgets()
    ceilings: CeilingTables = CeilingTables()
    rates: Mapping[str, Rate] = {}
    """Model calls a second of the whole fleet, by provider."""
    prices: Mapping[str, Price] = {}
    """By model as a route names it (`vllm:qwen3`), or by provider, for those of its models that have none."""

    def limits_for(self, process: str, usual: Limits) -> Limits:
        """What a run of `process` may spend; `usual` are the process's own limits."""
        return usual.within(self.budget).within(self.budget.processes.get(process))

    def ceilings_for(self, process: str, tenant: str | None) -> list[Ceiling]:
        """The ceilings that count a model call."""
        tables = self.ceilings
        found = [*tables.ceilings(Scope.FLEET)]
        found += tables.processes.get(process, Amounts()).ceilings(Scope.PROCESS, process)
        if tenant is not None:
            found += tables.tenants.get(tenant, tables.each_tenant).ceilings(Scope.TENANT, tenant)
        return found

    @property
    def has_ceilings(self) -> bool:
        """Whether any call can meet one."""
        top = self.ceilings
        tables = (top, top.each_tenant, *top.processes.values(), *top.tenants.values())
        return any(True for table in tables for _ in table.ceilings(Scope.FLEET))
