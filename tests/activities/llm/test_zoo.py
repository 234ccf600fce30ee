"""Every form of a contract's type goes out to every provider, in the form of each rung, and its values come back."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from activities.llm.parsing import WRAPPED
from activities.llm.schemas import full_schema
from activities.llm.service import LlmActivities
from activities.llm.subsets import fits_anthropic
from activities.providers.base import Provider
from contracts.llm import Answer, Rung, Verdict
from contracts.outputs import OutputContract
from contracts.sales_follow_up import BUYER_SIGNALS, NotesFacts
from runtime.settings import Settings
from tests.activities.llm.conftest import ask_of, other, providers_at
from tests.activities.llm.kinds import Maps, Odd, Plain, Plus
from tests.activities.llm.zoo import ZOO
from tests.support.provider_server import ProviderServer, Says
from tests.support.provider_wire import Called

NAMES = ("anthropic", "openai", "other", "local")


@pytest.fixture
async def everyone(server: ProviderServer) -> AsyncIterator[Mapping[str, Provider]]:
    """Each provider, and an endpoint."""
    every = {**providers_at(server.anthropic_url, server.openai_url), "other": other(server.openai_url)}
    yield every
    for provider in every.values():
        await provider.close()


def on_the_wire(kind: type[BaseModel], value: Any) -> str:
    """A value as a model sends it: in a field of its own where the type is no object."""
    tree = json.loads(kind.model_validate(value).model_dump_json(by_alias=True, round_trip=True))
    wrapped = full_schema(kind.model_json_schema()).get("properties", {}).keys() == {WRAPPED}
    return json.dumps({WRAPPED: tree} if wrapped and WRAPPED not in kind.model_fields else tree)


def says(name: str, kind: type[BaseModel], rung: Rung, text: str) -> Says:
    """The reply in the form in which this provider asks for it."""
    if rung is Rung.TOOL and name == "local":
        return Says(f'{{"tool": "reply", "input": {text}}}')
    as_a_call = rung is Rung.TOOL or (rung is Rung.NATIVE and not fits_anthropic(kind.model_json_schema()))
    if rung is Rung.TOOL or (as_a_call and name == "anthropic"):
        return Says(calls=(Called(text),), finish="tool_calls")
    return Says(text)


async def asked(
    everyone: Mapping[str, Provider], settings: Settings, name: str, kind: type[BaseModel], rung: Rung = Rung.NATIVE
) -> Answer:
    """The answer to an ask for a value of this type."""
    contract = OutputContract(BUYER_SIGNALS.name, kind, NotesFacts, lambda value, facts: [])
    llm = LlmActivities(settings, {contract.name: contract}, everyone)
    return await llm.ask(ask_of(name).model_copy(update={"rung": rung}))


@pytest.mark.parametrize("kind", [kind for kind in ZOO if kind is not Odd])
@pytest.mark.parametrize("name", NAMES)
async def test_each_value_of_every_type_comes_back_from_every_provider(
    everyone: Mapping[str, Provider], server: ProviderServer, settings: Settings, name: str, kind: type[BaseModel]
) -> None:
    for rung in (Rung.NATIVE, Rung.TOOL, Rung.SCHEMA):
        for value in ZOO[kind]:
            server.will(says(name, kind, rung, on_the_wire(kind, value)))
            answer = await asked(everyone, settings, name, kind, rung)
            assert (answer.verdict, answer.problems) == (Verdict.FITS, ())
            assert kind.model_validate_json(json.dumps(answer.value)) == kind.model_validate(value)


PLAIN = ZOO[Plain][0]
BROKEN = [
    (Plain, {**PLAIN, "count": 10}, "count: Input should be less than 10"),
    (Plain, {**PLAIN, "code": "ab"}, "code: String should match pattern"),
    (Plain, {**PLAIN, "even": 3}, "even: Input should be a multiple of 2"),
    (Plain, {**PLAIN, "words": []}, "words: List should have at least 1 item"),
    (Plain, {**PLAIN, "text": "a"}, "text: String should have at least 2 characters"),
    (Maps, {**ZOO[Maps][0], "by_code": {"y": 1}}, "by_code.y.[key]: String should match pattern"),
    (Odd, {"odd": [1, 2]}, "odd: Input should be (1, 2)"),
    (Plus, {"op": "+", "left": 1, "right": {"op": "*", "of": 1}}, "right.Plus.op: Input should be '+'"),
]


@pytest.mark.parametrize(("kind", "value", "says_what"), BROKEN)
@pytest.mark.parametrize("name", NAMES)
async def test_what_no_provider_enforces_is_held_against_the_reply(
    everyone: Mapping[str, Provider],
    server: ProviderServer,
    settings: Settings,
    name: str,
    kind: type[BaseModel],
    value: Any,
    says_what: str,
) -> None:
    server.will(says(name, kind, Rung.NATIVE, json.dumps(value)))
    answer = await asked(everyone, settings, name, kind)
    assert (answer.verdict, answer.form_fits) == (Verdict.MISFIT, False)
    assert answer.problems[0].startswith(says_what)
