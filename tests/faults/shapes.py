"""Replies whose events are not quite what their provider's should be."""

import json
from collections.abc import Mapping
from typing import Any

from contracts.llm import Rung, Verdict
from tests.activities.llm.conftest import FITTING
from tests.faults.fault import HALF, Fault
from tests.support.provider_server import Sends

FITS, MISFIT, CUT = Verdict.FITS, Verdict.MISFIT, Verdict.CUT

Data = Mapping[str, Any]


def _event(data: Data) -> bytes:
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


def _shape(name: str, events: list[Data], gives: Verdict, says: str = "", counted: bool = True) -> Fault:
    rung = Rung.TOOL if "call" in name else Rung.NATIVE
    return Fault(name, (Sends(b"".join(map(_event, events))),), gives, says, rung=rung, counted=counted)


def _chunk(delta: Any = None, end: str | None = None, **more: Any) -> Data:
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": end}], **more}


def _called(**call: Any) -> Data:
    return _chunk({"tool_calls": [{"id": "a", "function": {"name": "reply", "arguments": FITTING}, **call}]})


_TEXT, _STOP, _CALLED = _chunk({"content": FITTING}), _chunk(None, "stop"), _chunk(None, "tool_calls")
_MESSAGE = {"id": "c", "choices": [{"message": {"content": FITTING}, "finish_reason": "stop"}]}
_COUNTS = {"id": "c", "choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}

_OPENAI = [
    _shape("no choices", [{"id": "c", "choices": []}, _COUNTS], CUT, "ended without saying so"),
    _shape("choices that are null", [{"id": "c", "choices": None}, _COUNTS], CUT, "ended without saying so"),
    _shape("a choice that is null", [{"id": "c", "choices": [None]}, _COUNTS], CUT, "broke off"),
    _shape("a choice without a word", [_STOP, _COUNTS], MISFIT, "empty"),
    _shape("content that is null", [_chunk({"content": None}), _STOP, _COUNTS], MISFIT, "empty"),
    _shape("content in parts", [_chunk({"content": [{"type": "text", "text": FITTING}]}), _STOP, _COUNTS], FITS),
    _shape("a message in place of a delta", [_MESSAGE, _COUNTS], FITS),
    _shape("no end", [_TEXT, _COUNTS], CUT, "ended without saying so"),
    _shape("no counts", [_TEXT, _STOP], FITS, counted=False),
    _shape("counts without a number", [_TEXT, _STOP, {**_COUNTS, "usage": {}}], FITS, counted=False),
    _shape("counts of the sum alone", [_TEXT, _STOP, {**_COUNTS, "usage": {"total_tokens": 18}}], FITS, counted=False),
    _shape(
        "counts that begin well and end as junk",
        [_COUNTS, _TEXT, _STOP, {**_COUNTS, "usage": "x"}],
        FITS,
        counted=False,
    ),
    _shape("junk after the end", [_TEXT, _STOP, {"id": "c", "choices": 5}], FITS, counted=False),
    _shape("an error after the end", [_TEXT, _STOP, {"error": {"message": "no"}}], FITS, counted=False),
    _shape(
        "a rate limit inside a 200", [{"error": {"message": "Slow down", "code": 429}}], CUT, "broke off (Slow down)"
    ),
    _shape("a call whose number is out of range", [_called(index=10**9), _CALLED, _COUNTS], FITS),
    _shape("a call whose number is below zero", [_called(index=-3), _CALLED, _COUNTS], FITS),
    _shape("a call without a number", [_called(), _CALLED, _COUNTS], FITS),
    _shape("a call of nothing", [_called(index=0, function=None), _CALLED, _COUNTS], MISFIT, "there is no tool ''"),
    _shape(
        "a call whose arguments are an object",
        [_called(index=0, function={"name": "reply", "arguments": json.loads(FITTING)}), _CALLED, _COUNTS],
        FITS,
    ),
]


def _start(**more: Any) -> Data:
    message = {"id": "m", "model": "m", "content": [], "usage": {"input_tokens": 11, "output_tokens": 1}}
    return {"type": "message_start", "message": {**message, **more}}


def _block(**block: Any) -> Data:
    return {"type": "content_block_start", "index": 0, "content_block": block}


def _delta(**delta: Any) -> Data:
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def _end(reason: Any = "end_turn", usage: Any = None, **more: Any) -> Data:
    counts = {"output_tokens": 7} if usage is None else usage
    return {"type": "message_delta", "delta": {"stop_reason": reason, **more}, "usage": counts}


_SAYS, _HALF = _delta(type="text_delta", text=FITTING), _delta(type="text_delta", text=HALF)
_TOOL = {"type": "tool_use", "id": "t", "name": "reply"}
_OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

_ANTHROPIC = [
    _shape(
        "a full window", [_start(), _HALF, _end("model_context_window_exceeded")], Verdict.OUT_OF_ROOM, "token limit"
    ),
    _shape("a turn that pauses", [_start(), _end("pause_turn")], MISFIT, "empty"),
    _shape("a refusal whose details are text", [_start(), _end("refusal", stop_details="no")], Verdict.DECLINED),
    _shape("overloaded at once", [_OVERLOADED], CUT, "broke off (Overloaded)"),
    _shape("overloaded half-way", [_start(), _HALF, _OVERLOADED], CUT, "broke off (Overloaded)"),
    _shape("an error after the end", [_start(), _SAYS, _end(), _OVERLOADED], FITS),
    _shape("no end", [_start(), _SAYS, {"type": "message_stop"}], CUT, "ended without saying so"),
    _shape("no start", [_SAYS, _end()], FITS, counted=False),
    _shape("no start of a block", [_start(), _SAYS, _end()], FITS),
    _shape("no counts", [_start(usage=None), _SAYS, _end(usage={})], FITS, counted=False),
    _shape("counts without a number", [_start(usage={}), _SAYS, _end(usage={})], FITS, counted=False),
    _shape("counts that begin well and end as junk", [_start(), _SAYS, _end(usage="many")], FITS, counted=False),
    _shape("a delta that nobody knows", [_start(), _delta(type="new_delta", new=1), _SAYS, _end()], FITS),
    _shape("a block that nobody knows", [_start(), _block(type="new", new=1), _SAYS, _end()], FITS),
    _shape("a delta that is null", [_start(), {"type": "content_block_delta", "delta": None}, _end()], MISFIT, "empty"),
    _shape("text that is a list", [_start(), _delta(type="text_delta", text=["a"]), _end()], CUT, "broke off"),
    _shape(
        "a call that stands whole in its start", [_start(), _block(**_TOOL, input=json.loads(FITTING)), _end()], FITS
    ),
    _shape(
        "a call without a start",
        [_start(), _delta(type="input_json_delta", partial_json=FITTING), _end("tool_use")],
        MISFIT,
        "there is no tool ''",
    ),
]

SHAPES = {"openai": _OPENAI, "anthropic": _ANTHROPIC}
"""By provider."""
