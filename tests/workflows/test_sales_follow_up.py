"""SalesFollowUp's story on real parts, and what must never happen in it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from activities.stores.database import Database
from activities.stores.tables import LEADS
from contracts.errors import root_message
from contracts.sales_follow_up import SALES_FOLLOW_UP, FollowUpOutcome
from tests.conftest import MakeWorld
from tests.support.waiting import eventually
from tests.support.world import DRAFT, GOOD, PLAIN, Handle, World, at_the_gate, body_of


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


async def test_where_every_model_refuses_the_template_takes_the_place_and_the_record_says_why(
    make_world: MakeWorld,
) -> None:
    async with make_world(GOOD | {"draft-email": [{"$error": "refused", "message": "the key was refused"}]}) as world:
        handle = await at_the_gate(world, PLAIN)
        subject: Any = (await world.gate(handle)).subject
        assert subject["drafted_by"] == "template"
        assert any(b"scripted" in note and b"the key was refused" in note for note in await notes(handle))


async def test_a_run_whose_models_are_down_waits_and_goes_on_when_one_is_back(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    async with make_world(GOOD | {"draft-email": [{"$error": "unavailable", "wait_s": 0.01}]}) as world:
        handle = await at_some_point(world, PLAIN, b"no model answered")
        (tmp_path / "script.json").write_text(json.dumps(GOOD))
        await world.env.fast_forward(handle, timedelta(minutes=2))
        subject: Any = (await world.gate(handle)).subject
        assert subject["subject"] == DRAFT["subject"]


async def at_some_point(world: World, request: dict[str, Any], noted: bytes) -> Handle:
    """A run whose record has come to say `noted`."""
    with world.env.with_time_skipping_disabled():
        handle = await world.start(request)

    async def says_so() -> bool:
        return any(noted in note for note in await notes(handle))

    await eventually(says_so, f"{noted!r} in the record")
    return handle


async def notes(handle: Handle) -> list[bytes]:
    """What the run has put on record, as JSON."""
    return [
        event.workflow_properties_modified_event_attributes.upserted_memo.fields["note"].data
        async for event in handle.fetch_history_events()
    ]


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
            await asyncio.wait_for(handle.result(), 60)
        assert "Traceback" not in root_message(failure.value)


async def test_working_hours_are_waited_for_in_the_recipients_zone(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, {**PLAIN, "send": "working-hours"})
        await handle.signal("approve", {"by": "ann"})
        await world.past_working_hours(handle)
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        assert len(world.mails()) == 1
        answers = [
            json.loads(event.activity_task_completed_event_attributes.result.payloads[0].data)
            for event in (await handle.fetch_history()).events
            if event.HasField("activity_task_completed_event_attributes")
        ]
        lead = next(answer for answer in answers if isinstance(answer, dict) and "timezone" in answer)
        moment = datetime.fromisoformat(next(answer for answer in answers if isinstance(answer, str)))
        there = moment.astimezone(ZoneInfo(lead["timezone"]))
        assert there.weekday() < 5
        assert 9 <= there.hour < 17
        waits = [e async for e in handle.fetch_history_events() if b"working hours" in e.user_metadata.summary.data]
        timers = [e for e in waits if e.HasField("timer_started_event_attributes")]
        for timer in timers:
            length = timer.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            assert abs(timer.event_time.ToDatetime(UTC) + length - moment) < timedelta(seconds=5)
        assert timers or moment - datetime.now(UTC) < timedelta(minutes=1)


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
            await asyncio.wait_for(handle.result(), 60)
        assert named in root_message(failure.value)
