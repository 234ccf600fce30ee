"""What every model provider does, and the reply that it hands back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from contracts.llm import Message, ModelRef, Rung, Usage


@dataclass(frozen=True)
class Call:
    """One call of one model. `schema` is the JSON Schema of the reply, as the contract's type states it."""

    model: ModelRef
    messages: tuple[Message, ...]
    schema: Mapping[str, Any]
    max_tokens: int
    step: str
    sources: Mapping[str, str] = field(default_factory=dict)
    """Texts that the reply may quote, by the names that the schema gives them (`x-quoted-from`)."""
    rung: Rung = Rung.NATIVE
    """The plain-text forms stand in `messages` already; the schema goes along where the provider has a form for it."""
    nth: int = 0
    """Calls of this model that the step has had before."""
    scratchpad: bool = False
    """Whether the reply begins with a private `reasoning` field."""


REPLY_TOOL = "reply"
"""The one tool of the rung TOOL."""


@dataclass(frozen=True)
class ToolCall:
    """A tool call as the model made it; `arguments` is its text, whatever stands in it."""

    id: str
    name: str
    arguments: str


class Finish(StrEnum):
    """How a reply ended."""

    COMPLETE = "complete"
    LENGTH = "length"
    """At the token limit, or at the end of the model's window."""
    DECLINED = "declined"
    BROKEN = "broken"
    """The connection broke, fell silent, or carried junk. It may have been billed."""
    OVERLONG = "overlong"
    """Past REPLY_LIMIT; the rest was not read."""


@dataclass(frozen=True)
class Completion:
    """A reply as it came. `reason` is the provider's word for its end; `usage` is None where it was not told."""

    text: str
    finish: Finish
    reason: str | None = None
    note: str = ""
    """The refusal in the model's words, or what broke."""
    response_model: str | None = None
    response_id: str | None = None
    """Of the message; `request_id` is that of the HTTP request, which is what a provider's support asks for."""
    request_id: str | None = None
    usage: Usage | None = None
    calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    """What the provider tells apart as the model's thinking."""


class Provider(Protocol):
    """One way to reach models."""

    async def complete(self, call: Call) -> Completion:
        """Call once. Raises ModelUnavailable (surely not billed) and ModelRefused."""
        ...

    async def close(self) -> None:
        """Let go of connections, at the worker's end."""
        ...
