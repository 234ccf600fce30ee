"""Workers for errands: a model asks for tools, and one of them sends mails. Its server and its mails are real."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.limits import LimitsActivities
from activities.llm.service import LlmActivities
from activities.stores.database import Database
from activities.tools.crm import CrmActivities
from activities.tools.mail import MailActivities
from contracts.queues import llm_queue
from runtime.sandbox import workflow_runner
from runtime.settings import load_settings
from tests.support.open_house import OpenHouse
from tests.support.runs import gate_of, state_of
from tests.support.waiting import eventually
from tests.support.world import mail_sink
from tests.workflows.calls_workflows import WANTED, Errand, ErrandRequest, Told
from workers.catalogue import activities_of
from workers.interceptors import Guard
from workers.seed import seed

Handle = WorkflowHandle[Any, Told]
TO = "ann@customer.example"
MAIL = {"subject": "Hello", "body": "It is done.\n"}


def call(number: int, tool: str = "send_email", **arguments: object) -> dict[str, object]:
    """As a model says it: a mail, unless another tool is named."""
    return {"id": f"call_{number}", "tool": tool, "arguments": arguments or MAIL}


THREE_MAILS = [call(1), call(2, subject="Again", body="Once more.\n"), call(3)]


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
        await gate_of(handle)
        await handle.signal("approve", {"by": "ann"})
        return handle

    async def to_its_end(self, handle: Handle) -> Told:
        """The result of the newest run of that id; somebody says yes wherever a gate is open."""
        newest: Handle = self.env.client.get_workflow_handle(handle.id, result_type=Told)

        async def is_over() -> bool:
            if (await newest.describe()).status is not WorkflowExecutionStatus.RUNNING:
                return True
            if (await state_of(newest)).gates:
                with suppress(RPCError):  # the yes of the run before was applied anew, and it is over by now
                    await newest.signal("approve", {"by": "ann"})
            return False

        await eventually(is_over, f"the end of {handle.id}")
        return await newest.result()

    def mails(self) -> list[bytes]:
        """What went out."""
        return [path.read_bytes() for path in (self.maildir / "new").glob("*")]


@asynccontextmanager
async def errand_desk(env: WorkflowEnvironment, folder: Path, calls: list[dict[str, object]]) -> AsyncIterator[Desk]:
    """A desk whose model asks for these, whenever it is asked."""
    queue, maildir = folder.name, folder / "mail"
    script = folder / "script.json"
    script.write_text(WANTED.value.model_validate({"calls": calls}).model_dump_json().join(('{"choose": [', "]}")))
    async with AsyncExitStack() as stack:
        flags = {
            "SIGNOFF_SMTP_URL": await stack.enter_async_context(mail_sink(maildir)),
            "SIGNOFF_MAIL_PROBE": f"maildir:{maildir}",
            "SIGNOFF_MODELS": f"scripted:{script}",
        }
        settings = load_settings(flags, folder)
        seed(settings)
        database = Database(settings.database_url)
        llm = LlmActivities(settings, {WANTED.name: WANTED})
        tools = (
            MailActivities(settings, database),
            CrmActivities(database),
            LimitsActivities(settings),
            OpenHouse(),
        )
        work = [method for tool in tools for method in activities_of(tool)]
        queues: dict[str, list[Any]] = {
            queue: [*work, llm.route, llm.quote],
            llm_queue("scripted"): [llm.ask],
        }
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
