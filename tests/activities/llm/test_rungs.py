"""In which form each provider asks for a reply, on each rung, and what it does when a model refuses that form."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from activities.llm.forms import messages_for
from activities.llm.refusals import Door
from activities.llm.schemas import full_schema, strict_schema
from activities.providers.base import Call, Finish, Provider, ToolCall
from activities.providers.openai import OpenAiProvider, compatible
from activities.providers.streaming import USUAL
from contracts.errors import ModelRefused
from contracts.llm import RUNGS, Message, ModelRef, Rung, Usage
from tests.activities.llm.conftest import SECRET, providers_at
from tests.activities.llm.zoo import Maps, Plain, Tree
from tests.support.provider_http import EVENTS, chunks, head, read_request
from tests.support.provider_server import Fails, ProviderServer, Says, Sends
from tests.support.provider_wire import OPENAI, Called, Counts, Said

CHAT = (
    Message(role="system", content="Be brief. Answer with JSON."),
    Message(role="user", content="An example"),
    Message(role="assistant", content="Its answer"),
    Message(role="user", content="Now this"),
)
NO_FORCE = 'tool_choice: type "tool" and "any" are not supported for this model.'
NO_EFFORT = "Function tools with reasoning_effort are not supported for this model in /v1/chat/completions."
STRICT_RUNGS = (Rung.NATIVE, Rung.REASK)
TEXT_RUNGS = (Rung.SCHEMA, Rung.XML)


@pytest.fixture
async def providers(server: ProviderServer) -> AsyncIterator[Mapping[str, Provider]]:
    """Each provider, and another endpoint that speaks OpenAI's dialect."""
    every = {**providers_at(server.anthropic_url, server.openai_url, USUAL), "other": other(server.openai_url)}
    yield every
    for provider in every.values():
        await provider.close()


def other(url: str) -> OpenAiProvider:
    """An endpoint of the settings."""
    return OpenAiProvider(Door("other", "", "base_url", secret=SecretStr(SECRET)), url, compatible)


def call_of(provider: str, rung: Rung, kind: type[BaseModel] = Plain, scratchpad: bool = False) -> Call:
    """One call, as the service makes it."""
    schema = kind.model_json_schema()
    chat = messages_for(rung, CHAT, schema, scratchpad)
    return Call(ModelRef(provider=provider, model="m"), chat, schema, 400, "step", rung=rung, scratchpad=scratchpad)


async def sent(
    providers: Mapping[str, Provider], server: ProviderServer, call: Call, turn: Says | None = None
) -> dict[str, Any]:
    """The request that a call becomes."""
    server.will(turn or Says("{}"))
    await providers[call.model.provider].complete(call)
    return server.requests[-1].body


@pytest.mark.parametrize("rung", STRICT_RUNGS)
@pytest.mark.parametrize("scratchpad", [False, True])
async def test_the_schema_is_in_force_where_the_provider_can(
    providers: Mapping[str, Provider], server: ProviderServer, rung: Rung, scratchpad: bool
) -> None:
    strict = strict_schema(Plain.model_json_schema(), scratchpad)
    body = await sent(providers, server, call_of("anthropic", rung, scratchpad=scratchpad))
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": strict}}
    assert "tools" not in body
    for name in ("openai", "other"):
        body = await sent(providers, server, call_of(name, rung, scratchpad=scratchpad))
        assert body["response_format"]["json_schema"] == {"name": "reply", "strict": True, "schema": strict}
    body = await sent(providers, server, call_of("local", rung, scratchpad=scratchpad))
    names = list(body["response_format"]["json_schema"]["schema"]["properties"])
    assert (names[0] == "reasoning") is scratchpad


async def test_a_tool_call_is_forced(providers: Mapping[str, Provider], server: ProviderServer) -> None:
    strict = strict_schema(Plain.model_json_schema())
    body = await sent(providers, server, call_of("anthropic", Rung.TOOL))
    (tool,) = body["tools"]
    assert (tool["name"], tool["input_schema"], tool["strict"]) == ("reply", strict, True)
    assert body["tool_choice"] == {"type": "tool", "name": "reply", "disable_parallel_tool_use": True}
    assert "output_config" not in body
    for name in ("openai", "other"):
        body = await sent(providers, server, call_of(name, Rung.TOOL))
        (tool,) = body["tools"]
        assert tool["function"]["parameters"] == strict
        assert (tool["function"]["name"], tool["function"]["strict"]) == ("reply", True)
        assert body["tool_choice"] == {"type": "function", "function": {"name": "reply"}}
        assert "response_format" not in body
        assert body.get("parallel_tool_calls") == (False if name == "openai" else None)


@pytest.mark.parametrize("name", ["anthropic", "openai", "other", "local"])
@pytest.mark.parametrize("rung", TEXT_RUNGS)
async def test_a_text_is_asked_for_in_words_only(
    providers: Mapping[str, Provider], server: ProviderServer, name: str, rung: Rung
) -> None:
    call = call_of(name, rung)
    body = await sent(providers, server, call)
    assert not {"tools", "tool_choice", "response_format", "output_config"} & body.keys()
    assert body["messages"][-1]["content"] == call.messages[-1].content


async def test_the_local_models_tool_call_is_a_schema_and_comes_back_as_a_call(
    providers: Mapping[str, Provider], server: ProviderServer
) -> None:
    arguments = '{"text":"\N{SNOWMAN}","amount":12345678901234567.89}'
    server.will(Says(f'{{"tool": "reply", "input": {arguments}}}'), Says('{"tool": "re', finish="length"))
    reply = await providers["local"].complete(call_of("local", Rung.TOOL))
    schema = server.requests[0].body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["tool"]["enum"] == ["reply"]
    assert "tools" not in server.requests[0].body
    assert (reply.text, reply.calls) == ("", (ToolCall("call_1", "reply", arguments),))
    cut = await providers["local"].complete(call_of("local", Rung.TOOL))
    assert (cut.text, cut.calls, cut.finish) == ('{"tool": "re', (), Finish.LENGTH)


@pytest.mark.parametrize("rung", [*STRICT_RUNGS, Rung.TOOL])
async def test_what_no_strict_mode_has_words_for_is_sent_as_it_is(
    providers: Mapping[str, Provider], server: ProviderServer, rung: Rung
) -> None:
    full = full_schema(Maps.model_json_schema())
    body = await sent(providers, server, call_of("anthropic", rung, Maps), Says(calls=(Called("{}"),)))
    (tool,) = body["tools"]
    assert tool["input_schema"] == full
    assert "strict" not in tool
    assert body["tool_choice"]["type"] == "tool"
    body = await sent(providers, server, call_of("openai", rung, Maps))
    if rung is Rung.TOOL:
        assert body["tools"][0]["function"]["parameters"] == full
        assert body["tools"][0]["function"]["strict"] is False
    else:
        assert body["response_format"]["json_schema"] == {"name": "reply", "strict": False, "schema": full}


async def test_a_type_in_itself_is_in_force_at_openai_and_a_tools_input_at_anthropic(
    providers: Mapping[str, Provider], server: ProviderServer
) -> None:
    body = await sent(providers, server, call_of("openai", Rung.NATIVE, Tree))
    assert body["response_format"]["json_schema"]["strict"] is True
    body = await sent(providers, server, call_of("anthropic", Rung.NATIVE, Tree), Says(calls=(Called("{}"),)))
    assert body["tools"][0]["input_schema"] == full_schema(Tree.model_json_schema())


async def test_a_model_that_will_not_be_forced_is_asked_from_then_on(
    providers: Mapping[str, Provider], server: ProviderServer
) -> None:
    server.will(Fails(400, message=NO_FORCE), Says(calls=(Called('{"a": 1}'),), finish="tool_calls"))
    for _ in range(2):
        reply = await providers["anthropic"].complete(call_of("anthropic", Rung.TOOL))
        assert reply.calls[0].arguments == '{"a": 1}'
    choices = [request.body["tool_choice"]["type"] for request in server.requests]
    assert choices == ["tool", "auto", "auto"]


async def test_a_model_that_reasons_or_calls_is_told_to_call(
    providers: Mapping[str, Provider], server: ProviderServer
) -> None:
    server.will(Fails(400, message=NO_EFFORT), Says(calls=(Called("{}"),)))
    await providers["openai"].complete(call_of("openai", Rung.TOOL))
    assert [request.body.get("reasoning_effort") for request in server.requests] == [None, "none"]


@pytest.mark.parametrize("name", ["anthropic", "openai", "other"])
async def test_a_schema_that_is_refused_goes_along_loosely_and_then_in_the_prompt(
    providers: Mapping[str, Provider], server: ProviderServer, name: str
) -> None:
    no = Fails(400, message="Invalid schema: the compiled grammar is too large")
    server.will(no, no, Says('{"a": 1}'))
    call = call_of(name, Rung.NATIVE)
    reply = await providers[name].complete(call)
    assert reply.text == '{"a": 1}'
    strict, loose, plain = (request.body for request in server.requests)
    assert '"strict": True' in str(strict).replace("'", '"') or "output_config" in strict
    assert '"strict": True' not in str(loose).replace("'", '"')
    assert "tools" in loose or "response_format" in loose
    assert not {"tools", "response_format", "output_config"} & plain.keys()
    assert "valid under this JSON Schema" in plain["messages"][-1]["content"]
    await providers[name].complete(call)
    assert len(server.requests) == 4
    await providers[name].complete(replace(call, schema=Tree.model_json_schema()))  # another contract: from the start
    assert "messages" in server.requests[4].body
    assert "valid under" not in str(server.requests[4].body["messages"][-1])


@pytest.mark.parametrize("said", ["failed to parse grammar", "Unable to generate parser for this template."])
async def test_what_llama_cpp_can_make_no_grammar_of_is_asked_for_in_words(
    providers: Mapping[str, Provider], server: ProviderServer, said: str
) -> None:
    server.will(Fails(400, message=said), Fails(400, message=said), Says('{"a": 1}'))
    assert (await providers["local"].complete(call_of("local", Rung.NATIVE))).text == '{"a": 1}'
    assert "response_format" not in server.requests[-1].body
    assert "valid under this JSON Schema" in server.requests[-1].body["messages"][-1]["content"]


@pytest.mark.parametrize(("name", "connections"), [("openai", 1), ("other", 3), ("local", 3)])
async def test_a_connection_is_used_again_only_where_the_far_end_is_known_to_keep_it(
    name: str, connections: int
) -> None:
    opened = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        while first := await reader.read(1):
            await read_request(first, reader)
            said = OPENAI.opening(Said("{}")), OPENAI.closing(Said("{}"))
            writer.write(head(200, EVENTS).replace(b"connection: close\r\n", b"") + chunks([*chain(*said), b""]))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as far_end:
        url = f"http://127.0.0.1:{far_end.sockets[0].getsockname()[1]}/v1"
        provider = {**providers_at(url, url, USUAL), "other": other(url)}[name]
        for _ in range(3):
            assert (await provider.complete(call_of(name, Rung.SCHEMA))).finish is Finish.COMPLETE
        await provider.close()
    assert len(opened) == connections


@pytest.mark.parametrize("name", ["anthropic", "openai", "local"])
@pytest.mark.parametrize("rung", RUNGS)
async def test_any_other_refusal_is_not_asked_about_again(
    providers: Mapping[str, Provider], server: ProviderServer, name: str, rung: Rung
) -> None:
    server.will(Fails(400, message="this request is restricted"))
    with pytest.raises(ModelRefused):
        await providers[name].complete(call_of(name, rung))
    assert len(server.requests) == 1


async def test_a_model_that_refuses_every_form_is_refused_after_the_last(
    providers: Mapping[str, Provider], server: ProviderServer
) -> None:
    server.will(Fails(400, message=f"schema, {NO_FORCE}"))
    with pytest.raises(ModelRefused):
        await providers["anthropic"].complete(call_of("anthropic", Rung.NATIVE))
    assert len(server.requests) == 4


@pytest.mark.parametrize("name", ["anthropic", "openai"])
async def test_hundreds_of_calls_come_back_as_they_were_made(
    providers: Mapping[str, Provider], server: ProviderServer, name: str
) -> None:
    calls = tuple(Called(f'{{"n": {n}', name="reply" if n % 2 else "other", id=f"call_{n // 2}") for n in range(300))
    server.will(Says(text="I call.", calls=calls, finish="tool_calls"))
    reply = await providers[name].complete(call_of(name, Rung.TOOL))
    assert reply.calls == tuple(ToolCall(one.id, one.name, one.arguments) for one in calls)
    assert (reply.text, reply.finish) == ("I call.", Finish.COMPLETE)


@pytest.mark.parametrize("name", ["anthropic", "openai"])
async def test_calls_without_an_end_are_left_unread(
    providers: Mapping[str, Provider], server: ProviderServer, name: str
) -> None:
    server.will(Says(calls=tuple(Called("", id="") for _ in range(9_000))))
    reply = await providers[name].complete(call_of(name, Rung.TOOL))
    assert (reply.finish, reply.calls) == (Finish.OVERLONG, ())


async def test_calls_that_a_server_does_not_number_are_told_apart_by_their_ids(
    providers: Mapping[str, Provider], server: ProviderServer
) -> None:
    pieces = [("a", "reply", '{"n"'), (None, None, ": 1}"), ("b", "reply", "{}")]
    chunks = [
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"id": i, "function": {"name": n, "arguments": a}}]}}]}
        for i, n, a in pieces
    ]
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in (*chunks, {"choices": [{"finish_reason": "stop"}]}))
    server.will(Sends(body.encode()))
    reply = await providers["other"].complete(call_of("other", Rung.TOOL))
    assert reply.calls == (ToolCall("a", "reply", '{"n": 1}'), ToolCall("b", "reply", "{}"))


@pytest.mark.parametrize("name", ["anthropic", "openai"])
async def test_cached_and_reasoning_tokens_are_counted_and_the_reasoning_is_kept_apart(
    providers: Mapping[str, Provider], server: ProviderServer, name: str
) -> None:
    server.will(
        Says('{"a": 1}', reasoning="Hm. So it is.", counts=Counts(100, 50, cached=30, cache_write=20, reasoning=8))
    )
    reply = await providers[name].complete(call_of(name, Rung.NATIVE))
    assert (reply.text, reply.reasoning) == ('{"a": 1}', "Hm. So it is.")
    assert reply.usage == Usage(
        input_tokens=100, output_tokens=50, cached_input_tokens=30, cache_write_tokens=20, reasoning_tokens=8
    )


async def test_anthropics_cache_is_marked_where_prompts_begin_to_differ(
    providers: Mapping[str, Provider], server: ProviderServer
) -> None:
    bodies = [await sent(providers, server, call_of("anthropic", rung)) for rung in (Rung.NATIVE, Rung.XML)]
    for body in bodies:
        assert [block["cache_control"] for block in body["system"]] == [{"type": "ephemeral"}]
        example = body["messages"][1]["content"]
        assert example == [{"type": "text", "text": "Its answer", "cache_control": {"type": "ephemeral"}}]
        assert str(body).count("cache_control") == 2
    assert bodies[0]["messages"][:-1] == bodies[1]["messages"][:-1]
    assert bodies[0]["system"] == bodies[1]["system"]


@pytest.mark.parametrize("name", ["anthropic", "openai", "other", "local"])
@pytest.mark.parametrize("rung", RUNGS)
async def test_a_request_is_the_same_whenever_it_is_made(
    providers: Mapping[str, Provider], server: ProviderServer, name: str, rung: Rung
) -> None:
    bodies = [await sent(providers, server, call_of(name, rung, Tree)) for _ in range(2)]
    assert bodies[0] == bodies[1]
