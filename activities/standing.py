"""Asking the standing approvals whether one of them covers an action."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from contracts.catalogue import PROCESSES
from contracts.errors import ToolUnavailable, root_message
from contracts.gates import Approval
from contracts.policies import PATIENCE, GatePolicy
from contracts.standing import (
    ANSWERS_FOR,
    STANDING_APPROVAL,
    AskedInAdvance,
    InAdvance,
    StandingEnd,
    StandingPort,
    StandingRecord,
    StandingUse,
    UseReply,
    standing_prefix,
)
from contracts.visibility import SIGNOFF_APPROVERS
from runtime.approvers_file import read_approvers

MOST_ASKED = 100
"""Standing approvals of one process and tool that are asked; and of those that ended within `ANSWERS_FOR`."""

_MOST_REASONS, _LONGEST = 20, 500

Barred = Callable[[str], str | None]
"""Why what somebody has granted does not count here; None where it does."""

PATIENCE_S = 20.0
"""For all of them together; after that the next attempt, or a person, is asked."""


class StandingActivities(StandingPort):
    """Finds the standing approvals by the server's visibility store, and uses the oldest that covers the action."""

    def __init__(self, approvers_file: Path | None = None) -> None:
        """`approvers_file`: SIGNOFF_APPROVERS; where it is set, only what one of them granted counts."""
        self.people = approvers_file

    @activity.defn(name="standing.use")
    async def use(self, asked: AskedInAdvance) -> InAdvance:
        """The first approval that there is, or every reason why there is none. Raises ToolUnavailable.

        Those that are used up or expired go first: one that covered the action before gives the same answer again.
        """
        run = activity.info().workflow_id
        assert run  # only a gate asks
        use = StandingUse(**asked.model_dump(), run=run)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await _asked(activity.client(), use, await self._barred(use))
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            raise ToolUnavailable(f"the standing approvals did not answer within {PATIENCE_S:.0f} s") from None
        except RPCError as error:
            raise ToolUnavailable(f"the standing approvals cannot be asked: {error.status.name}") from None

    async def _barred(self, use: StandingUse) -> Barred:
        """What is wrong with an author: as the list of approvers is now."""
        if self.people is None:
            return lambda author: None
        try:
            found = await asyncio.to_thread(read_approvers, self.people)
        except ValueError as problem:
            raise ToolUnavailable(f"SIGNOFF_APPROVERS {problem}") from None
        policy = found.policy_for(use.process, *_step(use))

        def barred(author: str) -> str | None:
            if policy.signed or policy.needed > 1:
                return f"{use.gate} wants {policy.needed} {'signed ' * policy.signed}decisions, and none in advance"
            if author not in {one.name for one in found.among(policy.stages[0].who)}:
                return f"{author}, who granted it, may not decide at {use.gate}"
            return None

        return barred


def _step(use: StandingUse) -> tuple[str, GatePolicy]:
    """The step of the boundary map that a gate belongs to, and its own policy."""
    process = PROCESSES.get(use.process)
    steps = {step.name: step.gate or PATIENCE for step in process.steps} if process else {}
    # A gate that opens again in one run has a number behind it.
    name = use.gate if use.gate in steps else re.sub(r"-\d+$", "", use.gate)
    return name, steps.get(name, PATIENCE)


async def _asked(client: Client, use: StandingUse, barred: Barred) -> InAdvance:
    since = (datetime.now(UTC) - ANSWERS_FOR).isoformat()
    over = await _found(client, use, f"ExecutionStatus='Completed' AND CloseTime > '{since}'")
    stand = await _found(client, use, "ExecutionStatus='Running'")
    reasons: dict[str, str] = {}
    for one in (*over, *stand):
        author = one.typed_search_attributes.get(SIGNOFF_APPROVERS)
        if problem := barred(author[0] if author else ""):
            reasons[one.id] = f"{one.id}: {problem}"[:_LONGEST]
            continue
        reply = await (_answer_of_closed(client, one, use) if one.close_time else _answer_of_open(client, one, use))
        if reply.approval:
            return InAdvance(approval=reply.approval)
        reasons[one.id] = f"{one.id}: {reply.reason}"[:_LONGEST]
    # What stands now says more than what is over.
    told = [reasons[one.id] for one in (*stand, *over)]
    return InAdvance(reasons=tuple(told[:_MOST_REASONS]))


async def _found(client: Client, use: StandingUse, which: str) -> list[WorkflowExecution]:
    """The oldest first. Not by ORDER BY, which not every store has."""
    home = standing_prefix(use.process, use.tool)
    query = f"WorkflowType='{STANDING_APPROVAL}' AND WorkflowId STARTS_WITH '{home}' AND {which}"
    found = [one async for one in client.list_workflows(query, limit=MOST_ASKED)]
    return sorted(found, key=lambda one: one.start_time)


async def _answer_of_open(client: Client, one: WorkflowExecution, use: StandingUse) -> UseReply:
    info = activity.info()
    # The same in each attempt of this call, and another one after a reset.
    update_id = f"{info.workflow_run_id}/{info.activity_id}"
    try:
        reply: UseReply = await client.get_workflow_handle(one.id).execute_update(
            "use", use, id=update_id, result_type=UseReply
        )
    except WorkflowUpdateFailedError as error:
        return UseReply(reason=root_message(error))
    except RPCError as error:
        # It ended a moment ago, and the list does not say so yet.
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return await _answer_of_closed(client, one, use)
    return reply


async def _answer_of_closed(client: Client, one: WorkflowExecution, use: StandingUse) -> UseReply:
    handle = client.get_workflow_handle(one.id, result_type=StandingRecord)
    status = (await handle.describe()).status
    if status is WorkflowExecutionStatus.RUNNING:
        raise ToolUnavailable(f"{one.id} is going on in a new run")
    if status is not WorkflowExecutionStatus.COMPLETED:
        return UseReply(reason="it was ended from outside")
    record: StandingRecord = await handle.result()
    same = next((one for one in record.uses if (one.key, one.digest) == (use.key, use.digest)), None)
    if same is None or record.end is StandingEnd.REVOKED:
        return UseReply(reason=f"it is {record.end}")
    grant = record.grant
    approval = Approval(
        request=use.run, gate=use.gate, digest=use.digest, by=grant.by, at=same.at, note=grant.note, standing=one.id
    )
    return UseReply(approval=approval, reason="covered")
