"""OpenAI's chat completions, through its own SDK: OpenAI itself, the local model, and any endpoint that speaks it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
from pydantic import BaseModel, ConfigDict

from activities.llm.refusals import Door
from activities.llm.schemas import bounded_schema, strict_schema
from activities.providers.base import Call, Completion, Finish
from activities.providers.streaming import USUAL, Once, Patience, Reply, read_reply
from contracts.errors import ModelRefused
from contracts.llm import Usage

if TYPE_CHECKING:  # the SDK takes half a second to import, so it waits for the first call
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam

_ENDS = {"length": Finish.LENGTH, "content_filter": Finish.DECLINED}

Options = Mapping[str, Any]


def hosted(call: Call) -> Options:
    """As OpenAI wants it; its reasoning models refuse the older `max_tokens`."""
    return {
        "max_completion_tokens": call.max_tokens,
        "response_format": _format(strict_schema(call.schema)),
    }


def compatible(call: Call) -> Options:
    """As servers that speak OpenAI's older dialect want it."""
    return {"max_tokens": call.max_tokens, "response_format": _format(strict_schema(call.schema))}


def local(call: Call) -> Options:
    """As llama.cpp wants it: every string bounded, and the most likely word each time, so that a run can be repeated.

    Without the repeat penalty, the small model says one sentence again and again until its string is full.
    """
    return {
        "max_tokens": call.max_tokens,
        "temperature": 0,
        "response_format": _format(bounded_schema(call.schema, call.max_tokens, call.sources)),
        "extra_body": {"repeat_penalty": 1.05},
    }


def _format(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}


class OpenAiProvider:
    """One client for the worker's life. `base_url` None is OpenAI; a door without a key setting needs no key."""

    def __init__(
        self,
        door: Door,
        base_url: str | None,
        dialect: Callable[[Call], Options],
        patience: Patience = USUAL,
    ) -> None:
        self._door, self._base_url, self._dialect, self._patience = door, base_url, dialect, patience
        self._client = Once(self._connect)

    async def complete(self, call: Call) -> Completion:
        """Call once, streamed, with the schema as `response_format`."""
        client = await self._client.get()
        from openai import OpenAIError

        opening = client.chat.completions.create(
            model=call.model.model or call.model.provider,
            messages=[_turn(message.role, message.content) for message in call.messages],
            stream=True,
            stream_options={"include_usage": True},
            **self._dialect(call),
        )
        return await read_reply(opening, _take, _ENDS, OpenAIError, replace(self._door, model=str(call.model)))

    async def close(self) -> None:
        """Close the connections."""
        if self._client.made:
            await self._client.made.close()

    def _connect(self) -> "AsyncOpenAI":
        if self._door.secret is None and self._door.key:
            raise ModelRefused(f"{self._door.key} is not set: set it, or take {self._door.name} out of SIGNOFF_MODELS")
        from openai import AsyncOpenAI

        client = AsyncOpenAI(
            api_key=self._door.secret.get_secret_value() if self._door.secret else "none",
            base_url=self._base_url,
            timeout=self._patience.timeout(),
            max_retries=0,  # Temporal retries, and only what was surely not billed
            http_client=self._nearby() if self._dialect is local else None,
        )
        if self._dialect is not hosted:
            client.organization = client.project = None  # from OpenAI's own variables: no other server's business
        return client

    def _nearby(self) -> httpx2.AsyncClient:
        """For the local server: past any proxy, and letting go of idle connections before it does, after 5 s."""
        limits = httpx2.Limits(keepalive_expiry=2)
        return httpx2.AsyncClient(limits=limits, timeout=self._patience.timeout(), trust_env=False)


def _turn(role: str, content: str) -> "ChatCompletionMessageParam":
    match role:
        case "system":
            return {"role": "system", "content": content}
        case "assistant":
            return {"role": "assistant", "content": content}
        case _:
            return {"role": "user", "content": content}


class _Wire(BaseModel):
    """What is read of a chunk. The SDK builds its types unchecked, so what came is checked here."""

    model_config = ConfigDict(from_attributes=True)


class _Delta(_Wire):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Wire):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Cached(_Wire):
    cached_tokens: int | None = None


class _Usage(_Wire):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None


class _Chunk(_Wire):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None


def _take(chunk: object, reply: Reply) -> None:
    seen = _Chunk.model_validate(chunk)
    reply.response_id = seen.id or reply.response_id
    reply.response_model = seen.model or reply.response_model
    for choice in seen.choices or ():
        if choice.delta:
            reply.add(choice.delta.content or "")
            reply.refusal += choice.delta.refusal or ""
        reply.reason = choice.finish_reason or reply.reason
    if seen.usage:
        cached = seen.usage.prompt_tokens_details
        reply.usage = Usage(
            input_tokens=seen.usage.prompt_tokens or 0,
            output_tokens=seen.usage.completion_tokens or 0,
            cached_input_tokens=(cached.cached_tokens or 0) if cached else 0,
        )
