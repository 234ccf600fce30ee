"""Standing approvals: a person approves in advance a kind of action, within bounds, so many times, until a date."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)
from temporalio import activity

from contracts.bounds import Bounds
from contracts.gates import Approval, Refusal, Who, Words
from contracts.processes import Label

STANDING_APPROVAL = "StandingApproval"
"""Workflow type."""

MEMO_STANDING = "standing"
"""Memo: the newest `StandingCard`. History keeps every one, and with it every use and every refusal."""

MOST_USES = 1000

LONGEST = timedelta(days=366)
"""The farthest end of a standing approval, from when it is granted."""

LARGEST_GRANT = 20_000
"""Bytes of a grant's JSON."""

KEPT_REFUSALS = 100
"""Refusals that are recorded. Those past it are answered alike, and leave no trace."""

ANSWERS_FOR = timedelta(days=1)
"""How long one that is used up or expired still gives the answers that it gave before."""


def _no_number(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise ValueError("must be a date and a time with its offset, like 2026-12-01T17:00:00Z")
    return value


class Grant(BaseModel):
    """What somebody approves in advance."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    process: Label
    tool: Label
    """Its name on the wire, like `mail.send`."""
    bounds: Bounds
    at_most: int = Field(ge=1, le=MOST_USES)
    until: Annotated[AwareDatetime, BeforeValidator(_no_number), Field(strict=False)]
    by: Who
    note: Words | None = None

    @model_validator(mode="after")
    def _is_small(self) -> "Grant":
        if (size := len(self.model_dump_json().encode())) > LARGEST_GRANT:
            raise ValueError(f"is too large: {size:,} bytes of at most {LARGEST_GRANT:,}")
        return self


def standing_prefix(process: str, tool: str) -> str:
    """How the ids of the standing approvals of a process's tool begin."""
    return f"standing/{process}/{tool}/"


class StandingUse(BaseModel):
    """Argument of the update `use`: one action that wants to be covered."""

    model_config = ConfigDict(frozen=True, strict=True)

    process: str
    tool: str
    key: Annotated[str, StringConstraints(min_length=1, max_length=700)]
    """What is approved, in business terms: asked for again under it, it counts once."""
    digest: str
    argument: dict[str, JsonValue]
    run: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    """Workflow id of the run that asks."""
    gate: str
    """The gate that opens unless it is covered."""


class UseReply(BaseModel):
    """Answer to the update `use`: the approval, or why there is none."""

    model_config = ConfigDict(frozen=True)

    approval: Approval | None = None
    reason: str


class UseRecord(BaseModel):
    """One use that counted."""

    model_config = ConfigDict(frozen=True)

    key: str
    digest: str
    run: str
    gate: str
    at: AwareDatetime


class StandingEnd(StrEnum):
    """How a standing approval ended."""

    USED_UP = "used up"
    EXPIRED = "expired"
    REVOKED = "revoked"


class StandingRecord(BaseModel):
    """All there is to know of a standing approval: its result, and while it stands the answer to the query `state`."""

    model_config = ConfigDict(frozen=True)

    grant: Grant
    digest: str
    """Of the grant."""
    end: StandingEnd | None = None
    """None while it stands."""
    by: str | None = None
    """Who revoked it."""
    reason: str | None = None
    uses: tuple[UseRecord, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class StandingCard(BaseModel):
    """What lists show of a standing approval; bounded, because it stands in the memo."""

    model_config = ConfigDict(frozen=True)

    process: str
    tool: str
    digest: str
    by: str
    at_most: int
    used: int = 0
    refused: int = 0
    until: AwareDatetime
    end: StandingEnd | None = None
    use: UseRecord | None = None
    """What this card was written for: a use,"""
    refusal: Refusal | None = None
    """or a refusal; else its beginning or its end."""


class Carried(BaseModel):
    """What the next run of a chain is told by the one before."""

    model_config = ConfigDict(frozen=True)

    uses: tuple[UseRecord, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class AskedInAdvance(BaseModel):
    """Whether an action is covered by a standing approval."""

    model_config = ConfigDict(frozen=True)

    process: str
    tool: str
    key: str
    digest: str
    argument: dict[str, JsonValue]
    gate: str


class InAdvance(BaseModel):
    """The approval, or why each standing approval that there is does not cover the action."""

    model_config = ConfigDict(frozen=True)

    approval: Approval | None = None
    reasons: tuple[str, ...] = ()


class StandingPort:
    """The way to the standing approvals."""

    @activity.defn(name="standing.use")
    async def use(self, asked: AskedInAdvance) -> InAdvance:
        """Use the oldest standing approval that covers the action. Raises ToolUnavailable."""
        raise NotImplementedError
