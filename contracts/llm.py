"""Model calls: what is asked, what came back, and what it cost."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, JsonValue, PlainSerializer
from temporalio import activity

Usd = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""US dollars: exact in code, a number in JSON."""


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


class Retry(BaseModel):
    """An earlier reply that did not fit, shown to the model with what was wrong about it."""

    model_config = ConfigDict(frozen=True)

    reply: str
    problems: tuple[str, ...]


class Ask(BaseModel):
    """One call of one model.

    `prompt` names a file under `activities/prompts/` without its suffix; `variables` fill it in. `contract` is the
    wire name of the output contract, and `facts` is what its check compares the reply with.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    prompt: str
    variables: dict[str, str]
    contract: str
    facts: JsonValue
    model: ModelRef
    max_tokens: int = 1000
    retry: Retry | None = None


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
    CUT = "cut"
    """The reply ended before its end: token limit, a broken stream, a silent one. It may have been billed."""


class Usage(BaseModel):
    """Tokens as the provider counted them; `input_tokens` includes the cached ones."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0


class Answer(BaseModel):
    """A model's reply, checked. `value` is set when the verdict is FITS; `cost_usd` is None where no price is known."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    value: JsonValue = None
    problems: tuple[str, ...] = ()
    reply: str
    prompt: tuple[Message, ...]
    prompt_version: str
    """First 12 hex digits of the SHA-256 of the prompt's file."""
    model: ModelRef
    response_model: str | None = None
    request_id: str | None = None
    finish_reason: str | None = None
    usage: Usage = Usage()
    cost_usd: Decimal | None = None
    duration_s: float


class LlmPort:
    """What workflows may ask of models."""

    @activity.defn(name="llm.route")
    async def route(self, request: RouteRequest) -> Route:
        """The models of a role, from the worker's settings; recorded once, so that a run keeps its route."""
        raise NotImplementedError

    @activity.defn(name="llm.ask")
    async def ask(self, ask: Ask) -> Answer:
        """Call the model once; check the reply against its output contract.

        Raises ModelUnavailable (surely not billed; retried) or ModelRefused. Whatever may have been billed comes
        back as an Answer.
        """
        raise NotImplementedError
