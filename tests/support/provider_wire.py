"""What model providers put on the wire: the events of a streamed reply, and the bodies of errors."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

PIECE = 16
"""Characters of a reply in one event."""


class Dialect(Protocol):
    """One provider's way to say things."""

    def beginning(self, text: str) -> Iterator[bytes]:
        """The events up to and with the reply's text."""
        ...

    def end(self, finish: str, refusal: str, tokens: tuple[int, int]) -> Iterator[bytes]:
        """The events after it; `tokens` are those of the input and of the output."""
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


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))


class OpenAi:
    """Chat completions."""

    def beginning(self, text: str) -> Iterator[bytes]:
        """A chunk for the role, then the text."""
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in _pieces(text):
            yield self._chunk({"content": piece})

    def end(self, finish: str, refusal: str, tokens: tuple[int, int]) -> Iterator[bytes]:
        """Why it ended, then the counts, then DONE."""
        if refusal:
            yield self._chunk({"refusal": refusal})
        reason = {"refusal": "stop" if refusal else "content_filter"}.get(finish, finish)
        yield self._chunk({}, reason)
        usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
        yield _event({"id": "chatcmpl-1", "model": "fake-openai", "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"

    def error(self, message: str, code: str | None) -> dict[str, Any]:
        """An error's body."""
        return {"error": {"message": message, "type": "fake_error", "param": None, "code": code}}

    def error_event(self) -> bytes:
        """An error in the middle of a stream."""
        return _event(self.error("overloaded", None))

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake-openai"}
        return _event({**base, "choices": choices})


class Anthropic:
    """Messages."""

    def beginning(self, text: str) -> Iterator[bytes]:
        """The message's start, then one block of text."""
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "fake-anthropic", "content": []}
        usage = {"input_tokens": 11, "output_tokens": 1}
        yield self._typed("message_start", message={**message, "stop_reason": None, "usage": usage})
        yield self._typed("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield self._typed("ping")
        for piece in _pieces(text):
            yield self._typed("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})

    def end(self, finish: str, refusal: str, tokens: tuple[int, int]) -> Iterator[bytes]:
        """The end of the block, why it ended with the counts, and the end of the message."""
        reason = {"stop": "end_turn", "length": "max_tokens"}.get(finish, finish)
        details = {"type": "refusal", "category": None, "explanation": refusal} if refusal else None
        usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
        yield self._typed("content_block_stop", index=0)
        yield self._typed("message_delta", delta={"stop_reason": reason, "stop_details": details}, usage=usage)
        yield self._typed("message_stop")

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
