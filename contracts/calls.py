"""Tool calls as models ask for them, and what they are told came of them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

Text = Annotated[str, StringConstraints(max_length=200)]


class ToolCall(BaseModel):
    """A model wants a tool used. Nothing of it is trusted: neither the name nor the arguments."""

    model_config = ConfigDict(frozen=True)

    id: Text = Field(description="tells this call from the others of the same reply")
    tool: Text
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class CallResult(BaseModel):
    """What became of a call, as the model is told it."""

    model_config = ConfigDict(frozen=True)

    id: str
    tool: str
    done: bool
    result: JsonValue = None
    reason: str | None = Field(default=None, description="why nothing was done")


class Clarification(BaseModel):
    """What a model wants to know of a person: in words, or which of some choices was meant."""

    model_config = ConfigDict(frozen=True)

    question: Annotated[str, StringConstraints(min_length=1, max_length=250, strip_whitespace=True)]
    choices: tuple[Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)], ...] = Field(
        default=(), max_length=10
    )
