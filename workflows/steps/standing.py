"""Asking, before a gate opens, whether a standing approval covers what it would show."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from contracts.errors import root_message
from contracts.gates import Approval, digest_of
from contracts.notes import Note
from contracts.processes import Process
from contracts.standing import AskedInAdvance, InAdvance, StandingPort
from contracts.tools import Consent, IrreversibleTool, tool_name
from workflows.steps.progress import Progress

STANDING = "standing-approvals"
"""Patch: a run whose tool took no standing approval when it began goes on without."""

_TIMEOUT = timedelta(seconds=30)

_HEARTBEAT = timedelta(seconds=10)
"""A worker that dies while it asks is missed after this long."""


def takes_standing(process: Process) -> bool:
    """Whether this run asks for standing approvals; decided when it begins.

    To be called before anything else: in a replay, what is patched after a local activity can come out otherwise than
    it did (the activity's result is there before the marker is).
    """
    tools = (step.tool for step in process.steps)
    offered = any(isinstance(tool, IrreversibleTool) and tool.consent is Consent.STANDING for tool in tools)
    return offered and workflow.patched(STANDING)


async def approved_in_advance(
    progress: Progress, gate: str, subject: BaseModel, tool: IrreversibleTool[Any, Any]
) -> Approval | None:
    """The approval of exactly this subject, noted; None where a person has to be asked. Raises Ended (stopped)."""
    if tool.consent is not Consent.STANDING:
        return None
    asked = AskedInAdvance(
        process=progress.process.name,
        tool=tool_name(tool),
        key=f"{progress.action}/{gate}",
        digest=digest_of(subject),
        argument=subject.model_dump(mode="json"),
        gate=gate,
    )
    try:
        answer = await _ask(progress, asked)
    except ActivityError as error:
        answer = InAdvance(reasons=(root_message(error),))
    _note(progress, asked, answer)
    return answer.approval


async def _ask(progress: Progress, asked: AskedInAdvance) -> InAdvance:
    began = workflow.now()
    with progress.busy():
        call = progress.chain.journal.start(
            StandingPort.use,
            asked,
            activity_id=f"{asked.gate}-in-advance",
            summary=f"Has somebody approved {asked.tool} in advance?",
            start_to_close_timeout=_TIMEOUT,
            heartbeat_timeout=_HEARTBEAT,
            # A person can be asked in its place, so it is not tried for long.
            retry_policy=RetryPolicy(maximum_attempts=3),
        )
        answer = await progress.switch.until_stopped(call)
        progress.worked(min(workflow.now() - began, _TIMEOUT))
    return answer


def _note(progress: Progress, asked: AskedInAdvance, answer: InAdvance) -> None:
    note = Note(at=workflow.now(), step=asked.gate, gate=asked.gate, digest=asked.digest)
    if approval := answer.approval:
        facts = {"by": "person", "who": approval.by, "outcome": "approved in advance", "text": approval.standing}
        progress.note(note.model_copy(update=facts))
    elif answer.reasons:
        text = "; ".join(answer.reasons)[:1000]
        progress.note(note.model_copy(update={"outcome": "not approved in advance", "text": text}))
