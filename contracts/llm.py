"""Model calls: what is asked, what came back, and what it cost."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from temporalio import activity

from contracts.money import Usd
from contracts.transcript import Head, Said


def _nothing(value: Any) -> bool:
    return not value


class Role(StrEnum):
    """Which route a step uses; the settings say which models stand on it."""

    DEFAULT = "default"
    FAST = "fast"
    STRONG = "strong"


class ModelRef(BaseModel):
    """One model of a route: `local`, `anthropic:claude-x`, `scripted:replies.json`."""

    model_config = ConfigDict(frozen=True)

    provider: str
    model: str = ""

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider


class Route(BaseModel):
    """The models that a role may use, best first."""

    model_config = ConfigDict(frozen=True)

    models: tuple[ModelRef, ...]


class RouteRequest(BaseModel):
    """Which route is wanted."""

    model_config = ConfigDict(frozen=True)

    role: Role


class Rung(StrEnum):
    """How a model is asked for a reply of a certain type; one attempt of the repair ladder, in its order.

    The tolerant local repair is no rung of its own: it is tried on each reply, and `Answer.repaired` says so.
    """

    NATIVE = "native"
    """The provider's structured output."""
    TOOL = "tool-call"
    """A call of one tool, whose arguments are the reply."""
    REASK = "re-ask"
    """As native, with the earlier reply and what was wrong about it."""
    SCHEMA = "schema-in-prompt"
    """Plain text, with the schema in the prompt."""
    XML = "xml"
    """Plain text, as XML elements."""


RUNGS = tuple(Rung)


class Retry(BaseModel):
    """An earlier reply that did not fit, shown to the model with what was wrong about it."""

    model_config = ConfigDict(frozen=True)

    reply: str
    problems: tuple[str, ...]


class Ask(BaseModel):
    """One call of one model.

    `prompt` names a file under `activities/prompts/` without its suffix; `variables` fill it in. `contract` is the
    wire name of the output contract, and `facts` is what its check compares the reply with. A turn of a conversation
    has a `head` instead: its opening says all that.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    prompt: str = ""
    variables: dict[str, str] = {}
    contract: str = ""
    facts: JsonValue = None
    model: ModelRef
    max_tokens: int = 1000
    retry: Retry | None = None
    rung: Rung = Rung.NATIVE
    nth: int = 0
    """Calls of this model that this step has had before in this run."""
    repair: bool = True
    """Whether a reply that is no JSON may be mended here, without a call."""
    scratchpad: bool = False
    """Whether the model may think first, in a part of the reply that goes no further than the record."""
    reserved_usd: Usd | None = None
    """The most that this call can cost; charged where nobody can say what it did cost."""
    spend_key: str | None = None
    """Under which it was entered in the ceilings' record, so that what it did cost can be entered there."""
    head: Head | None = Field(default=None, exclude_if=_nothing)
    """Where the conversation stands that this is a turn of."""
    said: tuple[Said, ...] = Field(default=(), exclude_if=_nothing)
    """What has been said to the model since."""
    shorten: bool = Field(default=False, exclude_if=_nothing)
    """Whether this asks for a summary of the conversation, in place of its next turn."""


class Message(BaseModel):
    """One message of the rendered prompt; `role` is system, user or assistant."""

    model_config = ConfigDict(frozen=True)

    role: str
    content: str


class Verdict(StrEnum):
    """What the reply is worth. Recorded with it, so that a later contract does not judge it anew in a replay."""

    FITS = "fits"
    MISFIT = "misfit"
    """It is not what the output contract asks for; `problems` says why."""
    DECLINED = "declined"
    """The model would not answer: refusal, content filter."""
    OUT_OF_ROOM = "out of room"
    """The reply ended at its token limit."""
    CUT = "cut"
    """The reply broke off: a broken stream, a silent one, a worker that was told to end. It may have been billed."""


class Usage(BaseModel):
    """Tokens as the provider counted them. `input_tokens` includes those read from its cache and written to it,
    `output_tokens` those of reasoning."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


class Answer(BaseModel):
    """A model's reply, checked. `value` is set when the verdict is FITS.

    Of a turn that fits, `reply` and `prompt` stand in the store, under `head`. What the ask says already, or is as
    always, is left out there: `model`, a `response_model` of the same name, `finish_reason`.

    `cost_usd` is what is charged: what the provider counted, else the reserved worst case; None where neither is known.
    """

    model_config = ConfigDict(frozen=True)

    verdict: Verdict = Verdict.FITS
    value: JsonValue = None
    problems: tuple[str, ...] = ()
    reply: str = ""
    prompt: tuple[Message, ...] = ()
    prompt_version: str = ""
    """First 12 hex digits of the SHA-256 of the prompt's file."""
    model: ModelRef = ModelRef(provider="")
    response_model: str | None = None
    request_id: str | None = None
    finish_reason: str | None = None
    usage: Usage = Usage()
    cost_usd: Decimal | None = None
    duration_s: float
    rung: Rung = Rung.NATIVE
    form_fits: bool = False
    """Whether the reply has the contract's type, whatever the contract's check says of its content."""
    repaired: bool = False
    """Whether the local repair made it one."""
    reasoning: str | None = None
    """The private scratchpad: in the record, and nowhere else."""
    cost_is_worst_case: bool = False
    head: Head | None = Field(default=None, exclude_if=_nothing)
    """Where the conversation stands with this reply in it."""


class QuoteRequest(BaseModel):
    """What would this call cost, and may it be made now?"""

    model_config = ConfigDict(frozen=True)

    ask: Ask
    process: str
    tenant: str | None = None
    tokens: int | None = Field(default=None, exclude_if=_nothing)
    """Of a turn: what its input may come to. Only a price is wanted; the ceilings are asked when the call is made."""


class Quote(BaseModel):
    """The most that a call can cost. With `wait_s` a ceiling is met: nothing was entered, ask again after so long."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int
    """At most: a byte of the prompt is one token, and a token is never less."""
    max_tokens: int
    most_tokens: int
    """The largest `max_tokens` that the model takes here."""
    usd: Usd
    wait_s: float | None = None
    why: str | None = None
    window: int | None = Field(default=None, exclude_if=_nothing)
    """Of a turn: tokens that the model takes in all."""


class LlmPort:
    """What workflows may ask of models."""

    @activity.defn(name="llm.route")
    async def route(self, request: RouteRequest) -> Route:
        """The models of a role, from the worker's settings; recorded once, so that a run keeps its route."""
        raise NotImplementedError

    @activity.defn(name="llm.quote")
    async def quote(self, request: QuoteRequest) -> Quote:
        """The worst case of one call, entered against the ceilings of fleet, process and tenant under its key.

        Raises ModelRefused where no price is known, or where a ceiling is lower than this one call.
        """
        raise NotImplementedError

    @activity.defn(name="llm.ask")
    async def ask(self, ask: Ask) -> Answer:
        """Call the model once; check the reply against its output contract.

        Raises ModelUnavailable (surely not billed; retried) or ModelRefused. Whatever may have been billed comes
        back as an Answer.
        """
        raise NotImplementedError
