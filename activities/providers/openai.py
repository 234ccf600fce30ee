"""OpenAI's chat completions, through its own SDK: OpenAI itself, the local model, and any endpoint that speaks it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from activities.llm.bounded import as_tool_call, bounded_schema
from activities.llm.forms import plain_text_for
from activities.llm.refusals import Door
from activities.llm.schemas import full_schema, strict_schema
from activities.llm.subsets import fits_openai
from activities.providers.base import REPLY_TOOL, Call, Completion, Finish
from activities.providers.concessions import Concession, Concessions, Granted
from activities.providers.http import http_client
from activities.providers.local_forms import as_asked
from activities.providers.openai_chunks import take
from activities.providers.streaming import USUAL, Once, Patience, read_reply
from contracts.errors import ModelRefused
from contracts.llm import Message, Rung

if TYPE_CHECKING:  # the SDK takes half a second to import, so it waits for the first call
    from openai import AsyncOpenAI

_ENDS = {"length": Finish.LENGTH, "content_filter": Finish.DECLINED}

_SIGNS = {
    # From GPT-5.4 on, these models reason or call tools in chat completions, and not both.
    re.compile("reasoning_effort"): (Concession.EFFORT,),
    # What `fits_openai` cannot know: each model has a subset of its own, some endpoints know no schemas at all, and
    # llama.cpp can make no grammar of some bounds, such as those of a string of thousands of letters.
    re.compile(r"schema|response_format|\bstrict\b|grammar|parser", re.IGNORECASE): (
        Concession.STRICT,
        Concession.SCHEMA,
    ),
    re.compile(r"\btools?\b|tool_choice|function call", re.IGNORECASE): (Concession.SCHEMA,),
}

Options = Mapping[str, Any]
Dialect = Callable[[Call, Granted], Options]


def hosted(call: Call, granted: Granted) -> Options:
    """As OpenAI wants it; its reasoning models refuse the older `max_tokens`."""
    form = _form(call, granted)
    if "tools" in form:
        effort = {"reasoning_effort": "none"} if Concession.EFFORT in granted else {}
        form = {**form, **effort, "parallel_tool_calls": False}
    return {"max_completion_tokens": call.max_tokens, **form}


def compatible(call: Call, granted: Granted) -> Options:
    """As servers that speak OpenAI's older dialect want it."""
    return {"max_tokens": call.max_tokens, **_form(call, granted)}


def local(call: Call, granted: Granted) -> Options:
    """As llama.cpp wants it: every string bounded, and the most likely word each time, so that a run can be repeated.

    It overlooks a tool choice, so that a tool call is asked of it as a schema. Without the repeat penalty, the small
    model says one sentence again and again until its string is full.
    """
    form: Options = {}
    if not _is_plain(call, granted):
        schema = bounded_schema(call.schema, call.max_tokens, call.sources, call.scratchpad)
        form = _format(as_tool_call(schema, REPLY_TOOL) if call.rung is Rung.TOOL else schema, strict=True)
    extra = {"extra_body": {"repeat_penalty": 1.05}}
    return {"max_tokens": call.max_tokens, "temperature": 0, **form, **extra}


def _is_plain(call: Call, granted: Granted) -> bool:
    return call.rung in (Rung.SCHEMA, Rung.XML) or Concession.SCHEMA in granted


def _form(call: Call, granted: Granted) -> Options:
    """How the reply is asked for, besides in words. A schema that cannot be in force goes along as it is."""
    if _is_plain(call, granted):
        return {}
    strict = fits_openai(call.schema) and Concession.STRICT not in granted
    schema = strict_schema(call.schema, call.scratchpad) if strict else full_schema(call.schema, call.scratchpad)
    return _tool(schema, strict=strict) if call.rung is Rung.TOOL else _format(schema, strict=strict)


def _format(schema: Mapping[str, Any], *, strict: bool) -> Options:
    named = {"name": "reply", "strict": strict, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _tool(schema: Mapping[str, Any], *, strict: bool) -> Options:
    function = {"name": REPLY_TOOL, "description": "Takes your answer.", "parameters": schema, "strict": strict}
    return {
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": REPLY_TOOL}},
    }


class OpenAiProvider:
    """One client for the worker's life. `base_url` None is OpenAI; a door without a key setting needs no key."""

    def __init__(self, door: Door, base_url: str | None, dialect: Dialect, patience: Patience = USUAL) -> None:
        self._door, self._base_url, self._dialect, self._patience = door, base_url, dialect, patience
        self._client = Once(self._connect, self._door)
        self._concessions = Concessions(_SIGNS)

    async def complete(self, call: Call) -> Completion:
        """Call once, streamed, in the form of the call's rung."""
        client = await self._client.get()
        from openai import OpenAIError

        def ask(call: Call, granted: Granted) -> Awaitable[Any]:
            return client.chat.completions.create(
                model=call.model.model or call.model.provider,
                messages=_turns(call, granted),
                stream=True,
                stream_options={"include_usage": True},
                **self._dialect(call, granted),
            )

        opening = self._concessions.opened(ask, call, OpenAIError)
        door = replace(self._door, model=str(call.model))
        reply = await read_reply(opening, take, _ENDS, door, self._patience)
        return as_asked(reply, call.rung) if self._dialect is local else reply

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
            http_client=http_client(
                self._patience.timeout(), kept=self._dialect is hosted, nearby=self._dialect is local
            ),
        )
        if self._dialect is not hosted:
            # From OpenAI's own variables: no other server's business.
            client.organization = client.project = None
            client._custom_headers = {}
        return client


def _turns(call: Call, granted: Granted) -> list[Any]:
    messages: tuple[Message, ...] = call.messages
    if Concession.SCHEMA in granted:
        messages = plain_text_for(call.rung, messages, call.schema, call.scratchpad)
    return [{"role": message.role, "content": message.content} for message in messages]
