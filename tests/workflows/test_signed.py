"""Decisions that count only with their sender's signature."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.support.waiting import eventually
from tests.workflows.papers import Handle, Office, Signer, office

ANN, BOB, EVE = Signer("ann"), Signer("bob"), Signer("eve")


@pytest.fixture
async def papers(env: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Office]:
    """An office in which two have to sign."""
    async with office(env, tmp_path) as made:
        made.rules(ANN.approver("officer"), BOB.approver("officer"), signed=True, stages=({"needed": 2},))
        yield made


async def shown(papers: Office, run: Handle) -> dict[str, Any]:
    """An approval of what lies open, as it is signed."""
    card = (await papers.gate(run)).card
    return {"verdict": "approve", "gate": card.gate, "digest": card.digest}


async def refused(papers: Office, run: Handle, message: dict[str, Any]) -> str:
    """Why it does not count."""
    reply = await papers.decide(run, **message)
    assert not reply.accepted
    return reply.reason


async def test_two_signatures_open_the_gate_and_keys_are_looked_up_once(papers: Office) -> None:
    run = await papers.start()
    approval = await shown(papers, run)
    for signer in (ANN, BOB):
        reply = await papers.decide(run, **signer.signs(run.id, approval))
        assert reply.accepted, reply.reason
    result = await run.result()
    assert (result.by, result.others) == ("bob", ("ann",))
    assert papers.registry.looked_up == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"digest": "0" * 64}, "the digest is not that of what sign shows: look at it again"),
        ({"note": "and pay me"}, "the signature is not one of ann for this decision"),
        ({"edit": {"title": "Mine"}}, "the signature is not one of ann for this decision"),
        ({"by": "bob"}, "bob has no key 'ann-1'"),
        ({"verdict": "abstain"}, "the signature is not one of ann for this decision"),
        ({"signature": None}, "sign wants signed decisions: sign with --key"),
    ],
)
async def test_nothing_that_was_signed_can_be_changed(papers: Office, change: dict[str, Any], reason: str) -> None:
    run = await papers.start()
    signed = ANN.signs(run.id, await shown(papers, run))
    assert await refused(papers, run, signed | change) == reason
    assert (await papers.gate(run)).card.approved_by == ()


async def test_a_signature_for_another_run_or_of_another_key_does_not_count(papers: Office) -> None:
    run = await papers.start()
    approval = await shown(papers, run)
    not_hers = "the signature is not one of ann for this decision"
    assert await refused(papers, run, ANN.signs("papers/other/today", approval)) == not_hers
    forged = EVE.signs(run.id, {**approval, "by": "ann"})
    forged["signature"]["key"] = "ann-1"
    assert await refused(papers, run, forged) == not_hers
    assert await refused(papers, run, {**approval, "by": "eve"}) == (
        "eve may not decide here: SIGNOFF_APPROVERS does not let them"
    )


async def test_an_old_signature_is_a_repetition_even_after_it_was_taken_back(papers: Office) -> None:
    run = await papers.start()
    approval = await shown(papers, run)
    first = ANN.signs(run.id, approval)
    assert (await papers.decide(run, **first)).accepted
    assert (await papers.decide(run, **ANN.signs(run.id, {**approval, "verdict": "retract"}))).accepted
    assert await refused(papers, run, first) == (
        "it was signed before what its sender decided last: a repetition does not count"
    )


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_signature_of_another_time_does_not_count(papers: Office, off: timedelta) -> None:
    run = await papers.start()
    signed = ANN.signs(run.id, await shown(papers, run), datetime.now(UTC) + off)
    assert "does not lie between the gate's opening and now" in await refused(papers, run, signed)


async def test_a_key_that_was_revoked_before_does_not_count(papers: Office) -> None:
    papers.rules(ANN.approver(revoked=datetime(2026, 1, 1, tzinfo=UTC)), BOB.approver(), signed=True)
    run = await papers.start()
    signed = ANN.signs(run.id, await shown(papers, run))
    assert await refused(papers, run, signed) == "the key 'ann-1' of ann was revoked at 2026-01-01 00:00 UTC"


async def test_a_key_that_is_revoked_while_the_gate_is_open_takes_its_vote_with_it(papers: Office) -> None:
    run = await papers.start()
    approval = await shown(papers, run)
    await papers.decide(run, **ANN.signs(run.id, approval))
    papers.registry.revoked = {"ann": "the key ann-1 of ann was revoked at 09:00"}
    await papers.decide(run, **BOB.signs(run.id, approval))

    async def lost() -> bool:
        return (await papers.gate(run)).card.approved_by == ("bob",)

    await eventually(lost, "the vote without a key")
    state = await papers.state(run)
    assert (state.refusals[-1].by, state.refusals[-1].reason) == ("ann", "the key ann-1 of ann was revoked at 09:00")
    papers.registry.revoked = {}
    again = await papers.decide(run, **ANN.signs(run.id, approval))
    assert again.accepted, again.reason
    assert (await run.result()).outcome == "published"


async def test_a_signed_edit_makes_a_new_digest_that_the_other_signs(papers: Office) -> None:
    run = await papers.start()
    approval = await shown(papers, run)
    assert (await papers.decide(run, **ANN.signs(run.id, {**approval, "edit": {"title": "Ours"}}))).accepted
    assert (await papers.decide(run, **BOB.signs(run.id, await shown(papers, run)))).accepted
    assert (await run.result()).title == "Ours"


async def test_a_signature_nobody_asked_for_is_checked_all_the_same(papers: Office) -> None:
    papers.rules(ANN.approver())
    run = await papers.start()
    signed = ANN.signs(run.id, await shown(papers, run))
    assert await refused(papers, run, signed | {"note": "changed"}) == (
        "the signature is not one of ann for this decision"
    )
    assert (await papers.decide(run, **signed)).accepted
