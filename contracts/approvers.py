"""Approvers: who may decide at a gate, and whose signature is whose."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio import activity

from contracts.gates import Card
from contracts.policies import ROLE, GatePolicy


class ApproverKey(BaseModel):
    """A public key (Ed25519, RFC 8032)."""

    model_config = ConfigDict(frozen=True)

    id: str
    public: str
    """32 bytes in base64."""
    revoked: AwareDatetime | None = None
    """Signatures that arrive from then on do not count."""


class Approver(BaseModel):
    """A person who may decide."""

    model_config = ConfigDict(frozen=True)

    name: str
    roles: tuple[str, ...] = ()
    keys: tuple[ApproverKey, ...] = ()

    def is_one_of(self, who: tuple[str, ...]) -> bool:
        """Whether they are named there, by name or by role."""
        return self.name in who or any(f"{ROLE}{role}" in who for role in self.roles)


class RulesRequest(BaseModel):
    """A gate that opens now."""

    model_config = ConfigDict(frozen=True)

    process: str
    step: str
    usual: GatePolicy
    """The process's own policy."""


class Rules(BaseModel):
    """What holds at a gate from when it opens to its end."""

    model_config = ConfigDict(frozen=True)

    policy: GatePolicy
    approvers: tuple[Approver, ...] | None = None
    """Those that the policy lets decide, at any stage; None: no list is kept, so everybody may."""
    notices: bool = False
    """Whether anybody is told by mail or by webhook."""


class Signed(BaseModel):
    """A vote with its signature, when the quorum is reached."""

    model_config = ConfigDict(frozen=True)

    by: str
    key: str
    at: AwareDatetime
    """When the run took the vote."""


class RevocationsRequest(BaseModel):
    """Votes whose keys may have been revoked since the gate opened."""

    model_config = ConfigDict(frozen=True)

    votes: tuple[Signed, ...]


class Revocations(BaseModel):
    """Why which of the votes do not count, by their sender."""

    model_config = ConfigDict(frozen=True)

    refused: dict[str, str] = {}


class Notice(BaseModel):
    """Something that those who may decide ought to hear."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["opened", "reminder", "escalation"]
    workflow_id: str
    process: str
    card: Card


class ApproversPort:
    """What the settings say of approvers."""

    @activity.defn(name="approvers.rules")
    async def rules(self, request: RulesRequest) -> Rules:
        """What holds at a gate that opens now."""
        raise NotImplementedError

    @activity.defn(name="approvers.revocations")
    async def revocations(self, request: RevocationsRequest) -> Revocations:
        """Look the keys up as they are now."""
        raise NotImplementedError


class NoticesPort:
    """Telling people by mail and by webhook."""

    @activity.defn(name="notices.send")
    async def send(self, notice: Notice) -> None:
        """Tell everybody whom the notice is for. Sent again after a crash, it may reach them twice.

        Raises ToolUnavailable, ToolFailed.
        """
        raise NotImplementedError
