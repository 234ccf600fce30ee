"""What `signoff show` tells of a run: the shape of its JSON."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.gates import Card
from starters.happenings import RunStatus

UNKNOWN = "unknown"
"""State of an effect of which nobody can say whether it happened."""


class Decision(BaseModel):
    """One decision. `who`: the model, or the person by the name they gave; `identity`: their Temporal client's.

    `rung` is how a model was asked; `repaired`: its reply was mended without a call.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    by: Literal["code", "model", "person"]
    who: str | None = None
    outcome: str | None = None
    model: str | None = None
    prompt_version: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    started_at: datetime | None = None
    duration_s: float | None = None
    error: str | None = None
    note: str | None = None
    identity: str | None = None
    input: Any = None
    output: Any = None
    rung: str | None = None
    signed_with: str | None = None
    """Id of the key that a person's message was signed with."""
    repaired: bool = False
    cost_is_worst_case: bool = False
    """Nobody can say what it did cost: `cost_usd` is what was reserved for it."""


class EffectState(BaseModel):
    """One effect by its key: done, conflict, failed, unknown or pending. `digest`: of what was asked for last.

    `receipt` is what the outside system gave back when it was done.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    tool: str
    state: str
    digest: str
    receipt: Any = None


class Explanation(BaseModel):
    """What `signoff show --json` prints."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    process: str
    status: RunStatus
    result: Any
    error: str | None
    cost_usd: float
    waiting: tuple[Card, ...]
    decisions: tuple[Decision, ...]
    effects: tuple[EffectState, ...]
    refusals: tuple[dict[str, Any], ...]
    refusals_count: int
    listed: bool | None = None
    """Whether only those of a list of approvers could decide; None where no gate has recorded it."""
