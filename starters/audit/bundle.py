"""What a proof bundle holds. Its file is canonical JSON with the SHA-256 of the bundle beside it."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from contracts.approvers import Rules, Signed
from contracts.gates import Approval, GateKind, canonical, json_digest


class Part(BaseModel):
    """Of a bundle. Where in which run's history it stands: `run` is the run's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    event_id: int
    at: AwareDatetime


class Said(Part):
    """A message as it was sent; its signature, where there is one, is part of it."""

    name: str
    """Of the signal or the update."""
    identity: str
    """The sender's, as Temporal knows it."""
    message: JsonValue


class Noted(Part):
    """What the run noted at a gate."""

    outcome: str
    who: str | None = None
    """The person; None: the run itself."""
    digest: str | None = None
    text: str | None = None
    said: Said | None = None
    """The message behind it."""


class Vote(BaseModel):
    """One of those whose decisions came to the gate's end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str
    said: Said | None


class GateRecord(BaseModel):
    """One gate. `rules`: as they were recorded when it opened; None: none were."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: str
    step: str
    kind: GateKind
    question: str
    opened_at: AwareDatetime
    deadline: AwareDatetime
    rules: Rules | None
    notes: tuple[Noted, ...]
    end: Noted | None = None
    """None: it was open when the bundle was made, or the run ended before it did."""
    votes: tuple[Vote, ...] = ()


class EffectRecord(Part):
    """One call of a tool that changes the world."""

    tool: str
    key: str
    digest: str
    argument: JsonValue
    approval: Approval | None
    state: str
    receipt: JsonValue = None
    """As the tool gave it back, whole."""


class Revoked(Part):
    """Keys that were looked up, and whose votes did not count after that."""

    asked: tuple[Signed, ...]
    refused: dict[str, str]


class Bundle(BaseModel):
    """All of it. `runs`: the ids of the chain's runs, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["signoff audit/1"] = "signoff audit/1"
    workflow_id: str
    workflow_type: str
    requester: str | None
    runs: tuple[str, ...]
    whole: bool
    """Whether the server still held the chain from its first run on."""
    reset_of: tuple[str, ...] = ()
    """Runs whose histories this one's begin with a copy of; what they did after that is not here."""
    status: str
    gates: tuple[GateRecord, ...]
    stops: tuple[Noted, ...]
    effects: tuple[EffectRecord, ...]
    revocations: tuple[Revoked, ...]
    refusals: tuple[dict[str, Any], ...]
    refusals_count: int = Field(ge=0)


def as_file(bundle: Bundle) -> tuple[bytes, str]:
    """(the file, the SHA-256 within it)."""
    value = bundle.model_dump(mode="json")
    digest = json_digest(value)
    return canonical({"bundle": value, "sha256": digest}), digest
