"""Starting and deciding against a server that no worker serves."""

import asyncio
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.budgets import Budget
from contracts.gates import Approve
from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpRequest, SendWhen
from starters import decisions, waiting
from starters.decisions import decide
from starters.failures import BAD_INPUT, REFUSED, Failure
from starters.session import find_run
from starters.start import Started, run_page, start_process
from starters.waiting import wait_for_result


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker of no other test finds these runs."""
    monkeypatch.setattr("starters.start.WORK", "nobody")


def occasion() -> str:
    return uuid.uuid4().hex


async def start(env: WorkflowEnvironment, request: FollowUpRequest, workflow_id: str | None = None) -> Started:
    return await start_process(env.client, SALES_FOLLOW_UP, request, ui_url="http://ui/", workflow_id=workflow_id)


async def test_of_five_that_start_at_once_one_starts_and_four_attach(env: WorkflowEnvironment) -> None:
    request = FollowUpRequest(lead_id="lead-007", occasion=occasion())
    started = await asyncio.gather(*(start(env, request) for _ in range(5)))
    assert sorted(one.attached for one in started) == [False, True, True, True, True]
    assert len({one.run_id for one in started}) == 1


async def test_a_run_that_is_over_is_attached_to(env: WorkflowEnvironment) -> None:
    request = FollowUpRequest(lead_id="lead-007", occasion=occasion())
    first = await start(env, request)
    await env.client.get_workflow_handle(first.workflow_id).terminate()
    again = await start(env, request)
    assert again.attached
    assert again.run_id == first.run_id


async def test_a_run_for_another_key_is_not_attached_to_and_other_fields_are_named(env: WorkflowEnvironment) -> None:
    name = occasion()
    first = await start(env, FollowUpRequest(lead_id="lead-007", by="bob"), name)
    again = await start(env, FollowUpRequest(lead_id="lead-007", by="ann"), name)
    assert (again.attached, again.run_id, again.differing) == (True, first.run_id, ())
    later = await start(env, FollowUpRequest(lead_id="lead-007", send=SendWhen.WORKING_HOURS), name)
    assert (later.attached, later.run_id, later.differing) == (True, first.run_id, ("send",))
    richer = await start(env, FollowUpRequest(lead_id="lead-007", budget=Budget(usd=Decimal(9))), name)
    assert (richer.attached, richer.differing) == (True, ("budget",))
    with pytest.raises(Failure, match="is about lead-007, not lead-003: give another --id") as raised:
        await start(env, FollowUpRequest(lead_id="lead-003"), name)
    assert raised.value.code == BAD_INPUT


async def test_the_occasion_is_today_in_utc_and_goes_into_the_input(env: WorkflowEnvironment) -> None:
    lead = f"lead-{occasion()}"
    before = f"{datetime.now(UTC):%Y-%m-%d}"
    started = await start(env, FollowUpRequest(lead_id=lead))
    after = f"{datetime.now(UTC):%Y-%m-%d}"
    event = await anext(env.client.get_workflow_handle(started.workflow_id).fetch_history_events())
    payloads = event.workflow_execution_started_event_attributes.input.payloads
    (given,) = env.client.data_converter.payload_converter.from_payloads(payloads, [FollowUpRequest])
    assert given.occasion in (before, after)
    assert started.workflow_id == f"sales-follow-up/{lead}/{given.occasion}"


async def test_an_id_that_belongs_to_another_process_is_refused(env: WorkflowEnvironment) -> None:
    name = occasion()
    await env.client.start_workflow("SomethingElse", id=name, task_queue="nobody")
    with pytest.raises(Failure, match="SomethingElse") as raised:
        await start(env, FollowUpRequest(lead_id="lead-007"), name)
    assert raised.value.code == BAD_INPUT
    with pytest.raises(Failure, match="none of Signoff's"):
        await find_run(env.client, name)


async def test_an_unknown_run_is_named(env: WorkflowEnvironment) -> None:
    with pytest.raises(Failure, match="no-such-run") as raised:
        await find_run(env.client, "no-such-run")
    assert raised.value.code == REFUSED


async def test_without_a_worker_waiting_and_deciding_give_up(
    env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.2)
    monkeypatch.setattr(decisions, "PATIENCE_S", 0.2)
    started = await start(env, FollowUpRequest(lead_id="lead-007", occasion=occasion()))
    handle = env.client.get_workflow_handle(started.workflow_id, run_id=started.run_id)
    with pytest.raises(Failure, match="no worker answered"):
        await wait_for_result(env.client, handle)
    with pytest.raises(Failure, match="delivered if one comes"):
        await decide(handle, Approve(by="ann"))


async def test_a_decision_on_a_run_that_is_over_says_so(env: WorkflowEnvironment) -> None:
    started = await start(env, FollowUpRequest(lead_id="lead-007", occasion=occasion()))
    handle = env.client.get_workflow_handle(started.workflow_id)
    await handle.terminate(reason="mistake")
    with pytest.raises(Failure, match="is over"):
        await decide(handle, Approve(by="ann"))
    with pytest.raises(Failure, match="terminated: mistake"):
        await wait_for_result(env.client, handle)


def test_a_runs_page_survives_slashes_in_its_id() -> None:
    page = run_page("http://127.0.0.1:8233/", "a b", "sales-follow-up/lead-007/x", "run")
    assert page == "http://127.0.0.1:8233/namespaces/a%20b/workflows/sales-follow-up%2Flead-007%2Fx/run"
