"""Proof bundles of real runs: what happened at a gate is in them, and holds."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.approvers import Approver
from runtime.codec import data_converter
from starters.audit.bundle import Bundle, as_file
from starters.audit.collecting import collect
from starters.audit.proof import Proof
from starters.audit.reading import read_bundle
from starters.chain import first_of_chain, read_chain
from starters.explain import explain
from starters.happenings import Began, Ended, WentOn
from starters.waiting import wait_for_result
from starters.watch import live
from tests.support.waiting import eventually
from tests.workflows.papers import Handle, Office, Signer, hours, office
from tests.workflows.test_flood import flood, in_a_new_run
from workflows.steps.chain import MOST_SIGNALS

ANN, BOB, CAROL = Signer("ann"), Signer("bob"), Signer("carol")


@pytest.fixture
async def papers(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Office]:
    """An office in which two have to sign."""
    async with office(env, tmp_path) as made:
        made.rules(ANN.approver("officer"), BOB.approver("officer"), CAROL.approver(), stages=({"needed": 2},))
        yield made


async def bundle_of(papers: Office, run: Handle) -> Bundle:
    """Written, and read back."""
    client = papers.env.client
    found = await client.get_workflow_handle(run.id).describe()
    chain = await read_chain(client, client.get_workflow_handle(run.id, run_id=found.run_id))
    data, sha256 = as_file(collect(run.id, chain, data_converter()))
    assert json.loads(data)["sha256"] == sha256
    read = read_bundle(data)
    assert as_file(read.bundle) == (data, sha256)
    return read.bundle


async def shown(papers: Office, run: Handle, verdict: str = "approve") -> dict[str, Any]:
    """A decision of what lies open, as it is signed."""
    card = (await papers.gate(run)).card
    return {"verdict": verdict, "gate": card.gate, "digest": card.digest}


async def said(papers: Office, run: Handle, message: dict[str, Any]) -> None:
    """It is taken."""
    reply = await papers.decide(run, **message)
    assert reply.accepted, reply.reason


async def test_two_who_signed_and_what_was_done_are_proven(papers: Office) -> None:
    run = await papers.start(by="zoe")
    approval = await shown(papers, run)
    for signer in (ANN, BOB):
        await said(papers, run, signer.signs(run.id, approval))
    await run.result()
    bundle = await bundle_of(papers, run)
    assert (bundle.requester, bundle.status, bundle.whole) == ("zoe", "completed", True)
    (gate,) = bundle.gates
    assert [vote.who for vote in gate.votes] == ["ann", "bob"]
    assert gate.rules is not None
    assert [one.name for one in gate.rules.approvers or ()] == ["ann", "bob", "carol"]
    proof = Proof(bundle)
    assert proof.proven == [
        "sign: 2 of 2 needed decided: ann, bob",
        "sign: 2 of 2 decisions are signed, each by its sender",
        "test.publish (papers/law/today/publish): done, with exactly what was approved at sign",
    ]
    assert proof.rests == [
        "whose public key is whose, and who may decide, is as it was recorded when each gate opened",
        "the bundle itself is not signed: compare its SHA-256 with one that was kept elsewhere",
    ]


async def test_decisions_that_are_not_signed_rest_on_the_record(papers: Office) -> None:
    run = await papers.start()
    await papers.gate(run)
    for name in ("ann", "carol"):
        await run.signal("approve", {"by": name})
    await run.result()
    proof = Proof(await bundle_of(papers, run))
    assert proof.proven[0] == "sign: 2 of 2 needed decided: ann, carol"
    assert proof.rests[0] == "sign: who sent the 2 decisions that are not signed"


async def test_an_edit_a_vote_taken_back_and_an_abstention_are_all_there(papers: Office) -> None:
    run = await papers.start()
    await said(papers, run, CAROL.signs(run.id, await shown(papers, run)))
    await said(papers, run, CAROL.signs(run.id, await shown(papers, run, "retract")))
    await said(papers, run, CAROL.signs(run.id, await shown(papers, run, "abstain")))
    await said(papers, run, ANN.signs(run.id, await shown(papers, run)))
    await said(papers, run, BOB.signs(run.id, {**await shown(papers, run), "edit": {"title": "Ours"}}))
    await said(papers, run, ANN.signs(run.id, await shown(papers, run)))
    assert (await run.result()).title == "Ours"
    bundle = await bundle_of(papers, run)
    (gate,) = bundle.gates
    outcomes = [(note.who, note.outcome) for note in gate.notes if note.who]
    assert outcomes == [
        ("carol", "approved, 1 more needed"),
        ("carol", "retracted"),
        ("carol", "abstained"),
        ("ann", "approved, 1 more needed"),
        ("bob", "edited"),
        ("bob", "approved, 1 more needed"),
        ("ann", "edited and approved, keys are looked up"),
    ]
    assert [vote.who for vote in gate.votes] == ["bob", "ann"]
    proof = Proof(bundle)
    assert "sign: 6 of 6 decisions are signed, each by its sender" in proof.proven
    assert "sign: that what bob edited was otherwise as they saw it" in proof.rests
    assert not any("came to what was approved" in line for line in proof.rests)


async def test_a_vote_that_lost_its_key_is_not_among_those_that_counted(papers: Office) -> None:
    run = await papers.start()
    approval = await shown(papers, run)
    await said(papers, run, ANN.signs(run.id, approval))
    papers.registry.revoked = {"ann": "the key ann-1 of ann was revoked"}
    await said(papers, run, BOB.signs(run.id, approval))

    async def lost() -> bool:
        return (await papers.gate(run)).card.approved_by == ("bob",)

    await eventually(lost, "the vote without a key")
    papers.registry.revoked = {}
    await said(papers, run, CAROL.signs(run.id, approval))
    await run.result()
    bundle = await bundle_of(papers, run)
    (gate,) = bundle.gates
    # Bob's completed the first quorum, and Carol's the second: neither is noted with its message.
    assert [(vote.who, vote.said is not None) for vote in gate.votes] == [("bob", True), ("carol", True)]
    assert [one.refused for one in bundle.revocations] == [{"ann": "the key ann-1 of ann was revoked"}, {}]
    assert Proof(bundle).proven[0] == "sign: 2 of 2 needed decided: bob, carol"


async def test_messages_that_were_refused_are_no_votes(papers: Office) -> None:
    run = await papers.start()
    approval = await shown(papers, run)
    forged = CAROL.signs(run.id, {**approval, "by": "ann"})
    await run.signal("approve", {name: value for name, value in forged.items() if name != "verdict"})
    await said(papers, run, ANN.signs(run.id, approval))
    await run.signal("approve", {"by": "mallory"})
    await said(papers, run, BOB.signs(run.id, approval))
    await run.result()
    bundle = await bundle_of(papers, run)
    assert [refusal["by"] for refusal in bundle.refusals] == ["ann", "mallory"]
    assert all(refusal["identity"] for refusal in bundle.refusals)
    assert "sign: 2 of 2 decisions are signed, each by its sender" in Proof(bundle).proven


async def test_stages_an_escalation_and_a_separate_requester_hold(papers: Office) -> None:
    papers.rules(
        ANN.approver("officer"),
        BOB.approver("officer"),
        CAROL.approver("head"),
        Approver(name="zoe", roles=("officer",)),
        stages=({"who": ["role:officer"]}, {"who": ["bob"]}),
        separate=True,
        escalations=({"after": timedelta(seconds=1), "to": ["role:head"]},),
    )
    run = await papers.start(by="zoe")
    await papers.gate(run)
    await papers.env.fast_forward(run, hours(1))
    await said(papers, run, {"verdict": "approve", "by": "ann"})
    await said(papers, run, {"verdict": "approve", "by": "carol"})
    await run.result()
    proof = Proof(await bundle_of(papers, run))
    assert proof.proven[0] == "sign: 2 of 2 needed decided: ann, carol"


async def test_each_gate_has_the_rules_that_were_recorded_for_it(papers: Office) -> None:
    papers.rules(CAROL.approver())
    run = await papers.start(asks="choice")
    await papers.gate(run)
    papers.rules(ANN.approver(), BOB.approver())
    await said(papers, run, CAROL.signs(run.id, {**await shown(papers, run, "answer"), "choice": 2}))

    async def signs() -> bool:
        return (await papers.gate(run)).card.gate == "sign"

    await eventually(signs, "the second gate")
    await said(papers, run, {"verdict": "reject", "by": "ann", "reason": "no"})
    assert (await run.result()).outcome == "rejected"
    bundle = await bundle_of(papers, run)
    where, sign = bundle.gates
    assert [[one.name for one in gate.rules.approvers or ()] for gate in (where, sign) if gate.rules] == [
        ["carol"],
        ["ann", "bob"],
    ]
    assert (where.end and where.end.outcome, sign.end and sign.end.outcome) == ("answered", "rejected")
    assert Proof(bundle).proven == [
        "where: 1 of 1 needed decided: carol",
        "where: 1 of 1 decisions are signed, each by its sender",
    ]


async def test_without_a_list_it_rests_on_the_names(papers: Office) -> None:
    papers.rules()
    run = await papers.start()
    await papers.gate(run)
    await said(papers, run, {"verdict": "approve", "by": "anybody"})
    await run.result()
    assert "sign: that anybody are who they say: no list was kept" in Proof(await bundle_of(papers, run)).rests


async def test_a_run_that_still_waits_has_a_bundle_too(papers: Office) -> None:
    run = await papers.start()
    await said(papers, run, ANN.signs(run.id, await shown(papers, run)))
    bundle = await bundle_of(papers, run)
    assert (bundle.status, bundle.gates[0].end, bundle.effects) == ("running", None, ())
    assert Proof(bundle).proven == ["sign: 1 of 1 decisions are signed, each by its sender"]


async def test_a_run_that_went_on_in_another_is_told_and_proven_whole(papers: Office) -> None:
    run = await papers.start(by="zoe")
    approval = await shown(papers, run)
    await said(papers, run, ANN.signs(run.id, approval))
    await flooded(papers, run)
    await said(papers, newest(papers, run), BOB.signs(run.id, approval))
    await newest(papers, run).result()
    bundle = await bundle_of(papers, run)
    assert (len(bundle.runs), bundle.whole, bundle.requester) == (2, True, "zoe")
    (gate,) = bundle.gates
    assert [vote.said.run for vote in gate.votes if vote.said] == list(bundle.runs)
    assert bundle.refusals_count > len(bundle.refusals) == 100
    proof = Proof(bundle)
    assert "sign: 2 of 2 decisions are signed, each by its sender" in proof.proven
    assert f"of {bundle.refusals_count:,} refused messages 100 are here" in proof.rests
    client = papers.env.client
    found = await newest(papers, run).describe()
    assert (await wait_for_result(client, client.get_workflow_handle(run.id, run_id=bundle.runs[0])))[0] == "completed"
    first = await first_of_chain(client, client.get_workflow_handle(run.id, run_id=found.run_id))
    assert first.run_id == bundle.runs[0]
    watched = [happening async for happening in live(client, first)]
    assert (isinstance(watched[0], Began), isinstance(watched[-1], Ended)) == (True, True)
    assert sum(isinstance(one, WentOn) for one in watched) == 1
    chain = await read_chain(client, client.get_workflow_handle(run.id, run_id=found.run_id))
    told = explain(run.id, chain.events, data_converter())
    people = [(one.who, one.outcome) for one in told.decisions if one.by == "person"]
    assert people == [
        ("ann", "approved, 1 more needed"),
        ("bob", "approved, keys are looked up"),
        ("bob", "approved"),
    ]
    assert told.listed is True


def newest(papers: Office, run: Handle) -> Handle:
    """Whichever run has the id now."""
    return papers.env.client.get_workflow_handle(run.id)


async def flooded(papers: Office, run: Handle) -> None:
    """It goes on in a new run."""
    await flood(newest(papers, run), MOST_SIGNALS)
    await in_a_new_run(papers, run)
