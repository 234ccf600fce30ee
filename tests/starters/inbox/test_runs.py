"""The page of a run: what is asked, and what comes of the buttons."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.sales_follow_up import FollowUpOutcome
from starters.inbox import look
from starters.inbox.place import run_path
from tests.conftest import MakeWorld
from tests.starters.inbox.conftest import MakeWaiting
from tests.starters.inbox.visits import Visitor, make_desk
from tests.starters.inbox.waiters import card
from tests.support.hostile import INJECTION, SCRIPT, seed_hostile_lead
from tests.support.world import DRAFT, GOOD, PLAIN, World, at_the_gate, body_of

GATE = "review-email"


async def visitor(world: World, name: str = "ann", beside: Visitor | None = None) -> Visitor:
    """Somebody who has signed in; `beside`: at the inbox where that one is."""
    made = Visitor(beside.desk if beside else make_desk(world.client, world.settings))
    await made.sign_in(name)
    return made


async def test_a_mail_is_read_edited_and_approved(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN | {"by": "bob"})
        ann = await visitor(world)
        page = await ann.open(handle.id, GATE)
        assert page.status == 200
        for text in ("Eleanor Whitcombe <eleanor", "An invitation", "Drafted by", "started sales-follow-up for bob"):
            assert text in page.text
        assert page.form.fields["edit.subject"] == DRAFT["subject"]
        assert page.form.buttons == ["approve", "reject"]

        done = await ann.decide(page, "approve", edit__subject="A better one", say="after the call")
        assert (done.status, "You approved." in done.text) == (200, True)
        result = await handle.result()
        (mail,) = world.mails()
        assert (result.outcome, result.approved_by) == (FollowUpOutcome.SENT, "ann")
        assert mail["subject"] == "A better one"
        assert body_of(mail) == page.form.fields["edit.body"]


async def test_an_edit_that_does_not_fit_is_said_at_its_field_and_nothing_typed_is_lost(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        page = await ann.decide(
            await ann.open(handle.id), "approve", edit__subject="", edit__body="Mine.\nAll mine.", say="quickly"
        )
        assert page.status == 422
        assert 'id="p-subject"' in page.html
        assert "Nothing was decided yet" in page.text
        fields = page.form.fields
        assert (fields["edit.subject"], fields["edit.body"], fields["say"]) == ("", "Mine.\nAll mine.", "quickly")
        await ann.decide(page, "approve", edit__subject="Now it fits")
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        assert body_of(world.mails()[0]).rstrip() == "Mine.\nAll mine."


async def test_a_no_needs_its_reason(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        page = await ann.decide(await ann.open(handle.id), "reject", edit__subject="kept")
        assert (page.status, page.form.fields["edit.subject"]) == (422, "kept")
        assert 'id="p-say"' in page.html
        done = await ann.decide(page, "reject", say="not this quarter")
        assert "You rejected." in done.text
        result = await handle.result()
        assert (result.outcome, result.reason) == (FollowUpOutcome.REJECTED, "ann: not this quarter")
        assert not world.mails()


async def test_a_gate_that_somebody_else_closed_is_gone_and_what_was_typed_is_shown(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        page = await ann.open(handle.id, GATE)
        await handle.signal("reject", {"by": "carol", "reason": "first"})
        await handle.result()
        late = await ann.decide(page, "approve", edit__subject="Typed in vain")
        assert late.status == 410
        assert "Typed in vain" in late.text
        assert "carol rejected: first" in late.text
        assert (await ann.open(handle.id, GATE)).status == 410
        assert (await ann.open(handle.id)).status == 410


async def test_a_gate_that_expired_says_so(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        await world.env.fast_forward(handle, timedelta(days=3))
        await handle.result()
        page = await ann.open(handle.id, GATE)
        assert (page.status, "expired" in page.text) == (410, True)


async def test_what_changed_while_somebody_looked_is_shown_and_not_decided(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    approvers = tmp_path / "approvers.toml"
    approvers.write_text(
        "[approvers.ann]\n[approvers.bob]\n[approvers.eve]\n[gates.sales-follow-up.review-email]\n"
        'stages = [{ who = ["ann", "bob"], needed = 2 }]\n'
    )
    async with make_world(GOOD, SIGNOFF_APPROVERS=str(approvers)) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        bob = await visitor(world, "bob", ann)
        of_bob = await bob.open(handle.id)
        assert of_bob.form.buttons == ["approve", "reject", "abstain"]
        first = await ann.decide(await ann.open(handle.id), "approve", edit__subject="Ann's subject")
        assert "You approved." in first.text
        assert first.form.buttons == ["retract"]

        page = await bob.decide(of_bob, "approve", edit__body="Bob's body.")
        assert page.status == 409
        assert "Changed: Subject." in page.text
        fields = page.form.fields
        assert (fields["edit.subject"], fields["edit.body"]) == ("Ann's subject", "Bob's body.")

        eve = await visitor(world, "eve", ann)
        outside = await eve.open(handle.id)
        assert (outside.form.buttons, "This does not wait for you" in outside.text) == ([], True)

        back = await ann.decide(first, "retract")
        assert "You took back what you said." in back.text
        await ann.decide(await ann.open(handle.id), "approve")
        await bob.decide(await bob.open(handle.id), "approve")
        assert (await handle.result()).outcome is FollowUpOutcome.SENT
        assert world.mails()[0]["subject"] == "Ann's subject"


async def test_the_runs_own_no_stands_at_the_head_of_the_form(make_world: MakeWorld, tmp_path: Path) -> None:
    approvers = tmp_path / "approvers.toml"
    approvers.write_text("[approvers.ann]\n[approvers.bob]\n[gates.sales-follow-up.review-email]\nseparate = true\n")
    async with make_world(GOOD, SIGNOFF_APPROVERS=str(approvers)) as world:
        handle = await at_the_gate(world, PLAIN | {"by": "ann"})
        ann = await visitor(world)
        page = await ann.decide(await ann.open(handle.id), "approve", say="for me")
        assert (page.status, page.form.fields["say"]) == (409, "for me")
        assert "ann has requested this, and cannot decide it" in page.text


async def test_where_decisions_are_signed_the_command_takes_the_buttons_place(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # RFC 8032, section 7.1
    approvers = tmp_path / "approvers.toml"
    approvers.write_text(
        f'[approvers.ann]\nkeys = [{{ id = "ann-1", public = "{key}" }}]\n'
        "[gates.sales-follow-up.review-email]\nsigned = true\n"
    )
    async with make_world(GOOD, SIGNOFF_APPROVERS=str(approvers)) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        page = await ann.open(handle.id)
        digest = (await world.gate(handle)).card.digest
        assert page.form.buttons == []
        assert f"signoff approve {handle.id} --gate review-email --by ann --digest {digest} --key KEY-FILE" in page.text
        forced = await ann.decide(page, "approve")
        assert (forced.status, (await world.state(handle)).refusals_count) == (409, 1)


async def test_without_a_worker_the_card_is_shown_and_what_to_do(
    ann: Visitor, make_waiting: MakeWaiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "PATIENCE_S", 0.2)
    handle = await make_waiting(card(0, question="Send it?"))
    page = await ann.open(handle.id, GATE)
    assert page.status == 503
    assert "Send it?" in page.text
    assert "signoff up" in page.text
    assert all("digest" not in form.fields for form in page.parsed.forms)
    fields = {"csrf": ann.csrf, "gate": GATE, "digest": "d" * 64, "verdict": "approve", "say": "typed"}
    kept = await ann.post(run_path(handle.id), fields)
    assert (kept.status, "typed" in kept.text) == (503, True)


async def test_a_run_that_is_not_there_or_not_ours_is_not_found(ann: Visitor) -> None:
    await ann.desk.client.start_workflow("Other", id="inbox/other", task_queue="nobody")
    for workflow_id in ("inbox/no-such-run", "inbox/other", "\n", "x" * 2000, "\u202e"):
        page = await ann.open(workflow_id)
        assert page.status in (400, 404), workflow_id[:20]
        assert "Back to what waits" in page.text or page.status == 400
        fields = {"csrf": ann.csrf, "gate": "g", "digest": "d", "verdict": "approve"}
        assert (await ann.post(run_path(workflow_id), fields)).status in (400, 404)


async def test_what_somebody_else_wrote_is_only_text(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        lead = seed_hostile_lead(world.settings)
        handle = await at_the_gate(world, {"lead_id": lead})
        ann = await visitor(world)
        page = await ann.open(handle.id)
        assert SCRIPT in page.form.fields["edit.body"]
        assert SCRIPT in page.text
        assert INJECTION in page.text
        for html in (page.html, (await ann.get("/")).html):
            assert not {tag for tag in ("<script>", "<img", "<svg") if tag in html}
            assert html.count("<title>") == html.count("</title>") == 1
        await ann.decide(page, "approve")
        await handle.result()
        assert SCRIPT in body_of(world.mails()[0])


async def live(ann: Visitor, html: str) -> tuple[int, str, str]:
    """What the page's next look brings: status, text, and the page's own place as it is then."""
    poll = html.partition('id="live"')[2].partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    page = await ann.get(poll)
    return page.status, page.text, page.html or html


async def test_the_page_tells_what_happens_while_it_is_open(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        html = (await ann.open(handle.id, GATE)).html
        status, _, html = await live(ann, html)
        assert status == 204
        await handle.signal("approve", {"by": "carol", "note": "go"})
        await handle.result()
        status, text, html = await live(ann, html)
        assert (status, "mail sent to" in text) == (200, True)
        assert "Nothing is left to decide" in text
        assert "hx-get" not in html
        over = f"/live/{handle.id}?seen={(await look.glance(world.client, handle.id, None)).mark}"
        assert (await ann.get(over)).status == 286


async def test_a_question_of_several_open_ones_leads_to_the_others(ann: Visitor, make_waiting: MakeWaiting) -> None:
    handle = await make_waiting(card(0), card(1, gate="other", question="And that?"))
    page = await ann.open(handle.id, GATE)
    assert "This also waits here: And that?" in page.text
    assert f'href="{run_path(handle.id, "other")}"' in page.html


async def test_somebody_elses_word_of_success_is_not_shown(make_world: MakeWorld) -> None:
    async with make_world(GOOD) as world:
        handle = await at_the_gate(world, PLAIN)
        ann = await visitor(world)
        word = ann.desk.remember("bob", "You approved.")
        for forged in (word, "approve", ""):
            page = await ann.get(f"{run_path(handle.id)}?said={forged}")
            assert "You approved." not in page.text
