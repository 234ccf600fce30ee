"""Gates: what a person is asked, what they may say, and what an approval is worth."""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

T = TypeVar("T")


def digest_of(value: BaseModel) -> str:
    """SHA-256 (hex) of a value's canonical JSON."""
    return json_digest(value.model_dump(mode="json"))


def json_digest(value: JsonValue) -> str:
    """`digest_of`, of a value that is JSON already."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: JsonValue) -> bytes:
    """Canonical JSON: keys sorted, no blanks, UTF-8 (after RFC 8785)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


class GateKind(StrEnum):
    """What is asked of a person."""

    APPROVAL = "approval"
    QUESTION = "question"
    OUTCOME = "outcome"
    """Did this happen? Answered by choice yes or no."""


class Card(BaseModel):
    """What lists show of an open gate; bounded, because it stands in the run's memo."""

    model_config = ConfigDict(frozen=True)

    gate: str
    kind: GateKind
    question: str = Field(max_length=300)
    digest: str
    deadline: datetime
    opened_at: datetime
    reminders: int = 0
    choices: tuple[str, ...] = ()
    step: str = ""
    """The step of the boundary map; a gate that opens a second time in one run has a number behind it."""
    waits_on: tuple[str, ...] = ()
    """Who may decide now: names, and roles as `role:NAME`; empty: whoever can reach the run."""
    needed: int = 1
    """How many more of them must approve, the later stages' included."""
    approved_by: tuple[str, ...] = ()
    abstained: tuple[str, ...] = ()
    signed: bool = False
    """Whether a decision counts only with its sender's signature."""


class OpenGate(BaseModel):
    """An open gate with its subject, as the query `state` answers it. An edit may change the `editable` fields."""

    model_config = ConfigDict(frozen=True)

    card: Card
    subject: JsonValue
    editable: tuple[str, ...] = ()
    shows: str = ""
    """Name of the subject's type, such as `Email`."""


class Approval(BaseModel):
    """A person's yes to one digest at one gate of one request: given there, or in advance."""

    model_config = ConfigDict(frozen=True)

    request: str
    """Workflow id of the run in which it was given."""
    gate: str
    digest: str
    by: str
    at: datetime
    note: str | None = None
    edited: bool = False
    standing: str | None = None
    """Workflow id of the standing approval that covers it: the gate did not open."""
    others: tuple[str, ...] = ()
    """Who approved the same digest before, where several had to."""
    others_at: tuple[datetime, ...] = Field(default=(), exclude_if=lambda times: not times)
    """When they did."""


class Approved(BaseModel, Generic[T]):
    """A value with the approval of exactly this value. Only a gate makes one, asking or by a standing approval."""

    model_config = ConfigDict(frozen=True)

    value: T
    approval: Approval


class Refusal(BaseModel):
    """A message that was turned away, and why."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    message: str
    """Name of the signal or update."""
    by: str | None
    gate: str | None
    reason: str


class Reply(BaseModel):
    """Answer to the sender of a `decide` update."""

    model_config = ConfigDict(frozen=True)

    accepted: bool
    reason: str
    problems: dict[str, str] = Field(default_factory=dict)
    """What is wrong with an edit or an answer, by field (`to.email`); empty where it is not about a field."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must hold printable characters only")
    return text


_BLANKS = str.maketrans("\n\t\r", "   ")


def _no_control(text: str) -> str:
    # Thousands of messages may be read at once: in C, not letter by letter.
    if not text.translate(_BLANKS).isprintable():
        raise ValueError("must hold no control characters")
    return text


Who = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_printable)]
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True), AfterValidator(_no_control)
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]


class _Message(BaseModel):
    """What every message shares: strict, because a lenient `approved: "yes"` would be a yes."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    by: Who


class Signature(BaseModel):
    """An approver's Ed25519 signature (RFC 8032) of `signed_bytes`."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    key: Name
    """Id of the key, as SIGNOFF_APPROVERS has it."""
    at: Annotated[str, StringConstraints(max_length=40)]
    """When it was signed: ISO 8601, with its offset."""
    value: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]
    """64 bytes in base64 (RFC 4648, section 4)."""


class _ToGate(_Message):
    gate: Name | None = None
    digest: Name | None = None
    signature: Signature | None = None


class Approve(_ToGate):
    """Yes, to the subject as it is or with some of its fields changed."""

    verdict: Literal["approve"] = "approve"
    note: Words | None = None
    edit: dict[str, Any] | None = None


class Reject(_ToGate):
    """No, and why."""

    verdict: Literal["reject"] = "reject"
    reason: Words


class AnswerGate(_ToGate):
    """The answer to a question: in words, or one of its choices (its text, or its number counted from 1)."""

    verdict: Literal["answer"] = "answer"
    text: Words | None = None
    choice: Name | int | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "AnswerGate":
        if (self.text is None) == (self.choice is None):
            raise ValueError("give either text or choice")
        return self


class Abstain(_ToGate):
    """Leave it to the others."""

    verdict: Literal["abstain"] = "abstain"
    note: Words | None = None


class Retract(_ToGate):
    """Take one's own approval or abstention back, while the gate is open."""

    verdict: Literal["retract"] = "retract"
    note: Words | None = None


class Stop(_Message):
    """End the run cleanly."""

    reason: Words


Decision = Approve | Reject | AnswerGate | Abstain | Retract
DECISION: TypeAdapter[Decision] = TypeAdapter(Annotated[Decision, Field(discriminator="verdict")])


def signed_bytes(workflow_id: str, decision: Decision, at: str) -> bytes:
    """What an approver signs: all that a decision means, canonical, so that it fits no other gate, run or subject.

    The decision names its gate and its digest. `at`: as in its `Signature`.
    """
    said = decision.model_dump(mode="json", exclude={"signature"}, exclude_none=True)
    return canonical({"signoff": "decision/1", "workflow_id": workflow_id, "at": at, **said})
