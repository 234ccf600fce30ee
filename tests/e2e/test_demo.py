"""The demo as a person runs it, and with a worker that is killed at the worst moments."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from temporalio.client import Client

from runtime.codec import data_converter
from tests.support.waiting import eventually

CRASH = Path(__file__).parent / "crash"
SIGNOFF = (sys.executable, "-m", "starters")


@asynccontextmanager
async def demo(folder: Path, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`signoff demo --yes` in a folder of its own, on ports that nobody else has."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGNOFF_")}
    process = await asyncio.create_subprocess_exec(
        *SIGNOFF,
        "demo",
        "--yes",
        cwd=folder,
        env=environment | {"SIGNOFF_MODELS": "local"} | variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


def mails(folder: Path) -> list[EmailMessage]:
    """What lies in the embedded stack's maildir."""
    files = (folder / ".signoff" / "mail" / "new").glob("*")
    return [BytesParser(policy=default).parsebytes(file.read_bytes()) for file in files]


async def stack(folder: Path) -> dict[str, Any]:
    """Addresses and pids of the running stack, once it is ready."""

    async def look() -> dict[str, Any] | None:
        path = folder / ".signoff" / "stack.json"
        said: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return said if said.get("ready") else None

    return await eventually(look, "the stack is ready", within_s=60)


async def approved_text(client: Client, workflow_id: str) -> dict[str, Any]:
    """What the approval was given to, as the send activity got it."""
    async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_id == "send-email":
            argument: dict[str, Any] = json.loads(scheduled.input.payloads[0].data)["argument"]
            return argument
    raise AssertionError("nothing was sent")


async def test_a_worker_killed_while_the_model_answers_and_before_the_receipt_sends_one_mail(tmp_path: Path) -> None:
    marker = tmp_path / "crash-once"
    marker.touch()
    path = os.pathsep.join((str(CRASH), os.environ.get("PYTHONPATH", "")))
    async with demo(tmp_path, PYTHONPATH=path, CRASH_BEFORE_RECEIPT=str(marker)) as process:
        running = await stack(tmp_path)
        client = await Client.connect(running["temporal"], data_converter=data_converter())

        async def answering() -> str | None:
            async for run in client.list_workflows("WorkflowType='SalesFollowUp'"):
                description = await client.get_workflow_handle(run.id).describe()
                for activity in description.raw_description.pending_activities:
                    if activity.activity_type.name == "llm.ask" and activity.state == 2:  # STARTED
                        return run.id
            return None

        workflow_id = await eventually(answering, "the model is answering", within_s=60)
        os.kill((await stack(tmp_path))["children"]["worker"], signal.SIGKILL)

        async def sent() -> bool:
            return bool(mails(tmp_path))

        await eventually(sent, "a mail arrives", within_s=120)
        text: dict[str, Any] = {}

        async def over() -> bool:
            if not text:
                text.update(await approved_text(client, workflow_id))
            return process.returncode is not None

        talk = asyncio.ensure_future(process.communicate())
        await eventually(over, "the demo ends", within_s=120)
        out, err = await talk
    assert process.returncode == 0, err.decode()
    assert not marker.exists()
    (mail,) = mails(tmp_path)
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["subject"] == text["subject"]
    assert body.get_content().replace("\r\n", "\n") == text["body"]
    assert text["subject"] in out.decode()
