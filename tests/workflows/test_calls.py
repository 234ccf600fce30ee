"""What a model asks for is done as far as policy and people allow it, and the model is told of the rest."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment

from contracts.crm import Person
from contracts.errors import NotApproved
from contracts.gates import Approval, Approved, GateKind, digest_of
from tests.support.runs import gate_of
from tests.workflows.errand_desk import MAIL, TO, Desk, call, errand_desk
from tests.workflows.standing_workflows import BY_HAND, REFUNDS_BY_HAND, Refund
from workflows.steps.calls import MOST_CALLS
from workflows.steps.gates import Gates
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MakeDesk = Callable[[list[dict[str, object]]], AbstractAsyncContextManager[Desk]]


@pytest.fixture
def make_desk(env: WorkflowEnvironment, tmp_path: Path) -> MakeDesk:
    return partial(errand_desk, env, tmp_path)


async def test_of_three_mails_in_one_reply_one_goes_out_and_the_model_is_told(make_desk: MakeDesk) -> None:
    async with make_desk([call(1), call(2, subject="Again", body="Once more.\n"), call(3)]) as desk:
        told = await (await desk.approved(await desk.start())).result()
        assert [(one.id, one.done) for one in told.results] == [("call_1", True), ("call_2", False), ("call_3", False)]
        assert "as often as a run may use it: 1" in str(told.results[2].reason)
        (mail,) = desk.mails()
        assert b"It is done." in mail


async def test_a_second_run_of_the_same_action_sends_no_other_mail(make_desk: MakeDesk) -> None:
    async with make_desk([call(1)]) as desk:
        await (await desk.approved(await desk.start(1))).result()
        again = await (await desk.approved(await desk.start(2))).result()
        assert [one.done for one in again.results] == [True]  # it finds the receipt
        assert len(desk.mails()) == 1


async def test_what_cannot_be_carried_out_is_refused_with_the_reason(make_desk: MakeDesk) -> None:
    hostile = [
        call(1, "transfer_money", amount=1_000_000),
        call(2, subject="Hello"),
        call(3, **MAIL, to="mallory@elsewhere.example"),
        call(0, subject="Hello\r\nBcc: mallory@elsewhere.example", body="It is done."),
        call(4, "read_lead", lead_id="nobody"),
        call(4, "read_lead", lead_id="lead-007"),
        *(call(number, "read_lead", lead_id="lead-007") for number in range(5, 205)),
    ]
    async with make_desk(hostile) as desk:
        results = (await (await desk.start()).result()).results
        assert len(results) == len(hostile)
        assert not any(one.done for one in results)
        told = [str(one.reason) for one in results]
        assert "there is no tool 'transfer_money' here; there are: send_email, read_lead, ask_person" in told[0]
        assert "body: Field required" in told[1]
        assert "to: Extra inputs are not permitted" in told[2]
        assert "subject" in told[3]
        assert "nobody" in told[4]
        assert "another call with the id 'call_4'" in told[5]
        assert "as often as a run may use it: 1" in told[6]
        assert {str(one.reason) for one in results[MOST_CALLS:]} == {
            f"at most {MOST_CALLS} calls in one reply are looked at"
        }
        assert desk.mails() == []


async def test_a_persons_no_is_told_to_the_model(make_desk: MakeDesk) -> None:
    async with make_desk([call(1)]) as desk:
        handle = await desk.start()
        await gate_of(handle)
        await handle.signal("reject", {"by": "ann", "reason": "not this text"})
        (told,) = (await handle.result()).results
        assert (told.done, told.reason) == (False, "a person said no: ann: not this text")
        assert desk.mails() == []


async def test_a_model_may_ask_a_person_as_often_as_it_may(make_desk: MakeDesk) -> None:
    asked: object = {"question": "Did you mean the old or the new address?", "choices": ["old", "new"]}
    calls: list[dict[str, object]] = [
        {"id": "1", "tool": "ask_person", "arguments": {"question": ""}},
        {"id": "2", "tool": "ask_person", "arguments": asked},
        {"id": "3", "tool": "ask_person", "arguments": asked},
    ]
    async with make_desk(calls) as desk:
        handle = await desk.start()
        card = (await gate_of(handle)).card
        assert (card.gate, card.kind, card.choices) == ("ask", GateKind.QUESTION, ("old", "new"))
        await handle.signal("answer", {"by": "ann", "choice": 2})
        empty, answered, too_many = (await handle.result()).results
        assert "question" in str(empty.reason)
        assert (answered.done, answered.result) == (True, {"answer": "new", "by": "ann"})
        assert too_many.reason == "a person has been asked as often as they may be: 1"


@pytest.mark.parametrize(
    ("reads", "why"),
    [
        (("read", "read"), "crm.read_lead has been used as often as a run may use it: 1; read was not done"),
        (("send",), "errand: its boundary map has no crm.read_lead at the step 'send'"),
        (("look",), "errand: step 'look' is not in its boundary map; declare it there first"),
    ],
    ids=["too often", "another tool's step", "no step"],
)
async def test_code_too_is_held_to_policy_and_boundary(make_desk: MakeDesk, reads: tuple[str, ...], why: str) -> None:
    async with make_desk([]) as desk:
        with pytest.raises(WorkflowFailureError) as failed:
            await (await desk.start(reads=reads)).result()
        assert why in str(failed.value.cause)


async def test_an_approval_in_advance_is_no_persons_approval_of_each_use() -> None:
    progress = Progress(REFUNDS_BY_HAND)
    refund = Refund(to=Person(name="Ann", email=TO), amount=Decimal(20))
    approval = Approval(
        request="run", gate="review-refund", digest=digest_of(refund), by="ann", at=NOON, standing="standing/refunds/x"
    )
    with pytest.raises(NotApproved, match="wants a person's approval for each use"):
        await Tools(progress, Gates(progress)).use(
            "pay-back", BY_HAND, Approved(value=refund, approval=approval), "Pay back"
        )
