"""The model that ships, as it really answers: its schema is in force, so even a small model's quotes are quotes."""

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest
from pydantic import BaseModel, Field

from activities.llm.forms import messages_for
from activities.llm.parsing import parsed
from activities.llm.refusals import Door
from activities.llm.service import LlmActivities
from activities.providers.base import Call, Completion, Finish
from activities.providers.openai import OpenAiProvider, local
from activities.providers.streaming import LOCAL
from contracts.llm import Message, ModelRef, Rung, Verdict
from contracts.outputs import OutputContract
from contracts.prose import is_quoted_from
from contracts.sales_follow_up import BUYER_SIGNALS, NotesFacts
from runtime.routes import Endpoint
from runtime.settings import Settings
from tests.activities.llm.conftest import NOTES, ask_of
from tests.activities.llm.kinds import Author, Cat, Either, Nest, Plus, Table, Tree
from tests.activities.llm.zoo import ZOO
from tests.workers.processes import running, until


class Quoted(BaseModel):
    """One sentence of the notes, and some prose."""

    quote: str = Field(max_length=160, json_schema_extra={"x-quoted-from": "notes"})
    remark: str = Field(min_length=5, max_length=40)


class Calendar(BaseModel):
    """A dictionary."""

    days: dict[date, list[str]]


def _check(value: Quoted, facts: NotesFacts) -> list[str]:
    return [] if is_quoted_from(value.quote, facts.notes) else ["not a quote"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One model server for all of these tests."""
    folder = tmp_path_factory.mktemp("model")
    ready = folder / "ready"
    with running("-m", "workers.model_server", "--ready-file", str(ready), folder=folder):
        yield until(lambda: ready.read_text() if ready.exists() else None, "the model server")


async def test_the_local_model_answers_in_the_form_that_it_was_asked_for(settings: Settings, address: str) -> None:
    endpoint = settings.model_copy(update={"endpoints": {"local": Endpoint(base_url=address)}})
    llm = LlmActivities(endpoint, {BUYER_SIGNALS.name: OutputContract("quoted", Quoted, NotesFacts, _check)})
    for rung in (Rung.NATIVE, Rung.TOOL):
        answer = await llm.ask(ask_of("local").model_copy(update={"rung": rung}))
        assert (answer.verdict, answer.problems) == (Verdict.FITS, ())
        assert answer.usage.output_tokens > 0
        assert answer.response_model is not None
        assert NOTES in answer.prompt[-1].content
    await llm.close()


async def asked(address: str, *calls: Call) -> list[Completion]:
    """What the model says to each of these calls, four at a time."""
    provider = OpenAiProvider(Door("local", "", "base_url"), address, local, LOCAL)
    four = asyncio.Semaphore(4)

    async def ask(call: Call) -> Completion:
        async with four:
            return await provider.complete(call)

    replies = await asyncio.gather(*(ask(call) for call in calls))
    await provider.close()
    return replies


def call_of(kind: type[BaseModel], rung: Rung = Rung.NATIVE, max_tokens: int = 400) -> Call:
    """Ask for an example of a type."""
    schema = kind.model_json_schema()
    chat = Message(role="system", content="Answer with JSON."), Message(role="user", content="Give me an example.")
    return Call(ModelRef(provider="local"), messages_for(rung, chat, schema, False), schema, max_tokens, "s", rung=rung)


async def test_every_type_can_be_put_into_force(address: str) -> None:
    replies = await asked(address, *(call_of(kind, max_tokens=2) for kind in ZOO))
    for kind, reply in zip(ZOO, replies, strict=True):
        assert reply.finish in (Finish.COMPLETE, Finish.LENGTH), kind


@pytest.mark.parametrize("kind", [Author, Calendar, Either, Nest, Plus, Table, Tree])
async def test_a_reply_under_a_grammar_ends_and_has_the_type(address: str, kind: type[BaseModel]) -> None:
    (reply,) = await asked(address, call_of(kind))
    assert reply.finish is Finish.COMPLETE
    assert parsed(reply.text, kind).problems == ()


async def test_a_tool_call_is_one_and_a_text_is_free(address: str) -> None:
    called, plain, xml = await asked(
        address, call_of(Tree, Rung.TOOL), call_of(Cat, Rung.SCHEMA, 30), call_of(Cat, Rung.XML, 30)
    )
    assert [one.name for one in called.calls] == ["reply"]
    Tree.model_validate_json(called.calls[0].arguments)
    assert plain.calls == xml.calls == ()
    assert plain.text.strip()
    assert xml.text.strip()
