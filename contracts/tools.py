"""Tools: what they do to the world is stated by their kind, and there is no default kind."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.gates import Approval

A = TypeVar("A")
R = TypeVar("R")


class Effect(StrEnum):
    """What a tool does to the world."""

    READ = "read"
    WRITE = "write"
    IRREVERSIBLE = "irreversible"


class Act(BaseModel, Generic[A]):
    """Input of a tool that changes the world.

    `key` says what the action is in business terms (process, business key, occasion, step), so that a retry, a reset or
    another run of the same action finds the first receipt. `digest` is that of `argument`; an irreversible tool
    also wants the `approval` that was given to this digest.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    digest: str
    argument: A
    approval: Approval | None = None
    undoes: str | None = None
    """Key of the effect that this one takes back."""


class Outcome(StrEnum):
    """How an effect stands after the call."""

    DONE = "done"
    """It happened in this call, or had happened already with the same arguments."""
    CONFLICT = "conflict"
    """It had happened already with other arguments; this call did nothing."""
    UNDONE = "undone"
    """It had happened already and was taken back since; this call did nothing."""


class Receipt(BaseModel, Generic[R]):
    """What a tool that changes the world leaves behind. `digest` is that of what was really done."""

    model_config = ConfigDict(frozen=True)

    key: str
    digest: str
    outcome: Outcome
    result: R


class Consent(StrEnum):
    """Who must approve an irreversible use of a tool."""

    PERSON = "person"
    """A person, at a gate, each single use."""
    STANDING = "standing"
    """A person at a gate, or in advance and within bounds: a standing approval."""
    SHARED = "shared"
    """A person, at a gate, once for several tools: what is approved names the use of each, and each is used once."""


@dataclass(frozen=True)
class ReadTool(Generic[A, R]):
    """A tool that only looks. `at_most`: uses in one run.

    `fast`: it answers within a second or two, so that a conversation may use it without an activity of its own.
    """

    port: Callable[[Any, A], Awaitable[R]]
    at_most: int
    fast: bool = False
    effect: ClassVar[Effect] = Effect.READ


@dataclass(frozen=True)
class WriteTool(Generic[A, R]):
    """A tool that may safely be asked again under the same key. `at_most`: uses in one run."""

    port: Callable[[Any, Act[A]], Awaitable[Receipt[R]]]
    at_most: int
    effect: ClassVar[Effect] = Effect.WRITE


@dataclass(frozen=True)
class IrreversibleTool(Generic[A, R]):
    """A tool whose effect cannot be undone: it takes nothing less than an `Approved[A]`. `at_most`: uses in one run."""

    port: Callable[[Any, Act[A]], Awaitable[Receipt[R]]]
    at_most: int
    consent: Consent
    effect: ClassVar[Effect] = Effect.IRREVERSIBLE


Tool = ReadTool[Any, Any] | WriteTool[Any, Any] | IrreversibleTool[Any, Any]
"""Any tool with its policy; none of it has a default, so a tool without a policy cannot be written down."""


def tool_name(tool: Tool) -> str:
    """A tool's name on the wire: that of its activity, like `mail.send`."""
    name: str = vars(tool.port)["__temporal_activity_definition"].name
    return name
