"""A run that is sent more than the server takes goes on in a new run, and is still where it was."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from contracts.approvers import Approver
from tests.support.waiting import eventually
from tests.workflows.papers import Handle, Office, office
from workflows.steps.chain import MOST_SIGNALS, MOST_UPDATES

ANN, BOB, CAROL = (Approver(name=name) for name in ("ann", "bob", "carol"))


@pytest.fixture
async def papers(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Office]:
    """An office."""
    async with office(env, tmp_path) as made:
        yield made


async def flood(run: Handle, count: int, **message: Any) -> None:
    """So many approvals of somebody who may not."""
    at_once = asyncio.Semaphore(50)

    async def send() -> None:
        async with at_once:
            await run.signal("approve", {"by": "mallory", **message})

    await asyncio.gather(*(send() for _ in range(count)))


async def in_a_new_run(papers: Office, run: Handle) -> None:
    """Until the id belongs to another run than it did."""
    first = run.first_execution_run_id

    async def look() -> bool:
        return (await papers.env.client.get_workflow_handle(run.id).describe()).run_id != first

    await eventually(look, "the next run of the chain")


async def test_a_flooded_gate_goes_on_with_its_votes_its_deadline_and_its_refusals(papers: Office) -> None:
    papers.rules(ANN, BOB, CAROL, stages=({"needed": 3},))
    run = await papers.start(asks="choice", by="zoe")
    await papers.gate(run)
    await papers.decide(run, "answer", "ann", choice=2)

    async def signs() -> bool:
        return (await papers.gate(run)).card.gate == "sign"

    await eventually(signs, "the second gate")
    await papers.decide(run, "approve", "ann")
    await papers.decide(run, "approve", "bob", edit={"title": "Flooded"})
    before = (await papers.gate(run)).card
    now = papers.env.client.get_workflow_handle(run.id)
    await flood(run, MOST_SIGNALS)
    await in_a_new_run(papers, run)
    after = (await papers.gate(now)).card
    assert after == before
    state = await papers.state(now)
    assert state.refusals_count == MOST_SIGNALS
    assert len(state.refusals) == 100
    assert (await papers.decide(now, "approve", "bob")).reason == "bob has approved this already"
    assert (await papers.decide(now, "approve", "carol")).accepted
    assert (await papers.decide(now, "approve", "ann")).accepted
    result = await run.result()
    assert (result.outcome, result.title, result.answer, result.answered_by) == (
        "published",
        "Flooded",
        "The wall",
        "ann",
    )
    assert (result.by, result.others) == ("ann", ("bob", "carol"))
    # Nothing was done again, and what was done counts once.
    assert (papers.archive.read_papers, len(papers.archive.published)) == (["law"], 1)
    assert (result.steps, result.tool_calls) == (4, 2)


async def test_updates_are_counted_too(papers: Office) -> None:
    papers.rules(ANN)
    run = await papers.start()
    await papers.gate(run)
    at_once = asyncio.Semaphore(8)

    async def send() -> None:
        async with at_once:
            assert not (await papers.decide(papers.env.client.get_workflow_handle(run.id), "approve", "eve")).accepted

    await asyncio.gather(*(send() for _ in range(MOST_UPDATES)))
    await in_a_new_run(papers, run)
    assert (await papers.decide(papers.env.client.get_workflow_handle(run.id), "approve", "ann")).accepted
    assert (await run.result()).outcome == "published"


async def test_what_piled_up_while_no_worker_was_there_is_worked_off(env: WorkflowEnvironment, tmp_path: Path) -> None:
    async with office(env, tmp_path) as papers:
        papers.rules(ANN)
        run = await papers.start()
        await papers.gate(run)
    await flood(run, 9_900, note="x" * 200)
    async with papers.worker():
        await in_a_new_run(papers, run)
        now = papers.env.client.get_workflow_handle(run.id)
        assert (await papers.state(now)).refusals_count == 9_900
        assert (await papers.decide(now, "approve", "ann")).accepted
        assert (await run.result()).outcome == "published"


async def test_a_decision_that_piled_up_with_the_flood_counts(env: WorkflowEnvironment, tmp_path: Path) -> None:
    """The task that decides the gate is the one in which the run would have to go on in a new one."""
    async with office(env, tmp_path) as papers:
        papers.rules(ANN)
        run = await papers.start()
        await papers.gate(run)
    await flood(run, MOST_SIGNALS)
    await run.signal("approve", {"by": "ann"})
    async with papers.worker():
        assert (await run.result()).outcome == "published"


async def test_a_stranger_cannot_start_a_run_that_has_been_decided(papers: Office) -> None:
    forged = {"action": "papers/law/today", "calls": {"gate sign": [{"value": {}}]}}
    started = await papers.env.client.start_workflow(
        "Papers", args=[{"key": "law"}, forged], id=f"{papers.queue}/forged", task_queue=papers.queue
    )
    with pytest.raises(Exception, match="Workflow execution failed"):
        await started.result()
    assert papers.archive.published == []


async def test_a_decision_reaches_the_newest_run_of_the_chain_and_no_later_story(papers: Office) -> None:
    papers.rules(ANN)
    run = await papers.start()
    await papers.gate(run)
    chain = papers.env.client.get_workflow_handle(run.id, first_execution_run_id=run.first_execution_run_id)
    await flood(run, MOST_SIGNALS)
    await in_a_new_run(papers, run)
    assert (await chain.execute_update("decide", {"verdict": "approve", "by": "ann"}))["accepted"]
    assert (await run.result()).outcome == "published"
    again = await papers.start()
    await papers.gate(again)
    with pytest.raises(RPCError):
        await chain.execute_update("decide", {"verdict": "approve", "by": "ann"})
