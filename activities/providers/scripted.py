"""`scripted:FILE`: replies from a JSON file, for tests. No model, no network; free, unless the settings set a price.

The file is an object: the name of a step, and the replies that it gets in order.

    {
      "draft-email": [
        "No JSON at all, as a careless model answers",
        {"subject": "Your question", "paragraphs": ["A paragraph that is long enough."]}
      ],
      "summarise-signals": [{"$delay_s": 1.5, "$reply": {"signals": []}}],
      "another-step": [{"$error": "unavailable", "message": "busy", "wait_s": 2}]
    }

The first call of this model for a step gets the first reply, the second call the second; when there is no further one,
the last is given again. The choice hangs on the ask alone, so an activity that is tried again, by this worker or
another, gets the same reply.

A reply is an object (sent as JSON), a string (sent as it stands), or one of these:

    {"$delay_s": SECONDS, "$reply": REPLY}
    {"$usage": {"input_tokens": 900, "output_tokens": 40}, "$reply": REPLY}    also cached_input_tokens and so on
    {"$calls": [{"id": "1", "name": "reply", "arguments": {"signals": []}}]}    arguments may be a string
    {"$error": "unavailable"}    with "wait_s": come back after so many seconds
    {"$error": "refused"}
    {"$error": "declined"}    with "text"
    {"$error": "cut", "text": "what came before the break"}
    {"$error": "length", "text": "what came before the token limit"}

Each error may have a `message`; `$delay_s` and `$usage` may hold another of these as their reply. An object with any
other name that begins with `$` is refused: as a reply, write it as a string. Where there is no `$usage`, four bytes of
the prompt and of the reply are a token; of a reply that was cut, nobody knows.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from activities.providers.base import REPLY_TOOL, Call, Completion, Finish, ToolCall
from contracts.errors import ModelRefused, ModelUnavailable
from contracts.llm import Usage

_Reply = str | dict[str, Any]

_BYTES_A_TOKEN = 4


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Late(_Entry):
    delay_s: float = Field(alias="$delay_s", ge=0, allow_inf_nan=False)
    reply: _Reply = Field(alias="$reply")


class _Counts(_Entry):
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cached_input_tokens: int = Field(default=0, ge=0)
    cache_write_tokens: int = Field(default=0, ge=0)
    reasoning_tokens: int = Field(default=0, ge=0)


class _Counted(_Entry):
    usage: _Counts = Field(alias="$usage")
    reply: _Reply = Field(alias="$reply")


class _OneCall(_Entry):
    id: str = "call_1"
    name: str = REPLY_TOOL
    arguments: _Reply = ""


class _Calls(_Entry):
    calls: list[_OneCall] = Field(alias="$calls")


class _Error(_Entry):
    error: Literal["unavailable", "refused", "cut", "declined", "length"] = Field(alias="$error")
    message: str = "as scripted"
    wait_s: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    text: str = ""


_Replies = Annotated[list[_Reply], Field(min_length=1)]
_FILE = TypeAdapter(dict[str, _Replies])


class ScriptedProvider:
    """Reads its file at each call, so that a test may change it."""

    async def complete(self, call: Call) -> Completion:
        """The reply that the file holds for this call of the step."""
        replies = _read(call.model.model).get(call.step)
        if replies is None:
            raise ModelRefused(f"{call.model} holds no replies for the step {call.step}: add them")
        try:
            return await _played(replies[min(call.nth, len(replies) - 1)], call)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ModelRefused(f"{call.model} is no script: {call.step}: {where}: {first['msg']}") from None

    async def close(self) -> None:
        """Nothing is open."""


def _read(path: str) -> Mapping[str, list[_Reply]]:
    try:
        return _FILE.validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ModelRefused(f"scripted:{path} cannot be read ({error.strerror}): correct SIGNOFF_MODELS") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][:2]) or "the file"
        raise ModelRefused(f"scripted:{path} is no script: {where}: {first['msg']}") from None


async def _played(reply: _Reply, call: Call) -> Completion:
    if isinstance(reply, str):
        return _whole(reply, call)
    if "$delay_s" in reply:
        late = _Late.model_validate(reply)
        # The slowness that the script asks for.
        await asyncio.sleep(late.delay_s)
        return await _played(late.reply, call)
    if "$usage" in reply:
        counted = _Counted.model_validate(reply)
        usage = Usage.model_validate(counted.usage.model_dump())
        return replace(await _played(counted.reply, call), usage=usage)
    if "$calls" in reply:
        return _called(_Calls.model_validate(reply), call)
    if "$error" in reply:
        return _failed(_Error.model_validate(reply), call)
    if odd := next((name for name in reply if name.startswith("$")), None):
        raise ModelRefused(f"{call.model} is no script: {call.step}: {odd}: there is no such word")
    return _whole(_as_text(reply), call)


def _as_text(reply: _Reply) -> str:
    return reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)


def _whole(text: str, call: Call) -> Completion:
    return _ended(Completion(text, Finish.COMPLETE, reason="stop", response_model="scripted"), call)


def _called(told: _Calls, call: Call) -> Completion:
    calls = tuple(ToolCall(one.id, one.name, _as_text(one.arguments)) for one in told.calls)
    return _ended(Completion("", Finish.COMPLETE, reason="tool_calls", response_model="scripted", calls=calls), call)


def _ended(reply: Completion, call: Call) -> Completion:
    """With the tokens that it would be charged for."""
    said = (reply.text, *(one.arguments for one in reply.calls))
    usage = Usage(input_tokens=_tokens(*(message.content for message in call.messages)), output_tokens=_tokens(*said))
    return replace(reply, usage=usage)


def _tokens(*texts: str) -> int:
    return -(-sum(len(text.encode("utf-8", "replace")) for text in texts) // _BYTES_A_TOKEN)


def _failed(error: _Error, call: Call) -> Completion:
    match error.error:
        case "unavailable":
            wait = None if error.wait_s is None else timedelta(seconds=error.wait_s)
            raise ModelUnavailable(f"{call.model}: {error.message}", wait=wait)
        case "refused":
            raise ModelRefused(f"{call.model}: {error.message}")
        case "declined":
            return _ended(Completion(error.text, Finish.DECLINED, reason="refusal", note=error.message), call)
        case "length":
            return _ended(Completion(error.text, Finish.LENGTH, reason="length", response_model="scripted"), call)
        case "cut":  # nobody knows what it used, as with a real one
            return Completion(error.text, Finish.BROKEN, note=error.message)
