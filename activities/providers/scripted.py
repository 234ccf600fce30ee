"""`scripted:FILE`: replies from a JSON file, for tests. No model, no cost, no network.

The file is an object: the name of a step, and the replies that it gets in order.

    {
      "draft-email": [
        "No JSON at all, as a careless model answers",
        {"subject": "Your question", "paragraphs": ["A paragraph that is long enough."]}
      ],
      "summarise-signals": [{"$delay_s": 1.5, "$reply": {"signals": []}}],
      "another-step": [{"$error": "unavailable", "message": "busy", "wait_s": 2}]
    }

The first ask gets the first reply, a re-ask the second; when there is no further one, the last is given again. The
choice hangs on the ask alone, so an activity that is tried again, by this worker or another, gets the same reply.

A reply is an object (sent as JSON), a string (sent as it stands), `{"$delay_s": SECONDS, "$reply": REPLY}`, or an
error: `{"$error": "unavailable"}` (with `wait_s`: come back after so many seconds), `"refused"`, `"declined"`, or
`"cut"` (with `text`: what came before the break). Each error may have a `message`.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from activities.providers.base import Call, Completion, Finish
from contracts.errors import ModelRefused, ModelUnavailable


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Late(_Entry):
    delay_s: float = Field(alias="$delay_s", ge=0, allow_inf_nan=False)
    reply: str | dict[str, Any] = Field(alias="$reply")


class _Error(_Entry):
    error: Literal["unavailable", "refused", "cut", "declined"] = Field(alias="$error")
    message: str = "as scripted"
    wait_s: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    text: str = ""


_Replies = Annotated[list[str | dict[str, Any]], Field(min_length=1)]
_FILE = TypeAdapter(dict[str, _Replies])


class ScriptedProvider:
    """Reads its file at each call, so that a test may change it."""

    async def complete(self, call: Call) -> Completion:
        """The reply that the file holds for this step and rung."""
        replies = _read(call.model.model).get(call.step)
        if replies is None:
            raise ModelRefused(f"{call.model} holds no replies for the step {call.step}: add them")
        return await _played(replies[min(call.rung, len(replies) - 1)], call)

    async def close(self) -> None:
        """Nothing is open."""


def _read(path: str) -> Mapping[str, list[str | dict[str, Any]]]:
    try:
        return _FILE.validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ModelRefused(f"scripted:{path} cannot be read ({error.strerror}): correct SIGNOFF_MODELS") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][:2]) or "the file"
        raise ModelRefused(f"scripted:{path} is no script: {where}: {first['msg']}") from None


async def _played(reply: str | dict[str, Any], call: Call) -> Completion:
    if isinstance(reply, str):
        return Completion(reply, Finish.COMPLETE, reason="stop", response_model="scripted")
    try:
        if "$delay_s" in reply:
            late = _Late.model_validate(reply)
            await asyncio.sleep(late.delay_s)
            return await _played(late.reply, call)
        if "$error" in reply:
            return _failed(_Error.model_validate(reply), call)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ModelRefused(f"{call.model} is no script: {call.step}: {first['loc'][0]}: {first['msg']}") from None
    return await _played(json.dumps(reply, ensure_ascii=False), call)


def _failed(error: _Error, call: Call) -> Completion:
    match error.error:
        case "unavailable":
            wait = None if error.wait_s is None else timedelta(seconds=error.wait_s)
            raise ModelUnavailable(f"{call.model}: {error.message}", wait=wait)
        case "refused":
            raise ModelRefused(f"{call.model}: {error.message}")
        case "declined":
            return Completion(error.text, Finish.DECLINED, reason="refusal", note=error.message)
        case "cut":
            return Completion(error.text, Finish.BROKEN, note=error.message)
