"""In which form each provider asks for a reply, on each rung."""

from collections.abc import Mapping

import pytest

from activities.llm.schemas import full_schema, strict_schema
from activities.providers.base import Provider
from contracts.llm import RUNGS, Rung
from tests.activities.llm.asking import call_of, sent
from tests.activities.llm.kinds import Maps, Plain, Tree
from tests.support.provider_server import ProviderServer, Says
from tests.support.provider_wire import Called

STRICT_RUNGS = (Rung.NATIVE, Rung.REASK)
TEXT_RUNGS = (Rung.SCHEMA, Rung.XML)


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
