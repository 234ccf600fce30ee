"""What comes back of a call: text, the calls that a model makes, and what it counted."""

import asyncio
import json
from collections.abc import Mapping
from itertools import chain

import pytest

from activities.providers.base import Finish, Provider, ToolCall
from activities.providers.streaming import USUAL
from contracts.llm import Rung, Usage
from tests.activities.llm.asking import call_of
from tests.activities.llm.conftest import other, providers_at
from tests.support.provider_http import EVENTS, chunks, head, read_request
from tests.support.provider_server import ProviderServer, Says, Sends
from tests.support.provider_wire import OPENAI, Called, Counts, Said


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
