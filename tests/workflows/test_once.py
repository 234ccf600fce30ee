"""One business action, one mail: through resets, second runs, unknown outcomes, stops and cancellations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError

from activities.stores.database import Database
from activities.stores.entries import State, read_entry
from activities.stores.ledger import Claim, Ledger
from contracts.gates import GateKind
from contracts.mail import SentMail
from contracts.sales_follow_up import FollowUpOutcome
from contracts.visibility import Phase
from tests.conftest import MakeWorld
from tests.support.waiting import eventually
from tests.support.world import GOOD, PLAIN, SIGNALS, Handle, World, at_the_gate, mail_sink
from workers.mail_sink import KeepInMaildir


async def test_a_stop_ends_a_waiting_run_with_what_is_known(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("stop", {"by": "ops", "reason": "wrong list"})
        result = await handle.result()
        assert (result.outcome, result.reason) == (FollowUpOutcome.STOPPED, "ops: wrong list")
        assert result.drafted_by
        assert (await world.state(handle)).phase is Phase.STOPPED
        assert not world.mails()


async def test_a_stop_does_not_wait_for_the_model(make_world: MakeWorld) -> None:
    async with make_world(GOOD | {"summarise-signals": [{"$delay_s": 600, "$reply": SIGNALS}]}) as world:
        with world.env.with_time_skipping_disabled():
            handle = await world.start(PLAIN)

        async def asking() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return any(activity.activity_id == "summarise-signals" for activity in pending)

        await eventually(asking, "the model is being asked")
        await handle.signal("stop", {"by": "ops", "reason": "enough"})
        assert (await asyncio.wait_for(handle.result(), 60)).outcome is FollowUpOutcome.STOPPED


async def test_the_same_business_action_under_another_id_sends_nothing_more(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        first, again = (f"{world.settings.state.parent.name}-{number}" for number in (1, 2))
        handle = await at_the_gate(world, {**PLAIN, "occasion": "once"}, first)
        await handle.signal("approve", {"by": "ann"})
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        handle = await at_the_gate(world, {**PLAIN, "occasion": "once"}, again)
        await handle.signal("approve", {"by": "ann", "edit": {"body": "Other words, for the second time."}})
        result = await handle.result()
        assert result.outcome is FollowUpOutcome.ALREADY_SENT
        (mail,) = world.mails()
        assert result.message_id == mail["message-id"]


@pytest.mark.parametrize("edited", [False, True])
async def test_a_reset_to_the_start_sends_nothing_more(make_world: MakeWorld, edited: bool) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        first = await world.gate(handle)
        await handle.signal("approve", {"by": "ann"})
        await handle.result()
        await reset(world, handle, event_id=4)
        again = world.handle(handle.id)
        gate = await world.gate(again)
        # The signal of the first run was applied anew, before the gate opened: it must not count.
        assert (await world.state(again)).refusals_count == 1
        edit = {"edit": {"body": "Other words, after the reset."}} if edited else {}
        await again.signal("approve", {"by": "ann", "digest": gate.card.digest, **edit})
        same = gate.card.digest == first.card.digest and not edited
        assert (await again.result()).outcome is (FollowUpOutcome.SENT if same else FollowUpOutcome.ALREADY_SENT)
        assert len(world.mails()) == 1


async def reset(world: World, handle: Handle, event_id: int) -> None:
    """What `temporal workflow reset --event-id` does."""
    from temporalio.api.common.v1 import WorkflowExecution
    from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

    await world.env.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace="default",
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
            reason="test",
            workflow_task_finish_event_id=event_id,
            request_id=f"{handle.id}-{datetime.now(UTC).isoformat()}",
        )
    )


async def leave_a_claim(world: World, handle: Handle, digest: str) -> None:
    """What a worker leaves that died, a while ago, while it was sending."""
    key = f"sales-follow-up/lead-007/{datetime.now(UTC):%Y-%m-%d}/send-email"
    presumed = SentMail(message_id="<presumed@example.com>", to="lead@example.com", accepted_at=None)
    ledger = Ledger(Database(world.settings.database_url))
    entry, ours = await ledger.claim(Claim(key, digest, "mail.send", presumed, timedelta(0)))
    assert ours
    assert await ledger.renew(entry, acting=True)
    await ledger.stop(entry)


@pytest.mark.parametrize(("said", "mails"), [("no", 1), ("yes", 0)])
async def test_an_unknown_outcome_is_asked_of_a_person(make_world: MakeWorld, said: str, mails: int) -> None:
    """The worker died between mail and receipt, and nobody can look the mail up."""
    async with make_world(GOOD, SIGNOFF_MAIL_PROBE="maildir:nowhere") as world:
        handle = await at_the_gate(world, PLAIN)
        await leave_a_claim(world, handle, (await world.gate(handle)).card.digest)

        async def outcome_gate() -> bool:
            return any(gate.card.kind is GateKind.OUTCOME for gate in (await world.state(handle)).gates)

        await handle.signal("approve", {"by": "ann"})
        await eventually(outcome_gate, "the outcome gate")
        refused = await handle.execute_update("decide", {"verdict": "approve", "by": "ann"})
        assert not refused["accepted"]
        await handle.signal("answer", {"by": "ann", "choice": said})
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        assert len(world.mails()) == mails


async def test_a_stop_ends_the_attempts_at_a_mail_that_did_not_go_out(make_world: MakeWorld) -> None:
    async with make_world(GOOD, SIGNOFF_SMTP_URL="smtp://127.0.0.1:1") as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("approve", {"by": "ann"})

        async def sending() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return any(activity.activity_id == "send-email" and activity.attempt > 1 for activity in pending)

        await eventually(sending, "the mail server is tried again")
        await handle.signal("stop", {"by": "ops", "reason": "enough"})
        result = await asyncio.wait_for(handle.result(), 60)
        assert (result.outcome, result.message_id) == (FollowUpOutcome.STOPPED, None)


@pytest.mark.parametrize("how", ["stop", "cancel"])
async def test_a_mail_that_is_under_way_is_settled_before_the_run_ends(
    make_world: MakeWorld, tmp_path: Path, how: str
) -> None:
    async with slow_sink(tmp_path / "mail") as (url, taken, go_on), make_world(GOOD, SIGNOFF_SMTP_URL=url) as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("approve", {"by": "ann"})
        await asyncio.wait_for(taken.wait(), 60)
        if how == "stop":
            await handle.signal("stop", {"by": "ops", "reason": "enough"})
        else:
            await handle.cancel()

        async def asked() -> bool:
            types = [event.event_type async for event in handle.fetch_history_events()]
            return EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED in types

        await eventually(asked, "the send is asked to end")
        go_on.set()
        if how == "stop":
            result = await asyncio.wait_for(handle.result(), 30)
            assert result.outcome is FollowUpOutcome.STOPPED
            assert result.message_id == world.mails()[0]["message-id"]
        else:
            with pytest.raises(WorkflowFailureError):
                await asyncio.wait_for(handle.result(), 30)
        assert len(world.mails()) == 1
        key = f"sales-follow-up/lead-007/{datetime.now(UTC):%Y-%m-%d}/send-email"
        database = Database(world.settings.database_url)
        entry = database.transact(lambda connection: read_entry(connection, key))
        assert entry.state is State.DONE


@asynccontextmanager
async def slow_sink(folder: Path) -> AsyncIterator[tuple[str, asyncio.Event, asyncio.Event]]:
    """A mail server that has the mail, and takes its time to say so: (URL, it has it, it may say so)."""
    taken, go_on = asyncio.Event(), asyncio.Event()

    class Slow(KeepInMaildir):
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            taken.set()
            await go_on.wait()
            return await super().handle_DATA(server, session, envelope)

    async with mail_sink(folder, Slow(folder)) as url:
        yield url, taken, go_on
