"""One OpenTelemetry span a call, named as the GenAI semantic conventions name things."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_tracer

from activities.providers.base import Call, Completion, Finish
from contracts.llm import Message, Rung


@contextmanager
def call_span(call: Call) -> Iterator[Span]:
    """The span `chat MODEL` around a call; an error ends it by its name, without its message."""
    asked: dict[str, str | int] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": call.model.provider,
        "gen_ai.request.model": call.model.model or call.model.provider,
        "gen_ai.request.max_tokens": call.max_tokens,
        "gen_ai.output.type": "text" if call.rung in (Rung.SCHEMA, Rung.XML) else "json",
        "signoff.rung": call.rung.value,
    }
    name = f"chat {asked['gen_ai.request.model']}"
    # Not by the library: it would write an error's message and its cause into the trace.
    with get_tracer("signoff").start_as_current_span(
        name, kind=SpanKind.CLIENT, attributes=asked, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:  # whatever it is: it goes on
            _failed(span, type(error).__name__)
            raise


def note_reply(span: Span, reply: Completion) -> None:
    """What came back: names and counts, no content."""
    told = {
        "gen_ai.response.model": reply.response_model,
        "gen_ai.response.id": reply.response_id,
        "gen_ai.response.finish_reasons": [reply.reason] if reply.reason else None,
        "gen_ai.usage.input_tokens": reply.usage.input_tokens if reply.usage else None,
        "gen_ai.usage.output_tokens": reply.usage.output_tokens if reply.usage else None,
        "gen_ai.usage.cache_read.input_tokens": reply.usage.cached_input_tokens if reply.usage else None,
        "gen_ai.usage.cache_creation.input_tokens": reply.usage.cache_write_tokens if reply.usage else None,
    }
    span.set_attributes({name: value for name, value in told.items() if value is not None})
    if reply.finish is Finish.BROKEN:
        _failed(span, "cut")


def note_content(span: Span, messages: Iterable[Message], reply: Completion) -> None:
    """Prompt and reply, where the settings ask for them."""
    asked = [{"role": one.role, "parts": [_text(one.content)]} for one in messages]
    span.set_attribute("gen_ai.input.messages", json.dumps(asked))
    thought = [{"type": "reasoning", "content": reply.reasoning}] if reply.reasoning else []
    text = [_text(reply.text)] if reply.text else []
    calls = [
        {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments} for call in reply.calls
    ]
    said = {"role": "assistant", "parts": [*thought, *text, *calls], "finish_reason": reply.reason}
    span.set_attribute("gen_ai.output.messages", json.dumps([said]))


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "content": text}


def _failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR, kind))
