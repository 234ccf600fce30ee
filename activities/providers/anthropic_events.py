"""Anthropic's events, as a reply takes them in."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from activities.providers.reply import Reply
from contracts.llm import Usage


class _Wire(BaseModel):
    """What is read of an event. The SDK builds its types unchecked, so what came is checked here."""

    model_config = ConfigDict(from_attributes=True, coerce_numbers_to_str=True)


class _Details(_Wire):
    thinking_tokens: int | None = None


class _Usage(_Wire):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: _Details | None = None


def _counted_or_not(usage: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """No reply is lost for a count that is none: it costs its worst case."""
    try:
        return read(usage)
    except ValidationError:
        return _Usage(output_tokens=-1)


_Counts = Annotated[_Usage | None, WrapValidator(_counted_or_not)]


class _Block(_Wire):
    type: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    text: str | None = None
    thinking: str | None = None


class _Stop(_Wire):
    stop_reason: str | None = None
    stop_details: Any = None


class _Delta(_Stop):
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None


class _Message(_Stop):
    id: str | None = None
    model: str | None = None
    usage: _Counts = None


class _Event(_Wire):
    index: int | None = None
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: _Counts = None


class _Whole(_Message):
    """What a server sends that does not stream."""

    content: list[_Block]


def take(event: object, reply: Reply) -> None:
    """Take in one event, or a whole message. Raises ValidationError for junk."""
    if isinstance(event, dict) and event.get("type") == "message":
        _take_whole(_Whole.model_validate(event), reply)
        return
    seen = _Event.model_validate(event)
    index = seen.index or 0
    if seen.message:
        _take_message(seen.message, reply)
    _count(seen.usage, reply)
    if seen.content_block:
        _take_block(seen.content_block, index, reply)
    if seen.delta:
        _take_delta(seen.delta, index, reply)


def _take_whole(whole: _Whole, reply: Reply) -> None:
    _take_message(whole, reply)
    for index, block in enumerate(whole.content):
        _take_block(block, index, reply)
    _end(whole, reply)


def _take_message(message: _Message, reply: Reply) -> None:
    reply.response_id, reply.response_model = message.id, message.model
    _count(message.usage, reply)


def _count(told: _Usage | None, reply: Reply) -> None:
    if told:
        reply.usage = _counted(told, reply.usage or Usage())


def _take_block(block: _Block, index: int, reply: Reply) -> None:
    """A block as it begins: nearly always empty, and the rest of it follows."""
    if block.type == "tool_use":
        reply.call(index, block.id, block.name, json.dumps(block.input) if block.input else None)
    reply.add(block.text or "")
    reply.think(block.thinking or "")


def _take_delta(delta: _Delta, index: int, reply: Reply) -> None:
    reply.add(delta.text or "")
    reply.think(delta.thinking or "")
    if delta.partial_json:
        reply.call(index, None, None, delta.partial_json)
    _end(delta, reply)


def _end(stop: _Stop, reply: Reply) -> None:
    reply.reason = stop.stop_reason or reply.reason
    if stop.stop_reason == "refusal":
        details = stop.stop_details
        why = details.get("explanation") if isinstance(details, dict) else getattr(details, "explanation", None)
        reply.refusal = why if isinstance(why, str) else ""


def _counted(told: _Usage, before: Usage) -> Usage:
    """Counts are cumulative, and the last event may leave out those of the input.

    Anthropic counts input that was read from the cache, or written to it, apart; our input_tokens includes both.
    """
    read = _latest(told.cache_read_input_tokens, before.cached_input_tokens)
    written = _latest(told.cache_creation_input_tokens, before.cache_write_tokens)
    rest = before.input_tokens - before.cached_input_tokens - before.cache_write_tokens
    thought = told.output_tokens_details.thinking_tokens if told.output_tokens_details else None
    return Usage(
        input_tokens=_latest(told.input_tokens, rest) + read + written,
        output_tokens=_latest(told.output_tokens, before.output_tokens),
        cached_input_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=_latest(thought, before.reasoning_tokens),
    )


def _latest(told: int | None, before: int) -> int:
    return before if told is None else told
