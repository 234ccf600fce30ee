"""What the settings allow a run."""

from temporalio import activity

from contracts.budgets import Limits, LimitsPort, LimitsRequest
from runtime.settings import Settings


class LimitsActivities(LimitsPort):
    """Reads the limits that this worker was started with."""

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.limits

    @activity.defn(name="limits.read")
    async def read(self, request: LimitsRequest) -> Limits:
        """The process's limits, with what the file of limits says otherwise."""
        return self._limits.limits_for(request.process, request.usual)
