"""What the settings say of approvers, as they are now: the file is read anew each time, so that a key which is revoked,
or a person who leaves, needs no restart."""

import asyncio
from datetime import UTC, datetime

from temporalio import activity

from contracts.approvers import ApproversPort, Revocations, RevocationsRequest, Rules, RulesRequest, Signed
from contracts.errors import ToolUnavailable
from runtime.approvers import Approvers
from runtime.approvers_file import read_approvers
from runtime.gate_checks import policy_problem
from runtime.settings import Settings


class ApproversFile:
    """The file that SIGNOFF_APPROVERS names."""

    def __init__(self, settings: Settings) -> None:
        self.path = settings.approvers_file

    async def read(self) -> Approvers | None:
        """As it is now; None where no list is kept. Raises ToolUnavailable (it went bad since the worker's start)."""
        if self.path is None:
            return None
        try:
            return await asyncio.to_thread(read_approvers, self.path)
        except ValueError as problem:
            raise ToolUnavailable(f"SIGNOFF_APPROVERS {problem}") from None


class ApproversActivities(ApproversPort):
    """Whose decisions count."""

    def __init__(self, settings: Settings) -> None:
        self._file = ApproversFile(settings)

    @activity.defn(name="approvers.rules")
    async def rules(self, request: RulesRequest) -> Rules:
        """The policy, and those whom it lets decide. Raises ToolUnavailable."""
        found = await self._file.read()
        if found is None:
            return Rules(policy=request.usual)
        policy = found.policy_for(request.process, request.step, request.usual)
        if problem := policy_problem(policy, request.usual, found, datetime.now(UTC)):
            raise ToolUnavailable(f"the gate {request.step} of {request.process} {problem} ({self._file.path})")
        return Rules(policy=policy, approvers=found.concerned(policy), notices=found.tells_anybody)

    @activity.defn(name="approvers.revocations")
    async def revocations(self, request: RevocationsRequest) -> Revocations:
        """The votes that do not count as the keys are now. Raises ToolUnavailable."""
        found = await self._file.read()
        if found is None:
            raise ToolUnavailable("SIGNOFF_APPROVERS is not set for this worker: give all workers the same file")
        problems = {vote.by: _problem(found, vote) for vote in request.votes}
        return Revocations(refused={by: problem for by, problem in problems.items() if problem})


def _problem(found: Approvers, vote: Signed) -> str | None:
    person = found.approvers.get(vote.by)
    if person is None:
        return f"{vote.by} is no longer among the approvers"
    key = next((key for key in person.keys if key.id == vote.key), None)
    if key is None:
        return f"the key {vote.key} of {vote.by} is no longer among the approvers' keys"
    if key.revoked and key.revoked <= vote.at:
        return f"the key {key.id} of {vote.by} was revoked at {key.revoked.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return None
