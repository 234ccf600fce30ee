"""What each provider does when a model refuses the form in which it is asked."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from activities.providers.base import Provider
from contracts.errors import ModelRefused
from contracts.llm import RUNGS, Rung
from tests.activities.llm.asking import call_of
from tests.activities.llm.kinds import Tree
from tests.support.provider_server import Fails, ProviderServer, Says
from tests.support.provider_wire import Called

NO_FORCE = 'tool_choice: type "tool" and "any" are not supported for this model.'
NO_EFFORT = "Function tools with reasoning_effort are not supported for this model in /v1/chat/completions."


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
