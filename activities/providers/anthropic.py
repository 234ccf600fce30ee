"""Anthropic's messages, through its own SDK."""

import re
from collections.abc import Awaitable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from activities.llm.forms import plain_text_for
from activities.llm.prompts import unchanging
from activities.llm.refusals import Door
from activities.llm.schemas import full_schema, strict_schema
from activities.llm.subsets import fits_anthropic
from activities.providers.anthropic_events import take
from activities.providers.base import REPLY_TOOL, Call, Completion, Finish
from activities.providers.concessions import Concession, Concessions, Granted
from activities.providers.http import http_client
from activities.providers.streaming import USUAL, Once, Patience, read_reply
from contracts.errors import ModelRefused
from contracts.llm import Message, Rung

if TYPE_CHECKING:  # the SDK takes a second to import, so it waits for the first call
    from anthropic import AsyncAnthropic

_ENDS = {
    "refusal": Finish.DECLINED,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
}

_SIGNS = {
    # Claude Opus 5.5, Sonnet 5.5 and Fable 5.1 think before each reply, and refuse to be forced.
    re.compile("tool_choice"): (Concession.FORCE,),
    # Beyond what `fits_anthropic` knows there is the size of the compiled schema, which no document states.
    re.compile("schema|grammar|output_config", re.IGNORECASE): (Concession.STRICT, Concession.SCHEMA),
}


class AnthropicProvider:
    """One client for the worker's life."""

    def __init__(self, key: SecretStr | None, base_url: str | None, patience: Patience = USUAL) -> None:
        self._door = Door("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", secret=key)
        self._base_url = base_url
        self._patience = patience
        self._client = Once(self._connect, self._door)
        self._concessions = Concessions(_SIGNS)

    async def complete(self, call: Call) -> Completion:
        """Call once, streamed, in the form of the call's rung."""
        client = await self._client.get()
        from anthropic import AnthropicError

        def ask(call: Call, granted: Granted) -> Awaitable[Any]:
            return client.messages.create(
                model=call.model.model, max_tokens=call.max_tokens, stream=True, **_request(call, granted)
            )

        opening = self._concessions.opened(ask, call, AnthropicError)
        door = replace(self._door, model=str(call.model))
        return await read_reply(opening, take, _ENDS, door, self._patience)

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
            http_client=http_client(self._patience.timeout()),
            open_telemetry=False,  # the call has a span already, and prompts go into it only when asked for
        )


def _request(call: Call, granted: Granted) -> dict[str, Any]:
    """The prompt, and the form in which the reply is asked for."""
    if call.rung in (Rung.SCHEMA, Rung.XML):
        return _prompt(call.messages)
    if Concession.SCHEMA in granted:
        return _prompt(plain_text_for(call.rung, call.messages, call.schema, call.scratchpad))
    strict = fits_anthropic(call.schema) and Concession.STRICT not in granted
    if strict and call.rung is not Rung.TOOL:
        schema = strict_schema(call.schema, call.scratchpad)
        return {**_prompt(call.messages), "output_config": {"format": {"type": "json_schema", "schema": schema}}}
    # A schema that no strict mode takes goes out as the input of a tool, on every rung: a tool takes any.
    return {**_prompt(call.messages), **_tool(call, strict, forced=Concession.FORCE not in granted)}


def _tool(call: Call, strict: bool, *, forced: bool) -> dict[str, Any]:
    schema = strict_schema(call.schema, call.scratchpad) if strict else full_schema(call.schema, call.scratchpad)
    about = "Takes your answer. Call it once, with the whole answer; nobody reads what stands beside the call."
    choice = {"type": "tool", "name": REPLY_TOOL} if forced else {"type": "auto"}
    return {
        "tools": [
            {"name": REPLY_TOOL, "description": about, "input_schema": schema, **({"strict": True} if strict else {})}
        ],
        "tool_choice": {**choice, "disable_parallel_tool_use": True},
    }


def _prompt(messages: tuple[Message, ...]) -> dict[str, Any]:
    """The messages, marked for the provider's cache after the system prompt and after the last example.

    A prefix that is too short for the cache is not cached, and costs what it would.
    """
    system, *turns = messages
    last_example = unchanging(messages) - 2 if unchanging(messages) > 1 else None
    return {
        "system": _cached(system.content),
        "messages": [
            {"role": turn.role, "content": _cached(turn.content) if n == last_example else turn.content}
            for n, turn in enumerate(turns)
        ],
    }


def _cached(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
