"""Chunks of OpenAI's chat completions, as a reply takes them in."""

import json
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from activities.providers.reply import Reply
from contracts.llm import Usage


class _Wire(BaseModel):
    """What is read of a chunk. The SDK builds its types unchecked, so what came is checked here."""

    model_config = ConfigDict(from_attributes=True, coerce_numbers_to_str=True)


def _as_json(arguments: Any) -> Any:
    """Some servers send them as the object that they stand for."""
    return json.dumps(arguments) if isinstance(arguments, dict | list) else arguments


def _joined(content: Any) -> Any:
    """Some servers send it in parts."""
    if not isinstance(content, list):
        return content
    return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))


class _Function(_Wire):
    name: str | None = None
    arguments: Annotated[str | None, BeforeValidator(_as_json)] = None


class _ToolCall(_Wire):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(_Wire):
    content: Annotated[str | None, BeforeValidator(_joined)] = None
    refusal: str | None = None
    reasoning_content: Any = None
    reasoning: Any = None
    """Servers have either name for it, some both, and some something else under it."""
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Wire):
    delta: _Delta | None = None
    message: _Delta | None = None
    """In its place, from a server that does not stream."""
    finish_reason: str | None = None


class _Prompt(_Wire):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Completion(_Wire):
    reasoning_tokens: int | None = None


class _Usage(_Wire):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Prompt | None = None
    completion_tokens_details: _Completion | None = None


def _counted_or_not(usage: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """No reply is lost for a count that is none: it costs its worst case."""
    try:
        return read(usage)
    except ValidationError:
        return _Usage(completion_tokens=-1)


class _Chunk(_Wire):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: Annotated[_Usage | None, WrapValidator(_counted_or_not)] = None


def take(chunk: object, reply: Reply) -> None:
    """Take in one chunk. Raises ValidationError for junk."""
    seen = _Chunk.model_validate(chunk)
    reply.response_id = seen.id or reply.response_id
    reply.response_model = seen.model or reply.response_model
    for choice in seen.choices or ():
        said = choice.message if choice.message and not reply.size else choice.delta
        if said:
            _take_delta(said, reply)
        reply.reason = choice.finish_reason or reply.reason
    if seen.usage:
        reply.usage = _counted(seen.usage)


def _take_delta(delta: _Delta, reply: Reply) -> None:
    reply.add(delta.content or "")
    reply.refusal += delta.refusal or ""
    thoughts = (one for one in (delta.reasoning_content, delta.reasoning) if isinstance(one, str) and one)
    reply.think(next(thoughts, ""))
    for call in delta.tool_calls or ():
        function = call.function or _Function()
        reply.call(_place(call, reply), call.id, function.name, function.arguments)


def _place(call: _ToolCall, reply: Reply) -> int:
    """Which call a piece belongs to. Some servers number none: an id begins one, and the rest belongs to the last."""
    if call.index is not None:
        return call.index
    last = max(reply.calls, default=-1)
    return last + 1 if call.id or last < 0 else last


def _counted(told: _Usage) -> Usage:
    prompt = told.prompt_tokens_details or _Prompt()
    completion = told.completion_tokens_details or _Completion()
    return Usage(
        input_tokens=told.prompt_tokens or 0,
        output_tokens=told.completion_tokens or 0,
        cached_input_tokens=prompt.cached_tokens or 0,
        cache_write_tokens=prompt.cache_write_tokens or 0,
        reasoning_tokens=completion.reasoning_tokens or 0,
    )
