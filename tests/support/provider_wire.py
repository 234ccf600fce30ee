"""What model providers put on the wire: the events of a streamed reply, and the bodies of errors."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Protocol

PIECE = 16
"""Characters of a reply in one event."""


@dataclass(frozen=True)
class Called:
    """A tool call of a reply; `arguments` is sent as it stands, JSON or not."""

    arguments: str
    name: str = "reply"
    id: str = "call_1"


@dataclass(frozen=True)
class Counts:
    """Tokens, counted as Signoff does: `input` with those from and to the cache, `output` with those of reasoning."""

    input: int = 11
    output: int = 7
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class Said:
    """All that a reply may hold. `finish` is stop, length, refusal or tool_calls, in either dialect."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[Called, ...] = ()
    finish: str = "stop"
    refusal: str = ""
    counts: Counts = Counts()


class Dialect(Protocol):
    """One provider's way to say things."""

    def opening(self, said: Said) -> Iterator[bytes]:
        """The events up to and with the last piece of reasoning, text and calls."""
        ...

    def closing(self, said: Said) -> Iterator[bytes]:
        """The events after it."""
        ...

    def body(self, said: Said) -> dict[str, Any]:
        """The same reply to a request that did not ask for a stream."""
        ...

    def error(self, message: str, code: str | None) -> dict[str, Any]:
        """An error's body."""
        ...

    def error_event(self) -> bytes:
        """An error in the middle of a stream."""
        ...


def _event(data: object, name: str | None = None) -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def _input(call: Called) -> Any:
    """The arguments as the object that they stand for; as they are, where they are no JSON."""
    try:
        return json.loads(call.arguments)
    except ValueError:
        return call.arguments


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))


class OpenAi:
    """Chat completions."""

    def opening(self, said: Said) -> Iterator[bytes]:
        """Reasoning as compatible servers tell it, then text, then the calls side by side, a piece of each in turn."""
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in _pieces(said.reasoning):
            yield self._chunk({"reasoning_content": piece})
        for piece in _pieces(said.text):
            yield self._chunk({"content": piece})
        for index, call in enumerate(said.calls):
            named = {"name": call.name, "arguments": ""}
            yield self._chunk({"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": named}]})
        for pieces in zip_longest(*(_pieces(call.arguments) for call in said.calls)):
            for index, piece in enumerate(pieces):
                if piece is not None:
                    yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def closing(self, said: Said) -> Iterator[bytes]:
        """Why it ended, then the counts with their details, then DONE."""
        if said.refusal:
            yield self._chunk({"refusal": said.refusal})
        yield self._chunk({}, self._reason(said))
        yield _event({"id": "chatcmpl-1", "model": "fake-openai", "choices": [], "usage": self._usage(said.counts)})
        yield b"data: [DONE]\n\n"

    def body(self, said: Said) -> dict[str, Any]:
        """A chat completion."""
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in said.calls
        ]
        message: dict[str, Any] = {"role": "assistant", "content": said.text or None, "refusal": said.refusal or None}
        if calls:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": self._reason(said)}
        base = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "fake-openai"}
        return {**base, "choices": [choice], "usage": self._usage(said.counts)}

    def _reason(self, said: Said) -> str:
        return ("stop" if said.refusal else "content_filter") if said.finish == "refusal" else said.finish

    def _usage(self, counts: Counts) -> dict[str, Any]:
        return {
            "prompt_tokens": counts.input,
            "completion_tokens": counts.output,
            "total_tokens": counts.input + counts.output,
            "prompt_tokens_details": {"cached_tokens": counts.cached, "cache_write_tokens": counts.cache_write},
            "completion_tokens_details": {"reasoning_tokens": counts.reasoning},
        }

    def error(self, message: str, code: str | None) -> dict[str, Any]:
        """An error's body."""
        return {"error": {"message": message, "type": "fake_error", "param": None, "code": code}}

    def error_event(self) -> bytes:
        """An error in the middle of a stream."""
        return _event(self.error("Overloaded", None))

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake-openai"}
        return _event({**base, "choices": choices})


class Anthropic:
    """Messages."""

    def opening(self, said: Said) -> Iterator[bytes]:
        """The message's start with the counts of its input, then a block each for reasoning, text and every call."""
        yield self._typed(
            "message_start", message=self._message([], None, {**self._usage(said.counts), "output_tokens": 1})
        )
        yield self._typed("ping")
        blocks = list(self._blocks(said))
        for index, (empty, deltas) in enumerate(blocks):
            yield self._typed("content_block_start", index=index, content_block=empty)
            for delta in deltas:
                yield self._typed("content_block_delta", index=index, delta=delta)
            if index < len(blocks) - 1:
                yield self._typed("content_block_stop", index=index)

    def closing(self, said: Said) -> Iterator[bytes]:
        """The end of the last block, why it ended with the counts, and the end of the message."""
        last = bool(said.reasoning) + bool(said.text) + len(said.calls) - 1
        if last >= 0:
            yield self._typed("content_block_stop", index=last)
        ended = {"stop_reason": self._reason(said), "stop_details": self._details(said)}
        yield self._typed("message_delta", delta=ended, usage=self._usage(said.counts))
        yield self._typed("message_stop")

    def body(self, said: Said) -> dict[str, Any]:
        """A message."""
        content: list[dict[str, Any]] = []
        if said.reasoning:
            content.append({"type": "thinking", "thinking": said.reasoning, "signature": "c2lnbmVk"})
        if said.text:
            content.append({"type": "text", "text": said.text})
        for call in said.calls:
            content.append({"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call)})
        message = self._message(content, self._reason(said), self._usage(said.counts))
        return {**message, "stop_details": self._details(said)}

    def _blocks(self, said: Said) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Each block as it begins, with its pieces."""
        if said.reasoning:
            thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(said.reasoning)]
            signed = {"type": "signature_delta", "signature": "c2lnbmVk"}
            yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signed]
        if said.text:
            words = [{"type": "text_delta", "text": piece} for piece in _pieces(said.text)]
            yield {"type": "text", "text": ""}, words
        for call in said.calls:
            pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in _pieces(call.arguments)]
            yield {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, pieces

    def _message(self, content: list[dict[str, Any]], reason: str | None, usage: dict[str, Any]) -> dict[str, Any]:
        base = {"id": "msg_1", "type": "message", "role": "assistant", "model": "fake-anthropic"}
        return {**base, "content": content, "stop_reason": reason, "stop_sequence": None, "usage": usage}

    def _reason(self, said: Said) -> str:
        ends = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
        return ends.get(said.finish, said.finish)

    def _details(self, said: Said) -> dict[str, Any] | None:
        return {"type": "refusal", "category": None, "explanation": said.refusal} if said.refusal else None

    def _usage(self, counts: Counts) -> dict[str, Any]:
        """Anthropic counts the cached input apart from the rest."""
        return {
            "input_tokens": counts.input - counts.cached - counts.cache_write,
            "cache_creation_input_tokens": counts.cache_write,
            "cache_read_input_tokens": counts.cached,
            "output_tokens": counts.output,
            "output_tokens_details": {"thinking_tokens": counts.reasoning},
        }

    def error(self, message: str, code: str | None) -> dict[str, Any]:
        """An error's body."""
        details = {"error_code": code} if code else None
        return {"type": "error", "error": {"type": "fake_error", "message": message, "details": details}}

    def error_event(self) -> bytes:
        """An error in the middle of a stream."""
        return _event(self.error("Overloaded", None), "error")

    def _typed(self, kind: str, **fields: object) -> bytes:
        return _event({"type": kind, **fields}, kind)


OPENAI: Dialect = OpenAi()
ANTHROPIC: Dialect = Anthropic()
