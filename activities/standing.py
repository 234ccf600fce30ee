"""Asking the standing approvals whether one of them covers an action."""

import asyncio
from datetime import UTC, datetime

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from contracts.errors import ToolUnavailable, root_message
from contracts.gates import Approval
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

MOST_ASKED = 100
"""Standing approvals of one process and tool that are asked; and of those that ended within `ANSWERS_FOR`."""

_MOST_REASONS, _LONGEST = 20, 500

PATIENCE_S = 20.0
"""For all of them together; after that the next attempt, or a person, is asked."""


class StandingActivities(StandingPort):
    """Finds the standing approvals by the server's visibility store, and uses the oldest that covers the action."""

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
                return await _asked(activity.client(), use)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            raise ToolUnavailable(f"the standing approvals did not answer within {PATIENCE_S:.0f} s") from None
        except RPCError as error:
            raise ToolUnavailable(f"the standing approvals cannot be asked: {error.status.name}") from None


async def _asked(client: Client, use: StandingUse) -> InAdvance:
    since = (datetime.now(UTC) - ANSWERS_FOR).isoformat()
    over = await _found(client, use, f"ExecutionStatus='Completed' AND CloseTime > '{since}'")
    stand = await _found(client, use, "ExecutionStatus='Running'")
    reasons: dict[str, str] = {}
    for one in (*over, *stand):
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
