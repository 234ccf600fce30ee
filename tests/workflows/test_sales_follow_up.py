"""SalesFollowUp's story on real parts, and what must never happen in it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from activities.stores.database import Database
from activities.stores.ledger import Claim, Ledger, State, read_entry
from activities.stores.tables import LEADS
from contracts.errors import root_message
from contracts.gates import GateKind
from contracts.mail import SentMail
from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpOutcome
from contracts.visibility import Phase
from tests.conftest import MakeWorld
from tests.support.waiting import eventually
from tests.support.world import DRAFT, GOOD, SIGNALS, Handle, World, body_of, mail_sink
from workers.mail_sink import KeepInMaildir

PLAIN = {"lead_id": "lead-007"}


async def at_the_gate(world: World, request: dict[str, Any], run_id: str | None = None) -> Handle:
    """A run that waits for its approver; only `fast_forward` moves its clock."""
    with world.env.with_time_skipping_disabled():
        handle = await world.start(request, run_id)
    await world.gate(handle)
    return handle


async def test_the_mail_that_arrives_is_the_mail_that_was_approved(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        subject: Any = (await world.gate(handle)).subject
        await handle.signal("approve", {"by": "ann"})
        result = await handle.result()
        (mail,) = world.mails()
        assert result.outcome is FollowUpOutcome.SENT
        assert (mail["subject"], body_of(mail)) == (subject["subject"], subject["body"])
        assert mail["to"].addresses[0].addr_spec == subject["to"]["email"]
        assert mail["message-id"] == result.message_id
        assert result.approved_by == "ann"
        assert DRAFT["paragraphs"][0] in subject["body"]


async def test_the_greeting_is_the_leads_own_whatever_the_model_wrote(make_world: MakeWorld) -> None:
    script = GOOD | {"draft-email": [{**DRAFT, "paragraphs": ["Dear Bob,", "We will be in touch with you about it."]}]}
    async with make_world(script) as world:
        subject: Any = (await world.gate(await at_the_gate(world, PLAIN))).subject
        assert "Bob" not in subject["body"]
        assert subject["drafted_by"] == "template"


async def test_a_reply_that_does_not_fit_is_asked_again_once_with_what_was_wrong(make_world: MakeWorld) -> None:
    wrong = {**DRAFT, "paragraphs": ["I can offer you a budget of $987,654 for the whole of this."]}
    async with make_world(GOOD | {"draft-email": [wrong, DRAFT]}) as world:
        handle = await at_the_gate(world, PLAIN)
        subject: Any = (await world.gate(handle)).subject
        assert DRAFT["paragraphs"][0] in subject["body"]
        asked = [
            json.loads(event.activity_task_scheduled_event_attributes.input.payloads[0].data)
            for event in (await handle.fetch_history()).events
            if event.activity_task_scheduled_event_attributes.activity_id.startswith("draft-email")
        ]
        assert [bool(ask["retry"]) for ask in asked] == [False, True]
        assert "987,654" in json.dumps(asked[1]["retry"]["problems"])


@pytest.mark.parametrize(
    "replies",
    [
        [{"$error": "declined"}],
        ["no JSON", {"$error": "refused"}],
        [{**DRAFT, "subject": " " * 9}],
        [{"$error": "cut", "text": "{"}],
    ],
    ids=["declined", "misfit, then refused", "a blank subject", "cut"],
)
async def test_a_template_takes_the_place_of_a_draft_that_nobody_can_use(
    make_world: MakeWorld, replies: list[Any]
) -> None:
    async with make_world(GOOD | {"draft-email": replies}) as world:
        subject: Any = (await world.gate(await at_the_gate(world, PLAIN))).subject
        assert subject["drafted_by"] == "template"


async def test_a_run_that_no_model_answers_fails_and_names_the_model(make_world: MakeWorld) -> None:
    async with make_world(GOOD | {"draft-email": [{"$error": "refused", "message": "the key was refused"}]}) as world:
        handle = await world.start(PLAIN)
        with pytest.raises(WorkflowFailureError) as failure:
            await asyncio.wait_for(handle.result(), 30)
        assert "scripted" in root_message(failure.value)
        assert "the key was refused" in root_message(failure.value)


async def test_the_next_model_of_the_route_answers_when_the_first_cannot(make_world: MakeWorld, tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.json", tmp_path / "good.json"
    broken.write_text(json.dumps({step: [{"$error": "refused"}] for step in GOOD}))
    good.write_text(json.dumps(GOOD))
    async with make_world(GOOD, SIGNOFF_MODELS=f"scripted:{broken},scripted:{good}") as world:
        subject: Any = (await world.gate(await at_the_gate(world, PLAIN))).subject
        assert DRAFT["paragraphs"][0] in subject["body"]


async def test_an_edit_replaces_the_words_and_nothing_else(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        subject: Any = (await world.gate(handle)).subject
        await handle.signal("approve", {"by": "ann", "edit": {"to": {"name": "E", "email": "eve@example.com"}}})
        body = "Dear all,\n\n.leading dot, Grüße, 日本語\n\n\nlast line"
        await handle.signal("approve", {"by": "ann", "edit": {"subject": "Schöne Grüße", "body": body}})
        result = await handle.result()
        (mail,) = world.mails()
        assert mail["to"].addresses[0].addr_spec == subject["to"]["email"]
        assert mail["subject"] == "Schöne Grüße"
        assert body_of(mail).rstrip("\n") == body
        assert result.outcome is FollowUpOutcome.SENT


async def test_a_no_ends_the_run_without_a_mail(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("reject", {"by": "ann", "reason": "not now"})
        result = await handle.result()
        assert (result.outcome, result.reason) == (FollowUpOutcome.REJECTED, "ann: not now")
        assert not world.mails()


async def test_silence_is_a_no_after_a_reminder(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        opened = (await world.gate(handle)).card
        await world.env.fast_forward(handle, timedelta(hours=30))
        assert (await world.gate(handle)).card.reminders == 1
        await world.env.fast_forward(handle, timedelta(hours=20))
        result = await handle.result()
        assert result.outcome is FollowUpOutcome.EXPIRED
        assert opened.gate in str(result.reason)
        assert not world.mails()


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
        assert (await asyncio.wait_for(handle.result(), 20)).outcome is FollowUpOutcome.STOPPED


async def test_an_unknown_lead_fails_the_run_before_its_first_effect(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await world.start({"lead_id": "lead-999"})
        with pytest.raises(WorkflowFailureError) as failure:
            await handle.result()
        assert "lead-999" in root_message(failure.value)
        assert not world.mails()


@pytest.mark.parametrize(
    "request_json",
    [
        {},
        {"lead_id": 7},
        {"lead_id": "lead-007", "send": "later"},
        {"lead_id": "lead-007", "sned": "now"},
        {"lead_id": "../x"},
    ],
)
async def test_an_input_that_cannot_be_right_fails_the_run_and_does_not_wedge_it(
    make_world: MakeWorld, request_json: dict[str, Any]
) -> None:
    async with make_world(GOOD) as world:
        handle = await world.start(request_json, run_id=f"{world.settings.state.parent.name}-bad")
        with pytest.raises(WorkflowFailureError) as failure:
            await asyncio.wait_for(handle.result(), 20)
        assert "Traceback" not in root_message(failure.value)


async def test_working_hours_are_waited_for_in_the_recipients_zone(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, {**PLAIN, "send": "working-hours"})
        await handle.signal("approve", {"by": "ann"})
        await world.past_working_hours(handle)
        result = await handle.result()
        assert result.outcome is FollowUpOutcome.SENT
        assert len(world.mails()) == 1


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


async def test_the_update_tells_the_sender_what_came_of_it(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update("decide", {"verdict": "approve"})
        refused = await handle.execute_update("decide", {"verdict": "approve", "by": "ann", "digest": "0" * 64})
        accepted = await handle.execute_update("decide", {"verdict": "approve", "by": "ann"})
        assert (refused["accepted"], accepted["accepted"]) == (False, True)
        assert (await handle.result()).outcome is FollowUpOutcome.SENT


async def test_every_activity_and_timer_says_in_words_what_it_is(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, {**PLAIN, "send": "working-hours"})
        await handle.signal("approve", {"by": "ann"})
        await world.past_working_hours(handle)
        await handle.result()
        steps = {step.name for step in SALES_FOLLOW_UP.steps}
        for event in (await handle.fetch_history()).events:
            if event.HasField("activity_task_scheduled_event_attributes"):
                assert len(json.loads(event.user_metadata.summary.data)) > 8
                assert event.activity_task_scheduled_event_attributes.activity_id in steps
            if event.HasField("timer_started_event_attributes"):
                assert len(json.loads(event.user_metadata.summary.data)) > 8


async def leave_a_claim(world: World, handle: Handle, digest: str) -> None:
    """What a worker leaves that died while it was sending."""
    key = f"sales-follow-up/lead-007/{datetime.now(UTC):%Y-%m-%d}/send-email"
    presumed = SentMail(message_id="<presumed@example.com>", to="lead@example.com", accepted_at=None)
    claim = Claim(key, digest, "mail.send", presumed, timedelta(0))
    _, ours = await Ledger(Database(world.settings.database_url)).claim(claim)
    assert ours


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


@pytest.mark.parametrize(
    ("row", "named"), [({"notes": "n" * 100_001}, "notes"), ({"interest": "stock\nBcc: all@example.com"}, "interest")]
)
async def test_a_lead_that_cannot_be_right_fails_the_run_by_name(
    make_world: MakeWorld, row: dict[str, str], named: str
) -> None:
    async with make_world(GOOD) as world:
        database = Database(world.settings.database_url)
        database.transact(lambda connection: connection.execute(LEADS.update().values(**row)))
        handle = await world.start(PLAIN)
        with pytest.raises(WorkflowFailureError) as failure:
            await asyncio.wait_for(handle.result(), 20)
        assert named in root_message(failure.value)


async def test_a_stop_ends_the_attempts_at_a_mail_that_did_not_go_out(make_world: MakeWorld) -> None:
    async with make_world(GOOD, SIGNOFF_SMTP_URL="smtp://127.0.0.1:1") as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("approve", {"by": "ann"})

        async def sending() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return any(activity.activity_id == "send-email" and activity.attempt > 1 for activity in pending)

        await eventually(sending, "the mail server is tried again")
        await handle.signal("stop", {"by": "ops", "reason": "enough"})
        result = await asyncio.wait_for(handle.result(), 20)
        assert (result.outcome, result.message_id) == (FollowUpOutcome.STOPPED, None)


@pytest.mark.parametrize("how", ["stop", "cancel"])
async def test_a_mail_that_is_under_way_is_settled_before_the_run_ends(
    make_world: MakeWorld, tmp_path: Path, how: str
) -> None:
    async with slow_sink(tmp_path / "mail") as (url, taken, go_on), make_world(GOOD, SIGNOFF_SMTP_URL=url) as world:
        handle = await at_the_gate(world, PLAIN)
        await handle.signal("approve", {"by": "ann"})
        await asyncio.wait_for(taken.wait(), 20)
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
