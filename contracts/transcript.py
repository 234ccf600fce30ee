"""Conversations by reference: messages stand in a store, each once; a run passes on the address of the newest one."""

from typing import Annotated
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from temporalio import activity

Head = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{24}\.\d{1,12}$")]
"""Where a conversation stands: the address of its newest message (144 bits of a SHA-256, base64url), a point, and how
many bytes of UTF-8 the model is shown up to there."""


SHOWN = 20_000
"""Characters of one message that a model is shown; the store has all of it."""


def size_of(head: Head) -> int:
    """Bytes of UTF-8 that the model is shown."""
    return int(head.partition(".")[2])


def shown(text: str) -> str:
    """As much of a message as a model is shown: all of it, or so many characters, the last of which say so."""
    if len(text) <= SHOWN:
        return text
    mark = f" [shortened: the beginning of {len(text)} characters]"
    return text[: SHOWN - len(mark)] + mark


def bytes_of(text: str) -> int:
    """What a model is shown of a message, in bytes of UTF-8, or of Unicode's compatibility forms where those are
    longer: it comes to no more tokens. What ends a turn is longer by the time that it is shown."""
    text = shown(text.replace("<|", "&lt;|"))
    return max(len(form.encode("utf-8", "replace")) for form in (text, normalize("NFKC", text)))


class Opening(BaseModel):
    """What a conversation begins with; it never changes, so that a turn needs only the head.

    `prompt` names a file under `activities/prompts/` without its suffix; `variables` fill it in. Replies are of the
    output contract `contract`, whose check compares them with `facts`.
    """

    model_config = ConfigDict(frozen=True)

    owner: str
    """The workflow id: what is stored is kept while the server knows it."""
    process: str
    tenant: str | None = None
    prompt: str
    variables: dict[str, str]
    contract: str
    facts: JsonValue
    scratchpad: bool = False


class Opened(BaseModel):
    """A conversation that has begun, with what the model was told first."""

    model_config = ConfigDict(frozen=True)

    head: Head
    prompt_version: str
    """First 12 hex digits of the SHA-256 of the prompt's file."""
    messages: tuple[tuple[str, str], ...]
    """Role and words."""


class Said(BaseModel):
    """A message that is new: its words, or where they are stored already."""

    model_config = ConfigDict(frozen=True)

    text: str | None = None
    ref: str | None = None
    pinned: bool = False
    """It stays in sight of the model when older turns are summarised."""


class Observe(BaseModel):
    """Use a tool that only reads, for a call that a model made, and keep what it says."""

    model_config = ConfigDict(frozen=True)

    head: Head
    call: str
    """The call's id, in the model's words."""
    tool: str
    offered_as: str
    """The tool's name as the model knows it."""
    argument: JsonValue


class Observed(BaseModel):
    """What the tool said: where the message to the model is stored, and the result, unless it is long."""

    model_config = ConfigDict(frozen=True)

    ref: str
    result: JsonValue = Field(default=None, exclude_if=lambda result: result is None)
    begins: str | None = Field(default=None, exclude_if=lambda begins: begins is None)
    """The beginning of a result that is too long for the history."""
    size: int | None = Field(default=None, exclude_if=lambda size: size is None)
    """Of such a one: bytes that a model is shown."""


class Compact(BaseModel):
    """The same conversation with its older turns as a summary. Pinned messages stay, and of the last ones as many as
    fit into `room` bytes."""

    model_config = ConfigDict(frozen=True)

    head: Head
    summary: str
    room: int


class TranscriptPort:
    """The store of conversations, as workflows see it."""

    @activity.defn(name="transcript.open")
    async def open(self, opening: Opening) -> Opened:
        """Begin a conversation; the same opening again is the same conversation. Raises BadInput."""
        raise NotImplementedError

    @activity.defn(name="transcript.observe")
    async def observe(self, request: Observe) -> Observed:
        """What a reading tool says. Raises the tool's own errors, and BadInput."""
        raise NotImplementedError

    @activity.defn(name="transcript.compact")
    async def compact(self, request: Compact) -> Head:
        """Put a summary in the place of older turns; they stay in the store. Raises BadInput where one is missing."""
        raise NotImplementedError
