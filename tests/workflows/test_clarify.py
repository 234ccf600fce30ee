"""Questions to people: one of some choices, or words that are read as a type."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.gates import GateKind
from contracts.policies import Silence
from tests.support.waiting import eventually
from tests.workflows.papers import Handle, Office, hours, office


@pytest.fixture
async def papers(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Office]:
    """An office."""
    async with office(env, tmp_path) as made:
        yield made


async def publish(papers: Office, run: Handle) -> Any:
    """Approve, once it is asked, and answer what came of it."""

    async def asked() -> bool:
        return (await papers.gate(run)).card.gate == "sign"

    await eventually(asked, "the gate")
    assert (await papers.decide(run, "approve", "ann")).accepted
    return await run.result()


@pytest.mark.parametrize("said", [{"choice": 2}, {"choice": "2"}, {"choice": "the WALL"}, {"text": " The wall "}])
async def test_a_choice_is_named_or_numbered(papers: Office, said: dict[str, Any]) -> None:
    run = await papers.start(asks="choice")
    card = (await papers.gate(run)).card
    assert (card.kind, card.choices, card.question) == (
        GateKind.QUESTION,
        ("The door", "The wall"),
        "Did you mean the door or the wall?",
    )
    assert (await papers.decide(run, "answer", "bob", **said)).accepted
    result = await publish(papers, run)
    assert (result.answer, result.answered_by) == ("The wall", "bob")


@pytest.mark.parametrize("said", [{"choice": 0}, {"choice": 3}, {"choice": "both"}, {"text": "yes"}])
async def test_what_is_no_choice_is_refused_and_asked_on(papers: Office, said: dict[str, Any]) -> None:
    run = await papers.start(asks="choice")
    await papers.gate(run)
    reply = await papers.decide(run, "answer", "bob", **said)
    assert (reply.accepted, reply.reason) == (False, "the choices are The door and The wall")
    reply = await papers.decide(run, "approve", "bob")
    assert reply.reason == "this gate wants an answer: choice The door or The wall"
    assert (await papers.gate(run)).card.gate == "where"


async def test_words_are_read_as_the_type_that_is_asked_for(papers: Office) -> None:
    run = await papers.start(asks="date")
    await papers.gate(run)
    reply = await papers.decide(run, "answer", "bob", text="next week")
    assert not reply.accepted
    assert reply.reason.startswith("the answer does not fit: ")
    assert (await papers.decide(run, "answer", "bob", text="2027-03-04")).accepted
    assert (await publish(papers, run)).answer == "2027-03-04"


async def test_an_answer_that_contradicts_what_is_known_is_asked_again_and_then_given_up(papers: Office) -> None:
    run = await papers.start(asks="date")
    await papers.gate(run)
    await papers.decide(run, "answer", "bob", text="2026-03-04")

    async def again() -> bool:
        return (await papers.gate(run)).card.gate == "where-2"

    await eventually(again, "the second round")
    question = (await papers.gate(run)).card.question
    assert question == "bob said '2026-03-04', but it has to be in 2027. From when on?"
    late = await papers.decide(run, "answer", "bob", gate="where", text="2027-03-04")
    assert late.reason == "gate 'where' is not open"
    await papers.decide(run, "answer", "bob", text="2028-03-04")
    result = await publish(papers, run)
    assert (result.answer, result.answered_by) == ("2027-01-01", None)


async def test_silence_is_the_default_where_the_policy_says_so_and_else_the_end(papers: Office) -> None:
    papers.rules(silence=Silence.NO, deadline=hours(30))
    run = await papers.start("silent", skips=True, asks="date")
    result = await run.result()
    assert (result.outcome, papers.archive.published) == ("expired", [])


async def test_without_an_answer_code_goes_on_with_its_default(papers: Office, env: WorkflowEnvironment) -> None:
    papers.rules(silence=Silence.DEFAULT, deadline=hours(30))
    run = await papers.start(asks="date")
    await papers.gate(run)
    await env.fast_forward(run, hours(31))
    result = await publish(papers, run)
    assert (result.answer, result.answered_by) == ("2027-01-01", None)
