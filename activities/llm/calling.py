"""From an ask to the call that is made of it: the same when it is quoted and when it is sent."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Protocol

from pydantic import BaseModel

from activities.llm.fitting import HOSTED, LOCAL, Window, fitted
from activities.llm.forms import messages_for
from activities.llm.prompts import retry_turns
from activities.llm.schemas import full_schema, has_room_to_think, strict_schema
from activities.providers.base import Call
from contracts.llm import Ask, Message, ModelRef
from contracts.outputs import OutputContract

_SHARES = (1.0, 0.5, 0.25)
"""Of what should fit. The prompt's length is an estimate; a provider that finds it too long is sent less, unbilled."""

_ADDED_BY_PROVIDERS = 1_500
"""Tokens that no message holds: those that begin and end each turn, and what a provider writes around a schema or a
tool (Anthropic states some 350 for its tool prompt)."""


class Chat(Protocol):
    """What is said to a model: a prompt file, or a conversation so far."""

    @property
    def version(self) -> str:
        """Of the prompt that it began with."""
        ...

    def filled(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages, with the values put in."""
        ...


def window(model: ModelRef) -> Window:
    """What the model takes and gives."""
    return LOCAL if model.provider == "local" else HOSTED


def calls_of(ask: Ask, contract: OutputContract[Any, Any], facts: BaseModel, chat: Chat) -> Iterator[Call]:
    """The call, and then, for a provider that finds its prompt too long, the same with less of it; never one twice."""
    call = Call(
        model=ask.model,
        messages=(),
        schema=schema_of(contract),
        max_tokens=min(ask.max_tokens, window(ask.model).reply),
        step=ask.step,
        sources={name: text for name, text in facts if isinstance(text, str)},
        rung=ask.rung,
        nth=ask.nth,
        scratchpad=ask.scratchpad,
    )
    before: tuple[Message, ...] = ()
    for share in _SHARES:
        messages = _messages(ask, call, chat, share)
        if messages != before:
            yield replace(call, messages=messages)
        before = messages


def _messages(ask: Ask, call: Call, chat: Chat, share: float) -> tuple[Message, ...]:
    """The prompt, with the turns of a re-ask, in the form of its rung, short enough for the model's window."""
    private = ask.scratchpad and has_room_to_think(call.schema)
    again = retry_turns(ask.retry, private) if ask.retry else ()

    def render(values: Mapping[str, str]) -> tuple[Message, ...]:
        return messages_for(ask.rung, (*chat.filled(values), *again), call.schema, ask.scratchpad)

    return fitted(render, ask.variables, window(ask.model).total - call.max_tokens, share)


def most_input_tokens(call: Call) -> int:
    """No more tokens than this can be billed for a call's input.

    Tokenizers of hosted models cut UTF-8 into pieces of one byte or more, some after Unicode's compatibility forms,
    which can be longer. The schema counts twice: some providers write it into the prompt, quoted.
    """
    return sum(_bytes(one.content) for one in call.messages) + around_messages(call.schema, call.scratchpad)


@cache
def schema_of(contract: OutputContract[Any, Any]) -> Mapping[str, Any]:
    """The JSON Schema of a contract's type; making one takes some milliseconds."""
    schema: Mapping[str, Any] = contract.value.model_json_schema()
    return schema


def around_messages(schema: Mapping[str, Any], scratchpad: bool) -> int:
    """What is billed besides the messages' text, at most."""
    longest = max(_bytes(json.dumps(form(schema, scratchpad))) for form in (full_schema, strict_schema))
    return 2 * longest + _ADDED_BY_PROVIDERS


def _bytes(text: str) -> int:
    return max(len(form.encode("utf-8", "replace")) for form in (text, unicodedata.normalize("NFKC", text)))
