"""What is said to a model of the form in which its reply is wanted: at the end of its last turn.

What comes before stays the same on every rung and in every run, byte by byte, so that providers' caches hold it.
"""

import json
from collections.abc import Mapping
from typing import Any, assert_never

from activities.llm.schemas import full_schema, has_room_to_think
from activities.llm.xml_outline import outline
from activities.providers.base import REPLY_TOOL, Completion
from contracts.llm import Message, Rung

_THINK_IN_A_FIELD = (
    "Fill in the field `reasoning` first: think there, step by step, in a few sentences. "
    "It is private and nobody acts upon it, so whatever counts must stand in the other fields."
)
_THINK_FIRST = (
    "Think first, step by step, between <thinking> and </thinking>, in at most 200 words. "
    "It is private and nobody acts upon it, so whatever counts must stand in the answer after it."
)
_AS_A_CALL = (
    f"Answer by calling the tool `{REPLY_TOOL}` once: its input is the JSON object that you were asked for. "
    "Write nothing besides."
)
_AS_JSON = """Your answer is one JSON object that is valid under this JSON Schema:
{schema}
Write the object itself, not the schema: no code fence, no comment, nothing {before}after it."""
_AS_XML = """This time, answer in XML instead of JSON, with these elements and no others:
{outline}
In place of the square brackets goes what they ask for; what is optional and unknown is left out. In texts, write & as \
&amp; and < as &lt;. No code fence, no comment, nothing {before}after </reply>."""


def messages_for(
    rung: Rung, messages: tuple[Message, ...], schema: Mapping[str, Any], scratchpad: bool
) -> tuple[Message, ...]:
    """The chat for one rung. The last message is the user's, and `schema` that of the contract's type."""
    said = _form(rung, schema, scratchpad)
    if not said:
        return messages
    *before, last = messages
    return (*before, last.model_copy(update={"content": f"{last.content}\n\n{said}"}))


def plain_text_for(
    rung: Rung, messages: tuple[Message, ...], schema: Mapping[str, Any], scratchpad: bool
) -> tuple[Message, ...]:
    """The chat that was made for one rung, for a model that takes neither schemas nor tools: as SCHEMA asks."""
    if rung in (Rung.SCHEMA, Rung.XML):
        return messages
    *before, last = messages
    bare = last.content.removesuffix(f"\n\n{_form(rung, schema, scratchpad)}")
    return messages_for(Rung.SCHEMA, (*before, last.model_copy(update={"content": bare})), schema, scratchpad)


def as_said(reply: Completion) -> str:
    """A reply as one text, for the record and for a re-ask: its tool calls after what stands beside them."""
    if not reply.text.strip() and [call.name for call in reply.calls] == [REPLY_TOOL]:
        return reply.calls[0].arguments
    return "\n".join(part for part in (reply.text, *(f"{one.name}({one.arguments})" for one in reply.calls)) if part)


def _form(rung: Rung, schema: Mapping[str, Any], scratchpad: bool) -> str:
    before = "" if scratchpad else "before or "
    match rung:
        case Rung.NATIVE | Rung.REASK:
            form, thought = "", _in_a_field(schema)
        case Rung.TOOL:
            form, thought = _AS_A_CALL, _in_a_field(schema)
        case Rung.SCHEMA:
            form, thought = _as_json(schema, before), _THINK_FIRST
        case Rung.XML:
            elements = outline(full_schema(schema))
            # Some names cannot be those of elements; the reader of this rung takes JSON as well.
            form = _AS_XML.format(outline=elements, before=before) if elements else _as_json(schema, before)
            thought = _THINK_FIRST
        case _:
            assert_never(rung)
    return "\n\n".join(part for part in (thought if scratchpad else "", form) if part)


def _as_json(schema: Mapping[str, Any], before: str) -> str:
    compact = json.dumps(full_schema(schema), ensure_ascii=False, separators=(",", ":"))
    return _AS_JSON.format(schema=compact, before=before)


def _in_a_field(schema: Mapping[str, Any]) -> str:
    return _THINK_IN_A_FIELD if has_room_to_think(schema) else ""
