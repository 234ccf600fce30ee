"""Gates at which whoever comes may decide, for tests that are about something else."""

from temporalio import activity

from contracts.approvers import ApproversPort, Rules, RulesRequest


class OpenHouse(ApproversPort):
    """No list of approvers is kept."""

    @activity.defn(name="approvers.rules")
    async def rules(self, request: RulesRequest) -> Rules:
        """The process's own policy."""
        return Rules(policy=request.usual)
