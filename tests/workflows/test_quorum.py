"""Who decides at a gate, how many, in which order, and what undoes a vote."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.approvers import Approver
from contracts.notes import Note
from contracts.visibility import MEMO_NOTE, SIGNOFF_APPROVERS
from tests.support.waiting import eventually
from tests.workflows.papers import Office, explained, hours, office

ANN, BOB, CAROL, DAVE = (Approver(name=name, roles=("officer",)) for name in ("ann", "bob", "carol", "dave"))
PREPARER = Approver(name="pia", roles=("preparer",))
TWO_OF_THREE = ({"who": ("role:officer",), "needed": 2},)
IN_ORDER = ({"who": ("role:preparer",)}, {"who": ("role:officer",)})


@pytest.fixture
async def papers(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Office]:
    """An office."""
    async with office(env, tmp_path) as made:
        yield made


async def test_two_of_three_have_to_approve_and_the_approval_names_both(papers: Office) -> None:
    papers.rules(ANN, BOB, CAROL, stages=TWO_OF_THREE)
    run = await papers.start()
    card = (await papers.gate(run)).card
    assert (card.needed, card.waits_on, card.approved_by) == (2, ("role:officer",), ())
    first = await papers.decide(run, "approve", "ann")
    assert (first.accepted, first.reason) == (True, "approve taken at sign: 1 more needed")
    card = (await papers.gate(run)).card
    assert (card.needed, card.approved_by) == (1, ("ann",))
    assert (await papers.decide(run, "approve", "carol")).accepted
    result = await run.result()
    assert (result.outcome, result.by, result.others) == ("published", "carol", ("ann",))
    outcomes = [(one.who, one.outcome) for one in (await explained(run)).decisions if one.by == "person"]
    assert outcomes == [("ann", "approved, 1 more needed"), ("carol", "approved")]


async def test_nobody_counts_twice_however_they_write_their_name(papers: Office) -> None:
    papers.rules(stages=({"needed": 2},))
    run = await papers.start()
    await papers.gate(run)
    assert (await papers.decide(run, "approve", "ann")).accepted
    again = await papers.decide(run, "approve", "Ann")
    assert (again.accepted, again.reason) == (False, "Ann has approved this already")
    assert papers.archive.published == []


async def test_whoever_is_not_listed_does_not_decide(papers: Office) -> None:
    papers.rules(ANN, BOB)
    run = await papers.start()
    await papers.gate(run)
    for verdict, more in (("approve", {}), ("reject", {"reason": "no"}), ("abstain", {}), ("retract", {})):
        reply = await papers.decide(run, verdict, "mallory", **more)
        assert (reply.accepted, reply.reason) == (
            False,
            "mallory may not decide here: SIGNOFF_APPROVERS does not let them",
        )
    assert (await papers.state(run)).refusals_count == 4


async def test_the_requester_does_not_decide_where_duties_are_separate(papers: Office) -> None:
    papers.rules(separate=True)
    run = await papers.start(by="ann")
    await papers.gate(run)
    reply = await papers.decide(run, "approve", "ANN")
    assert reply.reason == "ANN has requested this, and cannot decide it"
    assert (await papers.decide(run, "approve", "bob")).accepted


async def test_an_approver_waits_for_the_preparer(papers: Office) -> None:
    papers.rules(PREPARER, ANN, stages=IN_ORDER)
    run = await papers.start()
    assert (await papers.gate(run)).card.waits_on == ("role:preparer",)
    early = await papers.decide(run, "approve", "ann")
    assert early.reason == "ann is not asked at sign: it waits for role:preparer"
    assert (await papers.decide(run, "approve", "pia")).accepted
    assert (await papers.gate(run)).card.waits_on == ("role:officer",)

    async def listed() -> bool:
        found = await run.describe()
        return found.typed_search_attributes.get(SIGNOFF_APPROVERS) == ["role:officer"]

    await eventually(listed, "who is asked now, in the list")
    assert (await papers.decide(run, "approve", "ann")).accepted
    assert (await run.result()).others == ("pia",)


async def test_one_no_is_enough(papers: Office) -> None:
    papers.rules(ANN, BOB, CAROL, stages=TWO_OF_THREE)
    run = await papers.start()
    await papers.gate(run)
    await papers.decide(run, "approve", "ann")
    await papers.decide(run, "reject", "bob", reason="not this")
    result = await run.result()
    assert (result.outcome, result.reason) == ("rejected", "bob: not this")
    assert papers.archive.published == []


async def test_an_edit_makes_earlier_approvals_void_and_the_editors_own_counts(papers: Office) -> None:
    papers.rules(ANN, BOB, CAROL, stages=TWO_OF_THREE)
    run = await papers.start()
    before = (await papers.gate(run)).card.digest
    await papers.decide(run, "approve", "ann")
    assert (await papers.decide(run, "approve", "bob", edit={"title": "A better law"})).accepted
    gate = await papers.gate(run)
    assert (gate.card.approved_by, gate.card.needed) == (("bob",), 1)
    assert gate.card.digest != before
    assert gate.subject == {"title": "A better law", "body": "Nobody signs twice."}
    old = await papers.decide(run, "approve", "carol", digest=before)
    assert old.reason == "the digest is not that of what sign shows: look at it again"
    assert (await papers.decide(run, "approve", "ann", digest=gate.card.digest)).accepted
    result = await run.result()
    assert (result.title, result.by, result.others) == ("A better law", "ann", ("bob",))
    assert papers.archive.published[0].approval is not None
    assert papers.archive.published[0].approval.edited


async def test_an_edit_at_a_later_stage_goes_back_to_the_first(papers: Office) -> None:
    papers.rules(PREPARER, ANN, stages=IN_ORDER)
    run = await papers.start()
    await papers.gate(run)
    await papers.decide(run, "approve", "pia")
    edit = await papers.decide(run, "approve", "ann", edit={"title": "Mine"})
    assert (edit.accepted, edit.reason) == (True, "edit taken at sign: 2 must approve it")
    gate = await papers.gate(run)
    assert (gate.card.waits_on, gate.card.approved_by) == (("role:preparer",), ())
    await papers.decide(run, "approve", "pia")
    await papers.decide(run, "approve", "ann")
    assert (await run.result()).title == "Mine"


async def test_an_edit_that_does_not_fit_says_where_and_changes_nothing(papers: Office) -> None:
    papers.rules(ANN, BOB, stages=({"needed": 2},))
    run = await papers.start()
    gate = await papers.gate(run)
    await papers.decide(run, "approve", "ann")
    reply = await papers.decide(run, "approve", "bob", edit={"title": ""})
    assert (reply.accepted, list(reply.problems)) == (False, ["title"])
    assert (await papers.gate(run)).card.digest == gate.card.digest
    assert (await papers.gate(run)).card.approved_by == ("ann",)


async def test_an_approval_can_be_taken_back_until_the_quorum_is_reached(papers: Office) -> None:
    papers.rules(ANN, BOB, CAROL, stages=TWO_OF_THREE)
    run = await papers.start()
    await papers.gate(run)
    await papers.decide(run, "approve", "ann")
    assert (await papers.decide(run, "retract", "bob")).reason == "bob has nothing to take back"
    assert (await papers.decide(run, "retract", "ann")).accepted
    await papers.decide(run, "approve", "bob")
    assert (await papers.gate(run)).card.approved_by == ("bob",)
    assert (await papers.decide(run, "approve", "ann")).accepted
    assert (await run.result()).others == ("bob",)


async def test_taking_the_preparers_signature_back_takes_the_approvers_with_it(papers: Office) -> None:
    stages = ({"who": ("role:preparer",)}, {"who": ("role:officer",), "needed": 2})
    papers.rules(PREPARER, ANN, BOB, stages=stages)
    run = await papers.start()
    await papers.gate(run)
    await papers.decide(run, "approve", "pia")
    await papers.decide(run, "approve", "ann")
    await papers.decide(run, "retract", "pia")
    card = (await papers.gate(run)).card
    assert (card.approved_by, card.needed, card.waits_on) == ((), 3, ("role:preparer",))


async def test_when_too_many_abstain_the_answer_is_no(papers: Office) -> None:
    papers.rules(ANN, BOB, CAROL, stages=TWO_OF_THREE)
    run = await papers.start()
    await papers.gate(run)
    assert (await papers.decide(run, "abstain", "ann", note="my brother wrote it")).accepted
    own = await papers.decide(run, "approve", "ann")
    assert own.reason == "ann has abstained; that can be taken back (retract)"
    assert (await papers.gate(run)).card.abstained == ("ann",)
    await papers.decide(run, "abstain", "bob")
    result = await run.result()
    assert (result.outcome, result.reason) == ("rejected", "too many have abstained at sign: ann, bob")


async def test_after_a_while_others_are_asked_too_and_later_nobody(papers: Office, env: WorkflowEnvironment) -> None:
    papers.rules(ANN, DAVE, stages=({"who": ("ann",)},), escalations=({"after": hours(30), "to": ("dave",)},))
    run = await papers.start()
    await papers.gate(run)
    early = await papers.decide(run, "approve", "dave")
    assert early.reason == "dave is not asked at sign: it waits for ann"
    await env.fast_forward(run, hours(31))

    async def escalated() -> bool:
        return (await papers.gate(run)).card.waits_on == ("ann", "dave")

    await eventually(escalated, "the escalation")
    assert (await papers.decide(run, "approve", "dave")).accepted
    assert (await run.result()).by == "dave"


async def test_reminders_come_again_and_silence_means_no(papers: Office) -> None:
    papers.rules(remind_after=hours(10), remind_every=hours(10), deadline=hours(45))
    run = await papers.start(skips=True)
    result = await run.result()
    assert result.outcome == "expired"
    events = [event async for event in run.fetch_history_events()]
    timers = [event for event in events if event.HasField("timer_fired_event_attributes")]
    assert len(timers) == 5


async def test_where_it_is_demanded_a_decision_names_the_digest(papers: Office) -> None:
    papers.rules(bound=True)
    run = await papers.start()
    gate = await papers.gate(run)
    assert (await papers.decide(run, "approve", "ann")).reason == (
        "a decision at sign must name the digest of what it shows"
    )
    assert (await papers.decide(run, "approve", "ann", digest=gate.card.digest)).accepted


async def test_those_who_are_asked_are_told_and_a_mail_server_that_is_gone_keeps_nobody(
    papers: Office, env: WorkflowEnvironment
) -> None:
    papers.registry.tells = True
    papers.rules(ANN, DAVE, stages=({"who": ("ann",)},), escalations=({"after": hours(30), "to": ("dave",)},))
    run = await papers.start()
    await papers.gate(run)
    await env.fast_forward(run, hours(31))

    async def told() -> bool:
        return [notice.kind for notice in papers.registry.told] == ["opened", "reminder", "escalation"]

    await eventually(told, "three notices")
    assert papers.registry.told[-1].card.waits_on == ("ann", "dave")
    papers.registry.deaf = True
    other = await papers.start("other")
    await papers.gate(other)

    async def noted() -> bool:
        note = await (await other.describe()).memo_value(MEMO_NOTE, None, type_hint=Note)
        return note is not None and note.outcome == "opened not sent"

    await eventually(noted, "that nobody was told")
    assert (await papers.decide(other, "approve", "ann")).accepted
    assert (await other.result()).outcome == "published"
