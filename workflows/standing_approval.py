"""StandingApproval: what one person approved in advance, and every use that was made of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

from contracts.bounds import misfit
from contracts.errors import BadInput
from contracts.gates import Approval, Refusal, Stop, digest_of, json_digest
from contracts.standing import (
    KEPT_REFUSALS,
    LONGEST,
    MEMO_STANDING,
    STANDING_APPROVAL,
    Carried,
    Grant,
    StandingCard,
    StandingEnd,
    StandingRecord,
    StandingUse,
    UseRecord,
    UseReply,
    standing_prefix,
)
from contracts.visibility import SIGNOFF_APPROVERS, SIGNOFF_PHASE, Phase
from workflows.steps.messages import parse_message


@workflow.defn(name=STANDING_APPROVAL)
class StandingApproval:
    """Stands until its time is over, it is used up, or somebody revokes it. Handlers never raise but to an update."""

    @workflow.init
    def __init__(self, grant: Any = None, carried: Any = None, *extra: Any) -> None:
        # Here, because a message may be handled before the first line of `run`; and whatever was sent, without raising.
        before, self._problem = Carried(), ""
        self._grant: Grant | None = None
        try:
            if _continued():
                before = Carried.model_validate(carried)
            elif carried is not None:
                extra = (carried, *extra)
            self._grant = parse_message(Grant.model_validate, grant, extra)
        except ValueError as error:
            self._problem = f"this cannot be granted: {error}"
        self._uses = {use.key: use for use in before.uses}
        self._refusals = list(before.refusals)
        self._revoked: Stop | None = None
        self._end: StandingEnd | None = None

    @workflow.run
    async def run(self, grant: Any = None, carried: Any = None, *extra: Any) -> StandingRecord:
        """Its end, and all that it was used for. Raises BadInput (a grant that cannot be right)."""
        granted = self._checked()
        self._begin(granted)
        try:
            left = max(granted.until - workflow.now(), timedelta(0))
            summary = f"Until {granted.until:%Y-%m-%d %H:%M %Z}"
            await workflow.wait_condition(self._is_over_or_long, timeout=left, timeout_summary=summary)
        except TimeoutError:
            self._end = self._end or StandingEnd.EXPIRED
        except asyncio.CancelledError:
            self._close(Phase.STOPPED)
            raise
        if self._end is None:
            so_far = Carried(uses=tuple(self._uses.values()), refusals=tuple(self._refusals))
            workflow.continue_as_new(args=[granted, so_far])
        self._close(Phase.STOPPED if self._end is StandingEnd.REVOKED else Phase.DONE)
        return self.state()

    @workflow.update(description="For runs of the process: whether this covers one action of theirs, which then counts")
    def use(self, payload: Any = None, *_: Any) -> UseReply:
        """Cover an action. The same action asked for again gets the same answer, and counts once."""
        use = parse_message(StandingUse.model_validate, payload, ())
        if reason := self._refuses(use):
            self._refuse("use", use.run, use.gate, f"{use.key}: {reason}")
            return UseReply(reason=reason)
        if use.key not in self._uses:
            self._count(use)
        return UseReply(approval=self._approval(use), reason="covered")

    @use.validator
    def usable(self, payload: Any = None, *extra: Any) -> None:
        """Turn away what cannot be read and, once enough refusals are recorded, what would be refused."""
        use = parse_message(StandingUse.model_validate, payload, extra)
        if len(self._refusals) >= KEPT_REFUSALS and (reason := self._refuses(use)):
            raise ValueError(reason)

    @workflow.signal(description='End it now: {"by": "you", "reason": "why"}')
    def revoke(self, payload: Any = None, *extra: Any) -> None:
        """Nothing is covered any more, from now on; the first who says so counts."""
        try:
            message = parse_message(Stop.model_validate, payload, extra)
        except ValueError as error:
            self.refuse_signal("revoke", str(error))
            return
        if self._end is None:
            self._revoked, self._end = message, StandingEnd.REVOKED

    @workflow.signal(dynamic=True, description="Anything else is refused and recorded")
    def unknown(self, name: str, _: Sequence[RawValue]) -> None:
        """Record a signal that nobody handles; Temporal would buffer it in silence."""
        self.refuse_signal(name, "no such signal: there is revoke")

    @workflow.query(description="The grant, its uses, refused messages, and how it ended")
    def state(self) -> StandingRecord:
        """All there is to know of it."""
        granted = self._granted()
        return StandingRecord(
            grant=granted,
            digest=digest_of(granted),
            end=self._end,
            by=self._revoked.by if self._revoked else None,
            reason=self._revoked.reason if self._revoked else None,
            uses=tuple(self._uses.values()),
            refusals=tuple(self._refusals),
        )

    def refuse_signal(self, name: str, reason: str) -> None:
        """Record a signal that no handler takes."""
        self._refuse(name, None, None, reason)

    def _granted(self) -> Grant:
        if self._grant is None:
            raise BadInput(self._problem)
        return self._grant

    def _checked(self) -> Grant:
        grant = self._granted()
        home = standing_prefix(grant.process, grant.tool)
        if not workflow.info().workflow_id.startswith(home):
            raise BadInput(f"the workflow id must be {home}NAME, or no run would find it")
        if not _continued() and not timedelta(0) < grant.until - workflow.now() <= LONGEST:
            raise BadInput(f"this cannot be granted: until must lie ahead, by at most {LONGEST.days} days")
        return grant

    def _is_over_or_long(self) -> bool:
        return self._end is not None or workflow.info().is_continue_as_new_suggested()

    def _refuses(self, use: StandingUse) -> str | None:
        """Why an action is not covered."""
        grant = self._grant
        if grant is None:
            return self._problem
        if self._revoked:
            return f"{self._revoked.by} has revoked it: {self._revoked.reason}"
        if (use.process, use.tool) != (grant.process, grant.tool):
            return f"it is for {grant.tool} in {grant.process}"
        if use.digest != json_digest(use.argument):
            return "the digest is not that of the argument"
        if known := self._uses.get(use.key):
            # Covered before: a retry, a reset, or another run of the same action.
            return None if known.digest == use.digest else "it was used for the same action with other arguments"
        # The last use, or the end of its time, and this one can reach the run in one task.
        if len(self._uses) >= grant.at_most:
            return f"all of its {grant.at_most} uses have been made"
        if workflow.now() >= grant.until:
            return f"it ended at {grant.until:%Y-%m-%d %H:%M %Z}"
        return misfit(grant.bounds, use.argument)

    def _count(self, use: StandingUse) -> None:
        record = UseRecord(key=use.key, digest=use.digest, run=use.run, gate=use.gate, at=workflow.now())
        self._uses[use.key] = record
        assert self._grant
        if len(self._uses) == self._grant.at_most:
            self._end = self._end or StandingEnd.USED_UP
        self._publish(use=record)

    def _approval(self, use: StandingUse) -> Approval:
        assert self._grant
        return Approval(
            request=use.run,
            gate=use.gate,
            digest=use.digest,
            by=self._grant.by,
            at=self._uses[use.key].at,
            note=self._grant.note,
            standing=workflow.info().workflow_id,
        )

    def _refuse(self, message: str, by: str | None, gate: str | None, reason: str) -> None:
        if len(self._refusals) >= KEPT_REFUSALS:
            return
        gate = gate and gate[:200]
        refusal = Refusal(at=workflow.now(), message=message[:200], by=by, gate=gate, reason=reason[:1000])
        self._refusals.append(refusal)
        self._publish(refusal=refusal)

    def _begin(self, grant: Grant) -> None:
        workflow.upsert_search_attributes(
            [SIGNOFF_PHASE.value_set(Phase.WORKING), SIGNOFF_APPROVERS.value_set([grant.by])]
        )
        self._publish()

    def _close(self, phase: Phase) -> None:
        workflow.upsert_search_attributes([SIGNOFF_PHASE.value_set(phase)])
        self._publish()

    def _publish(self, use: UseRecord | None = None, refusal: Refusal | None = None) -> None:
        """Write into history what happened; and into lists, how it stands."""
        if self._grant is None:
            return
        grant, used = self._grant, len(self._uses)
        card = StandingCard(
            process=grant.process,
            tool=grant.tool,
            digest=digest_of(grant),
            by=grant.by,
            at_most=grant.at_most,
            used=used,
            refused=len(self._refusals),
            until=grant.until,
            end=self._end,
            use=use,
            refusal=refusal,
        )
        workflow.upsert_memo({MEMO_STANDING: card})
        workflow.set_current_details(f"{grant.by} has approved {grant.tool} in advance: {used} of {grant.at_most} used")


def _continued() -> bool:
    return workflow.info().continued_run_id is not None
