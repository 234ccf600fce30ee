"""BestDraft, decided by code: three drafts, one pick, one consent, one mail; and what must never happen in it."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import TypeAdapter
from temporalio.client import WorkflowFailureError, WorkflowHandle

from contracts.best_draft import DRAFT, BestDraftOutcome, BestDraftRequest, BestDraftResult, Tone
from contracts.bounds import Bounds, misfit
from contracts.errors import root_message
from contracts.standing import Grant
from starters.standing import grant_standing
from tests.conftest import MakeWorld
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.support.world import World, body_of
from workflows.best_draft import review_email, template, write
from workflows.steps.blanks import Filled

Handle = WorkflowHandle[Any, BestDraftResult]

PARTY: dict[str, Any] = json.loads((Path("samples") / "best-draft" / "01-plain.json").read_text(encoding="utf-8"))


def draft(tone: str) -> dict[str, Any]:
    """What the scripted writer of a tone says."""
    text = f"We would be glad to see you at our summer party on 3 July. This is the {tone} way to say it."
    return {"subject": f"Our {tone} summer party", "paragraphs": [text]}


DRAFTS: dict[str, Any] = {f"write-{tone}": [draft(tone)] for tone in Tone}
GOOD: dict[str, Any] = DRAFTS | {"pick-draft": [{"number": 2}]}


async def start(world: World, occasion: str = "today", run: str = "", **request: Any) -> Handle:
    """A run whose clock stands still while nothing happens."""
    name = f"{world.settings.state.parent.name}/best-draft/{occasion}{run}"
    given = {**PARTY, "brief_id": world.settings.state.parent.name, "occasion": occasion, **request}
    return await world.begin("BestDraft", given, "best-draft", BestDraftResult, name)


async def asks(handle: Handle) -> dict[str, dict[str, Any]]:
    """What the models were asked, by activity id."""
    scheduled = [
        event.activity_task_scheduled_event_attributes
        async for event in handle.fetch_history_events()
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    calls = [one for one in scheduled if one.activity_type.name == "llm.ask"]
    return {one.activity_id: json.loads(one.input.payloads[0].data) for one in calls}


async def test_the_draft_that_is_picked_and_approved_goes_out_once(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world)
        subject: Any = (await gate_of(handle)).subject
        await handle.signal("approve", {"by": "ann"})
        result = await handle.result()
        (mail,) = world.mails()
        assert (result.outcome, result.approved_by) == (BestDraftOutcome.SENT, "ann")
        assert sorted(result.order) == sorted(Tone)
        assert result.picked == result.order[1]
        assert (mail["subject"], body_of(mail)) == (subject["subject"], subject["body"])
        assert mail["subject"] == draft(result.order[1])["subject"]
        assert body_of(mail) == f"Dear Ann Okafor,\n\n{draft(result.order[1])['paragraphs'][0]}\n\n" + (
            "Kind regards,\nPat Lindgren\n"
        )
        assert mail["to"].addresses[0].addr_spec == PARTY["to"]["email"]
        assert mail["message-id"] == result.message_id


async def test_writers_see_only_the_brief_and_the_picker_the_drafts_in_the_recorded_order(
    make_world: MakeWorld,
) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world)
        await gate_of(handle)
        await handle.signal("reject", {"by": "ann", "reason": "not now"})
        order, seen = (await handle.result()).order, await asks(handle)
        for tone in Tone:
            assert seen[f"write-{tone}"]["variables"] == {"topic": PARTY["topic"], "brief": PARTY["brief"]}
        shown = seen["pick-draft"]["variables"]
        for number, tone in enumerate(order, 1):
            assert shown[f"draft_{number}"] == "\n\n".join((draft(tone)["subject"], *draft(tone)["paragraphs"]))
        assert not [word for word in Tone if word in shown["brief"]]


async def test_the_writers_write_side_by_side(make_world: MakeWorld) -> None:
    script = GOOD | {"write-humorous": [{"$delay_s": 30, "$reply": draft("humorous")}]}
    async with make_world(script) as world:
        handle = await start(world)

        async def the_others_are_done() -> bool:
            pending = {one.activity_id for one in (await handle.describe()).raw_description.pending_activities}
            return pending == {"write-humorous"} and len(await asks(handle)) == 3

        await eventually(the_others_are_done, "two drafts, with a third under way")
        await handle.signal("stop", {"by": "ops", "reason": "enough"})
        result = await handle.result()
        assert (result.outcome, result.reason) == (BestDraftOutcome.STOPPED, "ops: enough")
        assert result.partial


async def test_the_order_differs_from_run_to_run(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        runs = [await start(world, f"day-{number}") for number in range(12)]
        for run in runs:
            await gate_of(run)
            await run.signal("reject", {"by": "ann", "reason": "no"})
        orders = {(await run.result()).order for run in runs}
        assert len(orders) > 1


@pytest.mark.parametrize("pick", [{"number": 4}, {"number": 0}, "the second one", {"number": "two"}])
async def test_a_picker_that_names_no_draft_does_not_decide(make_world: MakeWorld, pick: Any) -> None:
    async with make_world(DRAFTS | {"pick-draft": [pick]}) as world:
        handle = await start(world)
        subject: Any = (await gate_of(handle)).subject
        await handle.signal("reject", {"by": "ann", "reason": "no"})
        result = await handle.result()
        assert (result.picked, result.picked_by) == (Tone.PROFESSIONAL, "template")
        assert subject["subject"] == draft(Tone.PROFESSIONAL)["subject"]


async def test_what_is_not_in_the_brief_is_not_in_a_draft(make_world: MakeWorld) -> None:
    wrong = draft("humorous") | {"paragraphs": ["Bring 700 friends and Zebediah, and ask for a discount of 90 %."]}
    async with make_world(GOOD | {"write-humorous": [wrong], "pick-draft": [{"number": 1}]}) as world:
        handle = await start(world)
        await gate_of(handle)
        shown = (await asks(handle))["pick-draft"]["variables"]
        assert not any("Zebediah" in text for text in shown.values())
        assert any("short mail about our summer party" in text for text in shown.values())


async def test_a_person_cannot_put_other_words_into_the_mail(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await start(world)
        await gate_of(handle)
        edit = {"verdict": "approve", "by": "ann", "edit": {"body": "Something else.\n"}}
        reply = await handle.execute_update("decide", edit)
        assert reply["accepted"] is False
        await handle.signal("approve", {"by": "ann"})
        await handle.result()
        (mail,) = world.mails()
        assert "Something else" not in body_of(mail)


async def test_a_second_run_of_the_same_brief_sends_no_other_mail(make_world: MakeWorld, tmp_path: Path) -> None:
    async with make_world(GOOD) as world:
        first = await start(world)
        await gate_of(first)
        await first.signal("approve", {"by": "ann"})
        sent = await first.result()
        other = DRAFTS | {f"write-{tone}": [draft(f"second {tone}")] for tone in Tone} | {"pick-draft": [{"number": 1}]}
        (tmp_path / "script.json").write_text(json.dumps(other))
        again = await start(world)
        await gate_of(again)
        await again.signal("approve", {"by": "ann"})
        result = await again.result()
        assert (result.outcome, result.message_id) == (BestDraftOutcome.ALREADY_SENT, sent.message_id)
        assert len(world.mails()) == 1


async def grant(world: World, at_most: int, domain: str) -> None:
    """Somebody approves mails to a domain in advance, so many."""
    bounds = {
        "to.name": {"anything": True},
        "to.email": {"in_domain": domain},
        "sender.name": {"anything": True},
        "sender.email": {"one_of": [PARTY["sender"]["email"]]},
        "subject": {"anything": True},
        "body": {"anything": True},
        "invitation": {"one_of": [""]},
        "drafted_by": {"anything": True},
    }
    granted = Grant.model_validate(
        {
            "process": "best-draft",
            "tool": "mail.send",
            "bounds": bounds,
            "at_most": at_most,
            "until": datetime.now(UTC) + timedelta(days=1),
            "by": "carol",
        }
    )
    name = world.settings.state.parent.name.replace("_", "-")
    with world.env.with_time_skipping_disabled():
        found = await grant_standing(world.client, granted, name)
    world.started.append(cast(Any, world.client.get_workflow_handle(found.workflow_id)))

    async def listed() -> bool:
        query = f"WorkflowId='{found.workflow_id}' AND ExecutionStatus='Running'"
        return (await world.client.count_workflows(query)).count == 1

    await eventually(listed, "the standing approval in the list")


async def test_a_standing_approval_is_bound_to_recipients_and_a_count(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        await grant(world, 1, "customer.example")
        elsewhere = await start(world, "elsewhere", to={"name": "Mallory", "email": "mallory@other.example"})
        await gate_of(elsewhere)
        covered = await asyncio.wait_for((await start(world, "covered")).result(), 30)
        assert (covered.outcome, covered.approved_by) == (BestDraftOutcome.SENT, "carol")
        assert str(covered.standing).startswith("standing/best-draft/mail.send/")
        third = await start(world, "third")
        await gate_of(third)
        assert len(world.mails()) == 1


def test_the_grant_on_the_page_covers_mails_to_its_domain_and_no_others() -> None:
    page = (Path("docs") / "processes" / "best-draft.md").read_text(encoding="utf-8")
    bounds = json.loads(re.findall(r"--bounds '(.*?)'\n", page, flags=re.DOTALL)[0])
    request = BestDraftRequest.model_validate(PARTY)
    email = review_email(request, Filled(template(Tone.SERIOUS, request), "template")).subject.model_dump(mode="json")
    read = TypeAdapter(Bounds).validate_python(bounds)
    assert misfit(read, email) is None
    assert misfit(read, email | {"to": {"name": "Eve", "email": "eve@other.example"}})
    assert misfit(read, email | {"invitation": "BEGIN:VCALENDAR"})


async def test_an_input_that_cannot_be_right_fails_the_run_by_name(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        for wrong in ({"topic": "a\nb"}, {"mode": "both"}, {"to": {"name": "A", "email": "nobody"}}):
            handle = await start(world, f"bad-{next(iter(wrong))}", **wrong)
            with pytest.raises(WorkflowFailureError) as failure:
                await asyncio.wait_for(handle.result(), 60)
            assert next(iter(wrong)) in root_message(failure.value)


@pytest.mark.parametrize("path", sorted((Path("samples") / "best-draft").glob("*.json")), ids=lambda path: path.stem)
def test_a_template_fits_every_sample(path: Path) -> None:
    request = BestDraftRequest.model_validate_json(path.read_bytes())
    texts = set()
    for tone in Tone:
        made = template(tone, request)
        assert DRAFT.check(made, cast(Any, write(tone, request).facts)) == []
        texts.add(made.paragraphs[0])
    assert len(texts) == 3
