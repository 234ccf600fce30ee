"""What llama.cpp has no form for and is asked for as an object: a tool call, and a dictionary."""

import json
from dataclasses import replace

from pydantic_core import from_json

from activities.llm.bounded import ENTRIES, without_entries
from activities.llm.literals import Unreadable
from activities.llm.repair import read
from activities.providers.base import Completion, ToolCall
from contracts.llm import Rung


def as_asked(reply: Completion, rung: Rung) -> Completion:
    """The reply in the form of its rung; as it came, where it is none of these objects."""
    if rung in (Rung.SCHEMA, Rung.XML):
        return reply
    try:
        told = from_json(reply.text)
        text = without_entries(told) if ENTRIES in reply.text else reply.text
        said = dict(read(text).members or ())  # as text: numbers keep their digits, and what stands twice does
    except (Unreadable, ValueError, LookupError, TypeError):  # cut off, or not under the grammar
        return reply
    if rung is Rung.TOOL and said.keys() == {"tool", "input"}:
        call = ToolCall(id="call_1", name=str(json.loads(said["tool"])), arguments=said["input"])
        return replace(reply, text="", calls=(call,))
    return replace(reply, text=text)
