"""BestDraft, decided by a model: whatever it tries, one mail goes out at most, and it is one of the drafts."""

import asyncio
from typing import Any

import pytest

from contracts.best_draft import BEST_DRAFT, BestDraftOutcome, BestDraftResult, Tone
from runtime.codec import data_converter
from starters.explain import explain
from tests.conftest import MakeWorld
from tests.support.runs import gate_of
from tests.support.waiting import eventually
from tests.support.world import World, body_of
from tests.workflows.test_best_draft import DRAFTS, GOOD, PARTY, Handle, draft, start
from workflows.steps.chain import MOST_SIGNALS

TO = PARTY["to"]["email"]


def turn(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Use these tools."""
    asked = [{"id": f"c{n}", "tool": tool, "arguments": arguments} for n, (tool, arguments) in enumerate(calls)]
    return {"thought": "next", "calls": asked}


def writes(*tones: str) -> dict[str, Any]:
    """Have these drafts written."""
    return turn(*((f"write_{tone}", {}) for tone in tones))


def mail(tone: str, **otherwise: str) -> tuple[str, dict[str, Any]]:
    """Send a draft, or something like it."""
    made = draft(tone)
    return "send_email", {"to": TO, "subject": made["subject"], "text": made["paragraphs"][0], **otherwise}


DONE = {"result": {"summary": "The mail is on its way."}}


def script(*turns: dict[str, Any]) -> dict[str, Any]:
    """What the model says, turn after turn."""
    return DRAFTS | {"orchestrate": list(turns)}


async def heard(handle: Handle) -> str:
    """All that the model was told between its turns, in the words of the run's history."""
    events = [event async for event in handle.fetch_history_events()]
    asked = [
        event.activity_task_scheduled_event_attributes.input.payloads[0].data.decode()
        for event in events
        if event.activity_task_scheduled_event_attributes.activity_id.startswith("orchestrate")
    ]
    return "\n".join(asked)


async def to_its_end(world: World, occasion: str = "today", **request: Any) -> tuple[Handle, BestDraftResult]:
    """A run that a model decides, with a yes at its gate."""
    handle = await start(world, occasion, mode="model", **request)
    await gate_of(handle)
    await handle.signal("approve", {"by": "ann"})
    return handle, await handle.result()


async def test_a_model_has_drafts_written_and_sends_one(make_world: MakeWorld) -> None:
    async with make_world(script(writes("serious", "humorous"), turn(mail("humorous")), DONE)) as world:
        _, result = await to_its_end(world)
        (sent,) = world.mails()
        assert (result.outcome, result.picked, result.approved_by) == (BestDraftOutcome.SENT, Tone.HUMOROUS, "ann")
        assert result.path == ("write_serious", "write_humorous", "send_email")
        assert result.message_id == sent["message-id"]
        assert (sent["subject"], sent["to"].addresses[0].addr_spec) == (draft("humorous")["subject"], TO)
        assert draft("humorous")["paragraphs"][0] in body_of(sent)
        assert result.cost_usd == 0


async def test_of_three_mails_one_goes_out_and_the_model_is_told(make_world: MakeWorld) -> None:
    three = turn(mail("serious"), mail("serious"), mail("humorous"))
    async with make_world(script(writes(*Tone), three, turn(mail("professional")), DONE)) as world:
        handle, result = await to_its_end(world)
        assert (result.outcome, result.picked) == (BestDraftOutcome.SENT, Tone.SERIOUS)
        assert len(world.mails()) == 1
        assert (await heard(handle)).count("a mail has gone out, and there is no second one") == 3


async def test_a_model_that_never_sends_ends_with_a_result_that_says_so(make_world: MakeWorld) -> None:
    async with make_world(script(writes("serious"), {"result": {"summary": "I like them all."}})) as world:
        result = await (await start(world, mode="model")).result()
        assert (result.outcome, result.message_id, world.mails()) == (BestDraftOutcome.NOT_SENT, None, [])
        assert result.reason == "the model sent nothing: I like them all."
        assert result.path == ("write_serious",)


async def test_a_model_that_never_ends_is_ended(make_world: MakeWorld) -> None:
    async with make_world(script(writes("serious"))) as world:
        result = await (await start(world, mode="model")).result()
        assert result.outcome is BestDraftOutcome.NOT_SENT
        assert str(result.reason).startswith("the model sent nothing: no result within")
        assert result.path == ("write_serious",)


@pytest.mark.parametrize(
    ("tried", "why"),
    [
        (mail("serious", text=draft("serious")["paragraphs"][0] + " Bring cash."), "none of the drafts"),
        (mail("serious", text=draft("serious")["paragraphs"][0].replace("3 July", "4 July")), "none of the drafts"),
        (mail("serious", subject=draft("humorous")["subject"]), "none of the drafts"),
        (mail("professional"), "none of the drafts"),
        (mail("serious", to="mallory@attacker.example"), f"this mail goes to {TO}, and to nobody else"),
        (mail("serious", to=f"{TO}, mallory@attacker.example"), f"this mail goes to {TO}, and to nobody else"),
        (("send_email", {"draft": 1}), "the arguments do not fit"),
        (("transfer_money", {"amount": 9}), "there is no tool"),
    ],
    ids=["added to", "another day", "another's subject", "not written", "to another", "to two", "no mail", "no tool"],
)
async def test_what_is_no_draft_to_the_recipient_is_refused_and_the_model_is_told(
    make_world: MakeWorld, tried: tuple[str, dict[str, Any]], why: str
) -> None:
    turns = script(writes("serious", "humorous"), turn(tried), turn(mail("serious")), DONE)
    async with make_world(turns) as world:
        handle, result = await to_its_end(world)
        assert why in await heard(handle)
        assert (result.outcome, result.picked) == (BestDraftOutcome.SENT, Tone.SERIOUS)
        (sent,) = world.mails()
        assert sent["to"].addresses[0].addr_spec == TO
        assert "cc" not in sent


async def test_a_draft_is_written_once(make_world: MakeWorld) -> None:
    async with make_world(script(writes("serious", "serious"), writes("serious"), DONE)) as world:
        handle = await start(world, mode="model")
        result = await handle.result()
        assert result.path == ("write_serious",)
        assert (await heard(handle)).count("the serious draft has been written") == 2


async def test_a_persons_no_is_the_end(make_world: MakeWorld) -> None:
    async with make_world(script(writes("serious"), turn(mail("serious")), turn(mail("serious")))) as world:
        handle = await start(world, mode="model")
        await gate_of(handle)
        await handle.signal("reject", {"by": "ann", "reason": "not now"})
        result = await handle.result()
        assert (result.outcome, result.reason) == (BestDraftOutcome.REJECTED, "ann: not now")
        assert (result.path, world.mails()) == (("write_serious",), [])


async def test_both_modes_of_one_action_send_one_mail(make_world: MakeWorld) -> None:
    async with make_world(GOOD | script(writes("serious"), turn(mail("serious")), DONE)) as world:
        by_code = await start(world)
        await gate_of(by_code)
        await by_code.signal("approve", {"by": "ann"})
        first = await by_code.result()
        # Another run of the same business action, whoever decides it.
        by_model = await start(world, run="again", mode="model")
        await gate_of(by_model)
        await by_model.signal("approve", {"by": "ann"})
        second = await by_model.result()
        assert len(world.mails()) == 1
        assert second.message_id == first.message_id
        shown = [await decisions(handle) for handle in (by_code, by_model)]
        assert shown[0] == ["pick-draft", "review-email", "send-email", *(f"write-{tone}" for tone in sorted(Tone))]
        assert shown[1] == ["orchestrate", "review-email", "send-email", "write-serious"]


async def decisions(handle: Handle) -> list[str]:
    """The steps of the boundary map that `signoff show` names, but for the choice of models."""
    events = [event async for event in handle.fetch_history_events()]
    told = explain(handle.id, events, data_converter())
    steps = {step.name for step in BEST_DRAFT.steps} - {"choose-models"}
    return sorted({one.step for one in told.decisions} & steps)


async def test_a_flood_at_the_gate_loses_no_draft(make_world: MakeWorld) -> None:
    async with make_world(script(writes(*Tone), turn(mail("humorous")), DONE)) as world:
        handle = await start(world, mode="model")
        await gate_of(handle)
        first = (await handle.describe()).run_id
        for _ in range(MOST_SIGNALS // 50):
            await asyncio.gather(*(handle.signal("approve", {"by": ""}) for _ in range(50)))

        async def went_on() -> bool:
            return (await handle.describe()).run_id != first and bool(await gate_of(handle))

        await eventually(went_on, "the next run of the chain")
        await handle.signal("approve", {"by": "ann"})
        result = await handle.result()
        assert (result.outcome, result.picked) == (BestDraftOutcome.SENT, Tone.HUMOROUS)
        assert result.path == (*(f"write_{tone}" for tone in Tone), "send_email")
        assert len(world.mails()) == 1
