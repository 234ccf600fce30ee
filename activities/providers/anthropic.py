"""Anthropic's messages, through its own SDK."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, SecretStr

from activities.llm.refusals import Door
from activities.llm.schemas import strict_schema
from activities.providers.base import Call, Completion, Finish
from activities.providers.streaming import USUAL, Once, Patience, Reply, read_reply
from contracts.errors import ModelRefused
from contracts.llm import Usage

if TYPE_CHECKING:  # the SDK takes a second to import, so it waits for the first call
    from anthropic import AsyncAnthropic
    from anthropic.types import MessageParam

_ENDS = {
    "refusal": Finish.DECLINED,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
}


class AnthropicProvider:
    """One client for the worker's life."""

    def __init__(self, key: SecretStr | None, base_url: str | None, patience: Patience = USUAL) -> None:
        self._door = Door("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", secret=key)
        self._base_url = base_url
        self._patience = patience
        self._client = Once(self._connect)

    async def complete(self, call: Call) -> Completion:
        """Call once, streamed, with the schema as `output_config`."""
        client = await self._client.get()
        from anthropic import AnthropicError

        opening = client.messages.create(
            model=call.model.model,
            max_tokens=call.max_tokens,
            system=call.messages[0].content,
            messages=[_turn(message.role, message.content) for message in call.messages[1:]],
            output_config={"format": {"type": "json_schema", "schema": strict_schema(call.schema)}},
            stream=True,
        )
        return await read_reply(opening, _take, _ENDS, AnthropicError, replace(self._door, model=str(call.model)))

    async def close(self) -> None:
        """Close the connections."""
        if self._client.made:
            await self._client.made.close()

    def _connect(self) -> "AsyncAnthropic":
        if self._door.secret is None:
            raise ModelRefused("ANTHROPIC_API_KEY is not set: set it, or take anthropic out of SIGNOFF_MODELS")
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(
            api_key=self._door.secret.get_secret_value(),
            base_url=self._base_url,
            timeout=self._patience.timeout(),
            max_retries=0,  # Temporal retries, and only what was surely not billed
            open_telemetry=False,  # the call has a span already, and prompts go into it only when asked for
        )


def _turn(role: str, content: str) -> "MessageParam":
    if role == "assistant":
        return {"role": "assistant", "content": content}
    return {"role": "user", "content": content}


class _Wire(BaseModel):
    """What is read of an event. The SDK builds its types unchecked, so what came is checked here."""

    model_config = ConfigDict(from_attributes=True)


class _Usage(_Wire):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Message(_Wire):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None


class _Details(_Wire):
    explanation: str | None = None


class _Delta(_Wire):
    text: str | None = None
    stop_reason: str | None = None
    stop_details: _Details | None = None


class _Event(_Wire):
    message: _Message | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None


def _take(event: object, reply: Reply) -> None:
    seen = _Event.model_validate(event)
    if seen.message:
        reply.response_id, reply.response_model = seen.message.id, seen.message.model
    for told in (seen.message and seen.message.usage, seen.usage):
        if told:
            reply.usage = _counted(told, reply.usage or Usage())
    if seen.delta:
        reply.add(seen.delta.text or "")
        reply.reason = seen.delta.stop_reason or reply.reason
        if seen.delta.stop_reason == "refusal" and seen.delta.stop_details:
            reply.refusal = seen.delta.stop_details.explanation or ""


def _counted(told: _Usage, before: Usage) -> Usage:
    """Counts are cumulative, and the last event may leave out those of the input."""
    cached = told.cache_read_input_tokens or 0
    # Anthropic counts cached input apart; our input_tokens includes it.
    total = (told.input_tokens or 0) + cached + (told.cache_creation_input_tokens or 0)
    return Usage(
        input_tokens=total if told.input_tokens is not None else before.input_tokens,
        output_tokens=told.output_tokens if told.output_tokens is not None else before.output_tokens,
        cached_input_tokens=cached or before.cached_input_tokens,
    )
