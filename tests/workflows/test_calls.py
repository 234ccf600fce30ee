"""What a model asks for is done as far as policy and people allow it, and the model is told of the rest."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.limits import LimitsActivities
from activities.llm.service import LlmActivities
from activities.stores.database import Database
from activities.tools.crm import CrmActivities
from activities.tools.mail import MailActivities
from contracts.crm import Person
from contracts.errors import NotApproved
from contracts.gates import Approval, Approved, digest_of
from contracts.queues import llm_queue
from contracts.visibility import State
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from tests.support.waiting import eventually
from tests.support.world import mail_sink
from tests.workflows.calls_workflows import WANTED, Errand, ErrandRequest, Told
from tests.workflows.standing_workflows import BY_HAND, REFUNDS_BY_HAND, Refund
from workers.catalogue import activities_of
from workers.interceptors import Guard
from workers.seed import seed
from workflows.steps.calls import MOST_CALLS
from workflows.steps.gates import Gates
from workflows.steps.progress import Progress
from workflows.steps.tools import Tools

Handle = WorkflowHandle[Any, Told]
TO = "ann@customer.example"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAIL = {"subject": "Hello", "body": "It is done.\n"}


def call(number: int, tool: str = "send_email", **arguments: object) -> dict[str, object]:
    return {"id": f"call_{number}", "tool": tool, "arguments": arguments or MAIL}


@dataclass(frozen=True)
class Desk:
    """Workers whose model says one thing."""

    env: WorkflowEnvironment
    queue: str
    maildir: Path

    async def start(self, number: int = 1, **request: Any) -> Handle:
        """An errand whose clock stands still while nothing happens."""
        with self.env.with_time_skipping_disabled():
            return await self.env.client.start_workflow(
                Errand.run, ErrandRequest(to=TO, **request), id=f"{self.queue}/{number}", task_queue=self.queue
            )

    async def approved(self, handle: Handle) -> Handle:
        """The same, with a yes at its gate."""

        async def look() -> bool:
            state: State = await handle.query("state", result_type=State)
            return bool(state.gates)

        await eventually(look, "a gate")
        await handle.signal("approve", {"by": "ann"})
        return handle

    def mails(self) -> list[bytes]:
        """What went out."""
        return [path.read_bytes() for path in (self.maildir / "new").glob("*")]


MakeDesk = Callable[[list[dict[str, object]]], AbstractAsyncContextManager[Desk]]


@pytest.fixture
def make_desk(env: WorkflowEnvironment, tmp_path: Path) -> MakeDesk:
    @asynccontextmanager
    async def make(calls: list[dict[str, object]]) -> AsyncIterator[Desk]:
        queue, maildir = tmp_path.name, tmp_path / "mail"
        script = tmp_path / "script.json"
        script.write_text(WANTED.value.model_validate({"calls": calls}).model_dump_json().join(('{"choose": [', "]}")))
        async with AsyncExitStack() as stack:
            flags = {
                "SIGNOFF_SMTP_URL": await stack.enter_async_context(mail_sink(maildir)),
                "SIGNOFF_MAIL_PROBE": f"maildir:{maildir}",
                "SIGNOFF_MODELS": f"scripted:{script}",
            }
            settings = load_settings(flags, tmp_path)
            seed(settings)
            database = Database(settings.database_url)
            llm = LlmActivities(settings, {WANTED.name: WANTED})
            tools = (MailActivities(settings, database), CrmActivities(database), LimitsActivities(settings))
            work = [method for tool in tools for method in activities_of(tool)]
            queues: dict[str, list[Any]] = {queue: [*work, llm.route, llm.quote], llm_queue("scripted"): [llm.ask]}
            for name, activities in queues.items():
                worker = Worker(
                    env.client,
                    task_queue=name,
                    activities=activities,
                    workflows=[Errand] if name == queue else [],
                    workflow_runner=workflow_runner(),
                    interceptors=[Guard()],
                )
                await stack.enter_async_context(worker)
            yield Desk(env, queue, maildir)

    return make


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
        assert "there is no tool 'transfer_money' here; there are: send_email, read_lead" in told[0]
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

        async def look() -> bool:
            state: State = await handle.query("state", result_type=State)
            return bool(state.gates)

        await eventually(look, "a gate")
        await handle.signal("reject", {"by": "ann", "reason": "not this text"})
        (told,) = (await handle.result()).results
        assert (told.done, told.reason) == (False, "a person said no: ann: not this text")
        assert desk.mails() == []


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
